"""One home for every test with the real Home Assistant, started when the first of them asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.e2e.chromium import launch
from tests.e2e.server import Server
from tests.homeassistant.harness.films import make_films, make_series
from tests.homeassistant.harness.home import Home, foyer, home
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.viewer import add_library, stop_everything


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="home")
async def running_home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """A broker, a Supervisor, and the real Core; without Foyer."""
    async with home(tmp_path_factory.mktemp("home")) as house:
        yield house


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="foyer")
async def running_foyer(home: Home, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Foyer behind the home's ingress, with the libraries Films and Shows; the owner is its administrator.

    Every test shares it; a test that kills it starts it again.
    """
    folder = tmp_path_factory.mktemp("foyer")
    films, shows = make_films(folder / "films"), make_series(folder / "shows")
    async with foyer(home, folder / "data") as server:
        panel = await home.panel()
        await add_library(panel, "Films", "MOVIES", films)
        await add_library(panel, "Shows", "SERIES", shows)
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def panel(home: Home, foyer: Server) -> AsyncIterator[Panel]:
    """Foyer as the owner of the home sees it, through Core's ingress; in the end nothing plays any more."""
    opened = await home.panel()
    yield opened
    await stop_everything(opened)


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="chromium")
async def running_chromium() -> AsyncIterator[Browser]:
    """Headless Chromium that may play sound without being clicked first."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()
