"""What a server does besides answering: jobs, watching folders, and the small chores."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta

from foyer import __version__
from foyer.db.database import DATABASE_ERRORS
from foyer.db.fields import now
from foyer.errors import FoyerError
from foyer.events.topics import SystemEventKind, Topic
from foyer.house import House
from foyer.jobs.model import Lane
from foyer.jobs.worker import JobWorker

log = logging.getLogger(__name__)

REAP_EVERY_S = 15.0
SAVE_EVERY_S = 60.0
TRIM_EVERY_S = 3600.0


class Background:
    """Runs until cancelled; a full disk or a locked database only delays the chores."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def run(self) -> None:
        """Do everything at once, each in its own time."""
        core = self._house.core
        core.bus.publish(
            Topic.SYSTEM, SystemEventKind.STARTED, {"message": f"Foyer {__version__} started.", "version": __version__}
        )
        if core.options.demo and not await self._house.library.libraries.all():
            await self._house.demo.enqueue()
        lanes = {Lane.IO: 2, Lane.CPU: max(1, (os.cpu_count() or 1) // 2), Lane.GPU: 1}
        async with asyncio.TaskGroup() as group:
            group.create_task(JobWorker(core.queue, lanes).run())
            group.create_task(self._house.library.run())
            group.create_task(self._find_ffmpeg())
            group.create_task(self._house.homeassistant.run())
            group.create_task(repeat(self._house.sessions.reap, every_s=REAP_EVERY_S))
            group.create_task(repeat(core.accounts.presence.save, every_s=SAVE_EVERY_S))
            group.create_task(repeat(self.trim, every_s=TRIM_EVERY_S))

    async def trim(self) -> None:
        """Forget old events, jobs, sessions and audit lines."""
        core = self._house.core
        await core.bus.trim()
        await core.queue.forget_finished(now() - timedelta(days=core.settings.integer("jobs.keep_days")))
        await core.accounts.sessions.trim()
        await core.accounts.audit.trim()

    async def _find_ffmpeg(self) -> None:
        """Ahead of the first one who needs it; that there is none is for the health page to tell."""
        try:
            found = await self._house.ffmpeg.get()
        except FoyerError as error:
            log.warning("%s", error.message)
        else:
            log.info("Found ffmpeg", extra={"version": found.version, "program": str(found.path)})


async def repeat(chore: Callable[[], Awaitable[object]], *, every_s: float) -> None:
    """Do something again and again, whatever the database says meanwhile."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await chore()
        except (*DATABASE_ERRORS, OSError) as error:
            log.warning("The database cannot be tidied yet: %s", error)
