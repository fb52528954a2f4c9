"""Compare a folder with what the database knows of it: unchanged files cost one stat and no write."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from foyer.library.scan.walk import Listing, Rules, Seen, WalkState, WalkStoppedError, reason, walk


class Known(NamedTuple):
    """A file as the database has it."""

    id: int
    path: bytes
    size: int
    mtime_ns: int
    state: str
    probed_at: int


class KnownSidecar(NamedTuple):
    """A subtitle or picture beside media as the database has it; ``id`` is 0 for pictures, which their path names."""

    id: int
    path: bytes
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is compared: a folder, or directories in it."""

    folder_id: int
    root: bytes
    starts: tuple[bytes, ...] = ()
    full_before: int = 0
    """Files probed before this moment are read again even when unchanged; microseconds since the epoch."""
    again: frozenset[bytes] = frozenset()
    """Files that are read again with the pictures and subtitles beside them, even when unchanged."""

    def covers(self, path: bytes) -> bool:
        """Whether a path is below what is compared."""
        return not self.starts or any(_is_below(path, start) for start in self.starts)


@dataclass(slots=True)
class Differences:
    """What a scan has to do in one folder."""

    scope: Scope
    problem: str | None = None
    """Why the folder is not available: then nothing in it counts as gone."""
    found: int = 0
    known: int = 0
    new: list[Seen] = field(default_factory=list)
    changed: list[tuple[int, Seen]] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    """Files that were missing and are there again, unchanged."""
    gone: list[Known] = field(default_factory=list)
    missing_before: list[Known] = field(default_factory=list)
    """Files that were missing before and still are."""
    subtitles: list[Seen] = field(default_factory=list)
    """New and changed ones."""
    subtitles_gone: list[int] = field(default_factory=list)
    pictures: list[Seen] = field(default_factory=list)
    """New and changed ones, and all of a directory that gained media."""
    pictures_gone: list[bytes] = field(default_factory=list)


def load_known(
    connection: sqlite3.Connection, scope: Scope
) -> tuple[dict[bytes, Known], dict[bytes, KnownSidecar], dict[bytes, KnownSidecar]]:
    """Files, subtitles and pictures of a folder as the database has them, by path."""
    files = connection.execute(
        "SELECT id, path, size, mtime_ns, state, ifnull(probed_at, 0) FROM media_file WHERE folder_id = ?",
        (scope.folder_id,),
    )
    subtitles = connection.execute(
        "SELECT s.id, s.path, s.mtime_ns FROM subtitle s JOIN media_file f ON f.id = s.file_id "
        "WHERE f.folder_id = ? AND s.path IS NOT NULL",
        (scope.folder_id,),
    )
    pictures = connection.execute("SELECT 0, path, mtime_ns FROM picture_file WHERE folder_id = ?", (scope.folder_id,))
    return (
        {row[1]: Known(*row) for row in files if scope.covers(row[1])},
        {row[1]: KnownSidecar(*row) for row in subtitles if scope.covers(row[1])},
        {row[1]: KnownSidecar(*row) for row in pictures if scope.covers(row[1])},
    )


def compare(
    scope: Scope,
    known: tuple[dict[bytes, Known], dict[bytes, KnownSidecar], dict[bytes, KnownSidecar]],
    state: WalkState,
    *,
    rules: Rules,
    excluded: frozenset[tuple[int, int]] = frozenset(),
) -> Differences:
    """Walk a folder and say what is different. Blocking; run it in a thread. Takes what it needs out of ``known``.

    Raises ``WalkStoppedError`` when asked to stop.
    """
    files, subtitles, pictures = known
    found = Differences(scope=scope, known=len(files))
    if (problem := _root_problem(scope.root)) is not None:
        found.problem = problem
        return found
    starts = [start for start in scope.starts if rules.admits(start)]
    listings = walk(scope.root, state, rules=rules, starts=starts, excluded=excluded)
    for listing in listings if starts or not scope.starts else ():
        gained = _compare_videos(listing.videos, files, found)
        asked = bool(scope.again) and any(seen.path in scope.again for seen in listing.videos)
        found.subtitles += _fresh(listing.subtitles, subtitles, all_of_them=asked)
        found.pictures += _fresh(listing.pictures, pictures, all_of_them=gained or asked)
    if state.stop.is_set():
        raise WalkStoppedError
    found.problem = _root_problem(scope.root) or _emptiness(scope, found, files)
    if found.problem is not None:
        return found
    unsure = tuple(state.errors)
    for item in files.values():
        if not _is_below_any(item.path, unsure):
            (found.missing_before if item.state == "missing" else found.gone).append(item)
    found.subtitles_gone = [left.id for left in subtitles.values() if not _is_below_any(left.path, unsure)]
    found.pictures_gone = [left.path for left in pictures.values() if not _is_below_any(left.path, unsure)]
    return found


def _compare_videos(videos: Sequence[Seen], files: dict[bytes, Known], found: Differences) -> bool:
    gained = False
    for seen in videos:
        found.found += 1
        item = files.pop(seen.path, None)
        if item is None:
            found.new.append(seen)
            gained = True
        elif _is_stale(item, seen, found.scope):
            found.changed.append((item.id, seen))
        elif item.state == "missing":
            found.back.append(item.id)
            gained = True
    return gained


def _is_stale(item: Known, seen: Seen, scope: Scope) -> bool:
    if item.size != seen.size or item.mtime_ns != seen.mtime_ns:
        return True
    return item.probed_at < scope.full_before or seen.path in scope.again


def _fresh(listed: Iterable[Seen], known: dict[bytes, KnownSidecar], *, all_of_them: bool = False) -> list[Seen]:
    fresh: list[Seen] = []
    for seen in listed:
        item = known.pop(seen.path, None)
        if all_of_them or item is None or item.mtime_ns != seen.mtime_ns:
            fresh.append(seen)
    return fresh


def _root_problem(root: bytes) -> str | None:
    try:
        with os.scandir(root) as entries:
            next(entries, None)
    except OSError as error:
        return reason(error)
    return None


def _emptiness(scope: Scope, found: Differences, files: dict[bytes, Known]) -> str | None:
    """A folder that lost everything at once is taken for an unplugged disk, never for a wish to forget."""
    if scope.starts or not (found.found or any(item.state != "missing" for item in files.values())):
        return None
    with os.scandir(scope.root) as entries:
        if next(entries, None) is None:
            return "It is empty; its disk may not be connected. What was in it is kept."
    return None


def _is_below(path: bytes, start: bytes) -> bool:
    return path == start or path.startswith(start.rstrip(b"/") + b"/")


def _is_below_any(path: bytes, starts: Iterable[bytes]) -> bool:
    return any(_is_below(path, start) for start in starts)


__all__ = ["Differences", "Known", "KnownSidecar", "Listing", "Scope", "compare", "load_known"]
