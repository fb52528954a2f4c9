"""The composition root: builds every part, hands each what it needs, and owns their lives."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from foyer.accounts.service import Accounts
from foyer.api.health import Health
from foyer.api.http.front import Front
from foyer.api.http.hosts import AllowedHosts
from foyer.api.http.listener import Listener, ListenerKind
from foyer.api.http.metrics import HttpMetrics
from foyer.api.http.router import Router
from foyer.api.media.sendfile import FilePump
from foyer.db.database import Database
from foyer.events.bus import EventBus
from foyer.homeassistant.identity import read_identity
from foyer.instance import InstanceLock
from foyer.jobs.model import Lane
from foyer.jobs.queue import JobQueue
from foyer.jobs.worker import JobWorker
from foyer.settings.options import Options
from foyer.settings.store import Settings
from foyer.upkeep import Upkeep

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What every entry point needs, the command line included: the store and the rules above it."""

    options: Options
    database: Database
    bus: EventBus
    settings: Settings
    queue: JobQueue
    accounts: Accounts


@asynccontextmanager
async def open_core(options: Options) -> AsyncIterator[Core]:
    """Open the data folder, also while a server runs on it; raises ``UnavailableError`` when it cannot be used."""
    database = await Database.open(options.database)
    try:
        bus = EventBus(database)
        settings = Settings(database, bus)
        await settings.load()
        accounts = Accounts(database, options.data)
        try:
            yield Core(
                options=options,
                database=database,
                bus=bus,
                settings=settings,
                queue=JobQueue(database, bus),
                accounts=accounts,
            )
        finally:
            accounts.close()
            await bus.flush()
    finally:
        await database.close()


class App:
    """A server on one data folder."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.health = Health(checks={})
        self.metrics = HttpMetrics()
        self.public: Listener | None = None
        self.ingress: Listener | None = None
        self.core: Core | None = None
        """What is behind the listeners, while it runs."""

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set. Raises ``FoyerError`` when the server cannot start."""
        with InstanceLock(self.options.data):
            async with open_core(self.options) as core:
                self.core = core
                pump = FilePump()
                try:
                    await self._serve(core, pump, stop)
                finally:
                    self.core = None
                    pump.close()

    async def _serve(self, core: Core, pump: FilePump, stop: asyncio.Event) -> None:
        router = Router(self.health)
        front = Front(
            accounts=core.accounts,
            inner=router,
            hosts=AllowedHosts(self.options.allowed_hosts),
            ingress_peers=self.options.ingress_peers,
            read_identity=read_identity,
            metrics=self.metrics,
        )
        listeners = self._listeners(front, pump)
        try:
            for listener in listeners:
                await listener.start()
            async with asyncio.TaskGroup() as background:
                tasks = [background.create_task(self._load(core, router, pump))]
                tasks += await self._start_background(core, background)
                await stop.wait()
                await asyncio.gather(*(listener.stop() for listener in listeners))
                for task in tasks:
                    task.cancel()
        finally:
            await asyncio.gather(*(listener.stop(0) for listener in listeners))
            await core.accounts.presence.save()
        log.info("Stopped")

    def _listeners(self, front: Front, pump: FilePump) -> list[Listener]:
        options = self.options
        self.public = Listener(front, pump, kind=ListenerKind.PUBLIC, host=options.host, port=options.port)
        listeners = [self.public]
        if options.ingress_port is not None:
            self.ingress = Listener(
                front, pump, kind=ListenerKind.INGRESS, host=options.ingress_host, port=options.ingress_port
            )
            listeners.append(self.ingress)
        return listeners

    async def _load(self, core: Core, router: Router, pump: FilePump) -> None:
        """Bring in what takes its time while probes are answered already."""
        try:
            from foyer.transports import mount  # noqa: PLC0415 - half a second of imports that the port need not wait for

            application, direct = await asyncio.to_thread(mount, core, self.health, self.metrics, pump)
        except BaseException as error:
            self.health.problem = str(error)
            raise
        router.open(application=application, direct=direct)
        await self._announce(core)
        # What is here now stays for ever: collecting it again and again took p99 from 17 to 44 ms.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        self.health.is_ready = True

    async def _start_background(self, core: Core, background: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        await core.queue.recover(everything=True)
        lanes = {Lane.IO: 2, Lane.CPU: max(1, (os.cpu_count() or 1) // 2), Lane.GPU: 1}
        upkeep = Upkeep(core.bus, core.queue, core.accounts, core.settings)
        return [
            background.create_task(core.bus.run()),
            background.create_task(JobWorker(core.queue, lanes).run()),
            background.create_task(upkeep.run()),
        ]

    async def _announce(self, core: Core) -> None:
        for listener in (self.public, self.ingress):
            if listener is not None:
                log.info("Listening", extra={"listener": listener.kind.value, "port": listener.port})
        token = await core.accounts.setup.new_token()
        if token is not None:
            log.warning(
                "Nobody has an account yet. Open Foyer's panel in Home Assistant, or the page on port %s and enter "
                "this setup code: %s",
                self.public.port if self.public else self.options.port,
                token,
            )
