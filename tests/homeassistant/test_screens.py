"""Screens from end to end, over a real WebSocket and a real database: only Core's players are stood in for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role
from foyer.db.database import Database
from foyer.errors import ConflictError, FoyerError, NotFoundError, UnavailableError, ValidationError
from foyer.events.bus import Event, EventBus
from foyer.events.topics import Topic
from foyer.homeassistant.screens import room, showing
from foyer.homeassistant.screens.model import Move, screen_row
from foyer.homeassistant.screens.room import CANNOT_SEEK
from foyer.homeassistant.screens.showing import token_in
from foyer.ids import ItemId, PlaybackSessionId
from foyer.playback.commands import CommandKind
from foyer.playback.links import MediaLinks
from foyer.playback.reasons import PlayMethod
from foyer.playback.sessions import Opening, PlaybackState
from foyer.settings.store import Settings
from tests.homeassistant.cinema import BASE, BED, SOFA, Foyer, cinema, hurry, on, screen, until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.fixture
async def foyer(database: Database, bus: EventBus, settings: Settings, tmp_path: Path) -> AsyncIterator[Foyer]:
    async with cinema(database, bus, settings, tmp_path) as found:
        yield found


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


async def test_of_two_sessions_that_a_kill_left_on_a_screen_the_newer_one_goes_on(foyer: Foyer) -> None:
    ada, film = await foyer.person("ada"), await foyer.item("movie")
    opening = Opening(item_id=film, file_id=None, duration_ms=5_400_000, method=PlayMethod.DIRECT_PLAY)
    async with foyer.running() as there:
        await screen(foyer)
        old = await foyer.sessions.start(ada, opening)
        new = (await there.play_on(ada, on(SOFA, film, 0))).session.id
        await until(lambda: _saved(foyer, 1))
    await foyer.database.execute(
        "INSERT INTO screen_session (session_id, entity_id, token) VALUES (?, ?, 'another')", (old.id, SOFA)
    )
    async with foyer.running() as there:
        await until(lambda: there.session_on(SOFA) is not None)
        assert there.session_on(SOFA) == new


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
