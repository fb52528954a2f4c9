"""Media players, events and device triggers, as they are pushed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from conftest import Connect, until
from fake import BUNNY, PICTURE, PILOT, SINTEL, FakeFoyer, library, session
from homeassistant.components import automation
from homeassistant.components.device_automation import (
    DeviceAutomationType,
    InvalidDeviceAutomationConfig,
    async_get_device_automations,
)
from homeassistant.components.media_player import MediaPlayerEntityFeature
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.foyer import async_remove_config_entry_device, devices
from custom_components.foyer.const import DOMAIN
from custom_components.foyer.coordinator import FoyerCoordinator
from custom_components.foyer.device_trigger import async_get_triggers

PLAYER = "media_player.chrome_on_linux_anna"


async def playing(hass: HomeAssistant, foyer: FakeFoyer, **changes: Any) -> None:
    foyer.playback("STARTED", session(**changes))
    await until(hass, lambda: (found := hass.states.get(PLAYER)) and found.state != "idle")


async def call(hass: HomeAssistant, service: str, **data: Any) -> None:
    await hass.services.async_call("media_player", service, {"entity_id": PLAYER, **data}, blocking=True)


async def test_a_player_comes_with_its_first_session(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    assert hass.states.async_entity_ids("media_player") == []
    await playing(hass, foyer, updatedAt="2026-01-02T03:04:05+00:00")
    state = hass.states.get(PLAYER)
    assert state.state == "playing"
    told = state.attributes
    assert told["media_title"] == "Big Buck Bunny"
    assert told["media_content_type"] == "movie"
    assert (told["media_position"], told["media_duration"]) == (12, 596)
    assert told["media_position_updated_at"].isoformat() == "2026-01-02T03:04:05+00:00"
    assert (told["user"], told["session_id"], told["method"]) == ("Anna", "session-1", "direct_play")
    assert told["app_name"] == "Foyer Web"
    assert told["entity_picture"].startswith("/api/media_player_proxy/")
    assert hass.states.get("sensor.living_room_active_sessions").state == "1"
    assert hass.states.get("sensor.living_room_streams_as_they_are").state == "1"
    entity = er.async_get(hass).async_get(PLAYER)
    device = dr.async_get(hass).async_get(entity.device_id)
    server = devices.find(hass, entry.entry_id, (DOMAIN, "server-1"))
    assert (device.name, device.model, device.via_device_id) == ("Chrome on Linux (Anna)", "Foyer Web", server.id)


async def test_a_position_is_never_of_the_future(hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer) -> None:
    """The clocks of two machines differ; a card that counts on from it would jump."""
    await playing(hass, foyer, updatedAt=(dt_util.utcnow() + timedelta(hours=1)).isoformat())
    assert hass.states.get(PLAYER).attributes["media_position_updated_at"] <= dt_util.utcnow()


async def test_an_episode_has_its_series(hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer) -> None:
    await playing(hass, foyer, of=PILOT)
    told = hass.states.get(PLAYER).attributes
    assert told["media_content_type"] == "tvshow"
    assert (told["media_series_title"], told["media_season"], told["media_episode"]) == ("Pioneer One", "1", "1")


async def test_it_follows_what_the_player_does(hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer) -> None:
    await playing(hass, foyer)
    foyer.playback("PAUSED", session(state="PAUSED", positionSeconds=40.0))
    await until(hass, lambda: hass.states.get(PLAYER).state == "paused")
    assert hass.states.get(PLAYER).attributes["media_position"] == 40
    foyer.playback("PROGRESS", session(state="BUFFERING", positionSeconds=41.0))
    await until(hass, lambda: hass.states.get(PLAYER).state == "buffering")
    foyer.playback("STOPPED", session(state="STOPPED"))
    await until(hass, lambda: hass.states.get(PLAYER).state == "idle")
    features = hass.states.get(PLAYER).attributes["supported_features"]
    assert features & MediaPlayerEntityFeature.BROWSE_MEDIA
    assert not features & MediaPlayerEntityFeature.PLAY
    assert "media_title" not in hass.states.get(PLAYER).attributes


async def test_two_sessions_of_one_player_are_one_entity(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    await playing(hass, foyer, state="PAUSED")
    foyer.playback("STARTED", session(2, SINTEL))
    await until(hass, lambda: hass.states.get(PLAYER).attributes.get("media_title") == "Sintel")
    assert hass.states.async_entity_ids("media_player") == [PLAYER]
    foyer.playback("STOPPED", session(2, SINTEL, state="STOPPED"))
    await until(hass, lambda: hass.states.get(PLAYER).attributes.get("media_title") == "Big Buck Bunny")


async def test_what_plays_on_home_assistants_own_players_has_no_second_entity(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    foyer.screen("screen-1", "media_player.tv")
    foyer.playback("STARTED", session(screenId="screen-1"))
    await until(hass, lambda: hass.states.get("sensor.living_room_active_sessions").state == "1")
    assert hass.states.async_entity_ids("media_player") == []
    event = hass.states.get("event.living_room_playback")
    assert event.attributes["entity_id"] == "media_player.tv"


@pytest.mark.parametrize(
    ("service", "data", "sent"),
    [
        ("media_play", {}, {"kind": "PLAY"}),
        ("media_pause", {}, {"kind": "PAUSE"}),
        ("media_stop", {}, {"kind": "STOP"}),
        ("media_seek", {"seek_position": 90}, {"kind": "SEEK", "positionSeconds": 90.0}),
        ("media_next_track", {}, {"kind": "NEXT"}),
        ("media_previous_track", {}, {"kind": "PREVIOUS"}),
        ("volume_set", {"volume_level": 0.5}, {"kind": "SET_VOLUME", "volume": 0.5}),
    ],
)
async def test_it_can_be_controlled(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, service: str, data: Any, sent: Any
) -> None:
    await playing(hass, foyer)
    await call(hass, service, **data)
    [(name, given)] = foyer.inputs
    given = {key: value for key, value in given.items() if value is not None}
    assert (name, given) == ("SendCommandPayload", {"session": "session-1", **sent})


async def test_it_plays_something_else(hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer) -> None:
    await playing(hass, foyer)
    where = f"media-source://foyer/{entry.entry_id}/item-pioneer-one"
    await call(hass, "play_media", media_content_id=where, media_content_type="tvshow")
    assert foyer.inputs[-1][1]["itemId"] == PILOT["id"]
    for wrong in ("media-source://foyer/another/item-sintel", "media-source://foyer", "https://example.org/film.mp4"):
        with pytest.raises(ServiceValidationError):
            await call(hass, "play_media", media_content_id=wrong, media_content_type="movie")


async def test_what_foyer_refuses_is_an_error_with_its_words(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    await playing(hass, foyer)
    foyer.refusal = {"__typename": "NotFound", "code": "NOT_FOUND", "message": "This playback session has ended."}
    with pytest.raises(ServiceValidationError, match="has ended"):
        await call(hass, "media_pause")


async def test_a_server_that_is_away_is_an_error(
    hass: HomeAssistant, coordinator: FoyerCoordinator, foyer: FakeFoyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await playing(hass, foyer)
    monkeypatch.setattr(coordinator.client, "base", "http://127.0.0.1:1")
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "media_pause")
    assert caught.value.translation_key == "unreachable"


async def test_its_picture_comes_through_home_assistant(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, hass_client: Any
) -> None:
    await playing(hass, foyer)
    client = await hass_client()
    response = await client.get(hass.states.get(PLAYER).attributes["entity_picture"])
    assert (response.status, await response.read(), response.content_type) == (200, PICTURE, "image/webp")


async def test_entities_are_unavailable_while_the_connection_is_away_and_come_back(
    hass: HomeAssistant, coordinator: FoyerCoordinator, foyer: FakeFoyer, caplog: pytest.LogCaptureFixture
) -> None:
    await playing(hass, foyer)
    seen: list[str] = []
    coordinator.async_add_listener(lambda: seen.append(hass.states.get(PLAYER).state))
    foyer.sessions = [session(state="PAUSED")]
    await foyer.hang_up()
    await until(hass, lambda: hass.states.get(PLAYER).state == "paused")
    assert "unavailable" in seen
    assert sum("is lost" in record.message for record in caplog.records) == 1
    assert sum("again" in record.message and record.name.startswith("custom") for record in caplog.records) == 1
    await until(hass, lambda: foyer.followers)
    assert foyer.after[:3] == [{"playbackEvents": None}, {"libraryEvents": None}, {"screenEvents": None}]
    assert foyer.after[3] == {"playbackEvents": "101"}


async def test_an_event_that_cannot_be_told_ends_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, caplog: pytest.LogCaptureFixture
) -> None:
    await foyer.fail_an_event()
    await playing(hass, foyer)
    assert len(foyer.after) == 3
    assert "is lost" not in caplog.text


async def test_an_event_of_an_unknown_shape_is_an_outage_that_passes(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, caplog: pytest.LogCaptureFixture
) -> None:
    await foyer.babble()
    await until(hass, lambda: len(foyer.after) == 6)
    await playing(hass, foyer)
    assert "Something unexpected came from Foyer" in caplog.text


async def test_players_are_known_after_a_restart_and_forgotten_after_long(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, hass_storage: dict[str, Any]
) -> None:
    await playing(hass, foyer)
    foyer.playback("STOPPED", session(state="STOPPED"))
    await until(hass, lambda: hass.states.get(PLAYER).state == "idle")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(PLAYER).state == "idle"
    await hass.config_entries.async_unload(entry.entry_id)
    [stored] = hass_storage[f"foyer.{entry.entry_id}"]["data"].values()
    stored["seen"] = (dt_util.utcnow() - timedelta(days=61)).isoformat()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(PLAYER) is None
    assert er.async_get(hass).async_get(PLAYER) is None


async def test_a_player_can_be_removed_while_it_plays_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    await playing(hass, foyer)
    device = dr.async_get(hass).async_get(er.async_get(hass).async_get(PLAYER).device_id)
    server = devices.find(hass, entry.entry_id, (DOMAIN, "server-1"))
    assert not await async_remove_config_entry_device(hass, entry, device)
    assert not await async_remove_config_entry_device(hass, entry, server)
    foyer.playback("STOPPED", session(state="STOPPED"))
    await until(hass, lambda: hass.states.get(PLAYER).state == "idle")
    assert await async_remove_config_entry_device(hass, entry, device)
    dr.async_get(hass).async_remove_device(device.id)
    await hass.async_block_till_done()
    assert hass.states.get(PLAYER) is None
    foyer.playback("STARTED", session())
    await until(hass, lambda: hass.states.get(PLAYER))


async def test_events_have_what_automations_want(hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer) -> None:
    await playing(hass, foyer, of=PILOT)
    told = hass.states.get("event.living_room_playback").attributes
    assert told["event_type"] == "started"
    wanted = {
        "title": "Earthfall",
        "series": "Pioneer One",
        "season": 1,
        "episode": 1,
        "user": "anna",
        "device": "Chrome on Linux",
        "method": "direct_play",
        "state": "playing",
        "progress": 2.1,
        "library": "Series",
        "replayed": False,
    }
    assert {key: told[key] for key in wanted} == wanted
    foyer.library("ITEM_ADDED", library(itemCount=3), BUNNY)
    await until(hass, lambda: hass.states.get("event.living_room_library").state != "unknown")
    told = hass.states.get("event.living_room_library").attributes
    assert (told["event_type"], told["title"], told["library"]) == ("item_added", "Big Buck Bunny", "Films")
    assert hass.states.get("sensor.living_room_films_items").state == "3"


async def triggered(hass: HomeAssistant, device_id: str, *types: str) -> list[ServiceCall]:
    calls: list[ServiceCall] = []

    async def note(given: ServiceCall) -> None:
        calls.append(given)

    hass.services.async_register("test", "note", note)
    trigger = [{"platform": "device", "domain": DOMAIN, "device_id": device_id, "type": one} for one in types]
    action = {
        "service": "test.note",
        "data": {
            "type": "{{ trigger.type }}",
            "title": "{{ trigger.event.title }}",
            "told": "{{ trigger.description }}",
        },
    }
    given = {automation.DOMAIN: [{"alias": "test", "mode": "queued", "trigger": trigger, "action": [action]}]}
    assert await async_setup_component(hass, automation.DOMAIN, given)
    await hass.async_block_till_done()
    return calls


async def test_triggers_of_the_server_and_of_a_player(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    await playing(hass, foyer)
    server = devices.find(hass, entry.entry_id, (DOMAIN, "server-1")).id
    player = er.async_get(hass).async_get(PLAYER).device_id
    found = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, [server, player])
    own = {device: {one["type"] for one in found[device] if one["domain"] == DOMAIN} for device in (server, player)}
    assert own[server] - own[player] == {"item_added", "scan_finished"}
    assert "playback_started" in own[player]

    calls = await triggered(hass, player, "playback_paused", "playback_finished", "credits_reached")
    foyer.playback("PAUSED", session(state="PAUSED"))
    await until(hass, lambda: calls)
    assert (calls[0].data["type"], calls[0].data["title"]) == ("playback_paused", "Big Buck Bunny")
    foyer.playback("PAUSED", session(2, device="Another", state="PAUSED"))
    foyer.playback("CREDITS_REACHED", session())
    foyer.playback("FINISHED", session(state="STOPPED"))
    await until(hass, lambda: len(calls) > 2)
    told = [call.data["told"] for call in calls[1:]]
    assert told == ["Foyer: credits reached", "Foyer: playback finished"]
    await hass.services.async_call(automation.DOMAIN, "turn_off", {"entity_id": "automation.test"}, blocking=True)


async def test_what_happened_while_the_connection_was_away_switches_no_light(
    hass: HomeAssistant, coordinator: FoyerCoordinator, foyer: FakeFoyer
) -> None:
    await playing(hass, foyer)
    calls = await triggered(hass, er.async_get(hass).async_get(PLAYER).device_id, "playback_paused", "playback_resumed")
    foyer.behind = [("PAUSED", session(state="PAUSED"))]
    await foyer.hang_up()
    event = "event.living_room_playback"
    await until(hass, lambda: hass.states.get(event).attributes.get("event_type") == "paused")
    assert hass.states.get(event).attributes["replayed"] is True
    assert calls == []
    await until(hass, lambda: not coordinator.is_catching_up)
    foyer.playback("RESUMED", session())
    await until(hass, lambda: calls)
    assert calls[0].data["type"] == "playback_resumed"
    assert hass.states.get(event).attributes["replayed"] is False
    await hass.services.async_call(automation.DOMAIN, "turn_off", {"entity_id": "automation.test"}, blocking=True)


async def test_a_trigger_of_a_device_that_is_none_of_foyers(hass: HomeAssistant, connect: Connect) -> None:
    await connect()
    with pytest.raises(InvalidDeviceAutomationConfig):
        await async_get_triggers(hass, "nothing")
