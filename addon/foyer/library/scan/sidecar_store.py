"""Write subtitles and pictures found beside media to what they belong to.

Everything here runs inside one transaction on the writing connection (``Database.write``).
"""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from foyer.library.details import ArtworkKind
from foyer.library.filters import ItemKind, marks
from foyer.library.scan.sidecars import PictureName, owner_of_subtitle, picture_name, split_name, subtitle_name
from foyer.library.scan.store import Place
from foyer.library.scan.walk import Seen

_NEAR = 3000
"""Files of a directory looked at; a picture of a directory with more is about none of them."""


def write_subtitles(connection: sqlite3.Connection, found: Sequence[Seen]) -> None:
    """Store subtitle files with the video they belong to; those without one wait for it until the next scan."""
    near: dict[bytes, dict[bytes, int]] = {}
    for seen in found:
        directory = split_name(seen.path)[0]
        videos = near.get(directory)
        if videos is None:
            parent = directory.rpartition(b"/")[0]
            videos = near[directory] = {
                path: file
                for place in (directory, parent, parent.rpartition(b"/")[0])
                for path, file in _directly_in(connection, place)
            }
        connection.execute("DELETE FROM subtitle WHERE path = ?", (seen.path,))
        owner = owner_of_subtitle(seen.path, videos)
        if owner is None:
            continue
        codec, name = subtitle_name(seen.path, owner)
        connection.execute(
            "INSERT INTO subtitle (file_id, path, mtime_ns, codec, is_text, language, title, is_default, is_forced, "
            "is_hearing_impaired) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?)",
            (
                *(videos[owner], seen.path, seen.mtime_ns, codec, name.language, name.title),
                *(name.is_default, name.is_forced, name.is_hearing_impaired),
            ),
        )


def forget_subtitles(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Remove subtitle files that are gone."""
    connection.execute(f"DELETE FROM subtitle WHERE id IN ({marks(ids)}) AND path IS NOT NULL", tuple(ids))


def write_pictures(connection: sqlite3.Connection, place: Place, found: Sequence[Seen]) -> None:
    """Store what pictures show; ``library.artwork`` takes their bytes in afterwards."""
    for seen in found:
        name = picture_name(seen.path)
        item = None if name is None else _pictured(connection, place, seen.path, name)
        kind = None if name is None else _kind_for(connection, item, name)
        connection.execute(
            "INSERT INTO picture_file (path, folder_id, size, mtime_ns, item_id, kind) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (path) DO UPDATE SET stored_at = CASE WHEN mtime_ns = excluded.mtime_ns "
            "AND item_id IS excluded.item_id AND kind IS excluded.kind THEN stored_at END, size = excluded.size, "
            "mtime_ns = excluded.mtime_ns, item_id = excluded.item_id, kind = excluded.kind, "
            "folder_id = excluded.folder_id",
            (seen.path, place.folder_id, seen.size, seen.mtime_ns, item, kind),
        )


def forget_pictures(connection: sqlite3.Connection, paths: Sequence[bytes]) -> None:
    """Remove pictures whose files are gone, from their items too."""
    rows = connection.execute(
        f"DELETE FROM picture_file WHERE path IN ({marks(paths)}) RETURNING item_id, kind", tuple(paths)
    ).fetchall()
    connection.executemany(
        "DELETE FROM artwork WHERE item_id = ? AND kind = ? AND source = 'local'", [(row[0], row[1]) for row in rows]
    )


def _directly_in(connection: sqlite3.Connection, directory: bytes) -> list[tuple[bytes, int]]:
    start = directory + b"/"
    rows = connection.execute(
        "SELECT path, id FROM media_file WHERE path > ? AND path < ? AND instr(substr(path, ?), x'2f') = 0 LIMIT ?",
        (start, directory + b"0", len(start) + 1, _NEAR),
    )
    return [(row[0], row[1]) for row in rows]


def _pictured(connection: sqlite3.Connection, place: Place, path: bytes, name: PictureName) -> int | None:
    directory = split_name(path)[0]
    if name.stem is not None:
        wanted = name.stem.lower()
        same = [file for video, file in _directly_in(connection, directory) if split_name(video)[1].lower() == wanted]
        return _first_item(connection, same[0]) if same else None
    if name.season is not None:
        series = _common(connection, directory, "i.series_id")
        row = connection.execute(
            "SELECT id FROM item WHERE series_id = ? AND kind = 'season' AND number = ?", (series, name.season)
        ).fetchone()
        return None if row is None else int(row[0])
    if directory == place.root:
        return None
    return _about_directory(connection, directory)


def _about_directory(connection: sqlite3.Connection, directory: bytes) -> int | None:
    """The one item a directory is about: a season, a series, an artist, or the only film in it."""
    series = _common(connection, directory, "i.series_id")
    if series is None:
        return _common(connection, directory, "i.id") or _common_artist(connection, directory)
    season = _common(connection, directory, "i.parent_id")
    return season if season is not None and _has_files_elsewhere(connection, directory, series) else series


def _common(connection: sqlite3.Connection, directory: bytes, column: str) -> int | None:
    """The value all items below a directory share, or ``None``."""
    rows = connection.execute(
        f"SELECT DISTINCT {column} FROM media_file f JOIN item_file l ON l.file_id = f.id AND l.extra IS NULL "
        "JOIN item i ON i.id = l.item_id WHERE f.path > ? AND f.path < ? LIMIT 2",
        (directory + b"/", directory + b"0"),
    ).fetchall()
    return rows[0][0] if len(rows) == 1 else None


def _common_artist(connection: sqlite3.Connection, directory: bytes) -> int | None:
    rows = connection.execute(
        "SELECT DISTINCT a.artist_id FROM media_file f JOIN item_file l ON l.file_id = f.id "
        "JOIN item_artist a ON a.item_id = l.item_id AND a.position = 0 WHERE f.path > ? AND f.path < ? LIMIT 2",
        (directory + b"/", directory + b"0"),
    ).fetchall()
    return rows[0][0] if len(rows) == 1 else None


def _has_files_elsewhere(connection: sqlite3.Connection, directory: bytes, series: int) -> bool:
    """Whether a series has files outside a directory, so that the directory is about a part of it."""
    row = connection.execute(
        "SELECT 1 FROM item i JOIN item_file l ON l.item_id = i.id JOIN media_file f ON f.id = l.file_id "
        "WHERE i.series_id = ? AND i.kind = 'episode' AND NOT (f.path > ? AND f.path < ?) LIMIT 1",
        (series, directory + b"/", directory + b"0"),
    ).fetchone()
    return row is not None


def _first_item(connection: sqlite3.Connection, file_id: int) -> int | None:
    row = connection.execute(
        "SELECT item_id FROM item_file WHERE file_id = ? AND extra IS NULL ORDER BY item_id LIMIT 1", (file_id,)
    ).fetchone()
    return None if row is None else int(row[0])


def _kind_for(connection: sqlite3.Connection, item: int | None, name: PictureName) -> str | None:
    """A picture named only as the video is a film's poster, and an episode's or a clip's still."""
    if item is None:
        return None
    if name.stem is None or name.kind is not ArtworkKind.THUMB:
        return name.kind.value
    row = connection.execute("SELECT kind FROM item WHERE id = ?", (item,)).fetchone()
    return ArtworkKind.POSTER.value if row[0] == ItemKind.MOVIE else ArtworkKind.THUMB.value
