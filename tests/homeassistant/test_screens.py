"""Screens from end to end, over a real WebSocket and a real database: only Core's players are stood in for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.principal import Principal, Via
from foyer.accounts.roles import Role
from foyer.accounts.service import Accounts
from foyer.db.database import Database
from foyer.errors import ConflictError, FoyerError, NotFoundError, UnavailableError, ValidationError
from foyer.events.bus import Event, EventBus
from foyer.events.topics import ScreenEventKind, Topic
from foyer.homeassistant import client
from foyer.homeassistant.client import CoreClient
from foyer.homeassistant.screens import directory, room, showing, stage
from foyer.homeassistant.screens.addresses import NO_WAY, Addresses
from foyer.homeassistant.screens.model import Move, PlayOn, Screen, ScreenState, screen_row
from foyer.homeassistant.screens.room import CANNOT_SEEK, ScreenRoom
from foyer.homeassistant.screens.showing import token_in
from foyer.ids import ItemId, PlaybackSessionId
from foyer.playback.commands import CommandKind
from foyer.playback.links import MediaLinks
from foyer.playback.progress import ProgressService
from foyer.playback.reasons import PlayMethod
from foyer.playback.service import PlaybackService
from foyer.playback.sessions import Opening, PlaybackSessions, PlaybackState, SessionView
from foyer.playback.upnext import UpNext
from foyer.settings.store import Settings
from tests.api.schema.conftest import Streams
from tests.api.schema.house import furnish
from tests.homeassistant.players import Home, home
from tests.homeassistant.standins import TOKEN

SOFA, BED, KITCHEN = (f"media_player.{name}" for name in ("sofa", "bed", "kitchen"))
BASE = "http://192.168.1.5:8096"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in (
        (client, "FIRST_WAIT_S", 0.02),
        (client, "LONGEST_WAIT_S", 0.05),
        (directory, "SETTLE_S", 0.02),
        (stage, "LOOK_EVERY_S", 0.02),
        (showing, "IDLE_GRACE_S", 0.1),
    ):
        monkeypatch.setattr(module, name, value)


@dataclass
class Foyer:
    """Everything behind a ``ScreenRoom``, which can be stopped and built anew on the same data."""

    peer: Home
    database: Database
    bus: EventBus
    settings: Settings
    accounts: Accounts
    streams: Streams = field(default_factory=Streams)
    ports: dict[str, int | None] = field(default_factory=dict)
    clock: Callable[[], float] | None = None
    room: ScreenRoom = field(init=False)
    sessions: PlaybackSessions = field(init=False)
    core: CoreClient = field(init=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ScreenRoom]:
        """A server's life, from its start to its end."""
        progress, upnext = ProgressService(self.database, self.bus, self.settings), UpNext(self.database)
        self.core = CoreClient(self.peer.url.replace("http", "ws") + "/api/websocket", TOKEN)
        self.sessions = PlaybackSessions(self.database, self.bus, progress, self.streams)

        async def ports() -> dict[str, int | None]:
            return self.ports

        self.room = ScreenRoom(
            self.core,
            database=self.database,
            bus=self.bus,
            people=self.accounts.directory,
            sessions=self.sessions,
            playback=PlaybackService(self.database, progress, upnext, MediaLinks(self.accounts.media_tokens)),
            upnext=upnext,
            addresses=Addresses(
                self.core,
                public_url=lambda: self.settings.text("homeassistant.public_url"),
                ports=ports,
                port=8096,
            ),
            tokens=self.accounts.media_tokens,
        )
        async with aiohttp.ClientSession() as http:
            tasks = [asyncio.create_task(self.core.run(http)), asyncio.create_task(self.room.run())]
            try:
                yield self.room
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)

    async def person(self, name: str, role: Role = Role.USER) -> Principal:
        made = await self.accounts.users.create(self.accounts.local_principal(), name=name, password=None, role=role)
        return made.principal(Via.TOKEN)

    async def item(self, kind: str, place: int = 0) -> ItemId:
        rows = await self.database.reader.all(
            "SELECT i.id FROM item i JOIN item_file l ON l.item_id = i.id JOIN media_file f ON f.id = l.file_id "
            "WHERE i.kind = ? AND f.state = 'ok' GROUP BY i.id ORDER BY i.id LIMIT 1 OFFSET ?",
            (kind, place),
        )
        return ItemId(rows[0]["id"])

    async def session(self, session: PlaybackSessionId) -> SessionView:
        (found,) = await self.sessions.get_many([session])
        return found

    async def is_over(self, session: PlaybackSessionId) -> bool:
        return (await self.session(session)).state is PlaybackState.STOPPED

    async def watched_until(self, who: Principal, item: ItemId, position_ms: int) -> None:
        progress = ProgressService(self.database, self.bus, self.settings)
        await progress.record(who.user_id, item, position_ms, 5_400_000, was_watched=False)

    async def resumes_near(self, who: Principal, item: ItemId, position_ms: int) -> bool:
        return abs(await self.resume_ms(who, item) - position_ms) < 3_000

    async def resume_ms(self, who: Principal, item: ItemId) -> int:
        return await ProgressService(self.database, self.bus, self.settings).resume_position(who.user_id, item)


@pytest.fixture
async def foyer(database: Database, bus: EventBus, settings: Settings, tmp_path: Path) -> AsyncIterator[Foyer]:
    await database.write(furnish)
    await settings.update({"homeassistant.public_url": BASE})
    accounts = Accounts(database, tmp_path, bus)
    async with home() as peer:
        yield Foyer(peer, database, bus, settings, accounts)
    accounts.close()


async def until(is_so: Callable[[], Any], *, limit: float = 10) -> None:
    """Wait for something, or for an answer to be true."""
    async with asyncio.timeout(limit):
        while True:
            found = is_so()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.01)


async def screen(foyer: Foyer, entity_id: str = SOFA) -> Screen:
    """A screen, once it is known."""
    await until(lambda: any(one.entity_id == entity_id for one in foyer.room.all()))
    found = foyer.room.directory.by_entity(entity_id)
    assert found is not None
    return found


def on(entity_id: str, item: ItemId, position_ms: int | None = None) -> PlayOn:
    return PlayOn(screen=screen_row(entity_id), item=item, position_ms=position_ms)


async def test_players_that_can_play_a_film_are_screens_with_their_rooms(foyer: Foyer) -> None:
    async with foyer.running() as there:
        sofa, bed = await screen(foyer), await screen(foyer, BED)
        assert (sofa.name, sofa.area, sofa.platform, sofa.state) == ("Sofa", "Living room", "kodi", ScreenState.IDLE)
        assert (bed.area, bed.platform) == ("Bedroom", "cast")
        assert {one.entity_id for one in there.all()} == {SOFA, BED}
        followed = foyer.peer.commands("subscribe_entities")
        assert all("sensor.noise" not in one["entity_ids"] for one in followed)


async def test_new_renamed_and_removed_players_are_noticed(foyer: Foyer) -> None:
    async with foyer.running() as there:
        await screen(foyer)
        with foyer.bus.subscribe(Topic.SCREENS) as events:
            attic = "media_player.attic"
            foyer.peer.put(attic, "off", friendly_name="Attic", supported_features=512)
            asked = len(foyer.peer.commands("get_states"))
            await foyer.peer.emit("entity_registry_updated", {"action": "update", "entity_id": "sensor.noise"})
            await foyer.peer.emit("entity_registry_updated", {"action": "create", "entity_id": attic})
            assert (await screen(foyer, attic)).state is ScreenState.OFF
            assert len(foyer.peer.commands("get_states")) == asked + 1
            await foyer.peer.show(attic, "off", friendly_name="Loft")
            await until(lambda: any(one.name == "Loft" for one in there.all()))
            del foyer.peer.entities[attic]
            await foyer.peer.emit("entity_registry_updated", {"action": "remove", "entity_id": attic})
            await until(lambda: len(there.all()) == 2)
            kinds = []
            while (event := events.take()) is not None:
                kinds.append(event.kind)
            assert kinds[-1] == ScreenEventKind.REMOVED


async def test_own_hidden_and_unsuitable_players_are_no_screens(foyer: Foyer) -> None:
    for name, more in (("foyer_tv", {"platform": "foyer"}), ("secret", {"platform": "kodi", "hidden_by": "user"})):
        entity = f"media_player.{name}"
        foyer.peer.put(entity, "idle", friendly_name=name, supported_features=512)
        foyer.peer.registry.append({"entity_id": entity, "device_id": None, "area_id": None, **more})
    async with foyer.running() as there:
        await screen(foyer)
        assert {one.entity_id for one in there.all()} == {SOFA, BED}
        with pytest.raises(NotFoundError):
            await there.play_on(await foyer.person("ada"), on("media_player.secret", await foyer.item("movie")))


async def test_without_rights_to_the_registries_there_are_screens_without_rooms(foyer: Foyer) -> None:
    for command in ("config/entity_registry/list", "config/device_registry/list", "config/area_registry/list"):
        del foyer.peer.handlers[command]
    async with foyer.running():
        found = await screen(foyer)
        assert (found.area, found.platform, found.name) == (None, None, "Sofa")


async def test_an_evening_on_a_screen_is_followed_from_its_state(foyer: Foyer) -> None:
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    async with foyer.running() as there:
        await screen(foyer)
        played = await there.play_on(ada, on(SOFA, film, 0))
        session = played.session.id
        assert (played.session.device, played.session.client, played.notice) == ("Sofa", "Home Assistant", None)
        ((entity, data),) = foyer.peer.called("play_media")
        assert entity == SOFA
        assert data["media_content_id"].startswith(f"{BASE}/media/direct/")
        assert (there.entity_of(session), there.session_on(SOFA)) == (SOFA, session)
        with foyer.bus.subscribe(Topic.PLAYBACK) as events:
            await foyer.peer.play(SOFA, 60, "paused")
            await until(lambda: _state(foyer, session, PlaybackState.PAUSED))
            await foyer.peer.play(SOFA, 60)
            await until(lambda: _state(foyer, session, PlaybackState.PLAYING))
            await foyer.peer.play(SOFA, 5_395)
            await until(lambda: _near(foyer, session, 5_395_000))
            await foyer.peer.show(SOFA, "idle", media_content_id=None, media_position=None)
            taken: list[Event] = []

            def is_finished() -> bool:
                while (event := events.take()) is not None:
                    taken.append(event)
                return bool(taken) and taken[-1].kind == "finished"

            await until(is_finished)
        kinds = [event.kind for event in taken]
        assert kinds.index("paused") < kinds.index("resumed")
        assert "seeked" in kinds
        payloads = [event.payload for event in taken]
        assert {one.get("entity_id") for one in payloads if "session_id" in one} == {SOFA}
        row = await foyer.database.reader.first(
            "SELECT watched FROM play_state WHERE user_id = ? AND item_id = ?", (ada.user_id, film)
        )
        assert row is not None
        assert row["watched"] == 1
        assert there.session_on(SOFA) is None
        assert there.entity_of(session) == SOFA


async def _state(foyer: Foyer, session: PlaybackSessionId, state: PlaybackState) -> bool:
    return (await foyer.session(session)).state is state


async def _near(foyer: Foyer, session: PlaybackSessionId, position_ms: int) -> bool:
    return abs((await foyer.session(session)).position_ms - position_ms) < 3_000


async def test_a_film_goes_on_where_its_viewer_left_off(foyer: Foyer) -> None:
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    await foyer.watched_until(ada, film, 1_800_000)
    async with foyer.running() as there:
        await screen(foyer)
        session = (await there.play_on(ada, on(SOFA, film))).session
        assert session.position_ms == 1_800_000
        await until(lambda: foyer.peer.called("media_seek") == [(SOFA, {"seek_position": 1_800.0})])
        await foyer.peer.play(SOFA, 1_805)
        await until(lambda: _near(foyer, session.id, 1_805_000))


async def test_a_cast_receiver_is_told_the_place_to_begin(foyer: Foyer) -> None:
    async with foyer.running() as there:
        await screen(foyer, BED)
        played = await there.play_on(await foyer.person("ada"), on(BED, await foyer.item("movie"), 600_000))
        ((_, data),) = foyer.peer.called("play_media")
        assert data["media_content_type"] == "video/mp4"
        assert data["extra"]["current_time"] == 600.0
        assert foyer.peer.called("media_seek") == []
        assert (await foyer.session(played.session.id)).position_ms == 600_000


async def test_what_a_screen_cannot_play_is_refused_with_the_reason(foyer: Foyer) -> None:
    await foyer.database.execute("UPDATE media_stream SET codec = 'dts' WHERE kind = 'audio'")
    async with foyer.running() as there:
        await screen(foyer, BED)
        with pytest.raises(UnavailableError, match="Bed cannot play this"):
            await there.play_on(await foyer.person("ada"), on(BED, await foyer.item("movie")))
        assert foyer.peer.calls == []
        assert there.session_on(BED) is None


async def test_a_screen_that_cannot_seek_says_so(foyer: Foyer) -> None:
    foyer.peer.put(SOFA, "idle", friendly_name="Sofa", supported_features=512)
    async with foyer.running() as there:
        await screen(foyer)
        played = await there.play_on(await foyer.person("ada"), on(SOFA, await foyer.item("movie"), 600_000))
        assert played.notice == CANNOT_SEEK
        assert foyer.peer.called("media_seek") == []


async def test_commands_of_a_session_go_to_its_screen(foyer: Foyer) -> None:
    ada = await foyer.person("ada")
    async with foyer.running() as there:
        await screen(foyer)
        session = (await there.play_on(ada, on(SOFA, await foyer.item("movie"), 0))).session.id
        command = foyer.sessions.command
        await command(ada, session, CommandKind.PAUSE)
        await until(lambda: _state(foyer, session, PlaybackState.PAUSED))
        await command(ada, session, CommandKind.PLAY)
        await command(ada, session, CommandKind.SEEK, position_ms=90_000)
        await until(lambda: _near(foyer, session, 90_000))
        await command(ada, session, CommandKind.SET_VOLUME, volume=0.25)
        assert foyer.peer.called("volume_set") == [(SOFA, {"volume_level": 0.25})]
        with pytest.raises(ValidationError, match="Sofa"):
            await command(ada, session, CommandKind.MESSAGE, text="Dinner!")
        foyer.peer.refusals["media_pause"] = "It is stuck."
        with pytest.raises(UnavailableError, match="It is stuck"):
            await command(ada, session, CommandKind.PAUSE)
        await command(ada, session, CommandKind.STOP)
        assert len(foyer.peer.called("media_stop")) == 1
        assert await foyer.is_over(session)
        assert there.session_on(SOFA) is None


async def test_next_and_previous_play_other_episodes_on_the_same_screen(foyer: Foyer) -> None:
    ada, first, second = await foyer.person("ada"), await foyer.item("episode", 0), await foyer.item("episode", 1)
    async with foyer.running() as there:
        await screen(foyer)
        session = (await there.play_on(ada, on(SOFA, first, 0))).session.id
        await foyer.sessions.command(ada, session, CommandKind.NEXT)
        following = there.session_on(SOFA)
        assert following is not None
        assert (await foyer.session(following)).item_id == second
        assert await foyer.is_over(session)
        await foyer.sessions.command(ada, following, CommandKind.PREVIOUS)
        before = there.session_on(SOFA)
        assert before is not None
        assert (await foyer.session(before)).item_id == first
        await foyer.peer.play(SOFA, 300)
        await until(lambda: _near(foyer, before, 300_000))
        await foyer.sessions.command(ada, before, CommandKind.PREVIOUS)
        assert foyer.peer.called("media_seek") == [(SOFA, {"seek_position": 0.0})]
        await foyer.sessions.command(ada, before, CommandKind.PLAY_ITEM, item_id=await foyer.item("movie"))
        now = there.session_on(SOFA)
        assert now is not None
        assert (await foyer.session(now)).item_id == await foyer.item("movie")


async def test_something_else_on_the_screen_ends_the_session_where_it_was(foyer: Foyer) -> None:
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    async with foyer.running() as there:
        await screen(foyer)
        session = (await there.play_on(ada, on(SOFA, film, 0))).session.id
        await foyer.peer.play(SOFA, 1_200)
        await until(lambda: _near(foyer, session, 1_200_000))
        await foyer.peer.show(SOFA, "playing", media_content_id="https://radio.example/live", media_position=3)
        await until(lambda: foyer.is_over(session))
        await until(lambda: foyer.resumes_near(ada, film, 1_200_000))


async def test_while_home_assistant_is_away_the_session_waits_and_then_goes_on(foyer: Foyer) -> None:
    ada = await foyer.person("ada")
    async with foyer.running() as there:
        await screen(foyer)
        session = (await there.play_on(ada, on(SOFA, await foyer.item("movie"), 0))).session.id
        await foyer.peer.stop()
        await until(lambda: there.problem is not None)
        assert there.all() == []
        with pytest.raises(UnavailableError):
            await there.play_on(ada, on(BED, await foyer.item("movie")))
        assert not await foyer.is_over(session)
        foyer.peer.entities[SOFA]["attributes"] |= {"media_position": 700}
        await foyer.peer.start()
        await until(lambda: there.problem is None)
        await until(lambda: _near(foyer, session, 700_000))
        assert there.session_on(SOFA) == session


async def test_a_restart_of_the_server_loses_no_session(foyer: Foyer) -> None:
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    async with foyer.running() as there:
        await screen(foyer)
        kept = (await there.play_on(ada, on(SOFA, film, 0))).session.id
        gone = (await there.play_on(ada, on(BED, film, 0))).session.id
        await until(lambda: _saved(foyer, 2))
    foyer.peer.entities[SOFA]["attributes"] |= {"media_position": 900}
    foyer.peer.put(BED, "playing", friendly_name="Bed", supported_features=512, media_content_id="radio")
    async with foyer.running() as there:
        await until(lambda: _near(foyer, kept, 900_000))
        await until(lambda: foyer.is_over(gone))
        assert there.entity_of(kept) == SOFA
        with foyer.bus.subscribe(Topic.PLAYBACK) as events:
            await foyer.sessions.command(ada, kept, CommandKind.PAUSE)
            await until(lambda: _state(foyer, kept, PlaybackState.PAUSED))
            assert (event := events.take()) is not None
            assert event.payload.get("entity_id") == SOFA
        await foyer.sessions.command(ada, kept, CommandKind.STOP)
        await until(lambda: _saved(foyer, 0))
        # Its link is worth nothing any more, though it was given before the restart.
        link = foyer.peer.called("play_media")[0][1]["media_content_id"]
        grant = foyer.accounts.media_tokens.read(token_in(link) or "", MediaPurpose.DIRECT)
        assert foyer.sessions.is_stopped(str(grant.session))


async def _saved(foyer: Foyer, count: int) -> bool:
    rows = await foyer.database.reader.all("SELECT content_id FROM screen_session")
    return len(rows) == count and all(row["content_id"] for row in rows)


async def test_playback_moves_from_a_browser_to_a_screen_and_on_and_back(foyer: Foyer) -> None:
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    async with foyer.running() as there:
        await screen(foyer, BED)
        await screen(foyer)
        browser = await foyer.sessions.start(
            ada,
            Opening(
                item_id=film, file_id=None, duration_ms=5_400_000, method=PlayMethod.REMUX, position_ms=600_000,
                viewer="v1",
            ),
        )  # fmt: skip
        moved = await there.transfer(ada, Move(session=browser.id, screen=screen_row(SOFA)))
        sofa = moved.session
        assert sofa is not None
        assert 600_000 <= moved.position_ms <= 602_000
        assert await foyer.is_over(browser.id)
        assert "v1" in foyer.streams.stopped
        await until(lambda: len(foyer.peer.called("media_seek")) == 1)
        await foyer.peer.play(SOFA, 700)
        await until(lambda: _near(foyer, sofa.id, 700_000))
        on_bed = await there.transfer(ada, Move(session=sofa.id, screen=screen_row(BED)))
        assert on_bed.session is not None
        assert 699_000 <= on_bed.position_ms <= 702_000
        assert foyer.peer.called("media_stop")[-1][0] == SOFA
        assert await foyer.is_over(sofa.id)
        with pytest.raises(ConflictError):
            await there.transfer(ada, Move(session=on_bed.session.id, screen=screen_row(BED)))
        here = await there.transfer(ada, Move(session=on_bed.session.id, screen=None))
        assert (here.item, here.session) == (film, None)
        assert 699_000 <= here.position_ms <= 703_000
        assert foyer.peer.called("media_stop")[-1][0] == BED
        assert await foyer.is_over(on_bed.session.id)
        assert abs(await foyer.resume_ms(ada, film) - here.position_ms) < 3_000


async def test_when_the_new_screen_fails_the_old_player_goes_on(foyer: Foyer) -> None:
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    async with foyer.running() as there:
        await screen(foyer)
        await screen(foyer, BED)
        first = (await there.play_on(ada, on(SOFA, film, 0))).session
        foyer.peer.refusals["play_media"] = "The receiver does not answer."
        with pytest.raises(UnavailableError, match="The receiver does not answer"):
            await there.transfer(ada, Move(session=first.id, screen=screen_row(BED)))
        assert not await foyer.is_over(first.id)
        assert foyer.peer.called("media_stop") == []
        assert (there.session_on(SOFA), there.session_on(BED)) == (first.id, None)
        open_ones = await foyer.sessions.list_open(ada, first=10)
        assert [one.id for one in open_ones] == [first.id]


async def test_a_screen_that_never_begins_leaves_the_old_player_and_the_place_to_resume_alone(
    foyer: Foyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "START_LIMIT_S", 0.1)
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    await foyer.watched_until(ada, film, 1_800_000)
    foyer.peer.lazy.add(BED)
    async with foyer.running() as there:
        await screen(foyer, BED)
        with pytest.raises(UnavailableError, match="did not begin"):
            await there.play_on(ada, on(BED, film, 0))
        assert await foyer.resume_ms(ada, film) == 1_800_000
        assert await foyer.sessions.list_open(ada, first=10) == []


async def test_who_asks_is_answered_in_time_while_a_slow_screen_begins(
    foyer: Foyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ANSWER_WITHIN_S", 0.2)
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    foyer.peer.lazy.add(SOFA)
    async with foyer.running() as there:
        await screen(foyer)
        browser = await foyer.sessions.start(
            ada, Opening(item_id=film, file_id=None, duration_ms=5_400_000, method=PlayMethod.REMUX)
        )
        moved = await there.transfer(ada, Move(session=browser.id, screen=screen_row(SOFA)))
        assert moved.session is not None
        assert moved.session.state is PlaybackState.BUFFERING
        assert not await foyer.is_over(browser.id)
        link = foyer.peer.called("play_media")[0][1]["media_content_id"]
        await foyer.peer.show(SOFA, "playing", media_content_id=link)
        await until(lambda: foyer.is_over(browser.id))
        assert not await foyer.is_over(moved.session.id)


async def test_a_screen_in_use_is_taken_over_only_by_those_who_may(foyer: Foyer) -> None:
    ada, bob = await foyer.person("ada"), await foyer.person("bob")
    boss, film = await foyer.person("boss", Role.MANAGER), await foyer.item("movie")
    async with foyer.running() as there:
        await screen(foyer)
        first = (await there.play_on(ada, on(SOFA, film, 0))).session.id
        with pytest.raises(ConflictError, match="Somebody else"):
            await there.play_on(bob, on(SOFA, film, 0))
        assert not await foyer.is_over(first)
        second = (await there.play_on(boss, on(SOFA, film, 0))).session.id
        assert await foyer.is_over(first)
        assert there.session_on(SOFA) == second
        with pytest.raises(NotFoundError):
            await there.transfer(bob, Move(session=second, screen=None))


async def test_nobody_plays_on_more_screens_than_a_house_has(foyer: Foyer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_SCREENS", 1)
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    async with foyer.running() as there:
        await screen(foyer)
        await screen(foyer, BED)
        await there.play_on(ada, on(SOFA, film, 0))
        with pytest.raises(ConflictError, match="1 screens"):
            await there.play_on(ada, on(BED, film, 0))
        await there.play_on(ada, on(SOFA, film, 0))


async def test_an_account_that_may_not_play_plays_on_no_screen(foyer: Foyer) -> None:
    ada = await foyer.person("ada")
    async with foyer.running() as there:
        await screen(foyer)
        with pytest.raises(FoyerError):
            await there.play_on(replace(ada, permissions=frozenset()), on(SOFA, await foyer.item("movie")))
        assert foyer.peer.calls == []


async def test_the_way_to_foyer_is_the_setting_then_the_published_port_then_the_integration(foyer: Foyer) -> None:
    async with foyer.running():
        await screen(foyer)
        addresses = foyer.room._addresses
        path = "media/direct/T0ken/file.mp4"
        await foyer.settings.update({"homeassistant.public_url": "https://films.example.org/foyer/"})
        assert await addresses.of(path) == f"https://films.example.org/foyer/{path}"
        await foyer.settings.update({"homeassistant.public_url": ""})
        with pytest.raises(UnavailableError) as refused:
            await addresses.of(path)
        assert refused.value.message == NO_WAY
        foyer.peer.entries = [
            {"domain": "foyer", "entry_id": "01OFF", "state": "setup_retry"},
            {"domain": "foyer", "entry_id": "01FOYER", "state": "loaded"},
        ]
        assert await addresses.of(path) == f"/api/foyer/01FOYER/{path}"
        foyer.peer.internal_url = "http://homeassistant.lan:8123"
        assert await addresses.of(path) == f"http://homeassistant.lan:8123/api/foyer/01FOYER/{path}"
        foyer.ports["8096/tcp"] = 18096
        assert await addresses.of(path) == f"http://homeassistant.lan:18096/{path}"
        foyer.peer.network = {
            "adapters": [
                {"default": False, "ipv4": [{"address": "172.30.32.1", "network_prefix": 23}]},
                {"default": True, "ipv4": [{"address": "192.168.1.20", "network_prefix": 24}]},
            ]
        }
        assert await addresses.of(path) == f"http://192.168.1.20:18096/{path}"


async def _link(foyer: Foyer, who: Principal, item: ItemId) -> str:
    """What Home Assistant's media browser gives a player: a link, and no session."""
    row = await foyer.database.reader.first("SELECT file_id FROM item_file WHERE item_id = ?", (item,))
    assert row is not None
    path, _ = MediaLinks(foyer.accounts.media_tokens).direct(who, row["file_id"], 4711, "mp4")
    return f"http://homeassistant.lan:8123/api/foyer/01FOYER/{path}?authSig=x"


async def test_a_film_begun_in_home_assistant_gets_a_session_too(foyer: Foyer) -> None:
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    async with foyer.running() as there:
        await screen(foyer)
        await foyer.peer.show(SOFA, "playing", media_content_id=await _link(foyer, ada, film))
        await until(lambda: there.session_on(SOFA) is not None)
        session = there.session_on(SOFA)
        assert session is not None
        found = await foyer.session(session)
        assert (found.user_id, found.item_id, found.device) == (ada.user_id, film, "Sofa")
        assert found.method is PlayMethod.DIRECT_PLAY
        await foyer.peer.play(SOFA, 1_500)
        await until(lambda: _near(foyer, session, 1_500_000))
        await foyer.sessions.command(ada, session, CommandKind.PAUSE)
        assert foyer.peer.called("media_pause") == [(SOFA, {})]
        # Stopped from Foyer it is not begun again, though the player still names the film for a moment.
        foyer.peer.lazy.add(SOFA)
        await foyer.sessions.command(ada, session, CommandKind.STOP)
        await foyer.peer.play(SOFA, 1_501)
        await asyncio.sleep(0.1)
        assert there.session_on(SOFA) is None
        assert await foyer.resume_ms(ada, film) > 1_400_000


async def test_a_link_that_a_player_of_its_own_reports_about_is_left_to_it(foyer: Foyer) -> None:
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    async with foyer.running() as there:
        await screen(foyer)
        opening = Opening(item_id=film, file_id=None, duration_ms=None, method=PlayMethod.DIRECT_PLAY, viewer="4711")
        own = await foyer.sessions.start(ada, opening)
        await foyer.peer.show(SOFA, "playing", media_content_id=await _link(foyer, ada, film))
        await foyer.peer.show(BED, "playing", media_content_id="http://x/media/direct/Forged/file.mp4")
        await asyncio.sleep(0.1)
        assert there.session_on(SOFA) is there.session_on(BED) is None
        assert [one.id for one in await foyer.sessions.list_open(ada, first=9)] == [own.id]
