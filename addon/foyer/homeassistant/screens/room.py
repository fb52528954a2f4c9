"""Playing on screens: opens sessions, passes on commands, and moves playback."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime

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
from foyer.homeassistant.screens.stage import Stage
from foyer.homeassistant.screens.store import ScreenStore
from foyer.ids import PlaybackSessionId, UserId
from foyer.playback.commands import Command, CommandKind
from foyer.playback.service import PlaybackInfo, PlaybackRequest, PlaybackService
from foyer.playback.sessions import Opening, PlaybackSessions, PlaybackState, SessionView
from foyer.playback.upnext import UpNext

log = logging.getLogger(__name__)

MAX_SCREENS = 8
"""Screens one user may play on at once."""
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
        self._player = Player(core)
        wake = asyncio.Event()
        self.directory = ScreenDirectory(core, bus, lambda _: wake.set())
        self._stage = Stage(
            core,
            self.directory,
            player=self._player,
            sessions=sessions,
            store=self._store,
            adoption=Adoption(database, people, tokens, sessions),
            remote=self,
            wake=wake,
            clock=clock,
        )
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
        return self._stage.entity_of(session)

    def session_on(self, entity_id: str) -> PlaybackSessionId | None:
        """The session that plays on an entity."""
        showing = self._stage.on(entity_id)
        return None if showing is None else showing.session

    async def run(self) -> None:
        """Follow screens until cancelled. Sessions from before a restart go on if their screens still play them."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.directory.run())
                group.create_task(self._stage.run())
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
        entity_id = self._stage.entity_of(session.id) or ""
        showing, screen = self._stage.on(entity_id), self.directory.by_entity(entity_id)
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
                await self._stage.forget(showing)

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
        async with self._stage.locks[screen.entity_id]:
            self._check_free(viewer, screen)
            info, url = await self._prepare(viewer, screen, wish)
            old = self._stage.on(screen.entity_id)
            showing = attempt.showing = await self._open(viewer, screen, wish, info)
            try:
                await self._player.play(screen, await self._medium(showing, info, url))
            except FoyerError:
                await self._stage.end(showing, showing.position_ms)
                if old is not None:
                    self._stage.put_back(old)
                raise
            showing.is_accepted = True
            if old is not None:
                await self._stage.end(old, old.here(self._clock()))
        self._stage.wake.set()
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
        await self._stage.show(showing)
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

    async def _greet(self) -> None:
        await self.directory.connected()
        self._stage.wake.set()

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
        there = self._stage.on(screen.entity_id)
        if there is not None and there.user != viewer.user_id and not viewer.may(Permission.CONTROL_SESSIONS):
            raise ConflictError(f"Somebody else watches on {screen.name}.")
        others = [one for one in self._stage.all() if one.user == viewer.user_id and one is not there]
        if len(others) >= MAX_SCREENS:
            raise ConflictError(f"You play on {MAX_SCREENS} screens already. Stop one of them first.")

    async def _person(self, user_id: UserId) -> Principal:
        """The viewer of a session, as they are now."""
        user = await self._people.get(user_id)
        if user is None or user.disabled:
            raise NotFoundError("The viewer has no account any more.")
        return user.principal(Via.TOKEN)
