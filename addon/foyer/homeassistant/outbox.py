"""Puts Foyer's events on Home Assistant's bus: at once while it is there, in order from the journal when it is back.

The journal on disk is the outbox, so nothing piles up in memory however long Home Assistant is away. The position moves
when Core has acknowledged an event: none is lost while the journal reaches back (7 days), and one is sent twice at most
when Foyer or the connection dies between the event and the acknowledgement; its ``seq`` is then the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, cast

from foyer.db.database import DATABASE_ERRORS, Database
from foyer.db.fields import now, to_instant
from foyer.events.bus import Event, EventBus, Subscription
from foyer.homeassistant.client import CoreClient
from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError
from foyer.homeassistant.payloads import TOPICS, Facts, event_type, is_for_home_assistant

log = logging.getLogger(__name__)

POSITION = "homeassistant.sent_to"
"""The note that keeps the position."""
LATE_US = 5_000_000
"""What is older than this when it is sent is a replay, whether Core was away or too busy; lights follow the rest."""
PAGE = 100
PAUSE_S = 2.0
PARTING_S = 1.0
NOT_ALLOWED_PAUSE_S = 300.0


class Outbox:
    """Sends what ``is_for_home_assistant`` from the position on."""

    def __init__(
        self,
        database: Database,
        bus: EventBus,
        core: CoreClient,
        facts: Facts,
        *,
        is_wanted: Callable[[], bool],
    ) -> None:
        """``is_wanted`` says whether events shall be sent; what happens meanwhile is not sent later."""
        self._database = database
        self._bus = bus
        self._core = core
        self._facts = facts
        self._is_wanted = is_wanted
        self._position = 0
        self.problem: str | None = None
        """Why no event can be sent although Core is connected."""

    async def run(self) -> None:
        """Send until cancelled; the first time in a Foyer's life it begins with the present."""
        if not self._position:
            self._position = await self._load()
            # A small computer without a battery wakes up in the past: its events are new all the same.
            self._bus.go_on_from(self._position)
        with self._bus.subscribe(*TOPICS, accept=is_for_home_assistant) as live:
            while True:
                await self._core.wait_started()
                try:
                    await self._catch_up()
                    await self._follow(live)
                except HomeAssistantUnavailableError as error:
                    log.debug("An event waits: %s", error.message)
                    await asyncio.sleep(PAUSE_S if self._core.is_started else 0)
                except HomeAssistantRefusedError as error:
                    self.problem = f"Foyer may not put events on its bus. {error.message}"
                    log.warning("Events are not sent: %s", error.message)
                    await asyncio.sleep(NOT_ALLOWED_PAUSE_S)

    async def _follow(self, live: Subscription) -> None:
        while True:
            if live.gap:
                # More came than is kept in memory: the journal has it all.
                live.gap = False
                await self._catch_up()
            event = live.take()
            if event is None:
                await live.wait()
            elif event.seq > self._position:
                await self._send([event])

    async def _catch_up(self) -> None:
        if self._position < (lost := await self._bus.horizon()):
            log.warning("Home Assistant was away for so long that older events are forgotten.")
            self._position = lost
        try:
            await self._bus.flush()
        except (*DATABASE_ERRORS, OSError) as error:
            log.debug("The journal is not written; what is in memory follows it: %s", error)
        while True:
            page = await self._bus.page(self._position, *TOPICS, limit=PAGE)
            if not page:
                return
            await self._send([event for event in page if is_for_home_assistant(event)])
            if page[-1].seq > self._position:
                await self._keep(page[-1].seq)

    async def _send(self, events: Sequence[Event]) -> None:
        facts = await self._facts.of(events)
        for event, fact in zip(events, facts, strict=True):
            delivery = asyncio.create_task(self._deliver(event, cast("dict[str, Any]", fact)))
            try:
                await asyncio.shield(delivery)
            except asyncio.CancelledError:
                # Foyer stops: what is on its way is acknowledged within milliseconds, and need not be sent again.
                await asyncio.wait({delivery}, timeout=PARTING_S)
                delivery.cancel()
                await asyncio.gather(delivery, return_exceptions=True)
                raise

    async def _deliver(self, event: Event, fact: dict[str, Any]) -> None:
        if self._is_wanted():
            await self._fire(event, fact)
        await self._keep(event.seq)

    async def _fire(self, event: Event, fact: dict[str, Any]) -> None:
        if not self._core.is_started:
            raise HomeAssistantUnavailableError("Home Assistant is starting.")
        try:
            is_late = event.seq < to_instant(now()) - LATE_US
            await self._core.fire(event_type(event), {**fact, "replayed": is_late})
        except HomeAssistantRefusedError as error:
            if error.reason in {"unauthorized", "unknown_command"}:
                raise
            log.warning("Home Assistant does not want an event %s: %s", event_type(event), error.message)
        self.problem = None

    async def _load(self) -> int:
        found = await self._database.noted(POSITION)
        if found is not None:
            return int(found)
        position = self._bus.position
        await self._keep(position)
        return position

    async def _keep(self, position: int) -> None:
        self._position = position
        try:
            await self._database.note(POSITION, str(position))
        except (*DATABASE_ERRORS, OSError) as error:
            # A full disk keeps nobody from hearing that a film was paused.
            log.warning("How far events were sent cannot be kept: %s", error)
