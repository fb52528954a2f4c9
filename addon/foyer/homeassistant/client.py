"""Home Assistant Core's WebSocket API, kept connected for as long as Foyer runs."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp

from foyer.homeassistant.connection import Connection, OnEvent, TokenRefusedError
from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError

log = logging.getLogger(__name__)

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 10.0
REFUSED_WAIT_S = 60.0
"""After a refused token: nothing changes within seconds, and Core may ban an address that tries often."""

OnConnect = Callable[[], Awaitable[None]]


@dataclass(slots=True, eq=False)
class Follow:
    """A subscription that outlives connections; ``close`` it, or use it as a context manager."""

    command: str
    fields: dict[str, Any]
    on_message: OnEvent
    client: CoreClient = field(repr=False)
    connection: Connection | None = None
    """The newest connection it was asked for on."""
    number: int = 0
    """What Core calls the subscription there; 0 until it has taken it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hear no more; Core is told when it can be."""
        self.client.unfollow(self)


@dataclass(slots=True, eq=False)
class _Greeter:
    call: OnConnect
    greeted: Connection | None = None


class CoreClient:
    """Commands to Core and events from it, across restarts of either side.

    Without an address it is never connected, and every command raises ``HomeAssistantUnavailableError``.
    """

    def __init__(self, url: str | None, token: str = "") -> None:
        self._url = url
        self._token = token
        self.connection: Connection | None = None
        self._connected = asyncio.Event()
        self._started = asyncio.Event()
        self._follows: list[Follow] = []
        self._closed: list[int] = []
        self._greeters: list[_Greeter] = []
        self._news = asyncio.Event()
        self._problem: str | None = None
        self._is_refused = False
        self._failures = 0

    @property
    def is_connected(self) -> bool:
        """Whether commands can be sent now."""
        return self.connection is not None and not self.connection.has_ended

    @property
    def is_started(self) -> bool:
        """Whether Core is connected and has finished starting: before, no automation hears an event."""
        return self.is_connected and self._started.is_set()

    @property
    def is_refused(self) -> bool:
        """Whether Core did not take the token the last time it was asked."""
        return self._is_refused

    @property
    def version(self) -> str | None:
        """Core's version while it is connected, such as ``2026.11.0``."""
        return self.connection.version if self.connection else None

    @property
    def problem(self) -> str | None:
        """Why it is not connected, in a sentence."""
        return self._problem

    async def wait_connected(self) -> None:
        """Return once commands can be sent."""
        await self._connected.wait()

    async def wait_started(self) -> None:
        """Return once Core is connected and has finished starting."""
        await self._started.wait()

    async def command(self, type_: str, **fields: Any) -> Any:
        """Send a command and return its result.

        Raises ``HomeAssistantUnavailableError`` when Core is not connected or does not answer (it may have acted all
        the same) and ``HomeAssistantRefusedError`` when it says no.
        """
        return (await self._present.command(type_, fields))[1]

    @property
    def _present(self) -> Connection:
        if self.connection is None:
            raise HomeAssistantUnavailableError(self._problem or "Foyer is not connected to Home Assistant.")
        return self.connection

    async def call_service(
        self, domain: str, service: str, data: dict[str, Any] | None = None, *, target: dict[str, Any] | None = None
    ) -> Any:
        """Perform an action, such as ``media_player.play_media``; returns once Core has carried it out."""
        fields: dict[str, Any] = {"domain": domain, "service": service, "service_data": data or {}}
        if target is not None:
            fields["target"] = target
        return await self.command("call_service", **fields)

    async def fire(self, event_type: str, data: dict[str, Any]) -> None:
        """Put an event on Core's bus; only for a token of an administrator, which the Supervisor's is.

        However slow Core is, its answer is awaited while the connection lives: firing again would fire twice.
        """
        fields = {"event_type": event_type, "event_data": data}
        await self._present.command("fire_event", fields, is_patient=True)

    def follow(self, type_: str, on_message: OnEvent, **fields: Any) -> Follow:
        """Subscribe by a command such as ``subscribe_events``, now and again after each reconnect.

        ``on_message`` gets the ``event`` of every message and must return at once. What happens while Core is away
        is not heard: take a fresh picture in ``on_connect``, or use a subscription that begins with one.
        """
        follow = Follow(type_, fields, on_message, self)
        self._follows.append(follow)
        self._news.set()
        return follow

    def on_connect(self, callback: OnConnect) -> None:
        """Call this after every connection, and now when there is one; it is cancelled when the connection ends."""
        self._greeters.append(_Greeter(callback))
        self._news.set()

    async def run(self, http: aiohttp.ClientSession) -> None:
        """Stay connected until cancelled."""
        if self._url is None:
            return
        while True:
            try:
                async with Connection.open(http, self._url, self._token) as connection:
                    await self._live(connection)
                    self._note("Home Assistant closed the connection.")
            except TokenRefusedError:
                self._is_refused = True
                self._note("Home Assistant does not take Foyer's token.")
                await asyncio.sleep(REFUSED_WAIT_S)
                continue
            except HomeAssistantUnavailableError as error:
                self._note(error.message)
            self._is_refused = False
            # Full jitter on the upper half: several add-ons do not come back in the same instant.
            wait = min(FIRST_WAIT_S * 2**self._failures, LONGEST_WAIT_S) * random.uniform(0.5, 1)  # noqa: S311 - not a secret
            self._failures = min(self._failures + 1, 8)
            await asyncio.sleep(wait)

    def _note(self, problem: str) -> None:
        if problem != self._problem:
            log.warning("%s It is tried again.", problem)
        self._problem = problem

    async def _live(self, connection: Connection) -> None:
        reader = asyncio.create_task(connection.read())
        try:
            # The Supervisor greets in Core's name, also while Core is away: only an answer shows that it is there.
            with suppress(HomeAssistantRefusedError):
                await connection.command("get_config", {})
            await self._serve(connection, reader)
        finally:
            self.connection = None
            self._connected.clear()
            self._started.clear()
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def _serve(self, connection: Connection, reader: asyncio.Task[None]) -> None:
        log.info("Connected to Home Assistant", extra={"version": connection.version})
        self.connection, self._problem, self._is_refused, self._failures = connection, None, False, 0
        self._connected.set()
        self._news.set()
        async with asyncio.TaskGroup() as group:
            around = [group.create_task(self._tend(connection, group)), group.create_task(self._start(connection))]
            try:
                await asyncio.wait({reader})
            finally:
                for task in around:
                    task.cancel()

    async def _start(self, connection: Connection) -> None:
        """Notice when Core has finished starting; first listen, then ask, so that neither is missed."""

        def heard(_: dict[str, Any]) -> None:
            self._started.set()

        try:
            await connection.command(
                "subscribe_events", {"event_type": "homeassistant_started"}, heard, is_patient=True
            )
            while not self._started.is_set():
                try:
                    _, found = await connection.command("get_config", {})
                except HomeAssistantUnavailableError:
                    await asyncio.sleep(FIRST_WAIT_S)  # busy with its start; or the connection ended, and this with it
                else:
                    if found.get("state", "RUNNING") == "RUNNING":
                        self._started.set()
                    return
        except HomeAssistantRefusedError as error:
            log.warning("Whether Home Assistant has started is unknown: %s", error.message)
            self._started.set()
        except HomeAssistantUnavailableError:
            return  # the connection has ended

    async def _tend(self, connection: Connection, group: asyncio.TaskGroup) -> None:
        """Keep subscriptions and callbacks as they are wanted."""
        calls: set[asyncio.Task[None]] = set()
        try:
            while True:
                self._news.clear()
                for greeter in self._greeters:
                    if greeter.greeted is not connection:
                        greeter.greeted = connection
                        task = group.create_task(_greet(greeter.call))
                        calls.add(task)
                        task.add_done_callback(calls.discard)
                for follow in [one for one in self._follows if one.connection is not connection]:
                    await self._subscribe(connection, follow)
                while self._closed:
                    await _quietly(connection, self._closed.pop())
                await self._news.wait()
        finally:
            self._closed.clear()
            for task in tuple(calls):
                task.cancel()

    async def _subscribe(self, connection: Connection, follow: Follow) -> None:
        """However slow Core is, its answer is awaited: given up, it would be missing until the next connection."""
        follow.connection, follow.number = connection, 0
        try:
            number, _ = await connection.command(follow.command, follow.fields, follow.on_message, is_patient=True)
        except HomeAssistantUnavailableError:
            return  # the connection has ended; the next one begins anew
        except HomeAssistantRefusedError as error:
            log.warning("Home Assistant does not let Foyer follow %s: %s", follow.command, error.message)
            return
        if follow in self._follows:
            follow.number = number
        else:  # closed while Core thought about it
            connection.forget(number)
            self._closed.append(number)

    def unfollow(self, follow: Follow) -> None:
        """Hear no more of a subscription; twice is no error."""
        if follow not in self._follows:
            return
        self._follows.remove(follow)
        if self.connection is not None and follow.connection is self.connection and follow.number:
            self.connection.forget(follow.number)
            self._closed.append(follow.number)
            self._news.set()


async def _greet(call: OnConnect) -> None:
    try:
        await call()
    except (HomeAssistantRefusedError, HomeAssistantUnavailableError) as error:
        log.warning("After connecting to Home Assistant: %s", error.message)
    except Exception:  # one part's mistake is not the others'
        log.exception("A part failed after connecting to Home Assistant")


async def _quietly(connection: Connection, number: int) -> None:
    try:
        await connection.command("unsubscribe_events", {"subscription": number})
    except (HomeAssistantRefusedError, HomeAssistantUnavailableError) as error:
        log.debug("A subscription could not be ended: %s", error.message)
