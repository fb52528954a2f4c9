"""Foyer's entities by MQTT in a real Home Assistant Core with a real broker between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.e2e.server import Server
from tests.homeassistant.harness.films import LONG
from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.marks import REAL
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.viewer import Viewing, find
from tests.homeassistant.harness.waiting import until

pytestmark = REAL

SETTING = (
    "mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) { "
    "... on UpdateSettingsPayload { settings { value } } ... on UserError { message } } }"
)
NO_TLS = {"set_client_cert": False, "set_ca_cert": "off"}
HEALTH = "{ health { backgroundWork checks { name state message } } }"


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="mqtt")
async def running_mqtt(home: Home, foyer: Server) -> AsyncIterator[None]:
    """Core's MQTT integration, set up as its owner does it, and Foyer's device in it."""
    flow = await home.core.post("config/config_entries/flow", {"handler": "mqtt"})
    if flow["type"] == "menu":  # under a Supervisor of 2026 it offers an add-on too
        flow = await home.core.post(f"config/config_entries/flow/{flow['flow_id']}", {"next_step_id": "broker"})
    broker = {**_defaults(flow["data_schema"]), "broker": "127.0.0.1", "port": home.broker.port}
    done = await home.core.post(f"config/config_entries/flow/{flow['flow_id']}", broker)
    assert done["type"] == "create_entry", done
    await home.core.wait_state("sensor.foyer_active_sessions", "0")
    yield
    await home.core.request("DELETE", f"config/config_entries/entry/{done['result']['entry_id']}")


def _defaults(schema: list[dict[str, Any]]) -> dict[str, Any]:
    """What a form has to be given, as it suggests itself."""
    filled: dict[str, Any] = {}
    for field in schema:
        if field.get("type") == "expandable":
            filled[field["name"]] = _defaults(field["schema"])
        elif field.get("required") and ("default" in field or field["name"] in NO_TLS):
            filled[field["name"]] = field.get("default", NO_TLS.get(field["name"]))
    return filled


async def _ours(home: Home) -> dict[str, dict[str, Any]]:
    """Entities of the MQTT integration by id, as the registry has them."""
    async with home.core.connection() as socket:
        entries = await socket.command("config/entity_registry/list")
    return {one["entity_id"]: one for one in entries if one["platform"] == "mqtt"}


async def _device(home: Home) -> dict[str, Any]:
    async with home.core.connection() as socket:
        devices = await socket.command("config/device_registry/list")
    (found,) = [one for one in devices if one["manufacturer"] == "Foyer" and one["model"] == "Media server"]
    return dict(found)


async def _set_mqtt(panel: Panel, value: str) -> None:
    changed = await panel.ask(SETTING, input={"values": [{"key": "homeassistant.mqtt", "value": value}]})
    assert changed["updateSettings"] == {"settings": [{"value": value}]}


async def test_core_takes_every_entity(home: Home, mqtt: None) -> None:
    async def has_disks() -> bool:
        return sum("_space_" in one for one in await _ours(home)) >= 4

    await until(has_disks)
    ours = await _ours(home)
    disks = {one for one in ours if "_space_" in one}
    assert set(ours) - disks >= {
        "sensor.foyer_active_sessions",
        "sensor.foyer_direct_play_streams",
        "sensor.foyer_remuxed_streams",
        "sensor.foyer_transcoded_streams",
        "sensor.foyer_movies",
        "sensor.foyer_series",
        "sensor.foyer_episodes",
        "sensor.foyer_last_added",
        "sensor.foyer_last_added_at",
        "sensor.foyer_cache_size",
        "sensor.foyer_server_version",
        "binary_sensor.foyer_playing",
        "binary_sensor.foyer_transcoding",
        "binary_sensor.foyer_scanning",
        "binary_sensor.foyer_problem",
        "button.foyer_scan_libraries",
        "switch.foyer_background_work",
        "event.foyer_playback",
        "event.foyer_library",
        "update.foyer_new_version",
    }
    states = await home.core.entities()
    for entity in ours:
        no_state = entity.startswith(("button.", "event."))
        assert states[entity]["state"] not in ({"unavailable"} if no_state else {"unavailable", "unknown"}), entity
    device = await _device(home)
    assert device["name"] == "Foyer"
    assert device["configuration_url"].startswith("homeassistant://hassio/ingress/")
    update = states["update.foyer_new_version"]["attributes"]
    assert update["installed_version"]
    assert not update["supported_features"] & 1  # to install it is the Supervisor's part
    complaints = [
        line
        for line in home.core.log.read_text(errors="replace").splitlines()
        if "components.mqtt" in line and ("ERROR" in line or "WARNING" in line)
    ]
    assert complaints == []


async def test_what_plays_is_seen_and_starts_an_automation(home: Home, mqtt: None, panel: Panel) -> None:
    device = (await _device(home))["id"]
    async with home.core.connection() as socket:
        offered = await socket.command("device_automation/trigger/list", device_id=device)
    triggers = {(one["type"], one["subtype"]): one for one in offered if one["domain"] == "mqtt"}
    assert set(triggers) == {
        *(("playback", kind) for kind in ("started", "paused", "resumed", "stopped", "finished")),
        ("item", "added"),
        ("scan", "finished"),
    }
    title = {
        "service": "input_text.set_value",
        "target": {"entity_id": "input_text.last_title"},
        "data": {"value": "{{ trigger.payload_json.title }} {{ trigger.payload_json.user }}"},
    }
    await home.core.automate("mqtt_started", {"trigger": [triggers["playback", "started"]], "action": [title]})
    viewing = await Viewing.start(panel, await find(panel, LONG))
    await home.core.wait_state("binary_sensor.foyer_playing", "on")
    sessions = await home.core.wait_state("sensor.foyer_active_sessions", "1")
    (one,) = sessions["attributes"]["sessions"]
    assert (one["title"], one["user"], one["device"], one["state"]) == (LONG, "olivia", "Sofa", "playing")
    await home.core.wait_state("sensor.foyer_direct_play_streams", "1")
    await home.core.wait_state("input_text.last_title", f"{LONG} olivia")
    told = await home.core.state("event.foyer_playback")
    assert told is not None
    assert told["attributes"]["event_type"] == "started"
    assert told["attributes"]["title"] == LONG
    await viewing.beat("PAUSED", 3)
    await home.core.wait_state("binary_sensor.foyer_playing", "off")
    await viewing.stop()
    await home.core.wait_state("sensor.foyer_active_sessions", "0")


async def test_core_switches_background_work_and_scans(home: Home, mqtt: None, panel: Panel) -> None:
    await home.core.call("switch", "turn_off", entity_id="switch.foyer_background_work")
    await home.core.wait_state("switch.foyer_background_work", "off")
    assert (await panel.ask(HEALTH))["health"]["backgroundWork"] is False
    await home.core.call("switch", "turn_on", entity_id="switch.foyer_background_work")
    await home.core.wait_state("switch.foyer_background_work", "on")
    assert (await panel.ask(HEALTH))["health"]["backgroundWork"] is True
    await home.core.call("button", "press", entity_id="button.foyer_scan_libraries")

    async def is_scanned() -> bool:
        told = await home.core.state("event.foyer_library")
        return told is not None and told["attributes"].get("event_type") == "scan_finished"

    await until(is_scanned)


async def test_switched_off_the_device_is_gone_and_comes_back(home: Home, mqtt: None, panel: Panel) -> None:
    before = set(await _ours(home))
    await _set_mqtt(panel, "false")

    async def is_gone() -> bool:
        return not await _ours(home)

    await until(is_gone)
    await _set_mqtt(panel, "true")

    async def is_back() -> bool:
        return set(await _ours(home)) == before

    await until(is_back)
    await home.core.wait_state("sensor.foyer_active_sessions", "0")


async def test_a_killed_server_is_unavailable_until_it_is_back(home: Home, mqtt: None, foyer: Server) -> None:
    await foyer.kill()
    await home.core.wait_state("sensor.foyer_active_sessions", "unavailable")
    await foyer.start()
    await home.core.wait_state("sensor.foyer_active_sessions", "0")


async def test_playback_goes_on_without_the_broker(home: Home, mqtt: None, panel: Panel) -> None:
    viewing = await Viewing.start(panel, await find(panel, LONG))
    await home.core.wait_state("sensor.foyer_active_sessions", "1")
    home.broker.kill()
    try:

        async def is_said() -> bool:
            checks = (await panel.ask(HEALTH))["health"]["checks"]
            return any(one["name"] == "MQTT" and one["state"] == "DEGRADED" for one in checks)

        await until(is_said)
        await viewing.beat("PLAYING", 5)
        async with panel.request("GET", viewing.url, headers={"Range": "bytes=0-99"}) as answer:
            assert answer.status == 206
        await viewing.stop()
    finally:
        await home.broker.start()
    await home.core.wait_state("sensor.foyer_active_sessions", "0", within_s=60)
