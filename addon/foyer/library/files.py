"""Media files as they are read: the whole record for playback, and file facts in batches."""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import orjson

from foyer.db.fields import from_instant
from foyer.db.reader import Reader
from foyer.errors import NotFoundError
from foyer.ids import FileId, FolderId, ItemId, LibraryId
from foyer.library.filters import marks
from foyer.media.info import ChapterInfo, HdrKind, MediaInfo, StreamInfo, StreamKind


class FileState(StrEnum):
    """Whether a file can be played: BROKEN files were seen but not understood, MISSING ones were there before."""

    OK = "ok"
    BROKEN = "broken"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A media file's own facts."""

    id: FileId
    library_id: LibraryId
    folder_id: FolderId
    path: bytes
    size: int
    mtime_ns: int
    state: FileState
    problem: str | None
    container: str | None
    duration_ms: int | None
    start_us: int
    bit_rate: int | None
    added_at: datetime

    @property
    def shown_path(self) -> str:
        """The path as text; bytes that are no UTF-8 become replacement marks."""
        return shown(self.path)

    @property
    def name(self) -> str:
        """The last part of the path, as text."""
        return shown(os.path.basename(self.path))  # noqa: PTH119 - pathlib has no paths of bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFileRow:
    """A file as one item has it: which part, edition or version it is, or what kind of extra."""

    item_id: ItemId
    file: FileRow
    part: int | None
    edition: str | None
    version: str | None
    extra: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleRow:
    """A subtitle track of a file; ``stream_index`` is ``None`` for one in a file of its own."""

    id: int
    file_id: FileId
    stream_index: int | None
    path: bytes | None
    codec: str
    is_text: bool
    language: str | None
    title: str | None
    is_default: bool
    is_forced: bool
    is_hearing_impaired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrickplayRow:
    """The geometry of a file's preview sheets; ``count`` pictures, ``columns`` by ``rows`` on each sheet."""

    file_id: FileId
    interval_ms: int
    tile_width: int
    tile_height: int
    columns: int
    rows: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """Everything playback needs to know of one file, read in one snapshot."""

    file: FileRow
    path: Path
    info: MediaInfo
    index: bytes | None
    """``FileIndex.to_bytes()``; ``None`` when the file could not be indexed."""
    index_version: int | None
    subtitles: tuple[SubtitleRow, ...]
    trickplay: TrickplayRow | None
    items: tuple[ItemId, ...]
    """What the file shows, extras included."""


def shown(path: bytes) -> str:
    """A path as text for people: never fails, cannot be turned back."""
    return path.decode("utf-8", "replace")


async def load_file(reader: Reader, file_id: int) -> FileRecord:
    """Read one file whole. Raises ``NotFoundError``."""
    return await reader.run(lambda connection: _load(connection, file_id), label="files.load")


async def files_by_ids(reader: Reader, ids: Sequence[int]) -> dict[int, FileRow]:
    """Files by id, in one statement."""
    rows = await reader.all(f"SELECT {FILE_COLUMNS} FROM media_file f WHERE f.id IN ({marks(ids)})", tuple(ids))
    return {row["id"]: file_row(row) for row in rows}


async def files_below(reader: Reader, item_id: int) -> frozenset[bytes]:
    """The paths of an item's files and of all that is part of it: the episodes of a season or series."""
    rows = await reader.all(
        "SELECT f.path FROM item i JOIN item_file l ON l.item_id = i.id JOIN media_file f ON f.id = l.file_id "
        "WHERE ?1 IN (i.id, i.parent_id, i.series_id)",
        (item_id,),
    )
    return frozenset(row["path"] for row in rows)


async def files_of_items(reader: Reader, ids: Sequence[int]) -> dict[int, list[ItemFileRow]]:
    """The files of items, extras too, in one statement: best version first, parts in order."""
    rows = await reader.all(
        f"SELECT l.item_id, l.part, l.edition, l.version, l.extra, {FILE_COLUMNS} "
        f"FROM item_file l JOIN media_file f ON f.id = l.file_id WHERE l.item_id IN ({marks(ids)}) "
        "ORDER BY l.item_id, l.extra IS NOT NULL, f.state <> 'ok', "
        "(SELECT max(ifnull(s.height, 0)) FROM media_stream s WHERE s.file_id = f.id) DESC, l.edition, l.version, "
        "ifnull(l.part, 0), f.id",
        tuple(ids),
    )
    found: dict[int, list[ItemFileRow]] = {item: [] for item in ids}
    for row in rows:
        found[row["item_id"]].append(
            ItemFileRow(
                item_id=row["item_id"],
                file=file_row(row),
                part=row["part"],
                edition=row["edition"],
                version=row["version"],
                extra=row["extra"],
            )
        )
    return found


async def streams_of_files(reader: Reader, ids: Sequence[int]) -> dict[int, list[StreamInfo]]:
    """The streams of files in file order, in one statement."""
    rows = await reader.all(
        f"SELECT * FROM media_stream WHERE file_id IN ({marks(ids)}) ORDER BY file_id, stream_index",
        tuple(ids),
    )
    found: dict[int, list[StreamInfo]] = {file: [] for file in ids}
    for row in rows:
        found[row["file_id"]].append(stream(row))
    return found


async def chapters_of_files(reader: Reader, ids: Sequence[int]) -> dict[int, list[ChapterInfo]]:
    """The chapters of files in order, in one statement."""
    rows = await reader.all(
        f"SELECT file_id, start_us, end_us, title FROM chapter WHERE file_id IN ({marks(ids)}) "
        "ORDER BY file_id, start_us",
        tuple(ids),
    )
    found: dict[int, list[ChapterInfo]] = {file: [] for file in ids}
    for row in rows:
        found[row["file_id"]].append(_chapter(row))
    return found


async def subtitles_of_files(reader: Reader, ids: Sequence[int]) -> dict[int, list[SubtitleRow]]:
    """The subtitle tracks of files, embedded and beside them, in one statement."""
    rows = await reader.all(
        f"SELECT {SUBTITLE_COLUMNS} FROM subtitle WHERE file_id IN ({marks(ids)}) "
        "ORDER BY file_id, stream_index IS NULL, stream_index, language, id",
        tuple(ids),
    )
    found: dict[int, list[SubtitleRow]] = {file: [] for file in ids}
    for row in rows:
        found[row["file_id"]].append(subtitle_row(row))
    return found


async def trickplay_of_files(reader: Reader, ids: Sequence[int]) -> dict[int, TrickplayRow]:
    """The preview sheets of the files that have them, in one statement."""
    rows = await reader.all(
        f"SELECT * FROM trickplay WHERE count > 0 AND file_id IN ({marks(ids)})",
        tuple(ids),
    )
    return {row["file_id"]: TrickplayRow(**dict(row)) for row in rows}


FILE_COLUMNS = (
    "f.id, f.library_id, f.folder_id, f.path, f.size, f.mtime_ns, f.state, f.problem, f.container, f.duration_ms, "
    "f.start_us, f.bit_rate, f.added_at"
)
SUBTITLE_COLUMNS = (
    "id, file_id, stream_index, path, codec, is_text, language, title, is_default, is_forced, is_hearing_impaired"
)


def file_row(row: sqlite3.Row) -> FileRow:
    """A file from a row with ``FILE_COLUMNS``."""
    return FileRow(
        id=row["id"],
        library_id=row["library_id"],
        folder_id=row["folder_id"],
        path=row["path"],
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        state=FileState(row["state"]),
        problem=row["problem"],
        container=row["container"],
        duration_ms=row["duration_ms"],
        start_us=row["start_us"],
        bit_rate=row["bit_rate"],
        added_at=from_instant(row["added_at"]),
    )


def subtitle_row(row: sqlite3.Row) -> SubtitleRow:
    """A subtitle from a row with ``SUBTITLE_COLUMNS``."""
    return SubtitleRow(
        id=row["id"],
        file_id=row["file_id"],
        stream_index=row["stream_index"],
        path=row["path"],
        codec=row["codec"],
        is_text=bool(row["is_text"]),
        language=row["language"],
        title=row["title"],
        is_default=bool(row["is_default"]),
        is_forced=bool(row["is_forced"]),
        is_hearing_impaired=bool(row["is_hearing_impaired"]),
    )


def stream(row: sqlite3.Row) -> StreamInfo:
    """A stream from a whole row of ``media_stream``."""
    return StreamInfo(
        index=row["stream_index"],
        kind=StreamKind(row["kind"]),
        codec=row["codec"],
        codec_string=row["codec_string"],
        profile=row["profile"],
        level=row["level"],
        bit_rate=row["bit_rate"],
        time_base=Fraction(row["time_base_num"], row["time_base_den"]),
        start_pts=row["start_pts"],
        duration_ticks=row["duration_ticks"],
        frame_count=row["frame_count"],
        language=row["language"],
        title=row["title"],
        is_default=bool(row["is_default"]),
        is_forced=bool(row["is_forced"]),
        is_hearing_impaired=bool(row["is_hearing_impaired"]),
        is_visual_impaired=bool(row["is_visual_impaired"]),
        is_commentary=bool(row["is_commentary"]),
        is_attached_picture=bool(row["is_attached_picture"]),
        width=row["width"],
        height=row["height"],
        pixel_format=row["pixel_format"],
        bit_depth=row["bit_depth"],
        sample_aspect_ratio=_fraction(row["sar_num"], row["sar_den"]),
        frame_rate=_fraction(row["frame_rate_num"], row["frame_rate_den"]),
        is_interlaced=bool(row["is_interlaced"]),
        rotation=row["rotation"],
        hdr=HdrKind(row["hdr"]) if row["hdr"] else None,
        color_primaries=row["color_primaries"],
        color_transfer=row["color_transfer"],
        color_space=row["color_space"],
        channels=row["channels"],
        channel_layout=row["channel_layout"],
        sample_rate=row["sample_rate"],
    )


def _fraction(numerator: int | None, denominator: int | None) -> Fraction | None:
    return None if numerator is None or not denominator else Fraction(numerator, denominator)


def _chapter(row: sqlite3.Row) -> ChapterInfo:
    return ChapterInfo(start_us=row["start_us"], end_us=row["end_us"], title=row["title"])


def _load(connection: sqlite3.Connection, file_id: int) -> FileRecord:
    row = connection.execute(f"SELECT {FILE_COLUMNS}, f.tags FROM media_file f WHERE f.id = ?", (file_id,)).fetchone()
    if row is None:
        raise NotFoundError("There is no such file.", id=file_id)
    file = file_row(row)

    def rows(sql: str) -> list[sqlite3.Row]:
        return connection.execute(sql, (file_id,)).fetchall()

    streams = rows("SELECT * FROM media_stream WHERE file_id = ? ORDER BY stream_index")
    chapters = rows("SELECT start_us, end_us, title FROM chapter WHERE file_id = ? ORDER BY start_us")
    subtitles = rows(f"SELECT {SUBTITLE_COLUMNS} FROM subtitle WHERE file_id = ? ORDER BY stream_index IS NULL, id")
    index = next(iter(rows("SELECT version, data FROM boundary_index WHERE file_id = ?")), None)
    trickplay = next(iter(rows("SELECT * FROM trickplay WHERE file_id = ? AND count > 0")), None)
    items = rows("SELECT item_id FROM item_file WHERE file_id = ? ORDER BY item_id")
    return FileRecord(
        file=file,
        path=Path(os.fsdecode(file.path)),
        info=MediaInfo(
            container=file.container or "",
            size=file.size,
            duration_us=None if file.duration_ms is None else file.duration_ms * 1000,
            start_us=file.start_us,
            bit_rate=file.bit_rate,
            streams=tuple(stream(found) for found in streams),
            chapters=tuple(_chapter(found) for found in chapters),
            tags=orjson.loads(row["tags"]),
        ),
        index=None if index is None else index["data"],
        index_version=None if index is None else index["version"],
        subtitles=tuple(subtitle_row(found) for found in subtitles),
        trickplay=None if trickplay is None else TrickplayRow(**dict(trickplay)),
        items=tuple(found["item_id"] for found in items),
    )
