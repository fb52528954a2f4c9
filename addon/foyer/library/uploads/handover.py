"""Hands files that are whole to a scan of their folder, whether anybody watches the folder or not."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict

from foyer.db.database import DATABASE_ERRORS
from foyer.errors import NotFoundError
from foyer.jobs.queue import JobQueue
from foyer.library.service import Libraries, watch_key

log = logging.getLogger(__name__)

PATIENCE_S = 0.5
"""Files come in groups, and a running scan ends soon."""


class Handover:
    """Folders that shall be scanned; ``run`` has it done until cancelled."""

    def __init__(self, queue: JobQueue, libraries: Libraries) -> None:
        self._queue = queue
        self._libraries = libraries
        self._folders: defaultdict[int, set[bytes]] = defaultdict(set)
        self._wake = asyncio.Event()

    def add(self, library_id: int, folder: bytes) -> None:
        """There is a new file in a folder of a library."""
        self._folders[library_id].add(folder)
        self._wake.set()

    async def run(self) -> None:
        """One scan at a time for each library, so that no folder is lost in one that runs already."""
        while True:
            await self._wake.wait()
            for library_id in list(self._folders):
                folders = self._folders.pop(library_id)
                try:
                    if await self._queue.live_with_key(watch_key(library_id)) is None:
                        await self._libraries.scan(library_id, paths=sorted(folders))
                        continue
                except NotFoundError:
                    continue  # the library was forgotten
                except DATABASE_ERRORS as error:
                    log.warning("What was uploaded cannot be scanned yet: %s", error)
                self._folders[library_id] |= folders
            if not self._folders:
                self._wake.clear()
            await asyncio.sleep(PATIENCE_S)
