"""A real Home Assistant, a fake Foyer, and an entry that connects them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp.test_utils import TestServer
from fake import KEY, FakeFoyer
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_API_KEY, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components  # noqa: F401 - Home Assistant finds the integration beside it
from custom_components.foyer.const import DOMAIN
from custom_components.foyer.coordinator import FoyerCoordinator

Connect = Callable[..., Awaitable[MockConfigEntry]]


@pytest.fixture(autouse=True)
async def everything_custom(
    enable_custom_integrations: None, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let Home Assistant load the integration, speak to loopback, and not wait before it connects again."""
    monkeypatch.setattr("custom_components.foyer.coordinator.SHORTEST_WAIT_S", 0.01)
    monkeypatch.setattr("custom_components.foyer.coordinator.LONGEST_WAIT_S", 0.05)


@pytest.fixture
def foyer() -> FakeFoyer:
    return FakeFoyer()


@pytest.fixture
async def server(foyer: FakeFoyer) -> AsyncIterator[TestServer]:
    running = TestServer(foyer.app(), host="127.0.0.1")
    await running.start_server()
    yield running
    await running.close()


def entry_for(server: TestServer, **changes: object) -> MockConfigEntry:
    data = {CONF_URL: str(server.make_url("")).rstrip("/"), CONF_API_KEY: KEY, CONF_VERIFY_SSL: True}
    given = {"domain": DOMAIN, "title": "Living room", "unique_id": "server-1", "data": data} | changes
    return MockConfigEntry(**given)


@pytest.fixture
async def connect(hass: HomeAssistant, server: TestServer, foyer: FakeFoyer) -> AsyncIterator[Connect]:
    """Set an entry up; all of them are unloaded after the test, which must leave nothing running."""
    entries: list[MockConfigEntry] = []
    for part in ("http", "media_source"):
        assert await async_setup_component(hass, part, {})

    async def connected(entry: MockConfigEntry | None = None) -> MockConfigEntry:
        made = entry or entry_for(server)
        made.add_to_hass(hass)
        entries.append(made)
        await hass.config_entries.async_setup(made.entry_id)
        await hass.async_block_till_done()
        if made.state is ConfigEntryState.LOADED:
            await until(hass, lambda: foyer.followers)
        return made

    yield connected
    for entry in entries:
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


@pytest.fixture
async def entry(connect: Connect) -> MockConfigEntry:
    return await connect()


@pytest.fixture
def coordinator(entry: MockConfigEntry) -> FoyerCoordinator:
    found: FoyerCoordinator = entry.runtime_data
    return found


async def until(hass: HomeAssistant, true: Callable[[], object]) -> None:
    """Wait for what comes through a socket."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)
    await hass.async_block_till_done()
