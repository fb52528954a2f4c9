"""Write what a scan found: files with their streams, chapters, subtitles and index, and their place in the graph.

Everything here runs inside one transaction on the writing connection (``Database.write``).
"""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath

import orjson

from foyer.library.filters import marks
from foyer.library.graph import Graph, GraphChanges
from foyer.library.identities import meaning
from foyer.library.kinds import LibraryKind
from foyer.library.names import identify
from foyer.library.rollup import RolledUp, roll_up
from foyer.library.scan.compare import Known
from foyer.library.scan.walk import Seen
from foyer.media.info import MediaInfo, StreamInfo, StreamKind
from foyer.media.subtitle_kinds import is_text_subtitle

_MAX_TAG = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """A file that was looked into; without ``info`` it is broken, and ``problem`` says why."""

    seen: Seen
    file_id: int | None
    """``None`` for a file that is not known yet."""
    info: MediaInfo | None
    index: bytes | None
    index_version: int
    problem: str | None
    content: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where files are written to: the library and the folder they are in."""

    library_id: int
    kind: LibraryKind
    folder_id: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a transaction changed."""

    changes: GraphChanges
    rolled: RolledUp


def write_probed(connection: sqlite3.Connection, place: Place, batch: Sequence[Probed], moment: int) -> Written:
    """Store probed files and put them into the graph.

    New ones that another scan of the folder has stored meanwhile are passed over: they are told of by that scan.
    """
    graph = Graph(connection, place.library_id, moment)
    for probed in batch:
        stored = connection.execute(
            "SELECT folder_id, size, mtime_ns, state FROM media_file WHERE path = ?", (probed.seen.path,)
        ).fetchone()
        if probed.file_id is None and stored is not None and _is_same(stored, place, probed.seen):
            continue
        file_id = _write_file(connection, place, probed, moment)
        if stored is not None:
            _forget_contents(connection, file_id)
        _write_contents(connection, file_id, probed)
        tags = probed.info.tags if probed.info else {}
        _place(graph, place, file_id, probed.seen.path, tags)
    return _finish(connection, graph)


def place_again(connection: sqlite3.Connection, place: Place, file_ids: Sequence[int], moment: int) -> Written:
    """Read the names of known files once more: after a move, or when what they belong to has come."""
    graph = Graph(connection, place.library_id, moment)
    rows = connection.execute(
        f"SELECT id, path, tags FROM media_file WHERE id IN ({marks(file_ids)})", tuple(file_ids)
    ).fetchall()
    for row in rows:
        _place(graph, place, row[0], row[1], orjson.loads(row[2]))
    return _finish(connection, graph)


def mark_missing(connection: sqlite3.Connection, files: Sequence[Known], missing_since: int) -> RolledUp:
    """Mark files as missing since a moment, unless they moved meanwhile."""
    connection.executemany(
        "UPDATE media_file SET state = 'missing', missing_since = ? WHERE id = ? AND path = ? AND state <> 'missing'",
        [(missing_since, file.id, file.path) for file in files],
    )
    return roll_up(connection, items_of(connection, [file.id for file in files]), {})


def mark_present(connection: sqlite3.Connection, file_ids: Sequence[int]) -> RolledUp:
    """Mark missing files as there again."""
    connection.execute(
        "UPDATE media_file SET missing_since = NULL, state = CASE WHEN problem IS NULL THEN 'ok' ELSE 'broken' END "
        f"WHERE state = 'missing' AND id IN ({marks(file_ids)})",
        tuple(file_ids),
    )
    return roll_up(connection, items_of(connection, file_ids), {})


def forget(connection: sqlite3.Connection, file_ids: Sequence[int]) -> RolledUp:
    """Remove the rows of files, and the items that are gone with them."""
    items = items_of(connection, file_ids)
    connection.execute(f"DELETE FROM media_file WHERE id IN ({marks(file_ids)})", tuple(file_ids))
    return roll_up(connection, items, {})


def items_of(connection: sqlite3.Connection, file_ids: Sequence[int]) -> set[int]:
    """The items files are linked to."""
    rows = connection.execute(f"SELECT item_id FROM item_file WHERE file_id IN ({marks(file_ids)})", tuple(file_ids))
    return {row[0] for row in rows}


def _finish(connection: sqlite3.Connection, graph: Graph) -> Written:
    return Written(changes=graph.changes, rolled=roll_up(connection, graph.changes.touched, graph.changes.moved))


def _place(graph: Graph, place: Place, file_id: int, path: bytes, tags: Mapping[str, str]) -> None:
    # Names need not be text: bytes that are none become marks, for reading only.
    readable = path.decode("utf-8", "replace")
    root = place.root.decode("utf-8", "replace")
    identity = identify(PurePosixPath(readable), kind=place.kind, root=PurePosixPath(root))
    folder = os.path.dirname(path)[len(place.root) :].strip(b"/")  # noqa: PTH120 - paths of bytes
    graph.place(file_id, meaning(identity, tags, folder, PurePosixPath(readable).stem))


def _write_file(connection: sqlite3.Connection, place: Place, probed: Probed, moment: int) -> int:
    info = probed.info
    tags = {name[:100]: value[:_MAX_TAG] for name, value in (info.tags if info else {}).items()}
    values = {
        "library_id": place.library_id,
        "folder_id": place.folder_id,
        "path": probed.seen.path,
        "size": probed.seen.size,
        "mtime_ns": probed.seen.mtime_ns,
        "content_hash": probed.content,
        "state": "ok" if info else "broken",
        "problem": probed.problem,
        "missing_since": None,
        "container": info.container if info else None,
        "duration_ms": info.duration_us // 1000 if info and info.duration_us is not None else None,
        "start_us": info.start_us if info else 0,
        "bit_rate": info.bit_rate if info else None,
        "tags": orjson.dumps(tags).decode(),
        "probed_at": moment,
        "pictured_at": None,
    }
    columns = ", ".join(values)
    updates = ", ".join(f"{name} = excluded.{name}" for name in values)
    row = connection.execute(
        f"INSERT INTO media_file ({columns}, added_at) VALUES ({marks([*values, 0])}) "
        f"ON CONFLICT (path) DO UPDATE SET {updates} RETURNING id",
        (*values.values(), moment),
    ).fetchone()
    return int(row[0])


def _is_same(stored: sqlite3.Row, place: Place, seen: Seen) -> bool:
    folder_id, size, mtime_ns, state = stored
    return (folder_id, size, mtime_ns) == (place.folder_id, seen.size, seen.mtime_ns) and state != "missing"


def _forget_contents(connection: sqlite3.Connection, file_id: int) -> None:
    for table in ("media_stream", "chapter", "boundary_index", "trickplay"):
        connection.execute(f"DELETE FROM {table} WHERE file_id = ?", (file_id,))
    connection.execute("DELETE FROM subtitle WHERE file_id = ? AND path IS NULL", (file_id,))


def _write_contents(connection: sqlite3.Connection, file_id: int, probed: Probed) -> None:
    if probed.info is None:
        return
    connection.executemany(_INSERT_STREAM, [_stream_values(file_id, stream) for stream in probed.info.streams])
    connection.executemany(
        "INSERT INTO chapter (file_id, start_us, end_us, title) VALUES (?, ?, ?, ?)",
        [(file_id, chapter.start_us, chapter.end_us, chapter.title) for chapter in probed.info.chapters],
    )
    connection.executemany(
        "INSERT INTO subtitle (file_id, stream_index, codec, is_text, language, title, is_default, is_forced, "
        "is_hearing_impaired) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(file_id, stream.index, stream.codec, is_text_subtitle(stream.codec), stream.language),
                *(stream.title, stream.is_default, stream.is_forced, stream.is_hearing_impaired),
            )
            for stream in probed.info.of_kind(StreamKind.SUBTITLE)
        ],
    )
    if probed.index is not None:
        connection.execute(
            "INSERT INTO boundary_index (file_id, version, data) VALUES (?, ?, ?)",
            (file_id, probed.index_version, probed.index),
        )


_STREAM_COLUMNS = (
    "file_id, stream_index, kind, codec, codec_string, profile, level, bit_rate, time_base_num, time_base_den, "
    "start_pts, duration_ticks, frame_count, language, title, is_default, is_forced, is_hearing_impaired, "
    "is_visual_impaired, is_commentary, is_attached_picture, width, height, pixel_format, bit_depth, sar_num, "
    "sar_den, frame_rate_num, frame_rate_den, is_interlaced, rotation, hdr, color_primaries, color_transfer, "
    "color_space, channels, channel_layout, sample_rate"
)
_INSERT_STREAM = f"INSERT OR IGNORE INTO media_stream ({_STREAM_COLUMNS}) VALUES ({marks(_STREAM_COLUMNS.split(', '))})"


def _stream_values(file_id: int, stream: StreamInfo) -> tuple[object, ...]:
    return (
        *(file_id, stream.index, stream.kind.value, stream.codec, stream.codec_string, stream.profile, stream.level),
        *(stream.bit_rate, stream.time_base.numerator, stream.time_base.denominator, stream.start_pts),
        *(stream.duration_ticks, stream.frame_count, stream.language, stream.title, stream.is_default),
        *(stream.is_forced, stream.is_hearing_impaired, stream.is_visual_impaired, stream.is_commentary),
        *(stream.is_attached_picture, stream.width, stream.height, stream.pixel_format, stream.bit_depth),
        *_parts(stream.sample_aspect_ratio),
        *_parts(stream.frame_rate),
        *(stream.is_interlaced, stream.rotation, stream.hdr.value if stream.hdr else None, stream.color_primaries),
        *(stream.color_transfer, stream.color_space, stream.channels, stream.channel_layout, stream.sample_rate),
    )


def _parts(value: Fraction | None) -> tuple[int | None, int | None]:
    return (None, None) if value is None else (value.numerator, value.denominator)
