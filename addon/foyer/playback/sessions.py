"""Who watches what: sessions that live by heartbeats, their history, and remote control."""

from __future__ import annotations

import itertools
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from sqlite3 import Row
from typing import Protocol

import orjson

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Permission
from foyer.db.database import Database
from foyer.db.fields import from_instant, now, to_instant
from foyer.errors import FoyerError, NotFoundError
from foyer.events.bus import EventBus
from foyer.events.topics import CommandPayload, PlaybackEventKind, PlaybackPayload, Topic
from foyer.ids import FileId, ItemId, PlaybackSessionId, UserId
from foyer.playback.commands import MAX_TEXT, Command, CommandKind, as_payload, check
from foyer.playback.credits import credits_start
from foyer.playback.progress import Outcome, ProgressService
from foyer.playback.reasons import PlayMethod, Reason, ReasonCode

log = logging.getLogger(__name__)

HEARTBEAT_TIMEOUT = timedelta(seconds=90)
SEEK_TOLERANCE_MS = 3_000
"""A position that differs by more than this from where playing on would have led was a seek."""
FASTEST = 4
"""The fastest playback speed a player offers."""
MAX_COMMANDS = 16


class Viewers(Protocol):
    """The streaming room, as far as a session needs it."""

    def seen(self, viewer: str, position_ms: int | None = None) -> None:
        """A viewer is alive and at a position."""

    def stop_viewer(self, viewer: str) -> None:
        """A viewer is gone."""


class PlaybackState(StrEnum):
    """What the player is doing."""

    PLAYING = "playing"
    PAUSED = "paused"
    BUFFERING = "buffering"
    STOPPED = "stopped"


class Remote(Protocol):
    """A player that the server drives itself, instead of one that fetches its commands with heartbeats."""

    async def obey(self, session: SessionView, command: Command) -> None:
        """Pass a command on; raises ``FoyerError`` when the player cannot or does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session as it was when it was read."""

    id: PlaybackSessionId
    user_id: UserId
    item_id: ItemId
    file_id: FileId | None
    method: PlayMethod
    reasons: tuple[Reason, ...]
    state: PlaybackState
    position_ms: int
    client: str
    device: str
    address: str | None
    started_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a player says when it starts."""

    item_id: ItemId
    file_id: FileId | None
    duration_ms: int | None
    method: PlayMethod
    reasons: tuple[Reason, ...] = ()
    position_ms: int = 0
    client: str = ""
    device: str = ""
    state: PlaybackState = PlaybackState.PLAYING
    viewer: str | None = None
    """The streaming viewer it reads as, so that its encoders can be stopped with it."""
    entity_id: str | None = None
    """The media player of Home Assistant it plays on, where the server drives one."""


@dataclass(slots=True)
class _Live:
    """What only the running process knows of a session."""

    library_id: int
    duration_ms: int | None
    viewer: str | None
    heard: float
    position_ms: int
    state: PlaybackState
    credits_ms: int | None
    """Where the closing credits begin; ``None`` when that is unknown or they have been told."""
    tenth: int
    """How many tenths of the title lie behind, as they were told of."""
    entity_id: str | None = None
    counted: bool = False
    commands: deque[Command] = field(default_factory=lambda: deque(maxlen=MAX_COMMANDS))


_COLUMNS = (
    "s.id, s.user_id, s.item_id, s.file_id, s.method, s.reasons, s.state, s.position_ms, s.client, s.device, "
    "s.address, s.started_at, s.updated_at"
)


class PlaybackSessions:
    """Open sessions and what happens in them; every change is an event within the call."""

    def __init__(
        self,
        database: Database,
        bus: EventBus,
        progress: ProgressService,
        viewers: Viewers,
    ) -> None:
        self._database = database
        self._bus = bus
        self._progress = progress
        self._viewers = viewers
        self._stopped_viewers: deque[str] = deque(maxlen=1000)
        self._live: dict[PlaybackSessionId, _Live] = {}
        self._remotes: dict[PlaybackSessionId, Remote] = {}
        self._driven_on: dict[PlaybackSessionId, tuple[str, str | None]] = {}
        """The entity, and the streaming viewer it reads as."""
        self._command_ids = itertools.count(to_instant(now()))

    @property
    def open_count(self) -> int:
        """How many sessions are heard of."""
        return len(self._live)

    def viewer_of(self, session: PlaybackSessionId) -> str | None:
        """The streaming viewer of a session."""
        live = self._live.get(session)
        return live.viewer if live else None

    def has_viewer(self, viewer: str) -> bool:
        """Whether a streaming viewer belongs to a session that is open, or was stopped from afar."""
        return viewer in self._stopped_viewers or any(one.viewer == viewer for one in self._live.values())

    def is_stopped(self, viewer: str) -> bool:
        """Whether somebody stopped a viewer from afar: its links are worth nothing any more."""
        return viewer in self._stopped_viewers

    async def start(self, principal: Principal, opening: Opening) -> SessionView:
        """Open a session; raises ``NotFoundError`` when the item may not be seen."""
        principal.require(Permission.PLAY)
        library = await self._require_item(principal, opening.item_id)
        moment = to_instant(now())
        row_id = PlaybackSessionId(
            await self._database.writer.execute_insert(
                "INSERT INTO playback_session (user_id, item_id, file_id, method, reasons, state, position_ms, client, "
                "device, address, started_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    principal.user_id,
                    opening.item_id,
                    opening.file_id,
                    opening.method.value,
                    _dump_reasons(opening.reasons),
                    opening.state.value,
                    max(0, opening.position_ms),
                    opening.client[:100],
                    opening.device[:100],
                    principal.address,
                    moment,
                    moment,
                ],
            )
        )
        position = max(0, opening.position_ms)
        self._live[row_id] = _Live(
            library_id=library,
            duration_ms=opening.duration_ms,
            viewer=opening.viewer,
            heard=time.monotonic(),
            position_ms=position,
            state=opening.state,
            credits_ms=await self._credits_after(position, opening.file_id, opening.duration_ms),
            tenth=_tenth(position, opening.duration_ms),
            entity_id=opening.entity_id,
        )
        session = await self._read(row_id)
        self._publish(PlaybackEventKind.STARTED, session)
        return session

    async def heartbeat(
        self, principal: Principal, session_id: PlaybackSessionId, state: PlaybackState, position_ms: int
    ) -> tuple[SessionView, tuple[Command, ...]]:
        """Take in where a player is; returns what it was asked to do since."""
        before = await self._own(principal, session_id)
        if state is PlaybackState.STOPPED:
            await self.stop(principal, session_id, position_ms)
            return await self._read(session_id), ()
        after = await self._take(before, state, position_ms)
        live = await self._adopt(after)
        commands = tuple(live.commands)
        live.commands.clear()
        return after, commands

    def drive(
        self, session_id: PlaybackSessionId, remote: Remote, entity_id: str, *, viewer: str | None = None
    ) -> None:
        """Send a session's commands to a player that the server drives; ``report`` and ``end`` tell what it does.

        ``entity_id`` is the media player of Home Assistant that it is; ``viewer`` is who it reads as, which is known
        again after a restart.
        Such a session is never taken for silent: whoever drives it ends it.
        """
        self._remotes[session_id] = remote
        self._driven_on[session_id] = (entity_id, viewer)

    def is_driven(self, session_id: PlaybackSessionId) -> bool:
        """Whether the server drives the session's player itself."""
        return session_id in self._remotes

    async def report(self, session_id: PlaybackSessionId, state: PlaybackState, position_ms: int) -> SessionView:
        """Take in where a driven player is; raises ``NotFoundError`` when the session has ended."""
        return await self._take(await self._still_open(session_id), state, position_ms)

    async def end(self, session_id: PlaybackSessionId, position_ms: int | None = None) -> None:
        """Close a driven session; without a position where it was last, and twice is no error."""
        found = await self.get_many([session_id])
        if found:
            await self._end(found[0], position_ms)

    async def abandon(self, session_id: PlaybackSessionId) -> None:
        """Close a driven session that never began; where its viewer left off stays as it was."""
        found = await self.get_many([session_id])
        if found:
            await self._end(found[0], None, has_played=False)

    async def controlled(self, principal: Principal, session_id: PlaybackSessionId) -> SessionView:
        """An open session that somebody may control; raises ``NotFoundError`` for any other."""
        return await self._own(principal, session_id, Permission.CONTROL_SESSIONS)

    def position_now(self, session: SessionView) -> int:
        """Where a player is by now in milliseconds, if it played on since it was last heard of."""
        live = self._live.get(session.id)
        if live is None or session.state is not PlaybackState.PLAYING:
            return session.position_ms
        since_ms = min(int((time.monotonic() - live.heard) * 1000), int(HEARTBEAT_TIMEOUT.total_seconds() * 1000))
        position = session.position_ms + since_ms
        return position if live.duration_ms is None else min(position, max(live.duration_ms, session.position_ms))

    async def _take(self, before: SessionView, state: PlaybackState, position_ms: int) -> SessionView:
        session_id = before.id
        live = await self._adopt(before)
        elapsed_ms = int((time.monotonic() - live.heard) * 1000)
        outcome = await self._keep(before, live, position_ms)
        if live.viewer is not None:
            self._viewers.seen(live.viewer, max(0, position_ms))
        await self._database.execute(
            "UPDATE playback_session SET state = ?, position_ms = ?, updated_at = ? WHERE id = ? AND ended_at IS NULL",
            (state.value, max(0, position_ms), to_instant(now()), session_id),
        )
        after = await self._read(session_id)
        self._tell_change(after, live, elapsed_ms, watched=outcome.watched)
        return after

    async def stop(self, principal: Principal, session_id: PlaybackSessionId, position_ms: int | None) -> Outcome:
        """Close a session where the player left off; closing twice is no error."""
        session = await self._own(principal, session_id, also_ended=True)
        await self._tell_remote(session, Command(id=next(self._command_ids), kind=CommandKind.STOP))
        return await self._end(session, position_ms)

    async def command(
        self,
        principal: Principal,
        session_id: PlaybackSessionId,
        kind: CommandKind,
        *,
        position_ms: int | None = None,
        text: str | None = None,
        item_id: ItemId | None = None,
        volume: float | None = None,
    ) -> SessionView:
        """Ask a player for something; one's own, or anybody's with the permission to control sessions.

        Raises ``ValidationError`` when a part of the command is missing, ``NotFoundError`` for a session or an item
        that may not be seen, and what a driven player answers.
        """
        session = await self._own(principal, session_id, Permission.CONTROL_SESSIONS)
        check(kind, position_ms=position_ms, text=text, item_id=item_id, volume=volume)
        if item_id is not None:
            await self._require_item(principal, item_id)
        live = await self._adopt(session)
        command = Command(
            id=next(self._command_ids),
            kind=kind,
            position_ms=position_ms,
            text=text[:MAX_TEXT] if text else None,
            item_id=item_id,
            volume=volume,
        )
        if session_id in self._remotes:
            await self._tell_remote(session, command)
        else:
            live.commands.append(command)
            self._publish(PlaybackEventKind.COMMAND, session, command=as_payload(command))
        if kind is CommandKind.STOP:
            # Whoever stops a session does not depend on the player's good will.
            if live.viewer is not None:
                self._stopped_viewers.append(live.viewer)
            await self._end(session, None)
            return await self._read(session_id)
        return session

    async def _tell_remote(self, session: SessionView, command: Command) -> None:
        """Pass a command to the player of a driven session; that it must stop is no question of its good will."""
        remote = self._remotes.get(session.id)
        if remote is None:
            return
        try:
            await remote.obey(session, command)
        except FoyerError as error:
            if command.kind is not CommandKind.STOP:
                raise
            log.info("A player could not be stopped: %s", error)

    async def list_open(
        self, principal: Principal, *, first: int, after: PlaybackSessionId | None = None
    ) -> list[SessionView]:
        """Open sessions, newest first: everyone's with the permission to view them, else one's own."""
        everyone = principal.may(Permission.VIEW_SESSIONS)
        rows = await self._database.reader.all(
            f"SELECT {_COLUMNS} FROM playback_session s WHERE s.ended_at IS NULL AND (? OR s.user_id = ?) "  # noqa: S608 - constant columns
            "AND s.id < ? ORDER BY s.id DESC LIMIT ?",
            (int(everyone), principal.user_id, 2**63 - 1 if after is None else after, first),
        )
        return [_view(row) for row in rows]

    async def get_many(self, ids: list[PlaybackSessionId]) -> list[SessionView]:
        """Sessions by id in one statement; unknown ids are left out."""
        marks = ", ".join("?" * len(ids))
        rows = await self._database.reader.all(
            f"SELECT {_COLUMNS} FROM playback_session s WHERE s.id IN ({marks})",  # noqa: S608 - only placeholders
            ids,
        )
        return [_view(row) for row in rows]

    async def reap(self) -> int:
        """Close sessions not heard of for ``HEARTBEAT_TIMEOUT``, where they were last; returns how many."""
        rows = await self._database.reader.all(
            f"SELECT {_COLUMNS} FROM playback_session s WHERE s.ended_at IS NULL AND s.updated_at < ?",  # noqa: S608 - constant columns
            (to_instant(now() - HEARTBEAT_TIMEOUT),),
        )
        silent = [_view(row) for row in rows if row["id"] not in self._remotes]
        for session in silent:
            await self._end(session, None)
        return len(silent)

    async def _end(self, session: SessionView, position_ms: int | None, *, has_played: bool = True) -> Outcome:
        live = await self._adopt(session)
        position = session.position_ms if position_ms is None else max(0, position_ms)
        closed = await self._database.execute(
            "UPDATE playback_session SET state = 'stopped', position_ms = ?, updated_at = ?, ended_at = ? "
            "WHERE id = ? AND ended_at IS NULL",
            (position, to_instant(now()), to_instant(now()), session.id),
        )
        self._live.pop(session.id, None)
        self._remotes.pop(session.id, None)
        self._driven_on.pop(session.id, None)
        if not closed:
            return Outcome(position_ms=position, watched=live.counted)
        outcome = Outcome(position_ms=position, watched=False)
        if has_played:
            outcome = await self._keep(session, live, position)
        if live.viewer is not None:
            self._viewers.stop_viewer(live.viewer)
        ended = await self._read(session.id)
        kind = PlaybackEventKind.FINISHED if outcome.watched else PlaybackEventKind.STOPPED
        self._publish(kind, ended, live=live)
        return outcome

    async def _keep(self, session: SessionView, live: _Live, position_ms: int) -> Outcome:
        outcome = await self._progress.record(
            session.user_id, session.item_id, position_ms, live.duration_ms, was_watched=live.counted
        )
        live.counted = live.counted or outcome.watched
        live.heard = time.monotonic()
        return outcome

    def _tell_change(self, session: SessionView, live: _Live, elapsed_ms: int, *, watched: bool) -> None:
        before, live.state = live.state, session.state
        if before is not PlaybackState.PAUSED and session.state is PlaybackState.PAUSED:
            self._publish(PlaybackEventKind.PAUSED, session)
        elif before is PlaybackState.PAUSED and session.state is not PlaybackState.PAUSED:
            self._publish(PlaybackEventKind.RESUMED, session)
        moved = session.position_ms - live.position_ms
        live.position_ms = session.position_ms
        if not -SEEK_TOLERANCE_MS <= moved <= elapsed_ms * FASTEST + SEEK_TOLERANCE_MS:
            self._publish(PlaybackEventKind.SEEKED, session)
        if live.credits_ms is not None and session.position_ms >= live.credits_ms:
            live.credits_ms = None
            self._publish(PlaybackEventKind.CREDITS_REACHED, session)
        tenth = _tenth(session.position_ms, live.duration_ms)
        journalled = watched or tenth != live.tenth
        live.tenth = tenth
        self._publish(PlaybackEventKind.PROGRESS, session, conflated=not journalled)

    async def _adopt(self, session: SessionView) -> _Live:
        """The live side of a session, made anew for one that was open before a restart."""
        if (live := self._live.get(session.id)) is not None:
            return live
        row = await self._database.reader.first(
            "SELECT i.library_id, coalesce(f.duration_ms, i.duration_ms) AS duration_ms FROM playback_session s "
            "JOIN item i ON i.id = s.item_id LEFT JOIN media_file f ON f.id = s.file_id WHERE s.id = ?",
            (session.id,),
        )
        entity_id, viewer = self._driven_on.get(session.id, (None, None))
        duration = row["duration_ms"] if row else None
        live = _Live(
            library_id=row["library_id"] if row else 0,
            duration_ms=duration,
            viewer=viewer,
            heard=time.monotonic(),
            position_ms=session.position_ms,
            state=session.state,
            credits_ms=await self._credits_after(session.position_ms, session.file_id, duration),
            tenth=_tenth(session.position_ms, duration),
            entity_id=entity_id,
        )
        return self._live.setdefault(session.id, live)  # somebody else may have been quicker

    async def _credits_after(self, position_ms: int, file_id: FileId | None, duration_ms: int | None) -> int | None:
        """Where the closing credits of a file begin, if they are still to come."""
        rows = await self._database.reader.all(
            "SELECT start_us, title FROM chapter WHERE file_id = ? AND title IS NOT NULL ORDER BY start_us", (file_id,)
        )
        found = credits_start([(row["start_us"], row["title"]) for row in rows], duration_ms)
        return None if found is None or found <= position_ms else found

    async def _own(
        self,
        principal: Principal,
        session_id: PlaybackSessionId,
        others: Permission | None = None,
        *,
        also_ended: bool = False,
    ) -> SessionView:
        row = await self._database.reader.first(
            f"SELECT {_COLUMNS}, s.ended_at FROM playback_session s WHERE s.id = ?",  # noqa: S608 - constant columns
            (session_id,),
        )
        foreign = row is not None and row["user_id"] != principal.user_id
        if row is None or (foreign and not (others and principal.may(others))):
            raise NotFoundError("There is no such playback session.", id=session_id)
        if row["ended_at"] is not None and not also_ended:
            raise NotFoundError("This playback session has ended.", id=session_id)
        return _view(row)

    async def _require_item(self, principal: Principal, item_id: ItemId) -> int:
        """The library of an item that may be seen; raises ``NotFoundError`` for any other."""
        library = await self._database.reader.value("SELECT library_id FROM item WHERE id = ?", (item_id,))
        if not isinstance(library, int) or not principal.may_see(library):
            raise NotFoundError("There is no such item.", id=item_id)
        return library

    async def _still_open(self, session_id: PlaybackSessionId) -> SessionView:
        row = await self._database.reader.first(
            f"SELECT {_COLUMNS} FROM playback_session s WHERE s.id = ? AND s.ended_at IS NULL",  # noqa: S608 - constant columns
            (session_id,),
        )
        if row is None:
            raise NotFoundError("This playback session has ended.", id=session_id)
        return _view(row)

    async def _read(self, session_id: PlaybackSessionId) -> SessionView:
        found = await self.get_many([session_id])
        if not found:
            raise NotFoundError("There is no such playback session.", id=session_id)
        return found[0]

    def _publish(
        self,
        kind: PlaybackEventKind,
        session: SessionView,
        *,
        command: CommandPayload | None = None,
        conflated: bool = False,
        live: _Live | None = None,
    ) -> None:
        live = live or self._live.get(session.id)
        payload: PlaybackPayload = {
            "user_id": session.user_id,
            "item_id": session.item_id,
            "session_id": session.id,
            "state": session.state.value,
            "position_ms": session.position_ms,
            "duration_ms": live.duration_ms if live else None,
        }
        if live is not None:
            payload["library_id"] = live.library_id
            if live.entity_id is not None:
                payload["entity_id"] = live.entity_id
        if command is not None:
            payload["command"] = command
        self._bus.publish(Topic.PLAYBACK, kind, payload, conflate=f"playback:{session.id}" if conflated else None)


def _tenth(position_ms: int, duration_ms: int | None) -> int:
    return position_ms * 10 // duration_ms if duration_ms else 0


def _dump_reasons(reasons: tuple[Reason, ...]) -> str:
    return orjson.dumps([[reason.code.value, reason.message, reason.subject] for reason in reasons]).decode()


def _view(row: Row) -> SessionView:
    return SessionView(
        id=PlaybackSessionId(row["id"]),
        user_id=UserId(row["user_id"]),
        item_id=ItemId(row["item_id"]),
        file_id=None if row["file_id"] is None else FileId(row["file_id"]),
        method=PlayMethod(row["method"]),
        reasons=tuple(
            Reason(code=ReasonCode(code), message=message, subject=subject)
            for code, message, subject in orjson.loads(row["reasons"])
        ),
        state=PlaybackState(row["state"]),
        position_ms=row["position_ms"],
        client=row["client"],
        device=row["device"],
        address=row["address"],
        started_at=from_instant(row["started_at"]),
        updated_at=from_instant(row["updated_at"]),
    )
