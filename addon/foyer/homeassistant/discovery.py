"""Tells Home Assistant's integration where this server is and which key opens it, so that nobody has to type either."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from foyer.errors import UnavailableError
from foyer.events.bus import EventBus
from foyer.events.topics import Topic
from foyer.homeassistant.client import CoreClient
from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError
from foyer.homeassistant.supervisor import AddonInfo, Supervisor

log = logging.getLogger(__name__)

DOMAIN = "foyer"
EVERY_S = 3600.0
SETTLE_S = 0.5
RETRY_S = 10.0


class Announcer:
    """Announces the server once the integration is there, and again when something about it changed.

    Without the integration Core would log an error for every announcement; so it is asked first, after each start of
    Core and whenever it loads the integration. An announcement cannot be taken back when the add-on is removed, because
    nothing of it runs then: the Supervisor forgets it with the add-on. Nor is it taken back when the integration is
    missing: a Core in safe mode looks the same, and would drop what its owner has set up.
    """

    def __init__(
        self,
        core: CoreClient,
        bus: EventBus,
        *,
        supervisor: Callable[[], Supervisor | None],
        key: Callable[[], Awaitable[str | None]],
        server_id: str,
        name: Callable[[], str],
        port: int,
    ) -> None:
        """``key`` gives the integration's API key, ``None`` while nobody has set the server up; ``port`` is the public
        one inside the add-on.
        """
        self._core = core
        self._bus = bus
        self._supervisor = supervisor
        self._key = key
        self._server_id = server_id
        self._name = name
        self._port = port
        self._wake = asyncio.Event()
        self.problem: str | None = None
        """Why the integration cannot be told."""
        core.on_connect(self._again)

    async def run(self) -> None:
        """Announce whenever there is a reason to, until cancelled."""

        def loaded(event: dict[str, Any]) -> None:
            if event.get("data", {}).get("component") == DOMAIN:
                self._wake.set()

        with self._core.follow("subscribe_events", loaded, event_type="component_loaded"):
            async with asyncio.TaskGroup() as group:
                group.create_task(self._notice_changes())
                while True:
                    await self._core.wait_started()
                    self._wake.clear()
                    pause = EVERY_S if await self._try() else RETRY_S
                    with suppress(TimeoutError):
                        async with asyncio.timeout(pause):
                            await self._wake.wait()
                    await asyncio.sleep(SETTLE_S)

    async def _again(self) -> None:
        self._wake.set()

    async def _notice_changes(self) -> None:
        """A new name, the first account, a revoked key's owner: all may change what is to be announced."""
        with self._bus.subscribe(Topic.USER, Topic.SYSTEM) as changes:
            while True:
                await changes.wait()
                while changes.take() is not None:
                    pass
                changes.gap = False
                self._wake.set()

    async def _try(self) -> bool:
        """Whether what could be done is done."""
        try:
            await self._announce()
        except (HomeAssistantUnavailableError, HomeAssistantRefusedError) as error:
            self.problem = f"Its integration could not be told of Foyer. {error.message}"
            log.warning("%s", self.problem)
            return False
        except UnavailableError as error:
            self.problem = error.message
            return True
        self.problem = None
        return True

    async def _announce(self) -> None:
        supervisor = self._supervisor()
        if supervisor is None or not await self._has_integration():
            return
        key = await self._key()
        if key is None:
            return
        await supervisor.announce(
            {
                "host": await _host(await supervisor.addon()),
                "port": self._port,
                "api_key": key,
                "server_id": self._server_id,
                "name": self._name(),
            }
        )

    async def _has_integration(self) -> bool:
        try:
            await self._core.command("manifest/get", integration=DOMAIN)
        except HomeAssistantRefusedError as error:
            if error.reason == "not_found":
                return False
            raise
        return True


async def _host(addon: AddonInfo) -> str:
    """The add-on's name where names of add-ons are known, because it stays; else its address of today."""
    try:
        await asyncio.get_running_loop().getaddrinfo(addon.hostname, None)
    except OSError:
        return addon.ip_address
    return addon.hostname
