from __future__ import annotations

import pytest
from aiohttp.test_utils import TestServer
from conftest import Connect, entry_for, until
from fake import SHOWS, FakeFoyer, library, session
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.foyer import devices
from custom_components.foyer.const import DOMAIN


async def test_a_server_is_a_device_with_its_entities(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert entry.state is ConfigEntryState.LOADED
    device = devices.find(hass, entry.entry_id, (DOMAIN, "server-1"))
    assert device is not None
    assert (device.name, device.sw_version, device.entry_type) == ("Living room", "0.1.0", dr.DeviceEntryType.SERVICE)
    assert hass.states.get("sensor.living_room_active_sessions").state == "0"
    assert hass.states.get("sensor.living_room_films_items").state == "2"
    assert hass.states.get("update.living_room_server").attributes["installed_version"] == "0.1.0"
    assert hass.states.get("event.living_room_playback").state == "unknown"
    assert hass.states.get("button.living_room_scan_libraries")


async def test_counts_are_off_where_mqtt_tells_them(hass: HomeAssistant, connect: Connect) -> None:
    hass.config.components.add("mqtt")
    await connect()
    found = er.async_get(hass).async_get("sensor.living_room_active_sessions")
    assert found is not None
    assert found.disabled_by is er.RegistryEntryDisabler.INTEGRATION


async def test_nothing_is_left_after_unloading_and_removing(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, hass_storage: dict[str, object]
) -> None:
    foyer.playback("STARTED", session())
    await until(hass, lambda: hass.states.get("media_player.chrome_on_linux_anna"))
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert hass.states.get("sensor.living_room_active_sessions").state == "unavailable"
    assert f"foyer.{entry.entry_id}" in hass_storage
    await hass.config_entries.async_remove(entry.entry_id)
    assert f"foyer.{entry.entry_id}" not in hass_storage
    assert not er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    await until(hass, lambda: not foyer.followers)


async def test_two_servers_live_beside_each_other(
    hass: HomeAssistant, connect: Connect, foyer: FakeFoyer, server: TestServer
) -> None:
    await connect()
    foyer.server = {**foyer.server, "id": "server-2", "name": "Cellar"}
    await connect(entry_for(server, unique_id="server-2", title="Cellar"))
    assert hass.states.get("sensor.living_room_active_sessions")
    assert hass.states.get("sensor.cellar_active_sessions")


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"key": "another"}, ConfigEntryState.SETUP_ERROR),
        ({"permissions": ["SEARCH"]}, ConfigEntryState.SETUP_ERROR),
    ],
)
async def test_a_key_that_does_not_do_asks_for_another(
    hass: HomeAssistant, connect: Connect, foyer: FakeFoyer, change: dict[str, object], state: ConfigEntryState
) -> None:
    for name, value in change.items():
        setattr(foyer, name, value)
    entry = await connect()
    assert entry.state is state
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"


async def test_a_server_that_is_away_is_tried_again(connect: Connect, server: TestServer) -> None:
    waiting = entry_for(server)
    await server.close()
    entry = await connect(waiting)
    assert entry.state is ConfigEntryState.SETUP_RETRY


@pytest.mark.parametrize(("version", "issue"), [(0, "server_too_old"), (99, "server_too_new")])
async def test_a_server_of_another_time_is_a_repair(
    hass: HomeAssistant, connect: Connect, foyer: FakeFoyer, version: int, issue: str
) -> None:
    foyer.server = {**foyer.server, "apiVersion": version}
    entry = await connect()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    found = ir.async_get(hass).async_get_issue(DOMAIN, f"{issue}_{entry.entry_id}")
    assert found is not None
    assert found.translation_placeholders == {"name": "Living room", "version": "0.1.0"}
    foyer.server = {**foyer.server, "apiVersion": 1}
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"{issue}_{entry.entry_id}") is None


async def test_a_folder_that_went_is_a_repair_until_it_is_back(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    registry = ir.async_get(hass)
    folder = {"id": "f1", "path": "/media/films", "available": False, "problem": "It is not there."}
    foyer.library("LIBRARY_UPDATED", library(state="UNAVAILABLE", folders=[folder]))
    issue = (DOMAIN, f"folder_missing_lib-films_{entry.entry_id}")
    await until(hass, lambda: registry.async_get_issue(*issue))
    assert registry.async_get_issue(*issue).translation_placeholders["folders"] == "/media/films"
    foyer.library("LIBRARY_UPDATED", library())
    await until(hass, lambda: registry.async_get_issue(*issue) is None)
    foyer.library("LIBRARY_UPDATED", library(state="UNAVAILABLE", folders=[folder]))
    await until(hass, lambda: registry.async_get_issue(*issue))
    await hass.config_entries.async_unload(entry.entry_id)
    assert registry.async_get_issue(*issue) is None


async def test_a_library_that_goes_takes_its_count_along(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    foyer.library("LIBRARY_CREATED", library("Clips", itemCount=7))
    await until(hass, lambda: hass.states.get("sensor.living_room_clips_items"))
    foyer.libraries = [SHOWS]
    foyer.library("LIBRARY_DELETED", None)
    await until(hass, lambda: hass.states.get("sensor.living_room_films_items") is None)
    assert hass.states.get("sensor.living_room_series_items").state == "1"


async def test_a_library_that_went_while_home_assistant_was_away_leaves_no_count(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    count = "sensor.living_room_films_items"
    assert hass.states.get(count)
    await hass.config_entries.async_unload(entry.entry_id)
    foyer.libraries = [SHOWS]
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert er.async_get(hass).async_get(count) is None
    assert hass.states.get("sensor.living_room_series_items").state == "1"
    assert hass.states.get("sensor.living_room_active_sessions").state == "0"
