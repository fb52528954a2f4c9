"""Open remuxers, a few at a time: opening one reads a file's tables, which is too much work for every segment."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from foyer.media.remux import Remuxer
from foyer.streaming.source import MediaSource

_OPEN = 16
"""Files kept open: as many as a house has viewers. Each holds its sample tables, some megabytes for a long film."""


@dataclass(slots=True, eq=False)
class _Entry:
    opening: asyncio.Task[Remuxer]
    users: int = 0
    is_evicted: bool = False


class Remuxers:
    """Least recently used ones are closed, but never under a reader."""

    def __init__(self, *, capacity: int = _OPEN) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[tuple[int, str], _Entry] = OrderedDict()

    @asynccontextmanager
    async def use(self, source: MediaSource) -> AsyncIterator[Remuxer]:
        """The remuxer of a file, open for the length of the block. Raises ``MediaError`` when it cannot be."""
        key = (source.file_id, source.version)
        entry = self._entries.get(key)
        if entry is None:
            opening = asyncio.create_task(asyncio.to_thread(Remuxer.open, source.path, source.index))
            entry = self._entries[key] = _Entry(opening)
            self._evict()
        self._entries.move_to_end(key)
        entry.users += 1
        try:
            # Shielded: a viewer who leaves must not stop the opening others wait for.
            yield await asyncio.shield(entry.opening)
        finally:
            entry.users -= 1
            if _has_failed(entry.opening) and self._entries.get(key) is entry:
                del self._entries[key]
            if entry.is_evicted and not entry.users:
                _close(entry)

    async def call(self, source: MediaSource, work: Callable[[Remuxer], bytes]) -> bytes:
        """Run ``work`` with the remuxer, in a thread."""
        async with self.use(source) as remuxer:
            return await asyncio.to_thread(work, remuxer)

    async def aclose(self) -> None:
        """Close every file."""
        entries = list(self._entries.values())
        self._entries.clear()
        await asyncio.gather(*(entry.opening for entry in entries), return_exceptions=True)
        for entry in entries:
            _close(entry)

    def _evict(self) -> None:
        while len(self._entries) > self._capacity:
            _, entry = self._entries.popitem(last=False)
            entry.is_evicted = True
            if not entry.users:
                _close(entry)


def _has_failed(task: asyncio.Task[Remuxer]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _close(entry: _Entry) -> None:
    if not entry.opening.done():
        entry.opening.add_done_callback(lambda task: None if _has_failed(task) else task.result().close())
    elif not _has_failed(entry.opening):
        entry.opening.result().close()
