"""Playing on the media players of a real Home Assistant Core: two television sets that fetch what they are given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse
from playwright.async_api import Browser, expect

from foyer.api.schema.persisted import shipped_operations
from tests.e2e.server import Server
from tests.e2e.test_evening import VIDEO
from tests.homeassistant.harness.browser import PHONE, frontend, panel_frame, shot
from tests.homeassistant.harness.films import DEEP, LONG
from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.integration import forget
from tests.homeassistant.harness.marks import REAL
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.viewer import Viewing, find
from tests.homeassistant.harness.waiting import until

pytestmark = REAL

LIVING, BEDROOM = "media_player.living_room_tv", "media_player.bedroom_tv"
SETTING = (
    "mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) { __typename "
    "... on UserError { message } } }"
)
SESSIONS = "{ playbackSessions(first: 9) { nodes { id state positionSeconds device screenId } } }"


def _operations() -> dict[str, str]:
    found = {}
    for text in shipped_operations().values():
        for node in parse(text).definitions:
            if isinstance(node, OperationDefinitionNode) and node.name:
                found[node.name.value] = text
            assert isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    return found


OPERATIONS = _operations()


@pytest_asyncio.fixture(loop_scope="session", name="reachable")
async def reachable_foyer(panel: Panel, foyer: Server) -> AsyncIterator[Panel]:
    """The owner's panel of a Foyer that televisions reach at its own port."""
    await _set_address(panel, foyer.url)
    yield panel
    for session in await _sessions(panel):
        await panel.ask(OPERATIONS["SendCommand"], input={"session": session["id"], "kind": "STOP"})
    await _set_address(panel, "")


async def _set_address(panel: Panel, address: str) -> None:
    values = [{"key": "homeassistant.public_url", "value": json.dumps(address)}]
    done = await panel.ask(SETTING, input={"values": values})
    assert done["updateSettings"]["__typename"] == "UpdateSettingsPayload", done


async def _sessions(panel: Panel) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await panel.ask(SESSIONS))["playbackSessions"]["nodes"]
    return found


async def _screens(panel: Panel) -> dict[str, dict[str, Any]]:
    """The two sets, once Foyer knows both."""
    async with asyncio.timeout(20):
        while True:
            told = await panel.ask(OPERATIONS["Screens"])
            found = {one["entityId"]: one for one in told["screens"]["nodes"]}
            if found.keys() >= {LIVING, BEDROOM}:
                return found
            await asyncio.sleep(0.1)


async def _play(panel: Panel, entity_id: str, position: float | None = None, *, title: str = LONG) -> dict[str, Any]:
    screen = (await _screens(panel))[entity_id]
    wish = {"screenId": screen["id"], "itemId": await find(panel, title), "positionSeconds": position}
    played: dict[str, Any] = (await panel.ask(OPERATIONS["PlayOn"], input=wish))["playOn"]
    return played


async def test_the_players_of_the_house_are_there_with_their_rooms(home: Home, reachable: Panel) -> None:
    async with home.core.connection() as socket:
        area = await socket.command("config/area_registry/create", name="Snug")
        await socket.command("config/entity_registry/update", entity_id=LIVING, area_id=area["area_id"])

    async def is_there() -> bool:
        return bool((await _screens(reachable))[LIVING]["area"] == "Snug")

    await until(is_there)
    screen = (await _screens(reachable))[LIVING]
    assert (screen["name"], screen["state"]) == ("Living room TV", "IDLE")
    assert screen["canPause"]
    assert screen["canSeek"]
    assert screen["canSetVolume"]


async def test_an_evening_on_a_television(home: Home, reachable: Panel, foyer: Server) -> None:
    played = await _play(reachable, LIVING, 30)
    assert played["__typename"] == "PlayOnPayload", played
    session = played["session"]["id"]
    shown = await home.core.wait_state(LIVING, "playing")
    assert shown["attributes"]["app_name"] == "206 video/mp4 1024"
    assert shown["attributes"]["media_content_id"].startswith(foyer.url)
    assert shown["attributes"]["media_title"] == LONG

    async def one() -> dict[str, Any]:
        return next(each for each in await _sessions(reachable) if each["id"] == session)

    async def is_past_the_start() -> bool:
        state = await home.core.state(LIVING)
        return state is not None and bool(state["attributes"]["media_position"] == 30)

    await until(is_past_the_start)
    # Somebody pauses it in Home Assistant, or with the set's own remote control.
    await home.core.call("media_player", "media_pause", entity_id=LIVING)

    async def is_paused() -> bool:
        return bool((await one())["state"] == "PAUSED")

    await until(is_paused)
    assert 29 <= (await one())["positionSeconds"] <= 45
    assert (await one())["screenId"] == (await _screens(reachable))[LIVING]["id"]
    # And goes on from Foyer.
    command = {"session": session, "kind": "SEEK", "positionSeconds": 90}
    assert (await reachable.ask(OPERATIONS["SendCommand"], input=command))["sendCommand"]["__typename"] == (
        "SendCommandPayload"
    )
    await reachable.ask(OPERATIONS["SendCommand"], input={"session": session, "kind": "PLAY"})
    await home.core.wait_state(LIVING, "playing")

    async def is_near_the_end() -> bool:
        return bool(89 <= (await one())["positionSeconds"] <= 110)

    await until(is_near_the_end)
    await reachable.ask(OPERATIONS["SendCommand"], input={"session": session, "kind": "SET_VOLUME", "volume": 0.2})
    state = await home.core.state(LIVING)
    assert state is not None
    assert state["attributes"]["volume_level"] == 0.2
    await reachable.ask(OPERATIONS["SendCommand"], input={"session": session, "kind": "STOP"})
    await home.core.wait_state(LIVING, "idle")
    assert await _sessions(reachable) == []


async def test_switching_the_set_off_ends_the_session_where_it_was(home: Home, reachable: Panel) -> None:
    played = await _play(reachable, BEDROOM, 60)
    assert played["__typename"] == "PlayOnPayload", played

    async def is_there() -> bool:
        return any(55 <= one["positionSeconds"] <= 80 for one in await _sessions(reachable))

    await until(is_there)
    await home.core.call("media_player", "turn_off", entity_id=BEDROOM)

    async def is_over() -> bool:
        return await _sessions(reachable) == []

    await until(is_over)
    item = await find(reachable, LONG)
    told = await reachable.ask("query($id: ID!) { item(id: $id) { userState { watched } } }", id=item)
    assert told["item"]["userState"]["watched"] is False


async def test_playback_moves_from_the_panel_to_one_set_then_the_other_and_back(home: Home, reachable: Panel) -> None:
    screens = await _screens(reachable)
    viewing = await Viewing.start(reachable, await find(reachable, LONG))
    await viewing.beat("PLAYING", 40)
    move = {"sessionId": viewing.session, "screenId": screens[LIVING]["id"]}
    first = (await reachable.ask(OPERATIONS["TransferPlayback"], input=move))["transferPlayback"]
    assert first["__typename"] == "TransferPlaybackPayload", first
    assert 40 <= first["positionSeconds"] <= 42
    assert [one["device"] for one in await _sessions(reachable)] == ["Living room TV"]
    move = {"sessionId": first["session"]["id"], "screenId": screens[BEDROOM]["id"]}
    second = (await reachable.ask(OPERATIONS["TransferPlayback"], input=move))["transferPlayback"]
    assert second["__typename"] == "TransferPlaybackPayload", second
    assert first["positionSeconds"] <= second["positionSeconds"] <= first["positionSeconds"] + 10
    await home.core.wait_state(LIVING, "idle")
    await home.core.wait_state(BEDROOM, "playing")
    here = await reachable.ask(OPERATIONS["TransferPlayback"], input={"sessionId": second["session"]["id"]})
    assert here["transferPlayback"]["session"] is None
    assert here["transferPlayback"]["positionSeconds"] >= second["positionSeconds"]
    await home.core.wait_state(BEDROOM, "idle")


async def test_what_the_set_cannot_do_is_told_and_the_old_player_goes_on(home: Home, reachable: Panel) -> None:
    played = await _play(reachable, LIVING, 0)
    assert played["__typename"] == "PlayOnPayload", played
    await _set_address(reachable, "http://127.0.0.1:9")  # nothing answers there
    move = {"sessionId": played["session"]["id"], "screenId": (await _screens(reachable))[BEDROOM]["id"]}
    refused = (await reachable.ask(OPERATIONS["TransferPlayback"], input=move))["transferPlayback"]
    assert refused["__typename"] == "Unavailable"
    assert "Bedroom TV" in refused["message"]
    await home.core.wait_state(LIVING, "playing")
    assert [one["device"] for one in await _sessions(reachable)] == ["Living room TV"]


async def test_a_film_that_the_set_may_not_know_is_converted_for_it(home: Home, reachable: Panel) -> None:
    played = await _play(reachable, BEDROOM, 0, title=DEEP)
    assert played["__typename"] == "PlayOnPayload", played
    assert played["session"]["method"] == "TRANSCODE"
    shown = await home.core.wait_state(BEDROOM, "playing")
    assert shown["attributes"]["app_name"].startswith("200 application/vnd.apple.mpegurl")


@pytest_asyncio.fixture(loop_scope="session", name="entry")
async def integration_entry(home: Home, panel: Panel, foyer: Server) -> AsyncIterator[str]:
    """Foyer's integration, set up by its owner; the id of its entry."""
    wish = {"name": "Home Assistant", "scopes": ["READ", "PLAY", "WRITE"]}
    key = (await panel.ask(OPERATIONS["CreateApiKey"], input=wish))["createApiKey"]["secret"]
    await forget(home)
    flow = await home.core.post("config/config_entries/flow", {"handler": "foyer"})
    given = {"url": foyer.url, "api_key": key}
    done = await home.core.post(f"config/config_entries/flow/{flow['flow_id']}", given)
    assert done["type"] == "create_entry", done
    yield str(done["result"]["entry_id"])
    for session in await _sessions(panel):
        await panel.ask(OPERATIONS["SendCommand"], input={"session": session["id"], "kind": "STOP"})
    await forget(home)


async def test_the_integration_passes_films_on_where_foyer_has_no_port(home: Home, panel: Panel, entry: str) -> None:
    played = await _play(panel, BEDROOM, 0)
    assert played["__typename"] == "PlayOnPayload", played
    shown = await home.core.wait_state(BEDROOM, "playing")
    assert shown["attributes"]["media_content_id"].startswith(f"{home.core.url}/api/foyer/{entry}/media/direct/")
    assert shown["attributes"]["app_name"] == "206 video/mp4 1024"
    assert [one["device"] for one in await _sessions(panel)] == ["Bedroom TV"]


async def test_a_film_from_home_assistants_media_browser_is_followed_too(home: Home, panel: Panel, entry: str) -> None:
    async with home.core.connection() as socket:
        place = f"media-source://foyer/{entry}"
        while True:
            page = await socket.command("media_source/browse_media", media_content_id=place)
            found = [one for one in page["children"] if one["title"].startswith(LONG) or one["title"] == "Films"]
            place = found[0]["media_content_id"]
            if found[0]["can_play"]:
                break
    await home.core.call(
        "media_player", "play_media", entity_id=LIVING, media_content_id=place, media_content_type="video"
    )

    async def is_followed() -> bool:
        return [one["device"] for one in await _sessions(panel)] == ["Living room TV"]

    await until(is_followed)
    await home.core.call("media_player", "media_seek", entity_id=LIVING, seek_position=70)

    async def is_there() -> bool:
        return any(69 <= one["positionSeconds"] <= 90 for one in await _sessions(panel))

    await until(is_there)


async def test_without_a_way_to_foyer_it_says_what_to_do(home: Home, panel: Panel) -> None:
    await forget(home)
    refused = await _play(panel, LIVING)
    assert refused["__typename"] == "Unavailable"
    assert "8096" in refused["message"]


async def test_while_the_way_to_home_assistant_is_cut_the_film_goes_on(home: Home, reachable: Panel) -> None:
    played = await _play(reachable, LIVING, 10)
    assert played["__typename"] == "PlayOnPayload", played
    await home.supervisor.stop()
    try:
        await home.core.call("media_player", "media_seek", entity_id=LIVING, seek_position=80)
        await home.core.call("media_player", "media_pause", entity_id=LIVING)
    finally:
        await home.supervisor.start()

    async def goes_on() -> bool:
        found = await _sessions(reachable)
        assert [one["id"] for one in found] == [played["session"]["id"]]
        return bool(found[0]["state"] == "PAUSED" and 79 <= found[0]["positionSeconds"] <= 95)

    await until(goes_on, within_s=40)


async def test_a_restart_of_foyer_keeps_the_session_on_the_set(reachable: Panel, foyer: Server, tmp_path: Path) -> None:
    played = await _play(reachable, LIVING, 10)
    assert played["__typename"] == "PlayOnPayload", played
    await foyer.kill()
    await foyer.restart()

    async def goes_on() -> bool:
        found = await _sessions(reachable)
        return [one["id"] for one in found] == [played["session"]["id"]] and found[0]["state"] == "PLAYING"

    await until(goes_on)
    position = (await _sessions(reachable))[0]["positionSeconds"]
    assert 10 <= position <= 60


@pytest.mark.browser
async def test_a_film_goes_from_the_panel_to_a_television_and_comes_back(
    home: Home, reachable: Panel, chromium: Browser
) -> None:
    await _screens(reachable)
    film = await find(reachable, LONG)
    async with frontend(chromium, home.core, home.core.owner, size=PHONE, has_touch=True) as page:
        await page.goto(f"{home.core.url}/local_foyer#/item/{film}")
        frame = await panel_frame(page)
        await frame.get_by_role("button", name="Play on").click(timeout=60_000)
        await frame.get_by_role("button", name="Living room TV").click()
        remote = frame.get_by_role("region", name="Playing on Living room TV")
        await expect(remote).to_be_visible(timeout=20_000)
        await home.core.wait_state(LIVING, "playing")

        await frame.get_by_role("button", name="Remote control").click()
        sheet = frame.locator("foyer-dialog")
        await sheet.get_by_role("button", name="Pause").click()
        await home.core.wait_state(LIVING, "paused")
        await shot(page, "remote")
        await sheet.get_by_role("slider", name="Position").fill("60")
        await until(lambda: _stands_at(reachable, 60))

        await sheet.get_by_role("button", name="Watch here").click()
        await frame.wait_for_function(f"() => ({VIDEO})()?.time >= 58", timeout=20_000)
        await home.core.wait_state(LIVING, "idle")


async def _stands_at(panel: Panel, seconds: float) -> bool:
    return any(abs(one["positionSeconds"] - seconds) < 2 for one in await _sessions(panel))
