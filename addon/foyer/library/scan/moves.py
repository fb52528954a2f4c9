"""Recognise files that were renamed or moved, so that everything known of them follows."""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from foyer.library.filters import marks
from foyer.library.scan.content import content_hash
from foyer.library.scan.store import Place
from foyer.library.scan.walk import Seen

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A known file that may have moved: nothing is at its path now."""

    id: int
    path: bytes
    size: int
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A known file under its new path."""

    file_id: int
    seen: Seen
    content: bytes


def candidates(connection: sqlite3.Connection, new: Sequence[Seen]) -> list[Lost]:
    """Known files of any library as large as one of the new ones."""
    sizes = sorted({seen.size for seen in new})
    found: list[Lost] = []
    for start in range(0, len(sizes), _CHUNK):
        chunk = sizes[start : start + _CHUNK]
        rows = connection.execute(
            "SELECT id, path, size, content_hash FROM media_file "
            f"WHERE size IN ({marks(chunk)}) AND content_hash IS NOT NULL",
            chunk,
        )
        found += [Lost(id=row[0], path=row[1], size=row[2], content=row[3]) for row in rows]
    return found


def match(new: Sequence[Seen], known: Iterable[Lost]) -> list[Move]:
    """Pairs of new files and the lost ones they are. Blocking: it reads the parts of files that are compared.

    A file whose old path still exists was copied, not moved.
    """
    lost: dict[int, list[Lost]] = {}
    for item in known:
        if not os.path.lexists(item.path):
            lost.setdefault(item.size, []).append(item)
    moves: list[Move] = []
    for seen in new:
        left = lost.get(seen.size)
        if not left or seen.size == 0:
            continue
        try:
            content = content_hash(seen.path, seen.size)
        except OSError:
            continue  # the probe will say what is wrong with it
        same = sorted(
            (item for item in left if item.content == content), key=lambda item: _unlikeness(item.path, seen.path)
        )
        if same:
            left.remove(same[0])
            moves.append(Move(file_id=same[0].id, seen=seen, content=content))
    return moves


def _unlikeness(old: bytes, new: bytes) -> tuple[bool, bool]:
    """Of several lost copies the one with the same name, then the one in the same directory, has moved."""
    return os.path.basename(old) != os.path.basename(new), os.path.dirname(old) != os.path.dirname(new)  # noqa: PTH119, PTH120


def write_moves(connection: sqlite3.Connection, place: Place, moves: Sequence[Move]) -> None:
    """Give files their new paths. Names are read again afterwards (``store.place_again``)."""
    connection.executemany(
        "UPDATE media_file SET path = ?, folder_id = ?, library_id = ?, mtime_ns = ?, missing_since = NULL, "
        "state = CASE WHEN problem IS NULL THEN 'ok' ELSE 'broken' END WHERE id = ?",
        [(move.seen.path, place.folder_id, place.library_id, move.seen.mtime_ns, move.file_id) for move in moves],
    )
