"""The screens there are: media players of Home Assistant that can be given something to play, followed by push.

Of two ways to follow, ``subscribe_entities`` with the players' ids is used: Core then compares an id for every change
in the house and sends nothing but the players' differences. ``subscribe_events`` of ``state_changed`` would bring every
change of every sensor, whole: 993 kB against 3 kB for a thousand changes of sensors and twenty of a player (Core
2024.3.3). The price is a new subscription whenever the registry says that entities came or went.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from foyer.events.bus import EventBus
from foyer.events.topics import ScreenEventKind, ScreenPayload, Topic
from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError
from foyer.homeassistant.screens.model import DOMAIN, Entity, Feature, Screen, read_screen
from foyer.homeassistant.screens.states import EntityStates

log = logging.getLogger(__name__)

SETTLE_S = 1.0
"""Registries change in bursts: an integration brings its entities one by one."""
_NEWS = (
    "entity_registry_updated",
    "device_registry_updated",
    "area_registry_updated",
    "homeassistant_started",
)

Message = dict[str, Any]


class Handle(Protocol):
    """A subscription that can be ended."""

    def close(self) -> None:
        """Hear no more."""


class Core(Protocol):
    """Home Assistant's Core, as far as screens need it (``foyer.homeassistant.client.CoreClient``)."""

    @property
    def is_connected(self) -> bool:
        """Whether commands can be sent now."""

    @property
    def problem(self) -> str | None:
        """Why it is not connected, in a sentence."""

    async def command(self, type_: str, **fields: Any) -> Any:
        """Send a command and return its result."""

    async def call_service(
        self, domain: str, service: str, data: dict[str, Any] | None = None, *, target: dict[str, Any] | None = None
    ) -> Any:
        """Perform an action; returns once Core has carried it out."""

    def on_connect(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Call this after every connection."""

    def follow(self, type_: str, on_message: Callable[[Message], None], **fields: Any) -> Handle:
        """Subscribe by a command, now and again after each reconnect."""


class ScreenDirectory:
    """Knows every screen; ``on_change`` is called with an entity's id whenever anything about it is new."""

    def __init__(self, core: Core, bus: EventBus, on_change: Callable[[str], None]) -> None:
        self._core = core
        self._bus = bus
        self._on_change = on_change
        self._states = EntityStates()
        self._entities: dict[str, Entity] = {}
        self._screens: dict[str, Screen] = {}
        self._by_row: dict[int, Screen] = {}
        self._followed: frozenset[str] = frozenset()
        self._follow: Handle | None = None
        self._stale = asyncio.Event()

    def all(self) -> list[Screen]:
        """Every screen that can be chosen; none while Home Assistant is away."""
        if not self._core.is_connected:
            return []
        return [screen for screen in self._screens.values() if not screen.is_hidden]

    def by_row(self, row: int) -> Screen | None:
        """The screen with a number."""
        found = self._by_row.get(row)
        return None if found is None or found.is_hidden else found

    def by_entity(self, entity_id: str) -> Screen | None:
        """The screen of an entity, also one that is hidden."""
        return self._screens.get(entity_id)

    async def run(self) -> None:
        """Follow the players until cancelled; Core may come and go meanwhile."""
        news = [self._core.follow("subscribe_events", self._renew, event_type=kind) for kind in _NEWS]
        self._stale.set()
        try:
            while True:
                await self._stale.wait()
                self._stale.clear()
                if self._core.is_connected:
                    await self._look()
                await asyncio.sleep(SETTLE_S)
        finally:
            for handle in news:
                handle.close()
            self._unfollow()

    async def connected(self) -> None:
        """Core is there again: what there is may be different."""
        self._stale.set()

    def announce(self, entity_id: str) -> None:
        """Tell followers that what is shown of a screen is different, such as what Foyer plays on it."""
        screen = self._screens.get(entity_id)
        if screen is not None:
            self._publish(screen, is_there=self._core.is_connected)

    def announce_all(self) -> None:
        """Tell followers of every screen, because Home Assistant came or went."""
        for entity_id in tuple(self._screens):
            self.announce(entity_id)

    def _renew(self, event: Message) -> None:
        entity_id = (event.get("data") or {}).get("entity_id")
        if entity_id is None or str(entity_id).startswith(DOMAIN):
            self._stale.set()

    async def _look(self) -> None:
        """Read the registries, and follow the players there are now."""
        try:
            entities = await self._registry()
            with_state = {
                state["entity_id"]
                for state in _rows(await self._core.command("get_states"))
                if str(state.get("entity_id", "")).startswith(DOMAIN)
            }
        except HomeAssistantUnavailableError:
            if self._core.is_connected:
                self._stale.set()  # Core is slow; when it is gone, it is looked again once it is back
            return
        except HomeAssistantRefusedError as error:
            log.warning("Home Assistant does not tell what screens there are: %s", error.message)
            return
        self._entities = entities
        wanted = frozenset(with_state | entities.keys())
        if wanted != self._followed:
            self._unfollow()
            for entity_id in self._states.keep(set(wanted)):
                self._refresh(entity_id)
            self._followed = wanted
            if wanted:  # an empty list would stand for every entity
                self._follow = self._core.follow("subscribe_entities", self._take, entity_ids=sorted(wanted))
        for entity_id in self._states:
            self._refresh(entity_id)

    def _unfollow(self) -> None:
        if self._follow is not None:
            self._follow.close()
        self._follow, self._followed = None, frozenset()

    def _take(self, message: Message) -> None:
        for entity_id in self._states.take(message):
            self._refresh(entity_id)

    def _refresh(self, entity_id: str) -> None:
        before, state = self._screens.get(entity_id), self._states.get(entity_id)
        entity = self._entities.get(entity_id, Entity())
        now = None if state is None else read_screen(entity_id, state.state, state.attributes, entity)
        if now is None or not (now.can(Feature.PLAY_MEDIA) or before is not None):
            now = None
        if now is not None:
            now = now.after(before, datetime.now(UTC))
        if now == before:
            return
        if now is None:
            self._screens.pop(entity_id, None)
            if before is not None:
                self._by_row.pop(before.row, None)
                self._publish(before, is_there=False)
        else:
            self._screens[entity_id] = self._by_row[now.row] = now
            if before is None or before.shown != now.shown:
                self._publish(now)
        self._on_change(entity_id)

    def _publish(self, screen: Screen, *, is_there: bool = True) -> None:
        kind = ScreenEventKind.CHANGED if is_there and not screen.is_hidden else ScreenEventKind.REMOVED
        payload: ScreenPayload = {"screen": screen.row, "entity_id": screen.entity_id}
        self._bus.publish(Topic.SCREENS, kind, payload, conflate=f"screen:{screen.row}")

    async def _registry(self) -> dict[str, Entity]:
        """What the registries say of media players; nothing where Foyer may not read them."""
        entries = _rows(await self._ask("config/entity_registry/list"))
        players = [one for one in entries if str(one.get("entity_id", "")).startswith(DOMAIN)]
        areas = {one.get("area_id"): one.get("name") for one in _rows(await self._ask("config/area_registry/list"))}
        devices = {one.get("id"): one.get("area_id") for one in _rows(await self._ask("config/device_registry/list"))}
        return {
            str(one["entity_id"]): Entity(
                platform=one.get("platform"),
                area=areas.get(one.get("area_id") or devices.get(one.get("device_id"))),
                is_hidden=one.get("hidden_by") is not None,
            )
            for one in players
            if one.get("disabled_by") is None
        }

    async def _ask(self, command: str) -> Any:
        try:
            return await self._core.command(command)
        except HomeAssistantRefusedError as error:
            log.info("Home Assistant does not answer %s: %s", command, error.message)
            return []


def _rows(answer: object) -> Iterable[Mapping[str, Any]]:
    return [row for row in answer if isinstance(row, Mapping)] if isinstance(answer, list) else []
