"""Encoded segments on disk: one directory a rendition, whole files only, within a budget, kept over restarts.

A segment is written beside its place and renamed into it, so what stands there is complete. Least recently used ones
go first, but never those a viewer is about to ask for.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import time

from foyer.errors import CapacityError
from foyer.streaming.rendition import RenditionKey

_log = logging.getLogger(__name__)

INIT = "init.mp4"
_FACTS = "rendition.json"
_PART = ".part"
FREE_FLOOR = 1024**3
"""Bytes that stay free on the disk: below this nothing new is encoded."""
_KEEP = 0.9
"""Share of the budget left standing by an eviction, so that not every segment causes one."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(slots=True, eq=False)
class _Entry:
    size: int
    used: float
    """Unix seconds of the last use."""
    is_checked: bool
    """Whether this run of the server wrote it or looked at its boxes."""


@dataclass(slots=True, kw_only=True, eq=False)
class Shelf:
    """The stored segments of one rendition."""

    key: RenditionKey
    directory: Path
    entries: dict[str, _Entry] = field(default_factory=dict)
    used: int = 0
    """Bytes stored."""

    def add(self, name: str, entry: _Entry) -> None:
        """Count a stored file."""
        self.drop(name)
        self.entries[name] = entry
        self.used += entry.size

    def drop(self, name: str) -> None:
        """Stop counting a file."""
        entry = self.entries.pop(name, None)
        if entry is not None:
            self.used -= entry.size

    def remove(self, name: str) -> None:
        """Delete a file."""
        self.drop(name)
        (self.directory / name).unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        """Whether a file of this name is stored."""
        return name in self.entries

    def path(self, name: str) -> Path | None:
        """A complete file to send now, marked as used; ``None`` when there is none."""
        entry = self.entries.get(name)
        if entry is None:
            return None
        path = self.directory / name
        if not entry.is_checked and not _is_whole(path, entry.size):
            _log.warning("dropped a damaged segment: %s", path)
            self.remove(name)
            return None
        try:
            os.utime(path)  # the order of use outlives a restart
        except OSError:
            self.drop(name)  # somebody cleaned up
            return None
        entry.is_checked = True
        entry.used = time()
        return path

    def size(self, name: str) -> int:
        """Bytes of a stored file."""
        return self.entries[name].size


class SegmentCache:
    """Every shelf, and the room they take together."""

    def __init__(
        self,
        root: Path,
        *,
        budget: Callable[[], int],
        free_floor: int = FREE_FLOOR,
        is_wanted: Callable[[str, str], bool] = lambda _digest, _name: False,
    ) -> None:
        """``budget`` gives bytes; ``is_wanted(digest, name)`` protects files that a viewer will ask for soon."""
        self._root = root
        self._budget = budget
        self._free_floor = free_floor
        self.is_wanted = is_wanted
        self._shelves: dict[str, Shelf] = {}
        self._writing = asyncio.Lock()

    @property
    def used(self) -> int:
        """Bytes stored."""
        return sum(shelf.used for shelf in self._shelves.values())

    async def open(self) -> None:
        """Take over what an earlier run left, without what it did not finish."""
        shelves = await asyncio.to_thread(lambda: list(_scan(self._root)))
        for shelf in shelves:
            self._shelves[shelf.key.digest] = shelf

    def shelf(self, key: RenditionKey) -> Shelf:
        """The shelf of a rendition, empty at first."""
        shelf = self._shelves.get(key.digest)
        if shelf is None:
            shelf = Shelf(key=key, directory=self._root / key.digest)
            self._shelves[key.digest] = shelf
        return shelf

    def check_room(self) -> None:
        """Raise ``CapacityError`` when the disk is too full to start anything."""
        free = self._free()
        if free < self._free_floor:
            raise CapacityError(
                f"The disk for converted video has only {free // 1024**2} MiB left. Free some space, or choose another "
                "place for the cache.",
                retry_after=30,
                free=free,
            )

    async def put(self, shelf: Shelf, name: str, data: bytes) -> Path:
        """Store a file, whole or not at all; ``CapacityError`` when the disk is full."""
        async with self._writing:
            await self._make_room(len(data))
            try:
                path = await asyncio.to_thread(_write, shelf, name, data)
            except OSError as error:
                if error.errno in _FULL:
                    raise CapacityError("The disk for converted video is full.", retry_after=30) from error
                raise
        shelf.add(name, _Entry(len(data), time(), is_checked=True))
        return path

    def _free(self) -> int:
        self._root.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._root).free

    async def _make_room(self, wanted: int) -> None:
        # Never more than half of what would be free without us.
        free = await asyncio.to_thread(self._free)
        budget = min(self._budget(), (free + self.used) // 2)
        if self.used + wanted <= budget:
            return
        doomed = []
        for shelf, name in self._oldest_first():
            if self.used + wanted <= budget * _KEEP:
                break
            shelf.drop(name)
            doomed.append(shelf.directory / name)
        await asyncio.to_thread(_unlink, doomed)

    def _oldest_first(self) -> Iterator[tuple[Shelf, str]]:
        """What may go: a rendition's init segment only after the rest of it, being worth an encoder's start."""
        found = [
            (name == INIT, entry.used, digest, name)
            for digest, shelf in self._shelves.items()
            for name, entry in shelf.entries.items()
            if not self.is_wanted(digest, name)
        ]
        for _, _, digest, name in sorted(found):
            yield self._shelves[digest], name


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _write(shelf: Shelf, name: str, data: bytes) -> Path:
    facts = shelf.directory / _FACTS
    if not facts.exists():
        shelf.directory.mkdir(parents=True, exist_ok=True)
        _replace(facts, json.dumps(asdict(shelf.key)).encode())
    path = shelf.directory / name
    _replace(path, data)
    return path


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + _PART)
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _scan(root: Path) -> Iterator[Shelf]:
    if not root.is_dir():
        return
    for directory in sorted(root.iterdir()):
        key = _key(directory)
        if key is None:
            # Not ours, or the facts were lost with the power: without them its segments belong to nothing.
            if directory.is_dir() and not directory.is_symlink():
                shutil.rmtree(directory, ignore_errors=True)
            continue
        shelf = Shelf(key=key, directory=directory)
        for name, entry in _entries(directory):
            shelf.add(name, entry)
        yield shelf


def _key(directory: Path) -> RenditionKey | None:
    try:
        key = RenditionKey(**json.loads((directory / _FACTS).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return key if key.digest == directory.name else None


def _entries(directory: Path) -> Iterator[tuple[str, _Entry]]:
    for path in directory.iterdir():
        if path.name == _FACTS:
            continue
        if path.name.endswith(_PART):
            path.unlink(missing_ok=True)
            continue
        status = path.stat()
        yield path.name, _Entry(status.st_size, status.st_mtime, is_checked=False)


def _is_whole(path: Path, size: int) -> bool:
    """Whether a file's boxes end where it ends: a rename may outlive a power cut that its bytes did not."""
    try:
        with path.open("rb") as file:
            at = 0
            while at < size:
                file.seek(at)
                header = file.read(8)
                length = int.from_bytes(header[:4], "big")
                if length < 8:
                    return False
                at += length
    except OSError:
        return False
    return at == size > 0
