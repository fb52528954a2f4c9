"""Keeps what Home Assistant knows of one Foyer: asked once when the connection stands, then told. Nothing is polled."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from . import devices, documents
from .client import FoyerClient, FoyerError, IncompatibleError, InvalidAuthError, NotFoyerError
from .const import (
    DOMAIN,
    LIBRARY_EVENTS,
    MAX_API_VERSION,
    MIN_API_VERSION,
    PLAYBACK_EVENTS,
    PLAYBACK_KINDS,
    PLAYER_KEPT_DAYS,
    REQUIRED_PERMISSIONS,
    event_signal,
    player_identifier,
)
from .issues import IssueKeeper
from .models import Happening, Item, Library, Player, Server, Session, item_data, playback_data

_LOGGER = logging.getLogger(__name__)

FIRST_ANSWER_S: Final = 20
SHORTEST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0
QUIET_S: Final = 0.5
"""After so long without an event the journal is told to its end and what comes is new."""
SAVE_DELAY_S: Final = 30
STORE_VERSION: Final = 1


class FoyerCoordinator:
    """One server: its sessions, players and libraries, and whether the connection stands."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, client: FoyerClient) -> None:
        self.hass = hass
        self.entry = entry
        self.client = client
        self.server: Server
        self.connected = False
        self.sessions: dict[str, Session] = {}
        self.libraries: dict[str, Library] = {}
        self.players: dict[str, Player] = {}
        self._issues = IssueKeeper(hass, entry)
        self._store: Store[dict[str, Any]] = player_store(hass, entry.entry_id)
        self._listeners: list[CALLBACK_TYPE] = []
        self._new_player: Callable[[Player], None] | None = None
        self._screens: dict[str, str] = {}
        """The entity behind each screen."""
        self._cursors: dict[str, str] = {}
        self._first: asyncio.Future[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._told_lost = False
        self._catching_up = False
        self._quiet: asyncio.TimerHandle | None = None

    async def async_start(self) -> None:
        """Follow the server in the background; returns when the first state is there.

        Raises what the setup of an entry expects: the key is refused, or it is to be tried again. That is so for a
        server of another time too, which somebody will update.
        """
        stored = await self._store.async_load() or {}
        self.players = {key: _stored(key, value) for key, value in stored.items()}
        self._first = asyncio.get_running_loop().create_future()
        task = self.entry.async_create_background_task(self.hass, self._follow(), "foyer follow")
        self._following = task
        try:
            async with asyncio.timeout(FIRST_ANSWER_S):
                await self._first
        except InvalidAuthError as error:
            raise ConfigEntryAuthFailed(str(error)) from error
        except FoyerError as error:
            raise ConfigEntryNotReady(str(error)) from error
        except TimeoutError as error:
            task.cancel()
            raise ConfigEntryNotReady("Foyer does not tell what it has.") from error
        self._forget_old_players()

    async def async_stop(self) -> None:
        """Follow no more, write down which players there are, and take back what was told to be repaired."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        self._issues.clear()
        await self._store.async_save(self._players_to_store())

    @property
    def is_catching_up(self) -> bool:
        """Whether what is told now happened while the connection was away."""
        return self._catching_up

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Have ``listener`` called after every change; returns what ends that."""
        self._listeners.append(listener)

        def remove() -> None:
            self._listeners.remove(listener)

        return remove

    @callback
    def async_on_new_player(self, listener: Callable[[Player], None]) -> None:
        """Have ``listener`` called with every player there is and every one that comes."""
        self._new_player = listener
        for player in self.players.values():
            listener(player)

    def session_of(self, player: str) -> Session | None:
        """What a player plays: of several sessions one that runs, else the newest."""
        found = [session for session in self.sessions.values() if session.player == player]
        return max(found, key=lambda one: (one.state == "PLAYING", one.started_at), default=None)

    def screen_of(self, entity_id: str) -> str | None:
        """Foyer's screen that a media player of Home Assistant is."""
        return next((screen for screen, entity in self._screens.items() if entity == entity_id), None)

    def session_on(self, entity_id: str) -> Session | None:
        """What Foyer plays on a media player of Home Assistant."""
        screen = self.screen_of(entity_id)
        found = [one for one in self.sessions.values() if screen is not None and one.screen == screen]
        return max(found, key=lambda one: one.started_at, default=None)

    async def async_forget_player(self, key: str) -> None:
        """Know a player no more, until it plays again."""
        self.players.pop(key, None)
        await self._store.async_save(self._players_to_store())

    async def _greet(self) -> Server:
        server = await self.client.server()
        if not self._issues.check_version(server):
            raise IncompatibleError(
                f"Foyer speaks version {server.api_version} of its API; this integration speaks versions "
                f"{MIN_API_VERSION} to {MAX_API_VERSION}."
            )
        if server.viewer is None:
            raise InvalidAuthError("Foyer does not know the API key.")
        if not set(REQUIRED_PERMISSIONS) <= server.permissions:
            raise InvalidAuthError("The API key may not read and play.")
        return server

    async def _follow(self) -> None:
        """Be connected for as long as the entry is loaded."""
        wait = SHORTEST_WAIT_S
        while True:
            error = await self._follow_once()
            if self._first is not None and not self._first.done():
                self._first.set_exception(error)
                return
            if self.connected:
                wait = SHORTEST_WAIT_S
            self._lost(error)
            if isinstance(error, InvalidAuthError):
                self.entry.async_start_reauth(self.hass)
                return
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - so that not all come back at once
            wait = min(wait * 2, LONGEST_WAIT_S)

    async def _follow_once(self) -> FoyerError:
        """Be connected until that ends; returns why it did."""
        try:
            await self._listen()
        except FoyerError as error:
            return error
        except Exception:
            # What nobody thought of, such as an answer of another shape, must not leave entities standing still.
            _LOGGER.exception("Something unexpected came from Foyer at %s", self.client.base)
        return NotFoyerError("The answer is not one of Foyer's.")

    async def _listen(self) -> None:
        """Subscribe, then ask what there is: what happens meanwhile waits in the socket and is newer."""
        subscriptions: dict[str, tuple[str, dict[str, Any]]] = {
            name: (document, {"after": self._cursors.get(name)})
            for name, document in (("playback", documents.PLAYBACK_EVENTS), ("library", documents.LIBRARY_EVENTS))
        }
        subscriptions["screen"] = (documents.SCREEN_EVENTS, {})
        self._screens = {}
        self._catching_up = bool(self._cursors)
        try:
            async with self.client.follow(subscriptions) as messages:
                await self._look()
                self._back()
                async for name, data in messages:
                    await self._take(name, data[f"{name}Events"])
        finally:
            self._cancel_quiet()

    async def _look(self) -> None:
        """Ask for everything there is now."""
        server = await self._greet()
        keys = await self._keys()
        data = await self.client.query(documents.OVERVIEW)
        self.server = server
        self._issues.check_key(server, keys, self.entry.data[CONF_API_KEY])
        self.sessions = {one["id"]: Session.read(one) for one in data["playbackSessions"]["nodes"]}
        self.libraries = {one["id"]: Library.read(one) for one in data["libraries"]["nodes"]}
        self._issues.check_libraries(self.libraries.values())
        for session in self.sessions.values():
            self._meet(session)

    def _back(self) -> None:
        self.connected = True
        if self._told_lost:
            self._told_lost = False
            _LOGGER.info("Connected to Foyer at %s again", self.client.base)
        self._end_catching_up_soon()
        self._update_device()
        self._tell()
        if self._first is not None and not self._first.done():
            self._first.set_result(None)

    async def _keys(self) -> list[dict[str, Any]]:
        try:
            return list((await self.client.query(documents.KEYS))["apiKeys"]["nodes"])
        except FoyerError:
            return []  # when a key ends is nice to know and needed for nothing

    async def _take(self, name: str, event: dict[str, Any]) -> None:
        if name == "screen":
            if event["screen"] is None:
                self._screens.pop(event["screenId"], None)
            else:
                self._screens[event["screenId"]] = event["screen"]["entityId"]
            return
        self._cursors[name] = event["cursor"]
        if name == "playback":
            self._apply_playback(event)
        else:
            await self._apply_library(event)
        if self._catching_up:
            self._end_catching_up_soon()
        self._tell()

    def _apply_playback(self, event: dict[str, Any]) -> None:
        if event["session"] is None:
            return
        session, kind = Session.read(event["session"]), event["kind"].lower()
        kind = PLAYBACK_KINDS.get(kind, kind)
        self._meet(session)
        if session.state == "STOPPED":
            self.sessions.pop(session.id, None)
        else:
            self.sessions[session.id] = session
        if kind in PLAYBACK_EVENTS:
            data = {**playback_data(session), "entity_id": self._screens.get(session.screen or "")}
            self._happen("playback", kind, data, session.player)

    async def _apply_library(self, event: dict[str, Any]) -> None:
        kind, library = event["kind"].lower(), event["library"]
        before = dict(self.libraries)
        data: dict[str, Any] = {"item_id": event["itemId"]}
        if library is not None:
            found = Library.read(library)
            self.libraries[found.id] = found
            data |= {"library": found.name, "library_id": found.id, "item_count": found.item_count}
        elif kind == "library_deleted":
            await self._look()  # the event does not say which it was
        if event["item"] is not None:
            data |= item_data(Item.read(event["item"]))
        if before != self.libraries:
            self._issues.check_libraries(self.libraries.values())
        if kind in LIBRARY_EVENTS:
            self._happen("library", kind, data)

    def _happen(self, topic: str, kind: str, data: dict[str, Any], player: str | None = None) -> None:
        happening = Happening(topic=topic, type=kind, data=data, player=player, replayed=self._catching_up)
        async_dispatcher_send(self.hass, event_signal(self.entry.entry_id), happening)

    def _meet(self, session: Session) -> None:
        if session.screen is not None:
            return  # it plays on an entity that Home Assistant has already
        player = Player.of(session)
        known = self.players.get(player.key)
        self.players[player.key] = player
        if known is None and self._new_player is not None:
            self._new_player(player)
        self._store.async_delay_save(self._players_to_store, SAVE_DELAY_S)

    def _lost(self, error: FoyerError) -> None:
        self.connected = False
        if not self._told_lost:
            self._told_lost = True
            _LOGGER.warning("The connection to Foyer at %s is lost: %s", self.client.base, error)
        self._tell()

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()

    def _end_catching_up_soon(self) -> None:
        self._cancel_quiet()
        self._quiet = self.hass.loop.call_later(QUIET_S, self._caught_up)

    def _caught_up(self) -> None:
        self._quiet = None
        self._catching_up = False

    def _cancel_quiet(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None

    def _update_device(self) -> None:
        device = devices.find(self.hass, self.entry.entry_id, (DOMAIN, self.server.id))
        if device is not None:
            dr.async_get(self.hass).async_update_device(
                device.id, name=self.server.name, sw_version=self.server.version
            )

    def _forget_old_players(self) -> None:
        oldest = dt_util.utcnow() - timedelta(days=PLAYER_KEPT_DAYS)
        for player in [one for one in self.players.values() if one.seen < oldest]:
            del self.players[player.key]
            device = devices.find(self.hass, self.entry.entry_id, player_identifier(self.server.id, player.key))
            if device is not None:
                dr.async_get(self.hass).async_remove_device(device.id)

    def _players_to_store(self) -> dict[str, Any]:
        return {
            one.key: {"device": one.device, "client": one.client, "user": one.user, "seen": one.seen.isoformat()}
            for one in self.players.values()
        }


def player_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Where the players of an entry are written down."""
    return Store(hass, STORE_VERSION, f"{DOMAIN}.{entry_id}")


def _stored(key: str, value: dict[str, str]) -> Player:
    seen = dt_util.parse_datetime(value["seen"]) or dt_util.utcnow()
    return Player(key=key, device=value["device"], client=value["client"], user=value["user"], seen=seen)
