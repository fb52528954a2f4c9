"""Libraries in numbers, what is broken in them, and what they hold twice."""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from foyer.db.reader import Reader
from foyer.ids import ItemId
from foyer.library.files import FILE_COLUMNS, FileRow, file_row
from foyer.library.filters import TOP_KINDS, marks


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryStatistics:
    """What a library holds; missing files do not count."""

    items: int = 0
    """Films, series, music videos and home videos."""
    files: int = 0
    broken_files: int = 0
    missing_files: int = 0
    size: int = 0
    """Bytes."""
    duration_ms: int = 0


class DuplicateReason(StrEnum):
    """CONTENT: the same bytes. VERSIONS: one item in several qualities."""

    CONTENT = "content"
    VERSIONS = "versions"


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateGroup:
    """Files that say the same; ``cursor`` continues the list after it."""

    reason: DuplicateReason
    item_id: ItemId | None
    files: tuple[FileRow, ...]
    cursor: tuple[str, int]


async def statistics(reader: Reader, ids: Sequence[int]) -> dict[int, LibraryStatistics]:
    """The numbers of libraries, in one statement."""
    if not ids:
        return {}
    kinds = ", ".join(f"'{kind.value}'" for kind in TOP_KINDS)
    rows = await reader.all(
        "SELECT library_id, 0 AS items, sum(state <> 'missing') AS files, sum(state = 'broken') AS broken, "
        "sum(state = 'missing') AS missing, sum(CASE WHEN state <> 'missing' THEN size ELSE 0 END) AS size, "
        "sum(CASE WHEN state <> 'missing' THEN ifnull(duration_ms, 0) ELSE 0 END) AS duration_ms "
        f"FROM media_file WHERE library_id IN ({marks(ids)}) GROUP BY library_id "
        "UNION ALL SELECT library_id, count(*), 0, 0, 0, 0, 0 FROM item INDEXED BY item_title "
        f"WHERE library_id IN ({marks(ids)}) AND kind IN ({kinds}) AND hidden = 0 GROUP BY library_id",
        (*ids, *ids),
    )
    found = dict.fromkeys(ids, LibraryStatistics())
    for row in rows:
        so_far = found[row["library_id"]]
        found[row["library_id"]] = LibraryStatistics(
            items=so_far.items + row["items"],
            files=so_far.files + row["files"],
            broken_files=so_far.broken_files + row["broken"],
            missing_files=so_far.missing_files + row["missing"],
            size=so_far.size + row["size"],
            duration_ms=so_far.duration_ms + row["duration_ms"],
        )
    return found


async def broken_files(reader: Reader, library_id: int, *, first: int = 50, after: int = 0) -> list[FileRow]:
    """Files that could not be read, each with its ``problem``, by id; one more than ``first`` when there are more."""
    rows = await reader.all(
        f"SELECT {FILE_COLUMNS} FROM media_file f WHERE f.library_id = ? AND f.state = 'broken' AND f.id > ? "
        "ORDER BY f.id LIMIT ?",
        (library_id, after, first + 1),
    )
    return [file_row(row) for row in rows]


async def broken_count(reader: Reader, library_id: int) -> int:
    """How many files could not be read."""
    value = await reader.value(
        "SELECT count(*) FROM media_file WHERE library_id = ? AND state = 'broken'", (library_id,)
    )
    return int(str(value))


async def duplicates(
    reader: Reader, library_id: int, *, first: int = 50, after: tuple[str, int] = ("", 0)
) -> list[DuplicateGroup]:
    """Groups of files with the same content, then items with several versions; one more than ``first`` if any.

    Parts of one version are not duplicates of each other, neither are extras.
    """
    groups = await reader.all(
        "SELECT * FROM (SELECT 'content' AS reason, min(id) AS anchor, NULL AS item_id, group_concat(id) AS files "
        "FROM media_file WHERE library_id = ?1 AND state <> 'missing' AND content_hash IS NOT NULL "
        "GROUP BY size, content_hash HAVING count(*) > 1 "
        "UNION ALL SELECT 'versions', l.item_id, l.item_id, group_concat(f.id) FROM item i "
        "JOIN item_file l ON l.item_id = i.id JOIN media_file f ON f.id = l.file_id "
        "WHERE i.library_id = ?1 AND l.extra IS NULL AND f.state <> 'missing' GROUP BY l.item_id "
        "HAVING count(*) > max(1, count(DISTINCT l.part)) AND count(DISTINCT f.content_hash) > 1) "
        "WHERE (reason, anchor) > (?2, ?3) ORDER BY reason, anchor LIMIT ?4",
        (library_id, *after, first + 1),
    )
    ids = [int(number) for row in groups for number in row["files"].split(",")]
    rows = await reader.all(f"SELECT {FILE_COLUMNS} FROM media_file f WHERE f.id IN ({marks(ids)}) ORDER BY f.id", ids)
    files = {row["id"]: file_row(row) for row in rows}
    return [
        DuplicateGroup(
            reason=DuplicateReason(row["reason"]),
            item_id=row["item_id"],
            files=tuple(files[int(number)] for number in row["files"].split(",") if int(number) in files),
            cursor=(row["reason"], row["anchor"]),
        )
        for row in groups
    ]
