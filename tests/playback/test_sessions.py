from __future__ import annotations

from datetime import timedelta

import pytest

from foyer.accounts.roles import Role
from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.errors import NotFoundError, UnavailableError, ValidationError
from foyer.events.bus import EventBus, Subscription
from foyer.events.topics import PlaybackEventKind, Topic
from foyer.playback.commands import Command, CommandKind
from foyer.playback.progress import ProgressService
from foyer.playback.reasons import PlayMethod, Reason, ReasonCode
from foyer.playback.sessions import HEARTBEAT_TIMEOUT, Opening, PlaybackSessions, PlaybackState, SessionView
from tests.playback.conftest import HOUR_MS, Household

REASON = Reason(code=ReasonCode.CONTAINER_NOT_SUPPORTED, message="No.", subject="container")


class Screens:
    """Stands where the streaming room stands."""

    def __init__(self) -> None:
        self.positions: dict[str, int | None] = {}
        self.stopped: list[str] = []

    def seen(self, viewer: str, position_ms: int | None = None) -> None:
        self.positions[viewer] = position_ms

    def stop_viewer(self, viewer: str) -> None:
        self.stopped.append(viewer)


@pytest.fixture
def screens() -> Screens:
    return Screens()


@pytest.fixture
def sessions(database: Database, bus: EventBus, progress: ProgressService, screens: Screens) -> PlaybackSessions:
    return PlaybackSessions(database, bus, progress, screens)


def opening(household: Household) -> Opening:
    return Opening(
        item_id=household.film, file_id=None, duration_ms=HOUR_MS, method=PlayMethod.REMUX, reasons=(REASON,),
        client="Foyer Web", device="Sofa", viewer="v1",
    )  # fmt: skip


def kinds(subscription: Subscription) -> list[str]:
    found = []
    while (event := subscription.take()) is not None:
        found.append(event.kind)
    return found


async def test_an_evening_from_start_to_watched(
    household: Household, sessions: PlaybackSessions, bus: EventBus, screens: Screens
) -> None:
    ada = await household.person("ada")
    with bus.subscribe(Topic.PLAYBACK) as events:
        session = await sessions.start(ada, opening(household))
        assert session.reasons == (REASON,)
        await sessions.heartbeat(ada, session.id, PlaybackState.PAUSED, 1_000)
        await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, 1_200)
        await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, HOUR_MS // 2)
        outcome = await sessions.stop(ada, session.id, HOUR_MS)
        assert outcome.watched
        assert screens.stopped == ["v1"]
        assert screens.positions == {"v1": HOUR_MS // 2}
        assert [kind for kind in kinds(events) if kind != PlaybackEventKind.PROGRESS] == [
            PlaybackEventKind.STARTED,
            PlaybackEventKind.PAUSED,
            PlaybackEventKind.RESUMED,
            PlaybackEventKind.SEEKED,
            PlaybackEventKind.FINISHED,
        ]
        again = await sessions.stop(ada, session.id, 5)
        assert again.watched is False
        assert kinds(events) == []
    assert await sessions.list_open(ada, first=10) == []


async def test_remote_commands_reach_the_player_once(household: Household, sessions: PlaybackSessions) -> None:
    ada, boss = await household.person("ada"), await household.person("boss", Role.ADMIN)
    session = await sessions.start(ada, opening(household))
    await sessions.command(boss, session.id, CommandKind.MESSAGE, text="Dinner!")
    await sessions.command(boss, session.id, CommandKind.SEEK, position_ms=5_000)
    _, commands = await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, 10)
    assert [(command.kind, command.text, command.position_ms) for command in commands] == [
        (CommandKind.MESSAGE, "Dinner!", None),
        (CommandKind.SEEK, None, 5_000),
    ]
    assert (await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, 20))[1] == ()


async def test_a_session_stopped_from_afar_ends_whatever_its_player_does(
    household: Household, sessions: PlaybackSessions, screens: Screens
) -> None:
    ada, boss = await household.person("ada"), await household.person("boss", Role.ADMIN)
    session = await sessions.start(ada, opening(household))
    assert not sessions.is_stopped("v1")
    assert (await sessions.command(boss, session.id, CommandKind.STOP)).state is PlaybackState.STOPPED
    assert sessions.is_stopped("v1")
    assert screens.stopped == ["v1"]
    with pytest.raises(NotFoundError, match="ended"):
        await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, 1)


async def test_nobody_else_touches_a_session(household: Household, sessions: PlaybackSessions) -> None:
    ada, bob = await household.person("ada"), await household.person("bob")
    session = await sessions.start(ada, opening(household))
    with pytest.raises(NotFoundError):
        await sessions.heartbeat(bob, session.id, PlaybackState.PLAYING, 1)
    with pytest.raises(NotFoundError):
        await sessions.command(bob, session.id, CommandKind.STOP)
    assert await sessions.list_open(bob, first=10) == []
    boss = await household.person("boss", Role.MANAGER)
    assert [each.id for each in await sessions.list_open(boss, first=10)] == [session.id]


async def test_commands_that_say_nothing_are_refused(household: Household, sessions: PlaybackSessions) -> None:
    ada = await household.person("ada")
    session = await sessions.start(ada, opening(household))
    with pytest.raises(ValidationError):
        await sessions.command(ada, session.id, CommandKind.SEEK)
    with pytest.raises(ValidationError):
        await sessions.command(ada, session.id, CommandKind.MESSAGE, text="  ")


async def test_a_silent_player_is_closed_where_it_was(
    household: Household, sessions: PlaybackSessions, progress: ProgressService
) -> None:
    ada = await household.person("ada")
    session = await sessions.start(ada, opening(household))
    await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, HOUR_MS // 2)
    long_ago = to_instant(now() - 2 * HEARTBEAT_TIMEOUT)
    await household.database.execute("UPDATE playback_session SET updated_at = ?", (long_ago,))
    assert await sessions.reap() == 1
    assert await sessions.reap() == 0
    assert await progress.resume_position(ada.user_id, household.film) == HOUR_MS // 2


async def test_a_session_goes_on_after_a_restart(
    household: Household, sessions: PlaybackSessions, database: Database, bus: EventBus, progress: ProgressService
) -> None:
    ada = await household.person("ada")
    session = await sessions.start(ada, opening(household))
    restarted = PlaybackSessions(database, bus, progress, Screens())
    view, _ = await restarted.heartbeat(ada, session.id, PlaybackState.PLAYING, HOUR_MS // 3)
    assert view.position_ms == HOUR_MS // 3
    assert (await restarted.stop(ada, session.id, None)).position_ms == HOUR_MS // 3
    assert view.updated_at - view.started_at < timedelta(minutes=1)


class Television:
    """A player that the server drives."""

    def __init__(self) -> None:
        self.obeyed: list[CommandKind] = []
        self.is_broken = False

    async def obey(self, session: SessionView, command: Command) -> None:  # noqa: ARG002 - a player's own
        if self.is_broken:
            raise UnavailableError("It does not answer.")
        self.obeyed.append(command.kind)


async def test_a_command_says_what_it_is_about(household: Household, sessions: PlaybackSessions) -> None:
    ada = await household.person("ada")
    session = await sessions.start(ada, opening(household))
    for kind in (CommandKind.PLAY_ITEM, CommandKind.SET_VOLUME, CommandKind.SEEK, CommandKind.MESSAGE):
        with pytest.raises(ValidationError):
            await sessions.command(ada, session.id, kind)
    with pytest.raises(ValidationError, match="volume"):
        await sessions.command(ada, session.id, CommandKind.SET_VOLUME, volume=1.5)
    await sessions.command(ada, session.id, CommandKind.PLAY_ITEM, item_id=household.episodes[1], position_ms=7)
    await sessions.command(ada, session.id, CommandKind.SET_VOLUME, volume=0.4)
    await sessions.command(ada, session.id, CommandKind.NEXT)
    _, commands = await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, 10)
    assert [(one.kind, one.item_id, one.position_ms, one.volume) for one in commands] == [
        (CommandKind.PLAY_ITEM, household.episodes[1], 7, None),
        (CommandKind.SET_VOLUME, None, None, 0.4),
        (CommandKind.NEXT, None, None, None),
    ]


async def test_nobody_has_a_player_play_what_they_may_not_see(household: Household, sessions: PlaybackSessions) -> None:
    eve = await household.person("eve", libraries=frozenset({1}))
    session = await sessions.start(eve, opening(household))
    await household.database.execute(
        "INSERT INTO library (id, name, kind, created_at) VALUES (2, 'Hidden', 'movies', 0)"
    )
    secret = await household.item("movie", "Secret", playable=False, library_id=2)
    with pytest.raises(NotFoundError):
        await sessions.command(eve, session.id, CommandKind.PLAY_ITEM, item_id=secret)


async def test_a_driven_player_is_told_at_once_and_never_taken_for_silent(
    household: Household, sessions: PlaybackSessions, bus: EventBus
) -> None:
    ada, television = await household.person("ada"), Television()
    session = await sessions.start(ada, opening(household))
    sessions.drive(session.id, television, "media_player.sofa")
    with bus.subscribe(Topic.PLAYBACK) as events:
        await sessions.command(ada, session.id, CommandKind.PAUSE)
        assert television.obeyed == [CommandKind.PAUSE]
        await sessions.report(session.id, PlaybackState.PAUSED, 2_000)
        assert kinds(events)[0] == PlaybackEventKind.PAUSED
    old = to_instant(now() - HEARTBEAT_TIMEOUT - timedelta(seconds=1))
    await household.database.execute("UPDATE playback_session SET updated_at = ?", (old,))
    assert await sessions.reap() == 0
    television.is_broken = True
    with pytest.raises(UnavailableError):
        await sessions.command(ada, session.id, CommandKind.PLAY)
    assert (await sessions.command(ada, session.id, CommandKind.STOP)).state is PlaybackState.STOPPED
    assert not sessions.is_driven(session.id)
    with pytest.raises(NotFoundError, match="ended"):
        await sessions.report(session.id, PlaybackState.PLAYING, 3_000)
    await sessions.end(session.id)


async def test_stopping_a_driven_session_stops_its_player(household: Household, sessions: PlaybackSessions) -> None:
    ada, television = await household.person("ada"), Television()
    session = await sessions.start(ada, opening(household))
    sessions.drive(session.id, television, "media_player.sofa")
    await sessions.stop(ada, session.id, 4_000)
    assert television.obeyed == [CommandKind.STOP]


async def test_where_a_player_is_by_now_follows_the_clock_only_while_it_plays(
    household: Household, sessions: PlaybackSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await household.person("ada")
    clock = [1_000.0]
    monkeypatch.setattr("foyer.playback.sessions.time.monotonic", lambda: clock[0])
    session = await sessions.start(ada, opening(household))
    playing, _ = await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, 60_000)
    clock[0] += 7
    assert sessions.position_now(playing) == 67_000
    near_the_end, _ = await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, HOUR_MS - 1_000)
    clock[0] += 7
    assert sessions.position_now(near_the_end) == HOUR_MS
    paused, _ = await sessions.heartbeat(ada, session.id, PlaybackState.PAUSED, 60_000)
    clock[0] += 7
    assert sessions.position_now(paused) == 60_000
