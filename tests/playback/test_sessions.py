from __future__ import annotations

from datetime import timedelta

import pytest

from foyer.accounts.roles import Role
from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.errors import NotFoundError, ValidationError
from foyer.events.bus import EventBus, Subscription
from foyer.events.topics import PlaybackEventKind, Topic
from foyer.playback.progress import ProgressService
from foyer.playback.reasons import PlayMethod, Reason, ReasonCode
from foyer.playback.sessions import HEARTBEAT_TIMEOUT, CommandKind, Opening, PlaybackSessions, PlaybackState
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
