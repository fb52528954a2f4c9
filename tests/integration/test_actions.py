"""Actions, the cards' command, and what is told when something is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from conftest import Connect, entry_for, until
from fake import BUNNY, PILOT, FakeFoyer, session
from homeassistant.components import frontend
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.foyer.const import DOMAIN
from custom_components.foyer.coordinator import FoyerCoordinator
from custom_components.foyer.diagnostics import async_get_config_entry_diagnostics

PLAYER = "media_player.chrome_on_linux_anna"


async def act(hass: HomeAssistant, action: str, *, answers: bool = False, **data: Any) -> Any:
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=answers)


def given(foyer: FakeFoyer) -> tuple[str, dict[str, Any]]:
    name, fields = foyer.inputs[-1]
    return name, {key: value for key, value in fields.items() if value is not None}


@pytest.fixture
async def plays(hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer) -> None:
    foyer.playback("STARTED", session())
    await until(hass, lambda: hass.states.get(PLAYER))


@pytest.fixture
def television(hass: HomeAssistant) -> list[ServiceCall]:
    """Another integration's media player, and what it is asked to play."""
    calls: list[ServiceCall] = []

    async def play(call: ServiceCall) -> None:
        calls.append(call)

    er.async_get(hass).async_get_or_create("media_player", "cast", "tv", suggested_object_id="tv")
    hass.services.async_register("media_player", "play_media", play)
    return calls


async def test_an_item_on_a_player_of_foyers(hass: HomeAssistant, plays: None, foyer: FakeFoyer) -> None:
    answer = await act(hass, "play_item", answers=True, item_id="item-pioneer-one", entity_id=PLAYER, position=5)
    assert answer == {"item_id": PILOT["id"], "title": "Pioneer One 1x01 · Earthfall", "entity_id": PLAYER}
    sent = {"session": "session-1", "kind": "PLAY_ITEM", "itemId": PILOT["id"], "positionSeconds": 5.0}
    assert given(foyer) == ("SendCommandPayload", sent)


async def test_an_item_by_its_title_on_any_player(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, television: list[ServiceCall]
) -> None:
    await act(hass, "play_item", title="bunny", entity_id="media_player.tv")
    [call] = television
    assert call.data["media_content_id"] == f"media-source://foyer/{entry.entry_id}/{BUNNY['id']}"
    assert call.data["extra"]["media_info"]["hlsVideoSegmentFormat"] == "fmp4"
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "play_item", title="bunny", entity_id="media_player.tv", position=3)
    assert caught.value.translation_key == "position_not_there"


async def test_an_item_on_a_screen_foyer_follows(
    hass: HomeAssistant, coordinator: FoyerCoordinator, foyer: FakeFoyer, television: list[ServiceCall]
) -> None:
    foyer.screen("screen-1", "media_player.tv")
    await until(hass, lambda: coordinator.screen_of("media_player.tv"))
    answer = await act(hass, "play_item", answers=True, item_id=BUNNY["id"], entity_id="media_player.tv", position=3)
    assert given(foyer) == ("PlayOnPayload", {"screenId": "screen-1", "itemId": BUNNY["id"], "positionSeconds": 3.0})
    assert answer["session_id"] == "session-9"
    assert television == []


async def test_scanning(hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer) -> None:
    answer = await act(hass, "scan", answers=True, library="films", full=True)
    assert answer == {"jobs": [{"library": "Films", "library_id": "lib-films", "job_id": "job-1"}]}
    assert given(foyer) == ("ScanLibraryPayload", {"library": "lib-films", "full": True})
    await hass.services.async_call("button", "press", {"entity_id": "button.living_room_scan_libraries"}, blocking=True)
    assert [fields["library"] for _, fields in foyer.inputs[1:]] == ["lib-films", "lib-series"]
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "scan", library="Photos")
    assert caught.value.translation_key == "no_such_library"


@pytest.mark.parametrize(
    ("action", "data", "sent"),
    [
        ("mark_watched", {"item_id": "i"}, ("SetWatchedPayload", {"item": "i", "watched": True})),
        ("mark_unwatched", {"item_id": "i"}, ("SetWatchedPayload", {"item": "i", "watched": False})),
        ("refresh_metadata", {"item_id": "i"}, ("RefreshMetadataPayload", {"itemId": "i"})),
        ("set_background_work", {"enabled": False}, ("SetBackgroundWorkPayload", {"enabled": False})),
    ],
)
async def test_the_simple_ones(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, action: str, data: Any, sent: Any
) -> None:
    await act(hass, action, **data)
    assert given(foyer) == sent


@pytest.mark.parametrize("action", ["mark_watched", "mark_unwatched", "refresh_metadata"])
async def test_an_item_may_be_named_by_its_address_as_a_media_source(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, action: str
) -> None:
    await act(hass, action, item_id=f"media-source://foyer/{entry.entry_id}/i")
    fields = given(foyer)[1]
    assert fields.get("item", fields.get("itemId")) == "i"
    for wrong, key in (("https://example.org/i", "no_such_item"), ("media-source://foyer/gone/i", "not_connected")):
        with pytest.raises(ServiceValidationError) as caught:
            await act(hass, action, item_id=wrong)
        assert caught.value.translation_key == key


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        ({"command": "pause"}, {"kind": "PAUSE"}),
        ({"command": "seek", "position": 61}, {"kind": "SEEK", "positionSeconds": 61.0}),
        ({"command": "message", "text": "Dinner!"}, {"kind": "MESSAGE", "text": "Dinner!"}),
        ({"command": "set_volume", "volume": 0.2}, {"kind": "SET_VOLUME", "volume": 0.2}),
    ],
)
async def test_commands_to_a_session(hass: HomeAssistant, plays: None, foyer: FakeFoyer, data: Any, sent: Any) -> None:
    for where in ({"session_id": "session-1"}, {"entity_id": PLAYER}):
        await act(hass, "send_command", **where, **data)
        assert given(foyer) == ("SendCommandPayload", {"session": "session-1", **sent})


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"session_id": "session-1", "command": "seek"}, "field_needed"),
        ({"session_id": "session-1", "command": "message", "text": " "}, "field_needed"),
        ({"session_id": "session-8", "command": "pause"}, "no_such_session"),
        ({"entity_id": "media_player.tv", "command": "pause"}, "nothing_plays"),
    ],
)
async def test_commands_that_cannot_be(hass: HomeAssistant, plays: None, data: Any, key: str) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "send_command", **data)
    assert caught.value.translation_key == key


async def test_handing_over(hass: HomeAssistant, plays: None, coordinator: FoyerCoordinator, foyer: FakeFoyer) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "transfer", entity_id=PLAYER, media_player="media_player.tv")
    assert caught.value.translation_key == "no_screen"
    foyer.screen("screen-1", "media_player.tv")
    await until(hass, lambda: coordinator.screen_of("media_player.tv"))
    answer = await act(hass, "transfer", answers=True, entity_id=PLAYER, media_player="media_player.tv")
    assert answer == {"session_id": "session-9", "position": 12.5, "notice": None}
    assert given(foyer) == ("TransferPlaybackPayload", {"sessionId": "session-1", "screenId": "screen-1"})
    foyer.playback("STARTED", session(5, screenId="screen-1"))
    await until(hass, lambda: coordinator.session_on("media_player.tv"))
    await act(hass, "send_command", entity_id="media_player.tv", command="pause")
    assert given(foyer)[1]["session"] == "session-5"


async def test_which_server(hass: HomeAssistant, connect: Connect, server: TestServer, foyer: FakeFoyer) -> None:
    entry = await connect()
    foyer.server = {**foyer.server, "id": "server-2", "name": "Cellar"}
    await connect(entry_for(server, unique_id="server-2"))
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "scan")
    assert caught.value.translation_key == "which_server"
    await act(hass, "scan", config_entry_id=entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "scan", config_entry_id=entry.entry_id)
    assert caught.value.translation_key == "not_connected"


async def test_a_player_plays_nothing_of_another_server(
    hass: HomeAssistant, connect: Connect, server: TestServer, foyer: FakeFoyer
) -> None:
    await connect()
    foyer.playback("STARTED", session())
    await until(hass, lambda: hass.states.get(PLAYER))
    foyer.server, foyer.sessions = {**foyer.server, "id": "server-2", "name": "Cellar"}, []
    cellar = await connect(entry_for(server, unique_id="server-2"))
    item = f"media-source://foyer/{cellar.entry_id}/{BUNNY['id']}"
    for action, more in (("play_item", {}), ("send_command", {"command": "play_item"})):
        with pytest.raises(ServiceValidationError) as caught:
            await act(hass, action, item_id=item, entity_id=PLAYER, **more)
        assert caught.value.translation_key == "another_server"
    await act(hass, "send_command", command="play_item", item_id=BUNNY["id"], entity_id=PLAYER)
    assert [fields["itemId"] for _, fields in foyer.inputs] == [BUNNY["id"]]


async def test_a_server_that_does_not_know_what_is_asked(
    hass: HomeAssistant, coordinator: FoyerCoordinator, foyer: FakeFoyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foyer, "_answer", lambda *_, **__: {"errors": [
        {"message": "Cannot query field 'setWatched' on type 'Mutation'.", "extensions": {"code": "VALIDATION_FAILED"}}
    ]})  # fmt: skip
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, "mark_watched", item_id="i")
    assert caught.value.translation_key == "unsupported"


async def test_the_cards_list(
    hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: Any, foyer: FakeFoyer, coordinator: FoyerCoordinator
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "foyer/continue_watching", "limit": 5})
    answer = await client.receive_json()
    assert answer["success"]
    film, episode = answer["result"]["items"]
    assert film["media_content_id"] == f"media-source://foyer/{entry.entry_id}/{BUNNY['id']}"
    assert film["image"].startswith(f"/api/foyer/{entry.entry_id}/media/image/")
    assert (film["title"], film["subtitle"], film["progress"]) == ("Big Buck Bunny", None, 0.1)
    assert (episode["title"], episode["subtitle"]) == ("Pioneer One", "1x01 · Earthfall")
    await client.send_json_auto_id({"type": "foyer/continue_watching", "entry_id": "nothing"})
    assert (await client.receive_json())["error"]["code"] == "not_found"
    await client.send_json_auto_id({"type": "foyer/continue_watching", "list": "worst"})
    assert (await client.receive_json())["error"]["code"] == "invalid_format"
    coordinator.client.base = "http://127.0.0.1:1"  # type: ignore[assignment]
    await client.send_json_auto_id({"type": "foyer/continue_watching", "list": "latest"})
    assert (await client.receive_json())["error"]["code"] == "home_assistant_error"


async def test_who_asks_in_home_assistant_asks_in_foyer_where_they_are_known(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, hass_ws_client: Any, hass_admin_user: Any
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "foyer/continue_watching"})
    assert (await client.receive_json())["success"]
    assert foyer.on_behalf_of[-2:] == [hass_admin_user.id, None]
    foyer.housemates.add(hass_admin_user.id)
    await client.send_json_auto_id({"type": "foyer/continue_watching"})
    assert (await client.receive_json())["success"]
    assert foyer.on_behalf_of[-1] == hass_admin_user.id
    somebody = Context(user_id=hass_admin_user.id)
    await hass.services.async_call(DOMAIN, "mark_watched", {"item_id": "i"}, blocking=True, context=somebody)
    assert foyer.on_behalf_of[-1] == hass_admin_user.id
    await act(hass, "mark_watched", item_id="i")
    assert foyer.on_behalf_of[-1] is None


async def test_what_somebody_may_not_do_is_not_done_in_another_name(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, hass_admin_user: Any
) -> None:
    foyer.housemates.add(hass_admin_user.id)
    foyer.refusal = {"__typename": "Forbidden", "code": "FORBIDDEN", "message": "Your role does not allow that."}
    somebody = Context(user_id=hass_admin_user.id)
    with pytest.raises(ServiceValidationError, match="Your role does not allow that"):
        await hass.services.async_call(DOMAIN, "mark_watched", {"item_id": "i"}, blocking=True, context=somebody)
    assert len(foyer.inputs) == 1
    foyer.housemates.clear()
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(DOMAIN, "mark_watched", {"item_id": "i"}, blocking=True, context=somebody)
    assert foyer.on_behalf_of[-2:] == [hass_admin_user.id, None]


async def test_the_cards_are_served_and_loaded(hass: HomeAssistant, connect: Connect, hass_client_no_auth: Any) -> None:
    hass.config.components.add("frontend")
    loaded: set[str] = set()
    hass.data[frontend.DATA_EXTRA_MODULE_URL] = loaded
    await connect()
    [url] = loaded
    client = await hass_client_no_auth()
    found = await client.get(url)
    assert found.status == 200
    assert "javascript" in found.content_type
    assert "customElements.define" in await found.text()
    assert "max-age" in found.headers["Cache-Control"]


async def test_diagnostics_keep_secrets(hass: HomeAssistant, plays: None, entry: MockConfigEntry) -> None:
    told = await async_get_config_entry_diagnostics(hass, entry)
    assert told["connected"] is True
    assert told["health"]["state"] == "OK"
    assert told["sessions"][0]["method"] == "DIRECT_PLAY"
    text = json.dumps(told, default=str)
    for secret in ("secret", "Anna", '"anna"', "Bunny", "/media/films", "127.0.0.1", "Chrome", "Living room", "signed"):
        assert secret not in text, secret


async def test_system_health(hass: HomeAssistant, plays: None, entry: MockConfigEntry) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    told = await get_system_health_info(hass, DOMAIN)
    assert (told["servers"], told["connected"], told["version"], told["active_sessions"]) == (1, 1, "0.1.0", 1)
    assert await told["can_reach_server"] == "ok"
