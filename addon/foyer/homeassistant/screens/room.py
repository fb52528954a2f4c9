"""Playing on screens: opens sessions, follows players, passes on commands, and moves playback."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from foyer.accounts.directory import Directory
from foyer.accounts.media_tokens import MediaTokens
from foyer.accounts.principal import Principal, Via
from foyer.accounts.roles import Permission
from foyer.db.database import Database
from foyer.errors import ConflictError, FoyerError, NotFoundError, UnavailableError, ValidationError
from foyer.events.bus import EventBus
from foyer.homeassistant.errors import HomeAssistantUnavailableError
from foyer.homeassistant.screens.addresses import Addresses
from foyer.homeassistant.screens.adoption import CLIENT, Adoption
from foyer.homeassistant.screens.directory import Core, ScreenDirectory
from foyer.homeassistant.screens.model import (
    ACTIVE,
    Feature,
    Move,
    PlayedOn,
    PlayOn,
    Screen,
    ScreenState,
    Transferred,
)
from foyer.homeassistant.screens.player import Player
from foyer.homeassistant.screens.profiles import STARTS_ANYWHERE, Medium, profile_of
from foyer.homeassistant.screens.showing import Showing, token_in
from foyer.homeassistant.screens.store import Saved, ScreenStore
from foyer.ids import PlaybackSessionId, UserId
from foyer.playback.service import PlaybackInfo, PlaybackRequest, PlaybackService
from foyer.playback.sessions import Command, CommandKind, Opening, PlaybackSessions, PlaybackState, SessionView
from foyer.playback.upnext import UpNext

log = logging.getLogger(__name__)

T = TypeVar("T")
MAX_SCREENS = 8
"""Screens one user may play on at once."""
MAX_REMEMBERED = 500
PASSED_S = 30.0
"""A player may name a film for so long after its session is over; later it was begun again."""
LOOK_EVERY_S = 2.0
ANSWER_WITHIN_S = 7.0
"""Whoever asks gets an answer after this even if the screen has not begun: requests end after ten seconds."""
BEGINNING_MS = 10_000
"""Behind this, *previous* starts over."""
CAST_PATIENCE_S = 5.0
CANNOT_SEEK = "This screen cannot seek, so it plays from the beginning."


@dataclass(slots=True)
class _Attempt:
    """What is known of a request to play while it is at work."""

    showing: Showing | None = None


class ScreenRoom:
    """Home Assistant's media players as screens; ``run`` it while there is a link."""

    def __init__(
        self,
        core: Core,
        *,
        database: Database,
        bus: EventBus,
        people: Directory,
        sessions: PlaybackSessions,
        playback: PlaybackService,
        upnext: UpNext,
        addresses: Addresses,
        tokens: MediaTokens,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._core = core
        self._people = people
        self._sessions = sessions
        self._playback = playback
        self._upnext = upnext
        self._addresses = addresses
        self._clock = clock
        self._store = ScreenStore(database)
        self._adoption = Adoption(database, people, tokens, sessions)
        self._passed: OrderedDict[str, float] = OrderedDict()
        """Tokens of links that need no session for now, and since when: over, or not to be had."""
        self._player = Player(core)
        self._wake = asyncio.Event()
        self.directory = ScreenDirectory(core, bus, lambda _: self._wake.set())
        self._on: dict[str, Showing] = {}
        """By entity."""
        self._entities: OrderedDict[PlaybackSessionId, str] = OrderedDict()
        """Also of sessions that are over: events about them are told a moment later."""
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tasks: set[asyncio.Task[object]] = set()
        core.on_connect(self._greet)

    @property
    def problem(self) -> str | None:
        """Why there are no screens, in a sentence; ``None`` while Home Assistant is connected."""
        if self._core.is_connected:
            return None
        return self._core.problem or "Home Assistant has not answered yet."

    def all(self) -> list[Screen]:
        """Every screen there is now."""
        return self.directory.all()

    def entity_of(self, session: PlaybackSessionId) -> str | None:
        """The entity a session plays, or played, on; ``None`` for a player of Foyer's own."""
        return self._entities.get(session)

    def session_on(self, entity_id: str) -> PlaybackSessionId | None:
        """The session that plays on an entity."""
        showing = self._on.get(entity_id)
        return None if showing is None else showing.session

    async def run(self) -> None:
        """Follow screens until cancelled. Sessions from before a restart go on if their screens still play them."""
        for saved in await self._store.open():
            await self._resume(saved)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.directory.run())
                group.create_task(self._watch())
        finally:
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def play_on(self, principal: Principal, wish: PlayOn) -> PlayedOn:
        """Play an item on a screen.

        Returns when the screen plays, or after ``ANSWER_WITHIN_S`` while it still begins. Raises ``NotFoundError``
        for a screen or item that is not there, ``ConflictError`` for a screen that somebody else uses, and
        ``UnavailableError`` with the reason when the screen cannot be reached or cannot play it.
        """
        principal.require(Permission.PLAY)
        screen = self._screen(wish.screen)
        attempt = _Attempt()
        await self._in_time(self._play(attempt, principal, screen, wish), attempt)
        return await self._outcome(attempt, screen)

    async def transfer(self, principal: Principal, move: Move) -> Transferred:
        """Let a session go on elsewhere, where it is by now.

        The old player stops once the new one plays, and goes on when the new one fails. Without a screen the old one
        stops at once, and the asker's own player goes on. Raises what ``play_on`` raises.
        """
        session = await self._sessions.controlled(principal, move.session)
        position = self._sessions.position_now(session)
        if move.screen is None:
            await self._leave(principal, session.id)
            return Transferred(item=session.item_id, position_ms=position, session=None)
        screen = self._screen(move.screen)
        if self.session_on(screen.entity_id) == session.id:
            raise ConflictError(f"It plays on {screen.name} already.")
        viewer = principal if principal.user_id == session.user_id else await self._person(session.user_id)
        attempt = _Attempt()
        wish = PlayOn(screen=screen.row, item=session.item_id, position_ms=position)
        await self._in_time(self._move(attempt, viewer, screen, wish, session.id), attempt)
        played = await self._outcome(attempt, screen)
        return Transferred(
            item=session.item_id,
            position_ms=position,
            session=played.session,
            screen=played.screen,
            notice=played.notice,
        )

    async def obey(self, session: SessionView, command: Command) -> None:
        """Pass a session's command on to its screen."""
        entity_id = self._entities.get(session.id, "")
        showing, screen = self._on.get(entity_id), self.directory.by_entity(entity_id)
        if showing is None or showing.session != session.id:
            raise NotFoundError("This playback session has ended.", id=session.id)
        try:
            if screen is None:
                raise UnavailableError("Home Assistant does not know this screen any more.")
            match command.kind:
                case CommandKind.PLAY_ITEM | CommandKind.NEXT | CommandKind.PREVIOUS:
                    await self._change(showing, screen, command)
                case _:
                    await self._player.obey(screen, command)
        finally:
            if command.kind is CommandKind.STOP:
                await self._forget(showing)

    async def _change(self, showing: Showing, screen: Screen, command: Command) -> None:
        """Something else on the same screen, for the same viewer."""
        item, position = command.item_id, command.position_ms
        if command.kind is CommandKind.NEXT:
            item = await self._upnext.following(showing.item)
            if item is None:
                raise NotFoundError("Nothing comes after this.")
        elif command.kind is CommandKind.PREVIOUS:
            near = showing.here(self._clock()) <= BEGINNING_MS
            item = await self._upnext.preceding(showing.item) if near else None
            if item is None:
                await self._player.obey(screen, Command(id=command.id, kind=CommandKind.SEEK, position_ms=0))
                return
        if item is None:
            raise ValidationError("Say what to play.", fields={"itemId": "Give an item's id."})
        viewer, attempt = await self._person(showing.user), _Attempt()
        wish = PlayOn(screen=screen.row, item=item, position_ms=position)
        await self._in_time(self._play(attempt, viewer, screen, wish), attempt)

    async def _play(self, attempt: _Attempt, viewer: Principal, screen: Screen, wish: PlayOn) -> None:
        """Play, and return once the screen has begun; a failure leaves what was there before."""
        async with self._locks[screen.entity_id]:
            self._check_free(viewer, screen)
            info, url = await self._prepare(viewer, screen, wish)
            old = self._on.get(screen.entity_id)
            showing = attempt.showing = await self._open(viewer, screen, wish, info)
            try:
                await self._player.play(screen, await self._medium(showing, info, url))
            except FoyerError:
                await self._end(showing, showing.position_ms)
                if old is not None and self._sessions.is_driven(old.session):
                    self._on[old.entity_id] = old
                    self.directory.announce(old.entity_id)
                raise
            showing.is_accepted = True
            if old is not None:
                await self._end(old, old.here(self._clock()))
        self._wake.set()
        await showing.settled.wait()
        if not showing.has_begun:
            raise UnavailableError(f"{screen.name} did not begin to play.")

    async def _prepare(self, viewer: Principal, screen: Screen, wish: PlayOn) -> tuple[PlaybackInfo, str]:
        """How the screen can play the item, and where it gets it."""
        request = PlaybackRequest(
            item=wish.item, profile=profile_of(screen.platform, screen.name), start_ms=wish.position_ms
        )
        info = await self._playback.info(viewer, request)
        if not info.offers:
            reason = next((one.message for rejected in info.rejected for one in rejected.reasons), "")
            raise UnavailableError(f"{screen.name} cannot play this. {reason}".rstrip())
        try:
            return info, await self._addresses.of(info.offers[0].url)
        except HomeAssistantUnavailableError as error:
            raise UnavailableError(error.message) from error

    async def _open(self, viewer: Principal, screen: Screen, wish: PlayOn, info: PlaybackInfo) -> Showing:
        offer, file = info.offers[0], info.record.file
        position = info.resume_ms if wish.position_ms is None else wish.position_ms
        session = await self._sessions.start(
            viewer,
            Opening(
                item_id=wish.item,
                file_id=file.id,
                duration_ms=file.duration_ms,
                method=offer.method,
                reasons=offer.reasons,
                position_ms=position,
                client=CLIENT,
                device=screen.name,
                state=PlaybackState.BUFFERING,
                viewer=info.viewer,
                entity_id=screen.entity_id,
            ),
        )
        showing = Showing(
            session=session.id,
            user=viewer.user_id,
            item=wish.item,
            entity_id=screen.entity_id,
            token=token_in(offer.url) or "",
            duration_ms=file.duration_ms,
            asked_at=datetime.now(UTC),
            asked=self._clock(),
            position_ms=position,
            seek_ms=position or None,
            patience_s=CAST_PATIENCE_S if screen.platform in STARTS_ANYWHERE else 0.0,
            before=screen.content_id if screen.state in ACTIVE else None,
        )
        self._show(showing)
        await self._store.keep(showing)
        return showing

    async def _medium(self, showing: Showing, info: PlaybackInfo, url: str) -> Medium:
        (session,) = await self._sessions.get_many([showing.session])
        return Medium(
            url=url,
            media_type=info.offers[0].media_type,
            title=await self._store.title(session),
            position_ms=showing.position_ms,
        )

    async def _move(
        self, attempt: _Attempt, viewer: Principal, screen: Screen, wish: PlayOn, old: PlaybackSessionId
    ) -> None:
        await self._play(attempt, viewer, screen, wish)
        try:
            await self._leave(viewer, old)
        except NotFoundError:
            log.debug("What was moved had ended by itself")

    async def _leave(self, principal: Principal, session_id: PlaybackSessionId) -> None:
        """Stop the old player where it is by now."""
        session = await self._sessions.controlled(principal, session_id)
        await self._sessions.report(session_id, session.state, self._sessions.position_now(session))
        await self._sessions.command(principal, session_id, CommandKind.STOP)

    async def _in_time(self, work: Coroutine[object, object, None], attempt: _Attempt) -> None:
        """Wait for work that goes on whatever becomes of whoever asked; raises what it raises meanwhile."""
        task: asyncio.Task[object] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        done, _ = await asyncio.wait({task}, timeout=ANSWER_WITHIN_S)
        if done:
            task.result()
        elif attempt.showing is None:
            raise UnavailableError("Home Assistant takes too long to answer. Try again.")

    def _done(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.info("Playing on a screen failed: %s", error)

    async def _outcome(self, attempt: _Attempt, screen: Screen) -> PlayedOn:
        showing = attempt.showing
        if showing is None:
            raise UnavailableError(f"{screen.name} did not begin to play.")
        (session,) = await self._sessions.get_many([showing.session])
        now = self.directory.by_entity(screen.entity_id) or screen
        is_behind = showing.has_begun and showing.seek_ms is not None and screen.platform not in STARTS_ANYWHERE
        notice = CANNOT_SEEK if is_behind and not now.can(Feature.SEEK) else None
        return PlayedOn(screen=now, session=session, notice=notice)

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
        self._show(showing)

    def _show(self, showing: Showing) -> None:
        self._sessions.drive(showing.session, self, showing.entity_id, viewer=self._adoption.viewer_of(showing.token))
        self._on[showing.entity_id] = showing
        self._entities[showing.session] = showing.entity_id
        while len(self._entities) > MAX_REMEMBERED:
            self._entities.popitem(last=False)
        self.directory.announce(showing.entity_id)

    async def _greet(self) -> None:
        await self.directory.connected()
        self._wake.set()

    async def _watch(self) -> None:
        """Look at every screen that plays for us whenever one has changed, and now and then."""
        was_connected = False
        while True:
            if self._core.is_connected is not was_connected:
                was_connected = self._core.is_connected
                self.directory.announce_all()
            for showing in tuple(self._on.values()):
                await self._follow(showing)
            for screen in self.directory.all():
                if screen.state in ACTIVE and screen.entity_id not in self._on:
                    await self._adopt(screen)
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._wake.wait()
            except TimeoutError:
                continue
            self._wake.clear()

    async def _follow(self, showing: Showing) -> None:
        before = showing.content_id
        step = showing.look(
            self.directory.by_entity(showing.entity_id),
            clock=self._clock(),
            moment=datetime.now(UTC),
            is_linked=self._core.is_connected,
        )
        if step.end_ms is not None:
            await self._end(showing, step.end_ms)
            return
        try:
            if step.report is not None:
                await self._sessions.report(showing.session, *step.report)
            if showing.content_id != before:
                await self._store.keep(showing)
        except NotFoundError:
            await self._forget(showing)
            return
        if step.seek_ms is not None:
            self._spawn(self._seek(showing, step.seek_ms))

    async def _adopt(self, screen: Screen) -> None:
        """Open a session for a film of ours that a screen was given by somebody else."""
        token, lock = token_in(screen.content_id), self._locks[screen.entity_id]
        if token is None or lock.locked() or self._clock() - self._passed.get(token, float("-inf")) < PASSED_S:
            return
        self._pass(token)
        moment = datetime.now(UTC)
        found = await self._adoption.read(screen, moment)
        if found is None or screen.entity_id in self._on:
            return
        viewer, opening = found
        try:
            session = await self._sessions.start(viewer, opening)
        except FoyerError as error:
            log.info("%s plays something that nobody may: %s", screen.name, error)
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
        self._show(showing)
        await self._store.keep(showing)
        await self._follow(showing)

    def _pass(self, token: str) -> None:
        self._passed[token] = self._clock()
        while len(self._passed) > MAX_REMEMBERED:
            self._passed.popitem(last=False)

    async def _seek(self, showing: Showing, position_ms: int) -> None:
        screen = self.directory.by_entity(showing.entity_id)
        if screen is not None:
            await self._player.seek(screen, position_ms)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task: asyncio.Task[object] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def _end(self, showing: Showing, position_ms: int) -> None:
        self._hide(showing)
        if showing.has_begun:
            await self._sessions.end(showing.session, position_ms)
        else:
            await self._sessions.abandon(showing.session)
        await self._forget(showing)

    async def _forget(self, showing: Showing) -> None:
        """The session is over, or somebody else ends it."""
        self._hide(showing)
        await self._store.forget(showing.session)
        showing.settled.set()

    def _hide(self, showing: Showing) -> None:
        """The screen shows it no longer, or will not in a moment."""
        self._pass(showing.token)
        if self._on.get(showing.entity_id) is showing:
            del self._on[showing.entity_id]
            self.directory.announce(showing.entity_id)

    def _screen(self, row: int) -> Screen:
        if (problem := self.problem) is not None:
            raise UnavailableError(problem)
        screen = self.directory.by_row(row)
        if screen is None:
            raise NotFoundError("There is no such screen.", id=row)
        if screen.state is ScreenState.UNAVAILABLE:
            raise UnavailableError(f"Home Assistant cannot reach {screen.name} now. Is it switched on?")
        return screen

    def _check_free(self, viewer: Principal, screen: Screen) -> None:
        there = self._on.get(screen.entity_id)
        if there is not None and there.user != viewer.user_id and not viewer.may(Permission.CONTROL_SESSIONS):
            raise ConflictError(f"Somebody else watches on {screen.name}.")
        others = [one for one in self._on.values() if one.user == viewer.user_id and one is not there]
        if len(others) >= MAX_SCREENS:
            raise ConflictError(f"You play on {MAX_SCREENS} screens already. Stop one of them first.")

    async def _person(self, user_id: UserId) -> Principal:
        """The viewer of a session, as they are now."""
        user = await self._people.get(user_id)
        if user is None or user.disabled:
            raise NotFoundError("The viewer has no account any more.")
        return user.principal(Via.TOKEN)
