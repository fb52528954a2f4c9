"""Wait until what changed has stopped growing: a file being copied is not probed half."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from foyer.library.media_types import sort_of

QUIET_S = 1.5
"""Seconds without any change after which a file counts as whole."""
DEFERRAL_S = 2.0
"""Seconds a deletion waits: a rename is a deletion and an arrival."""
_IGNORE_FILES = (b".ignore", b".foyerignore")
_MAX_ENTRIES = 2000
"""Entries of a new directory looked at; a larger one is watched by its first ones."""

Fingerprint = tuple[int, int, int]
"""Entries, bytes, newest change in nanoseconds; all zero for what is gone."""
GONE: Fingerprint = (0, 0, 0)


@dataclass(slots=True)
class _Waiting:
    fingerprint: Fingerprint
    quiet_since: float


class Settling:
    """Paths that changed, until each has been quiet for long enough. Blocking; call it in a thread."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def touch(self, paths: set[str]) -> None:
        """Something happened to these."""
        moment = time.monotonic()
        for path in paths:
            self._waiting[path] = _Waiting(fingerprint(path), moment)

    def settled(self) -> set[str]:
        """Take out what has been quiet."""
        moment = time.monotonic()
        ready: set[str] = set()
        for path, waiting in list(self._waiting.items()):
            found = fingerprint(path)
            if found != waiting.fingerprint:
                waiting.fingerprint = found
                waiting.quiet_since = moment
            elif moment - waiting.quiet_since >= (DEFERRAL_S if found == GONE else QUIET_S):
                ready.add(path)
                del self._waiting[path]
        return ready


def fingerprint(path: str) -> Fingerprint:
    """What a file or directory looks like now."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return GONE
    if not stat.S_ISDIR(status.st_mode):
        return (1, status.st_size, status.st_mtime_ns)
    return _of_directory(path)


def _of_directory(path: str) -> Fingerprint:
    entries, size, newest = 1, 0, 0
    for directory, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            entries += 1
            if sort_of(os.fsencode(name)) is None:
                continue
            try:
                status = os.lstat(os.path.join(directory, name))  # noqa: PTH118 - many of them
            except OSError:
                continue
            size += status.st_size
            newest = max(newest, status.st_mtime_ns)
        if entries > _MAX_ENTRIES:
            break
    return (entries, size, newest)


def concerns(path: str) -> bool:
    """Whether a change of a path can matter: media, sidecars, and names that may be directories."""
    name = os.fsencode(Path(path).name)
    if name.startswith(b".") and name not in _IGNORE_FILES:
        return False
    return sort_of(name) is not None or name in _IGNORE_FILES or b"." not in name[-6:] or Path(path).is_dir()


def directory_to_scan(path: str, root: str) -> bytes:
    """The directory a change is scanned by: the directory itself, the one a file is in, or the nearest left of it."""
    place = Path(path)
    if not place.is_dir() or place.is_symlink():
        place = place.parent
    while not place.is_dir() and str(place) not in {root, "/"}:
        place = place.parent
    chosen = str(place)
    return os.fsencode(chosen if chosen == root or chosen.startswith(root.rstrip("/") + "/") else root)
