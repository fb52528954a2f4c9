"""One home for every test with the real Home Assistant, started when the first of them asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.server import Server
from tests.homeassistant.harness.home import Home, foyer, home


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="home")
async def running_home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """A broker, a Supervisor, and the real Core; without Foyer."""
    async with home(tmp_path_factory.mktemp("home")) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="session", name="foyer")
async def fresh_foyer(home: Home, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A fresh Foyer behind the home's ingress."""
    async with foyer(home, tmp_path_factory.mktemp("foyer") / "data") as server:
        yield server
