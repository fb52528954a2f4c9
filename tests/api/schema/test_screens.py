"""Screens of Home Assistant over GraphQL: who sees them, and what playing and moving answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from foyer.accounts.principal import Principal
from foyer.api.schema.screens import NO_LINK
from foyer.events.topics import ScreenEventKind, Topic
from foyer.homeassistant.screens.model import (
    Entity,
    Move,
    PlayedOn,
    PlayOn,
    Screen,
    Transferred,
    read_screen,
    screen_row,
)
from foyer.ids import ItemId, NodeKind, PlaybackSessionId, decode, encode
from foyer.library.service import SCAN
from foyer.playback.reasons import PlayMethod
from foyer.playback.sessions import Opening, PlaybackSessions
from tests.api.schema.conftest import House
from tests.api.schema.test_operations import OPERATIONS
from tests.api.schema.test_subscriptions import _started, following, take

SOFA = "media_player.sofa"
BED = "media_player.bed"


class Room:
    """Two screens that play whatever they are asked to."""

    def __init__(self, sessions: PlaybackSessions) -> None:
        self.sessions = sessions
        self.problem: str | None = None
        self.playing: dict[str, PlaybackSessionId] = {}
        self.asked = 0
        features = {"supported_features": 1 | 2 | 4 | 512}
        self.screens = {
            BED: read_screen(BED, "off", {**features, "friendly_name": "Bed"}, Entity()),
            SOFA: read_screen(
                SOFA, "idle", {**features, "friendly_name": "Sofa", "volume_level": 0.4}, Entity(area="Living room")
            ),
        }

    def all(self) -> list[Screen]:
        return list(self.screens.values())

    def entity_of(self, session: PlaybackSessionId) -> str | None:
        return next((entity for entity, one in self.playing.items() if one == session), None)

    def session_on(self, entity_id: str) -> PlaybackSessionId | None:
        return self.playing.get(entity_id)

    async def play_on(self, principal: Principal, wish: PlayOn) -> PlayedOn:
        self.asked += 1
        screen = next(one for one in self.all() if one.row == wish.screen)
        session = await self.sessions.start(
            principal,
            Opening(
                item_id=wish.item,
                file_id=None,
                duration_ms=None,
                method=PlayMethod.DIRECT_PLAY,
                position_ms=wish.position_ms or 0,
                device=screen.name,
            ),
        )
        self.playing[screen.entity_id] = session.id
        return PlayedOn(screen=screen, session=session, notice="Mind the volume.")

    async def transfer(self, principal: Principal, move: Move) -> Transferred:
        session = await self.sessions.controlled(principal, move.session)
        if move.screen is None:
            return Transferred(item=session.item_id, position_ms=session.position_ms, session=None)
        played = await self.play_on(
            principal, PlayOn(screen=move.screen, item=session.item_id, position_ms=session.position_ms)
        )
        return Transferred(
            item=session.item_id, position_ms=session.position_ms, session=played.session, screen=played.screen
        )


@pytest.fixture
def room(house: House) -> Room:
    found = Room(house.services.sessions)
    object.__setattr__(house.services, "screens", found)
    return found


def node(entity_id: str) -> str:
    return encode(NodeKind.SCREEN, screen_row(entity_id))


async def _movie(house: House) -> str:
    data = await house.ask("admin", "{items(first:1,filter:{kinds:[MOVIE]}){nodes{id}}}")
    return str(data["items"]["nodes"][0]["id"])


async def test_without_home_assistant_there_are_none_and_it_says_why(house: House) -> None:
    data = await house.ask("user", OPERATIONS["Screens"])
    assert data == {"screens": {"nodes": []}, "screensProblem": NO_LINK}
    wish = {"screenId": node(SOFA), "itemId": await _movie(house)}
    refused = (await house.ask("user", OPERATIONS["PlayOn"], input=wish))["playOn"]
    assert (refused["__typename"], refused["message"]) == ("Unavailable", NO_LINK)


async def test_screens_come_by_room_and_name(house: House, room: Room) -> None:
    data = await house.ask("user", OPERATIONS["Screens"])
    assert [(one["entityId"], one["area"], one["state"]) for one in data["screens"]["nodes"]] == [
        (SOFA, "Living room", "IDLE"),
        (BED, None, "OFF"),
    ]
    assert data["screensProblem"] is None
    assert data["screens"]["nodes"][0]["canSeek"] is True
    assert [one["volume"] for one in data["screens"]["nodes"]] == [0.4, None]
    found = await house.ask("user", "query($id:ID!){node(id:$id){...on Screen{name}}}", id=node(BED))
    assert found["node"] == {"name": "Bed"}


async def test_a_key_that_may_not_play_sees_no_screens(house: House, room: Room) -> None:
    key = await house.ask("user", OPERATIONS["CreateApiKey"], input={"name": "wall", "scopes": ["READ"]})
    house.tokens["wall"] = key["createApiKey"]["secret"]
    assert (await house.ask("wall", OPERATIONS["Screens"]))["screens"]["nodes"] == []
    wish = {"screenId": node(SOFA), "itemId": await _movie(house)}
    assert (await house.ask("wall", OPERATIONS["PlayOn"], input=wish))["playOn"]["__typename"] == "Forbidden"
    assert room.asked == 0


async def test_playing_on_a_screen_answers_its_session_and_once_for_each_key(house: House, room: Room) -> None:
    wish = {
        "screenId": node(SOFA),
        "itemId": await _movie(house),
        "positionSeconds": 90.5,
        "idempotencyKey": "k1",
    }
    found = (await house.ask("user", OPERATIONS["PlayOn"], input=wish))["playOn"]
    assert found["session"]["positionSeconds"] == 90.5
    assert found["session"]["screenId"] == node(SOFA)
    assert found["screen"]["session"]["id"] == found["session"]["id"]
    assert found["notice"] == "Mind the volume."
    again = (await house.ask("user", OPERATIONS["PlayOn"], input=wish))["playOn"]
    assert again["session"]["id"] == found["session"]["id"]
    assert room.asked == 1
    # Others see that the screen is busy, not with what.
    data = await house.ask("guest", OPERATIONS["Screens"])
    assert data["screens"]["nodes"][0]["session"] is None


async def test_playback_moves_to_a_screen_and_back_to_whoever_asks(house: House, room: Room) -> None:
    item = await _movie(house)
    session = await house.services.sessions.start(
        house.principals["user"],
        Opening(
            item_id=ItemId(decode(item)[1]),
            file_id=None,
            duration_ms=None,
            method=PlayMethod.DIRECT_PLAY,
            position_ms=61_000,
        ),
    )
    move = {"sessionId": encode(NodeKind.PLAYBACK_SESSION, session.id), "screenId": node(BED)}
    moved = (await house.ask("user", OPERATIONS["TransferPlayback"], input=move))["transferPlayback"]
    assert (moved["item"]["id"], moved["positionSeconds"]) == (item, 61.0)
    assert moved["screen"]["entityId"] == BED
    back = {"sessionId": moved["session"]["id"]}
    here = (await house.ask("user", OPERATIONS["TransferPlayback"], input=back))["transferPlayback"]
    assert (here["item"]["id"], here["positionSeconds"], here["session"]) == (item, 61.0, None)
    stranger = (await house.ask("guest", OPERATIONS["TransferPlayback"], input=back))["transferPlayback"]
    assert stranger["__typename"] == "NotFound"


async def test_a_follower_gets_every_screen_and_then_what_changes(house: House, room: Room) -> None:
    async with following(house, "user", OPERATIONS["ScreenEvents"]) as stream:
        first = await _started(stream, house)
        events: list[dict[str, Any]] = [await first, await take(stream)]
        assert {(one["kind"], one["screen"]["entityId"]) for one in events} == {("SNAPSHOT", BED), ("SNAPSHOT", SOFA)}
        room.screens[SOFA] = replace(room.screens[SOFA], name="Big sofa")
        _tell(house, ScreenEventKind.CHANGED, SOFA)
        changed = await take(stream)
        assert (changed["kind"], changed["screen"]["name"]) == ("CHANGED", "Big sofa")
        del room.screens[BED]
        _tell(house, ScreenEventKind.REMOVED, BED)
        gone = await take(stream)
        assert (gone["kind"], gone["screenId"], gone["screen"]) == ("REMOVED", node(BED), None)


def _tell(house: House, kind: ScreenEventKind, entity_id: str) -> None:
    row = screen_row(entity_id)
    house.services.bus.publish(Topic.SCREENS, kind, {"screen": row, "entity_id": entity_id}, conflate=f"screen:{row}")


async def test_editors_have_an_item_read_again_and_others_may_not(house: House) -> None:
    wish = {"itemId": await _movie(house)}
    job = (await house.ask("manager", OPERATIONS["RefreshMetadata"], input=wish))["refreshMetadata"]["job"]
    again = (await house.ask("manager", OPERATIONS["RefreshMetadata"], input=wish))["refreshMetadata"]["job"]
    assert again["id"] == job["id"]
    found = await house.services.jobs.many([decode(job["id"])[1]])  # type: ignore[list-item]
    assert [one.kind for one in found] == [SCAN]
    refused = (await house.ask("user", OPERATIONS["RefreshMetadata"], input=wish))["refreshMetadata"]
    assert refused["__typename"] == "Forbidden"
