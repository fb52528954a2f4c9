"""What plays on the screens now: every session is followed from its screen's state until it is over."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from foyer.errors import FoyerError, NotFoundError
from foyer.homeassistant.screens.adoption import Adoption
from foyer.homeassistant.screens.directory import Core, ScreenDirectory
from foyer.homeassistant.screens.model import ACTIVE, Screen
from foyer.homeassistant.screens.player import Player
from foyer.homeassistant.screens.showing import Showing, token_in
from foyer.homeassistant.screens.store import Saved, ScreenStore
from foyer.ids import PlaybackSessionId
from foyer.playback.sessions import PlaybackSessions, Remote

log = logging.getLogger(__name__)

MAX_REMEMBERED = 500
PASSED_S = 30.0
"""A player may name a film for so long after its session is over; later it was begun again."""
LOOK_EVERY_S = 2.0


class Stage:
    """Sessions on screens, at most one on each.

    ``run`` follows them; ``wake`` has it look at once. Whoever plays something on a screen holds its lock until the
    screen has taken it.
    """

    def __init__(
        self,
        core: Core,
        directory: ScreenDirectory,
        *,
        player: Player,
        sessions: PlaybackSessions,
        store: ScreenStore,
        adoption: Adoption,
        remote: Remote,
        wake: asyncio.Event,
        clock: Callable[[], float],
    ) -> None:
        self._core = core
        self._directory = directory
        self._player = player
        self._sessions = sessions
        self._store = store
        self._adoption = adoption
        self._remote = remote
        self._clock = clock
        self.wake = wake
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._on: dict[str, Showing] = {}
        """By entity."""
        self._entities: OrderedDict[PlaybackSessionId, str] = OrderedDict()
        """Also of sessions that are over: events about them are told a moment later."""
        self._passed: OrderedDict[str, float] = OrderedDict()
        """Tokens of links that need no session for now, and since when: over, or not to be had."""
        self._tasks: set[asyncio.Task[None]] = set()

    def on(self, entity_id: str) -> Showing | None:
        """What is on a screen."""
        return self._on.get(entity_id)

    def all(self) -> list[Showing]:
        """What is on all screens."""
        return list(self._on.values())

    def entity_of(self, session: PlaybackSessionId) -> str | None:
        """The entity a session plays, or played, on."""
        return self._entities.get(session)

    async def run(self) -> None:
        """Follow until cancelled. Sessions from before a restart go on if their screens still play them."""
        for saved in await self._store.open():
            await self._resume(saved)
        try:
            await self._watch()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def show(self, showing: Showing) -> None:
        """A session begins on a screen, in the place of what was there."""
        self._put(showing)
        await self._store.keep(showing)

    def put_back(self, showing: Showing) -> None:
        """What took a session's place has failed; it goes on if it is not over."""
        if self._sessions.is_driven(showing.session):
            self._on[showing.entity_id] = showing
            self._directory.announce(showing.entity_id)

    async def end(self, showing: Showing, position_ms: int) -> None:
        """Close a session; one that never began leaves the place to resume as it was."""
        self._hide(showing)
        if showing.has_begun:
            await self._sessions.end(showing.session, position_ms)
        else:
            await self._sessions.abandon(showing.session)
        await self.forget(showing)

    async def forget(self, showing: Showing) -> None:
        """A session is over, or somebody else closes it."""
        self._hide(showing)
        await self._store.forget(showing.session)
        showing.settled.set()

    def _put(self, showing: Showing) -> None:
        viewer = self._adoption.viewer_of(showing.token)
        self._sessions.drive(showing.session, self._remote, showing.entity_id, viewer=viewer)
        self._on[showing.entity_id] = showing
        _remember(self._entities, showing.session, showing.entity_id)
        self._directory.announce(showing.entity_id)

    def _hide(self, showing: Showing) -> None:
        """The screen shows it no longer, or will not in a moment."""
        _remember(self._passed, showing.token, self._clock())
        if self._on.get(showing.entity_id) is showing:
            del self._on[showing.entity_id]
            self._directory.announce(showing.entity_id)

    async def _resume(self, saved: Saved) -> None:
        if saved.entity_id in self._on:
            return
        (session,) = await self._sessions.get_many([saved.session])
        showing = Showing(
            session=session.id,
            user=session.user_id,
            item=session.item_id,
            entity_id=saved.entity_id,
            token=saved.token,
            duration_ms=saved.duration_ms,
            asked_at=session.started_at,
            asked=self._clock(),
            position_ms=session.position_ms,
            content_id=saved.content_id,
        )
        showing.resume(self._clock(), session.state)
        self._put(showing)

    async def _watch(self) -> None:
        """Look at every screen that plays for us whenever one has changed, and now and then."""
        was_connected = False
        while True:
            if self._core.is_connected is not was_connected:
                was_connected = self._core.is_connected
                self._directory.announce_all()
            for showing in self.all():
                await self._follow(showing)
            for screen in self._directory.all():
                if screen.state in ACTIVE and screen.entity_id not in self._on:
                    await self._adopt(screen)
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self.wake.wait()
            except TimeoutError:
                continue
            self.wake.clear()

    async def _follow(self, showing: Showing) -> None:
        before = showing.content_id
        step = showing.look(
            self._directory.by_entity(showing.entity_id),
            clock=self._clock(),
            moment=datetime.now(UTC),
            is_linked=self._core.is_connected,
        )
        if step.end_ms is not None:
            await self.end(showing, step.end_ms)
            return
        try:
            if step.report is not None:
                await self._sessions.report(showing.session, *step.report)
            if showing.content_id != before:
                await self._store.keep(showing)
        except NotFoundError:
            await self.forget(showing)
            return
        if step.seek_ms is not None:
            self._spawn(self._seek(showing, step.seek_ms))

    async def _adopt(self, screen: Screen) -> None:
        """Open a session for a film of ours that a screen was given by somebody else."""
        token = token_in(screen.content_id)
        if token is None or self.locks[screen.entity_id].locked():
            return
        if self._clock() - self._passed.get(token, float("-inf")) < PASSED_S:
            return
        _remember(self._passed, token, self._clock())
        moment = datetime.now(UTC)
        found = await self._adoption.read(screen, moment)
        if found is None or screen.entity_id in self._on:
            return
        viewer, opening = found
        try:
            session = await self._sessions.start(viewer, opening)
        except FoyerError as error:
            log.info("%s plays something that its viewer may not: %s", screen.name, error)
            return
        showing = Showing(
            session=session.id,
            user=viewer.user_id,
            item=opening.item_id,
            entity_id=screen.entity_id,
            token=token,
            duration_ms=opening.duration_ms,
            asked_at=screen.position_at or moment,
            asked=self._clock(),
            position_ms=opening.position_ms,
            content_id=screen.content_id,
        )
        showing.resume(self._clock(), session.state)
        await self.show(showing)
        await self._follow(showing)

    async def _seek(self, showing: Showing, position_ms: int) -> None:
        screen = self._directory.by_entity(showing.entity_id)
        if screen is None:
            return
        try:
            await self._player.seek(screen, position_ms)
        except FoyerError as error:
            log.info("%s did not go to where its viewer left off: %s", screen.name, error)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _remember(kept: OrderedDict[Any, Any], key: object, value: object) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > MAX_REMEMBERED:
        kept.popitem(last=False)
