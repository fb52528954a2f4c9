"""Scan every library once in a while, whatever was noticed: network folders tell nobody what changes."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from foyer.db.database import DATABASE_ERRORS
from foyer.db.fields import now
from foyer.errors import FoyerError
from foyer.jobs.model import Priority
from foyer.library.service import Libraries
from foyer.settings.store import Settings

log = logging.getLogger(__name__)

CHECK_INTERVAL_S = 60.0


class ScanSchedule:
    """Queues scans that are due by ``library.scan_interval``."""

    def __init__(self, libraries: Libraries, settings: Settings) -> None:
        self._libraries = libraries
        self._settings = settings

    async def run(self) -> None:
        """Look every minute until cancelled."""
        while True:
            await asyncio.sleep(CHECK_INTERVAL_S)
            try:
                await self.scan_due()
            except (*DATABASE_ERRORS, FoyerError, OSError) as error:
                log.warning("The scheduled scan cannot be queued yet: %s", error)

    async def scan_due(self) -> int:
        """Queue a scan of each library whose last one is too long ago; returns how many."""
        interval = self._settings.number("library.scan_interval")
        if interval <= 0:
            return 0
        horizon = now() - timedelta(seconds=interval)
        due = [row for row in await self._libraries.all() if row.scanned_at is None or row.scanned_at < horizon]
        for library in due:
            await self._libraries.scan(library.id, priority=Priority.BACKGROUND)
        return len(due)
