"""The small chores of a running server: writing what waits, and forgetting what is old."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from tortoise.exceptions import BaseORMException

from foyer.accounts.presence import WRITE_INTERVAL_S
from foyer.accounts.service import Accounts
from foyer.db.fields import now
from foyer.events.bus import EventBus
from foyer.jobs.queue import JobQueue
from foyer.settings.store import Settings

log = logging.getLogger(__name__)

TRIM_INTERVAL_S = 3600.0


class Upkeep:
    """Runs the chores until cancelled; a full disk only delays them."""

    def __init__(self, bus: EventBus, queue: JobQueue, accounts: Accounts, settings: Settings) -> None:
        self._bus = bus
        self._queue = queue
        self._accounts = accounts
        self._settings = settings

    async def run(self) -> None:
        """Save presence every minute, trim every hour, the first time a few minutes after the start."""
        due = TRIM_INTERVAL_S / 12
        elapsed = 0.0
        while True:
            await asyncio.sleep(WRITE_INTERVAL_S)
            elapsed += WRITE_INTERVAL_S
            try:
                await self._accounts.presence.save()
                if elapsed >= due:
                    elapsed, due = 0.0, TRIM_INTERVAL_S
                    await self.trim()
            except (BaseORMException, OSError) as error:
                log.warning("The database cannot be tidied yet: %s", error)

    async def trim(self) -> None:
        """Forget old events, jobs, sessions and audit lines."""
        await self._bus.trim()
        await self._queue.forget_finished(now() - timedelta(days=self._settings.integer("jobs.keep_days")))
        await self._accounts.sessions.trim()
        await self._accounts.audit.trim()
