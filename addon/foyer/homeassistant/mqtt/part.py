"""The part of the link that speaks MQTT: connects while it is wanted, shows changes, hears commands.

The broker may be away, slow, or refuse us at any time: nothing of Foyer waits for it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import aiomqtt
import orjson
from aiomqtt.exceptions import MqttConnectError

from foyer.db.database import DATABASE_ERRORS, Database
from foyer.errors import FoyerError
from foyer.events.bus import Event, EventBus, Subscription
from foyer.events.topics import JobEventKind, LibraryEventKind, Topic
from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError
from foyer.homeassistant.mqtt.connection import BrokerConnection, text_of
from foyer.homeassistant.mqtt.entities import BACKGROUND_SWITCH, EVENT_TYPES, LIBRARY_EVENT, PLAYBACK_EVENT, SCAN_BUTTON
from foyer.homeassistant.mqtt.survey import EVERYTHING, Part, Survey
from foyer.homeassistant.mqtt.topics import BIRTH, ONLINE, Topics
from foyer.homeassistant.payloads import Facts, is_for_home_assistant
from foyer.library.service import SCAN
from foyer.settings.homeassistant import Broker
from foyer.settings.registry import BACKGROUND_WORK, MQTT
from foyer.settings.store import Settings

log = logging.getLogger(__name__)

PUSH_EVERY_S = 1.0
"""What changes more often is shown as it is then."""
MEASURE_EVERY_S = 30.0
RELEASE_EVERY_S = 1800.0
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
NO_BROKER_S = 60.0
"""How often the Supervisor is asked for a broker while it offers none."""
BATCH = 100
STEADY_S = 60.0
"""A connection that held this long starts the waiting anew."""
_PUBLISHED = "mqtt.published"
"""The note that says whether a broker keeps something of us, so that it is taken away even after a restart."""

_AFFECTS = {
    Topic.PLAYBACK: frozenset({Part.PLAYBACK}),
    Topic.LIBRARY: frozenset({Part.LIBRARY}),
    Topic.JOBS: frozenset({Part.LIBRARY}),
    Topic.SYSTEM: frozenset({Part.SERVER}),
}
_FOLDERS_CHANGE = frozenset(
    {LibraryEventKind.LIBRARY_CREATED, LibraryEventKind.LIBRARY_UPDATED, LibraryEventKind.LIBRARY_DELETED}
)
_OF_THE_BUS = frozenset({"type", "replayed"})
"""What the data of events says that an event entity has by itself, or never is."""
_EVENTS = {Topic.PLAYBACK: PLAYBACK_EVENT, Topic.LIBRARY: LIBRARY_EVENT}


class MqttState(StrEnum):
    """How the connection to the broker is."""

    ABSENT = "absent"
    """Nobody offers a broker, or MQTT is switched off."""
    CONNECTED = "connected"
    AWAY = "away"
    """There should be a connection and is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttStatus:
    """How the connection is, in a sentence."""

    state: MqttState
    message: str


class MqttPart:
    """Runs beside the other parts of the link; ``run`` until cancelled."""

    def __init__(
        self,
        *,
        database: Database,
        bus: EventBus,
        settings: Settings,
        survey: Survey,
        server_id: str,
        broker: Callable[[], Awaitable[Broker | None]],
        scan: Callable[[], Awaitable[None]],
        facts: Facts,
    ) -> None:
        """``broker`` names the broker, ``scan`` scans every library."""
        self._database = database
        self._bus = bus
        self._settings = settings
        self.survey = survey
        self._topics = Topics(server_id=server_id)
        self._broker = broker
        self._scan = scan
        self._facts = facts
        self._stale: set[Part] = set()
        self._news = asyncio.Event()
        self._switched = asyncio.Event()
        self.status = MqttStatus(state=MqttState.ABSENT, message="There is no MQTT broker.")
        """How it is now."""

    @property
    def is_on(self) -> bool:
        """Whether the setting wants entities."""
        return self._settings.flag(MQTT)

    async def run(self) -> None:
        """Stay connected while a broker is offered and MQTT is switched on."""
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._watch_switch())
            try:
                await self._stay_connected()
            finally:
                watch.cancel()
                self.survey.close()

    async def _stay_connected(self) -> None:
        wait = FIRST_WAIT_S
        while True:
            self._switched.clear()
            if not self.is_on and not await self._has_published():
                self._become(MqttState.ABSENT, "MQTT is switched off in the settings.")
                await self._switched.wait()
                continue
            began = time.monotonic()
            try:
                broker = await self._broker()
                if broker is None:
                    self._become(MqttState.ABSENT, "There is no MQTT broker.")
                    await self._pause(NO_BROKER_S)
                    continue
                async with BrokerConnection.open(broker, self._topics) as connection:
                    await self._live(connection)
                continue  # switched off, and everything taken away
            except MqttConnectError as error:
                self._become(MqttState.AWAY, f"The MQTT broker does not let Foyer in: {error}.")
            except (aiomqtt.MqttError, OSError) as error:
                self._become(MqttState.AWAY, f"The MQTT broker cannot be reached: {error}.")
            except (HomeAssistantUnavailableError, HomeAssistantRefusedError) as error:
                self._become(MqttState.AWAY, f"Which MQTT broker to use is unknown. {error.message}")
            except DATABASE_ERRORS as error:
                self._become(MqttState.AWAY, f"What to show by MQTT cannot be read: {error}.")
            wait = FIRST_WAIT_S if time.monotonic() - began >= STEADY_S else wait
            await self._pause(wait * random.uniform(0.5, 1))  # noqa: S311 - not a secret
            wait = min(wait * 2, LONGEST_WAIT_S)

    async def _live(self, connection: BrokerConnection) -> None:
        """Until the connection ends (``MqttError``), or all is taken away because MQTT was switched off."""
        with self._bus.subscribe(*Topic, accept=_concerns) as events:
            await connection.look()
            await self._mark(published=True)
            if self.is_on:
                await connection.follow(self._topics.commands, BIRTH)
            self._refresh(EVERYTHING)
            await _first(
                self._push(connection), self._follow(connection, events), self._hear(connection), self._measure()
            )

    async def _push(self, connection: BrokerConnection) -> None:
        """Show changes, at most once in ``PUSH_EVERY_S``; returns when MQTT has been switched off."""
        while True:
            await self._news.wait()
            self._news.clear()
            if not self.is_on:
                await connection.keep({})
                await self._mark(published=False)
                return
            parts, self._stale = frozenset(self._stale), set()
            await connection.keep(self._topics.tree(await self.survey.read(parts)))
            self._become(MqttState.CONNECTED, "Connected to the MQTT broker.")
            await asyncio.sleep(PUSH_EVERY_S)

    async def _follow(self, connection: BrokerConnection, events: Subscription) -> None:
        """Notice what changes, and pass on what happens."""
        while True:
            await events.wait()
            if events.gap:
                events.gap = False
                self._refresh(EVERYTHING)
            while batch := _taken(events):
                for event in batch:
                    self._refresh(_affected(event))
                await self._tell(connection, batch)

    async def _tell(self, connection: BrokerConnection, events: Sequence[Event]) -> None:
        """Pass on what happened; a scan has thousands, so they are looked up together."""
        wanted = [event for event in events if event.topic in _EVENTS and is_for_home_assistant(event)]
        if not wanted or not self.is_on:
            return
        facts = await self._facts.of(wanted)
        for event, fact in zip(wanted, facts, strict=True):
            entity = _EVENTS[event.topic]
            if fact["type"] in EVENT_TYPES[entity]:
                data = {key: value for key, value in fact.items() if key not in _OF_THE_BUS}
                said = orjson.dumps({"event_type": fact["type"], **data}).decode()
                await connection.tell(self._topics.event(entity), said)

    async def _hear(self, connection: BrokerConnection) -> None:
        """Obey commands, and show everything again to a Home Assistant that has just started."""
        async for message in connection.messages:
            topic, payload = str(message.topic), text_of(message)
            if topic == BIRTH:
                if payload == ONLINE:
                    connection.forget()
                    self._refresh(EVERYTHING)
                continue
            if not message.retain:  # a kept command would be obeyed again at every connection
                await self._obey(topic, payload)

    async def _obey(self, topic: str, payload: str | None) -> None:
        try:
            match payload:
                case "PRESS" if topic == self._topics.command(SCAN_BUTTON):
                    await self._scan()
                case "ON" | "OFF" if topic == self._topics.command(BACKGROUND_SWITCH):
                    await self._settings.update({BACKGROUND_WORK: payload == "ON"})
                case _:
                    log.warning("Something came by MQTT that is no command: %.80r on %.200s", payload, topic)
        except (FoyerError, *DATABASE_ERRORS, OSError) as error:
            log.warning("A command that came by MQTT could not be carried out: %s", error)

    async def _measure(self) -> None:
        """What tells nobody when it changes."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(MEASURE_EVERY_S)
            parts = {Part.MACHINE}
            if time.monotonic() - last >= RELEASE_EVERY_S:
                last = time.monotonic()
                parts.add(Part.RELEASE)
            self._refresh(parts)

    def _refresh(self, parts: frozenset[Part] | set[Part]) -> None:
        self._stale |= parts
        self._news.set()

    async def _watch_switch(self) -> None:
        with self._bus.subscribe(Topic.SYSTEM, accept=_is_switch) as events:
            while True:
                await events.wait()
                events.gap = False
                while events.take() is not None:
                    self._switched.set()
                    self._news.set()

    async def _pause(self, seconds: float) -> None:
        """Wait, but not when the setting changes."""
        try:
            async with asyncio.timeout(seconds):
                await self._switched.wait()
        except TimeoutError:
            return

    def _become(self, state: MqttState, message: str) -> None:
        if self.status.message != message:
            log.log(logging.WARNING if state is MqttState.AWAY else logging.INFO, "%s", message)
        self.status = MqttStatus(state=state, message=message)

    async def _has_published(self) -> bool:
        return await self._database.noted(_PUBLISHED) == "true"

    async def _mark(self, *, published: bool) -> None:
        """Keep whether a broker keeps something of us."""
        if published != await self._has_published():
            await self._database.note(_PUBLISHED, "true" if published else "false")


def _concerns(event: Event) -> bool:
    """Of the many events of jobs only the start and the end of a scan matter."""
    if event.topic is not Topic.JOBS:
        return True
    return event.kind != JobEventKind.PROGRESS and event.payload.get("kind") == SCAN


def _taken(events: Subscription) -> list[Event]:
    """What waits, at most ``BATCH`` of it, without waiting for more."""
    return list(itertools.islice(iter(events.take, None), BATCH))


def _affected(event: Event) -> frozenset[Part]:
    """What an event may have changed; conversions, which have no topic of ours, belong to playback."""
    parts = _AFFECTS.get(event.topic, frozenset({Part.PLAYBACK}))
    return parts | {Part.MACHINE} if event.kind in _FOLDERS_CHANGE else parts


def _is_switch(event: Event) -> bool:
    settings = event.payload.get("settings")
    return isinstance(settings, list) and MQTT in settings


async def _first(*works: Coroutine[Any, Any, None]) -> None:
    """Run together until one returns or fails; the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
