"""The link to Home Assistant: every part of it, each kept going by itself, and how it is."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

import aiohttp

from foyer.homeassistant.client import CoreClient
from foyer.homeassistant.supervisor import Supervisor
from foyer.settings.homeassistant import Broker, HomeAssistantAccess

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
STEADY_S = 60.0
"""A part that ran this long before it failed is started again without a longer pause."""

Work = Callable[[], Awaitable[None]]


class LinkState(StrEnum):
    """How the link to Core is."""

    ABSENT = "absent"
    """Nothing to link to was given."""
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """Core is there and does not take the token."""
    STARTING = "starting"
    """Connected; Core itself is still starting."""
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """How the link is, in a sentence."""

    state: LinkState
    message: str
    version: str | None = None
    """Core's version while it is connected."""
    problems: tuple[str, ...] = ()
    """What does not work although it is connected, in sentences."""


class HomeAssistantLink:
    """Owns the way to Home Assistant; other parts of it are added with ``add`` before ``run``.

    ``core`` is always there: without an address it is simply never connected.
    """

    def __init__(self, access: HomeAssistantAccess) -> None:
        self.access = access
        self.core = CoreClient(access.core_url, access.token)
        self.supervisor: Supervisor | None = None
        """While the link runs inside an add-on."""
        self._parts: dict[str, Work] = {}
        self._problems: list[Callable[[], str | None]] = []

    def add(self, name: str, work: Work, problem: Callable[[], str | None] = lambda: None) -> None:
        """Have a part run beside the others. When it fails it is logged and started again, later each time.

        It is never started when there is nothing to link to, is cancelled at the end, and may return to say it is
        done. ``problem`` tells in a sentence what of it does not work now, for ``status``.
        """
        self._parts[name] = work
        self._problems.append(problem)

    async def broker(self) -> Broker | None:
        """The MQTT broker to use: the one named by the environment, else the Supervisor's, else none.

        Raises ``HomeAssistantUnavailableError`` when the Supervisor does not answer.
        """
        if self.access.broker is not None or self.supervisor is None:
            return self.access.broker
        return await self.supervisor.broker()

    def status(self) -> LinkStatus:
        """How the link is now."""
        core = self.core
        if self.access.core_url is None:
            return LinkStatus(state=LinkState.ABSENT, message="Foyer runs without Home Assistant.")
        if core.is_started:
            problems = tuple(found for problem in self._problems if (found := problem()) is not None)
            return LinkStatus(
                state=LinkState.CONNECTED,
                message=" ".join([f"Connected to version {core.version}.", *problems]),
                version=core.version,
                problems=problems,
            )
        if core.is_connected:
            return LinkStatus(
                state=LinkState.STARTING, message=f"Version {core.version} is starting.", version=core.version
            )
        state = LinkState.REFUSED if core.is_refused else LinkState.UNREACHABLE
        return LinkStatus(state=state, message=core.problem or "Home Assistant has not answered yet.")

    async def run(self) -> None:
        """Run every part until cancelled; returns at once when there is nothing to link to."""
        if self.access.is_absent:
            return
        async with aiohttp.ClientSession() as http:
            if self.access.supervisor_url is not None:
                self.supervisor = Supervisor(http, self.access.token, self.access.supervisor_url)
            try:
                async with asyncio.TaskGroup() as connection:
                    connection.create_task(keep_running("connection", lambda: self.core.run(http)))
                    # The parts end before the connection does, so that they can say goodbye.
                    async with asyncio.TaskGroup() as parts:
                        for name, work in self._parts.items():
                            parts.create_task(keep_running(name, work))
            finally:
                self.supervisor = None


async def keep_running(name: str, work: Work) -> None:
    """Run a part until it returns; start it again after a failure, with growing pauses."""
    failures = 0
    while True:
        began = time.monotonic()
        try:
            await work()
        except Exception:  # whatever a part does wrong, the other parts and the server go on
            log.exception("The part %s of the link to Home Assistant failed; it is started again.", name)
        else:
            return
        failures = 0 if time.monotonic() - began >= STEADY_S else min(failures + 1, 10)
        pause = min(FIRST_PAUSE_S * 2**failures, LONGEST_PAUSE_S)
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - not a secret
