"""The composition root: opens the data folder and the two listeners, and owns the life of everything behind them."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
from dataclasses import replace
from importlib import import_module

from foyer.api.health import Health
from foyer.api.http.front import Front
from foyer.api.http.hosts import AllowedHosts
from foyer.api.http.listener import Listener, ListenerKind
from foyer.api.http.metrics import HttpMetrics
from foyer.api.http.router import Router
from foyer.api.media.sendfile import FilePump
from foyer.core import Core, open_core
from foyer.homeassistant.identity import read_identity
from foyer.instance import InstanceLock
from foyer.settings.options import Options

log = logging.getLogger(__name__)


class App:
    """A server on one data folder."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.health = Health()
        self.metrics = HttpMetrics()
        self.pump = FilePump()
        self.public: Listener | None = None
        self.ingress: Listener | None = None
        self.core: Core | None = None
        """What is behind the listeners, while it runs."""

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set. Raises ``FoyerError`` when the server cannot start."""
        with InstanceLock(self.options.data), contextlib.closing(self.pump):
            async with open_core(self.options) as core:
                self.core = core
                try:
                    await self._serve(core, stop)
                finally:
                    self.core = None
        log.info("Stopped")

    async def _serve(self, core: Core, stop: asyncio.Event) -> None:
        router = Router(self.health)
        listeners = self._listeners(core, router)
        try:
            for listener in listeners:
                await listener.start()
                log.info("Listening", extra={"listener": listener.kind.value, "port": listener.port})
            async with asyncio.TaskGroup() as group:
                journal = group.create_task(core.bus.run())
                house = group.create_task(self._live(core, router))
                await stop.wait()
                await asyncio.gather(*(listener.stop() for listener in listeners))
                await _end(house)
                await _end(journal)
        finally:
            await asyncio.gather(*(listener.stop(0) for listener in listeners))
            await core.accounts.presence.save()

    def _listeners(self, core: Core, router: Router) -> list[Listener]:
        options = self.options
        front = Front(
            accounts=core.accounts,
            inner=router,
            hosts=AllowedHosts(options.allowed_hosts, lambda: core.settings.text("homeassistant.public_url")),
            ingress_peers=options.ingress_peers,
            read_identity=read_identity,
            metrics=self.metrics,
        )
        self.public = Listener(front, self.pump, kind=ListenerKind.PUBLIC, host=options.host, port=options.port)
        listeners = [self.public]
        if options.ingress_port is not None:
            self.ingress = Listener(
                front, self.pump, kind=ListenerKind.INGRESS, host=options.ingress_host, port=options.ingress_port
            )
            listeners.append(self.ingress)
        return listeners

    async def _live(self, core: Core, router: Router) -> None:
        """Bring in what takes its time while probes are answered already, then work until cancelled."""
        await asyncio.to_thread(import_module, "foyer.transports")
        from foyer.background import Background  # noqa: PLC0415 - a second of imports that the ports need not wait for
        from foyer.house import open_house  # noqa: PLC0415
        from foyer.transports import mount  # noqa: PLC0415

        if self.public is not None:
            # Where any port would do, others are to be told which one it became.
            core = replace(core, options=replace(core.options, port=self.public.port))
        async with open_house(core) as house:
            routes = await asyncio.to_thread(mount, house, self.health, self.metrics, self.pump)
            await core.queue.recover(everything=True)
            router.open(routes)
            await self._greet(core)
            _settle()
            self.health.is_ready = True
            if self.options.ready_fd is not None:
                _say_ready(self.options.ready_fd)
            await Background(house).run()

    async def _greet(self, core: Core) -> None:
        token = await core.accounts.setup.new_token()
        if token is not None:
            log.warning(
                "Nobody has an account yet. Open Foyer's panel in Home Assistant, or the page on port %s and enter "
                "this setup code: %s",
                self.public.port if self.public else self.options.port,
                token,
            )


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _say_ready(descriptor: int) -> None:
    """As a supervisor of services wants to know it: https://skarnet.org/software/s6/notifywhenup.html."""
    try:
        with open(descriptor, "wb", buffering=0) as supervisor:
            supervisor.write(b"\n")
    except OSError as error:
        log.warning("Nobody could be told over descriptor %s that the server is ready: %s", descriptor, error)


def _settle() -> None:
    """What is here now stays for ever: collecting it again and again took the p99 of a page from 17 to 44 ms."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 50)
    with contextlib.suppress(OSError, AttributeError):  # glibc only: give back what importing needed for a moment
        ctypes.CDLL(None).malloc_trim(0)
