"""Watch every library folder with the kernel's notifications, and put small scans into the queue."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from watchfiles import awatch

from foyer.db.database import DATABASE_ERRORS, Database
from foyer.errors import FoyerError
from foyer.events.bus import EventBus
from foyer.events.topics import LibraryEventKind, Topic
from foyer.jobs.model import Priority
from foyer.jobs.queue import JobQueue
from foyer.library.files import shown
from foyer.library.service import Libraries, scan_key, watch_key
from foyer.library.watch.settling import Settling, concerns, directory_to_scan
from foyer.settings.store import Settings

log = logging.getLogger(__name__)

_TICK_S = 0.5
_ROOT_CHECK_S = 5.0
_RETRY_S = 300.0
_DEBOUNCE_MS = 500
_STEP_MS = 50
_TIMEOUT_MS = 5000
_WHOLE_ABOVE = 200
"""Directories changed at once above which the folder is scanned as a whole."""
_CONFIGURATION = frozenset(
    (LibraryEventKind.LIBRARY_CREATED, LibraryEventKind.LIBRARY_UPDATED, LibraryEventKind.LIBRARY_DELETED)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchStatus:
    """What is watched, for health; ``problems`` has a sentence for each folder that cannot be."""

    is_on: bool
    folders: int
    problems: Mapping[str, str]


class LibraryWatcher:
    """Follows the folders of all libraries while ``library.watch`` is on."""

    def __init__(
        self, database: Database, bus: EventBus, queue: JobQueue, settings: Settings, libraries: Libraries
    ) -> None:
        self._database = database
        self._bus = bus
        self._queue = queue
        self._settings = settings
        self._libraries = libraries
        self._tasks: dict[tuple[int, bytes], asyncio.Task[None]] = {}
        self._problems: dict[str, str] = {}

    @property
    def status(self) -> WatchStatus:
        """What is watched now."""
        is_on = self._settings.flag("library.watch")
        return WatchStatus(is_on=is_on, folders=len(self._tasks), problems=dict(self._problems))

    async def run(self) -> None:
        """Watch until cancelled, following libraries and the setting as they change."""
        try:
            with self._bus.subscribe(
                Topic.LIBRARY,
                Topic.SYSTEM,
                accept=lambda event: event.topic is Topic.SYSTEM or event.kind in _CONFIGURATION,
            ) as changes:
                while True:
                    await self._follow()
                    await changes.wait()
                    changes.gap = False
                    while changes.take() is not None:
                        pass
        finally:
            await self._stop(list(self._tasks))

    async def _follow(self) -> None:
        rows = await self._database.reader.all("SELECT library_id, path FROM library_folder WHERE removed_at IS NULL")
        is_on = self._settings.flag("library.watch")
        wanted = {(row["library_id"], row["path"]) for row in rows} if is_on else set()
        await self._stop([key for key in self._tasks if key not in wanted])
        for key in wanted - self._tasks.keys():
            self._tasks[key] = asyncio.create_task(self._watch_for_ever(*key), name=f"watch {shown(key[1])}")

    async def _stop(self, keys: list[tuple[int, bytes]]) -> None:
        tasks = [self._tasks.pop(key) for key in keys]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _, path in keys:
            self._problems.pop(shown(path), None)

    async def _watch_for_ever(self, library_id: int, root: bytes) -> None:
        """Watch one folder; when that ends or cannot be, scan it now and then and try again."""
        was_there = True
        await self._catch_up(library_id, root)
        while True:
            try:
                async with asyncio.TaskGroup() as group:
                    settling = Settling()
                    notices = group.create_task(self._collect(root, settling))
                    hand_on = group.create_task(self._hand_on(library_id, root, settling))
                    await self._until_replaced(root)
                    notices.cancel()
                    hand_on.cancel()
                pause = _TICK_S
            except* (OSError, RuntimeError) as errors:
                pause = self._note_problem(root, errors)
            except* (*DATABASE_ERRORS, FoyerError) as errors:
                log.warning("A change in %s could not be queued yet: %s", shown(root), errors.exceptions[0])
                pause = _ROOT_CHECK_S
            await asyncio.sleep(pause)
            is_there = await asyncio.to_thread(_identity, root) is not None
            if is_there or was_there:  # one that is away is looked at once, and again when it is back
                await self._scan_whole(library_id, root)
            was_there = is_there

    def _note_problem(self, root: bytes, errors: BaseExceptionGroup[BaseException]) -> float:
        """Say why a folder is not watched; returns seconds until the next try."""
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        text = str(first)
        if (isinstance(first, OSError) and first.errno == errno.ENOSPC) or "os error 28" in text or "limit" in text:
            problem = (
                "The system's limit of watched folders is reached; raise fs.inotify.max_user_watches. "
                "Until then the folder is scanned every five minutes."
            )
        elif isinstance(first, FileNotFoundError):
            self._problems[shown(root)] = "The folder is not there; its disk may not be connected."
            return _ROOT_CHECK_S
        elif "decode" in text.lower() or "utf" in text.lower():
            return _TICK_S  # a name that is no text: the scan that follows reads it all the same
        else:
            problem = f"The folder cannot be watched ({text}); it is scanned every five minutes."
        log.warning("%s: %s", shown(root), problem)
        self._problems[shown(root)] = problem
        return _RETRY_S

    async def _collect(self, root: bytes, settling: Settling) -> None:
        path = os.fsdecode(root)
        async for changes in awatch(
            path,
            watch_filter=None,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            rust_timeout=_TIMEOUT_MS,
            ignore_permission_denied=True,
        ):
            paths = {changed for _, changed in changes if concerns(changed)}
            if paths:
                await asyncio.to_thread(settling.touch, paths)

    async def _hand_on(self, library_id: int, root: bytes, settling: Settling) -> None:
        """Put what has settled into the queue, one small scan at a time, so that none is lost in a running one."""
        self._problems.pop(shown(root), None)
        ready: set[bytes] = set()
        while True:
            await asyncio.sleep(_TICK_S)
            if len(settling):
                paths = await asyncio.to_thread(settling.settled)
                top = os.fsdecode(root)
                ready |= await asyncio.to_thread(lambda: {directory_to_scan(path, top) for path in paths})  # noqa: B023 - awaited at once
            if ready and await self._queue.live_with_key(watch_key(library_id)) is None:
                chosen = [root] if len(ready) > _WHOLE_ABOVE else sorted(ready)
                await self._libraries.scan(library_id, paths=chosen, priority=Priority.NORMAL)
                ready.clear()

    async def _until_replaced(self, root: bytes) -> None:
        """Return when the folder's path leads elsewhere: notifications belong to what was there before.

        Raises ``FileNotFoundError`` when there is nothing to begin with.
        """
        first = await asyncio.to_thread(_identity, root)
        if first is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        while True:
            await asyncio.sleep(_ROOT_CHECK_S)
            if await asyncio.to_thread(_identity, root) != first:
                return

    async def _catch_up(self, library_id: int, root: bytes) -> None:
        """Scan for what changed while nobody watched, unless the library's first scan is still to come."""
        with contextlib.suppress(FoyerError, *DATABASE_ERRORS):
            library = await self._libraries.get(library_id)
            if library.scanned_at is not None and await self._queue.live_with_key(scan_key(library_id)) is None:
                await self._scan_whole(library_id, root)

    async def _scan_whole(self, library_id: int, root: bytes) -> None:
        with contextlib.suppress(FoyerError, *DATABASE_ERRORS):
            if await self._queue.live_with_key(watch_key(library_id)) is None:
                await self._libraries.scan(library_id, paths=[root], priority=Priority.BACKGROUND)


def _identity(root: bytes) -> tuple[int, int] | None:
    try:
        status = Path(os.fsdecode(root)).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
