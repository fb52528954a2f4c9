"""Walk a library's folder in a thread of its own. Nothing here touches the event loop."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple, Protocol

from foyer.library.media_types import Sort, sort_of

MAX_DEPTH = 64
_BY_NAME = attrgetter("name")

Skip = Callable[[bytes, bool], bool]
"""Whether an entry of one directory is left out, by name and whether it is a directory."""


class Rules(Protocol):
    """What is left out of one folder."""

    def __call__(self, directory: bytes, names: Sequence[bytes]) -> Skip:
        """The ``Skip`` of a directory, from its path and the names in it."""

    def admits(self, directory: bytes) -> bool:
        """Whether a directory is reached by a walk from the top."""


class Seen(NamedTuple):
    """A file on disk. A tuple because there may be 100,000 of them."""

    path: bytes
    size: int
    mtime_ns: int


@dataclass(slots=True)
class Listing:
    """What one directory holds that a scan cares about."""

    path: bytes
    videos: list[Seen] = field(default_factory=list)
    subtitles: list[Seen] = field(default_factory=list)
    pictures: list[Seen] = field(default_factory=list)


@dataclass(slots=True)
class WalkState:
    """Shared between the walking thread and whoever watches it."""

    files: int = 0
    directory: bytes = b""
    links: int = 0
    """Symbolic links passed by."""
    errors: dict[bytes, str] = field(default_factory=dict)
    """Directories that could not be listed, with the reason: nothing below them counts as gone."""
    stop: threading.Event = field(default_factory=threading.Event)


class WalkStoppedError(Exception):
    """The walk was asked to stop."""


def walk(
    root: bytes,
    state: WalkState,
    *,
    rules: Rules,
    starts: Iterable[bytes] = (),
    excluded: frozenset[tuple[int, int]] = frozenset(),
) -> Iterator[Listing]:
    """Every directory below ``root`` that may be scanned, or below ``starts`` within it.

    Symbolic links are not followed: what is inside the root is reached by its own path, what is outside is none of the
    library's business. A directory seen before, by device and inode, is a loop of mounts and is left out, as are
    ``excluded`` ones. Raises ``WalkStoppedError`` when asked to stop.
    """
    visited = set(excluded)
    waiting = [(start, 0) for start in starts] or [(root, 0)]
    while waiting:
        if state.stop.is_set():
            raise WalkStoppedError
        directory, depth = waiting.pop()
        state.directory = directory
        try:
            status = os.stat(directory, follow_symlinks=directory == root)  # noqa: PTH116 - paths of bytes
            identity = (status.st_dev, status.st_ino)
            if identity in visited or depth > MAX_DEPTH:
                continue
            visited.add(identity)
            listing, below = _list(directory, state, rules)
        except FileNotFoundError:
            continue  # removed since its parent was listed; whether the whole disk went away is asked at the end
        except OSError as error:
            state.errors[directory] = reason(error)
            continue
        waiting += [(child, depth + 1) for child in reversed(below)]
        yield listing


def _list(directory: bytes, state: WalkState, rules: Rules) -> tuple[Listing, list[bytes]]:
    listing = Listing(path=directory)
    targets = {
        Sort.VIDEO: listing.videos,
        Sort.SUBTITLE: listing.subtitles,
        Sort.PICTURE: listing.pictures,
    }
    below: list[bytes] = []
    with os.scandir(directory) as entries:
        found = sorted(entries, key=_BY_NAME)
    skip = rules(directory, [entry.name for entry in found])
    for entry in found:
        is_folder = entry.is_dir(follow_symlinks=False)
        sort = None if is_folder else sort_of(entry.name)
        if entry.is_symlink():
            state.links += sort is not None or entry.is_dir()
            continue
        if (not is_folder and sort is None) or skip(entry.name, is_folder):
            continue
        if is_folder:
            below.append(entry.path)
        elif sort is not None and (seen := _stat(entry)) is not None:
            targets[sort].append(seen)
            state.files += sort is Sort.VIDEO
    return listing, below


def _stat(entry: os.DirEntry[bytes]) -> Seen | None:
    """The file's facts, or ``None`` when it went away this moment or is a pipe or device."""
    try:
        if not entry.is_file(follow_symlinks=False):
            return None
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return Seen(entry.path, status.st_size, status.st_mtime_ns)


def reason(error: OSError) -> str:
    """Why a folder cannot be read, for the person who can change it."""
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return "Foyer may not read it; change its permissions."
        case errno.ENOENT | errno.ENOTDIR:
            return "It is not there."
        case errno.EIO | errno.ENODEV | errno.ENXIO | errno.ESTALE | errno.ENOTCONN | errno.EHOSTDOWN:
            return "Its disk does not answer; check the connection."
        case errno.ELOOP:
            return "It is a loop of links."
        case _:
            return f"It cannot be read: {error.strerror}."
