"""The job ``library.artwork``: take in the pictures beside and inside media, and make the ones that are missing."""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import os
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from tortoise.exceptions import OperationalError

from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.errors import MediaError, UnavailableError
from foyer.events.bus import EventBus
from foyer.events.topics import LibraryEventKind, Topic
from foyer.jobs.context import JobContext
from foyer.jobs.model import JobKind, Lane
from foyer.library.artwork import ArtworkStore, StoredPicture
from foyer.library.details import ArtworkKind
from foyer.library.files import shown
from foyer.library.filters import marks

ARTWORK = "library.artwork"
STILL_WIDTH = 960
_BATCH = 8

Bytes = Callable[[Path], Awaitable[bytes]]


class Camera(Protocol):
    """Takes pictures out of untrusted videos without risk to the server."""

    async def poster_frame(self, path: Path, max_width: int) -> bytes:
        """A frame that shows something. Raises ``MediaError``."""

    async def cover_picture(self, path: Path) -> bytes:
        """The embedded cover. Raises ``MediaError``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Video:
    """A file to take pictures of, and the items that want them."""

    file_id: int
    path: bytes
    has_cover: bool
    items: tuple[tuple[int, str], ...]
    """Id and kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hung:
    """A picture of an item, to be stored."""

    item_id: int
    kind: ArtworkKind
    source: str
    picture: StoredPicture


class Artist:
    """Makes the artwork of libraries, a little at a time; safe to run again after a kill."""

    def __init__(self, database: Database, bus: EventBus, store: ArtworkStore, camera: Camera) -> None:
        self._database = database
        self._bus = bus
        self._store = store
        self._camera = camera

    def job_kind(self) -> JobKind:
        """What to register with the queue."""
        return JobKind(name=ARTWORK, lane=Lane.CPU, handler=self.run, max_attempts=3)

    async def run(self, context: JobContext) -> None:
        """Everything that waits in the library ``library_id`` of the payload."""
        library_id = int(context.payload["library_id"])
        try:
            await self._take_in(context, library_id)
            await self._photograph(context, library_id)
            await self._lend(library_id)
        except OperationalError as error:
            raise UnavailableError(f"The database cannot be written: {error}.") from error

    async def _take_in(self, context: JobContext, library_id: int) -> None:
        """Pictures beside media."""
        while rows := await self._database.reader.all(
            "SELECT p.path, p.item_id, p.kind FROM picture_file p JOIN library_folder d ON d.id = p.folder_id "
            "WHERE d.library_id = ? AND p.stored_at IS NULL AND p.item_id IS NOT NULL LIMIT ?",
            (library_id, _BATCH),
        ):
            hung: list[_Hung] = []
            for row in rows:
                context.check()
                try:
                    picture = await self._store.store_file(row["path"])
                except MediaError as error:
                    await context.log(f"{shown(row['path'])}: {error.message}", level="warning")
                    continue
                kind = ArtworkKind(row["kind"])
                hung.append(_Hung(item_id=row["item_id"], kind=kind, source="local", picture=picture))
            paths = [row["path"] for row in rows]
            await self._database.write(partial(_hang, hung=hung, paths=paths, moment=to_instant(now())))
            self._announce(library_id)

    async def _photograph(self, context: JobContext, library_id: int) -> None:
        """Covers inside files, and a frame of each video."""
        waiting = await self._database.reader.value(
            "SELECT count(*) FROM media_file WHERE library_id = ? AND pictured_at IS NULL AND state = 'ok'",
            (library_id,),
        )
        total, done = int(str(waiting)), 0
        while videos := await self._database.reader.run(partial(_waiting_videos, library_id=library_id)):
            hung: list[_Hung] = []
            for video in videos:
                await context.progress(done, max(total, done), unit="files", message=shown(video.path))
                hung += await self._pictures_of(video)
                done += 1
            files = [video.file_id for video in videos]
            await self._database.write(partial(_hang, hung=hung, files=files, moment=to_instant(now())))
            self._announce(library_id)

    async def _pictures_of(self, video: _Video) -> list[_Hung]:
        if not video.items:
            return []
        path = Path(os.fsdecode(video.path))
        cover = await self._picture(self._camera.cover_picture, path) if video.has_cover else None
        still = await self._picture(partial(self._camera.poster_frame, max_width=STILL_WIDTH), path)
        hung: list[_Hung] = []
        for item, kind in video.items:
            if cover is not None:
                shape = ArtworkKind.POSTER if cover.height > cover.width else ArtworkKind.THUMB
                hung.append(_Hung(item_id=item, kind=shape, source="embedded", picture=cover))
            if still is None:
                continue
            hung.append(_Hung(item_id=item, kind=ArtworkKind.THUMB, source="generated", picture=still))
            if kind != "episode":
                poster = await self._store.poster_of(still)
                hung.append(_Hung(item_id=item, kind=ArtworkKind.POSTER, source="generated", picture=poster))
            if kind == "movie":
                hung.append(_Hung(item_id=item, kind=ArtworkKind.BACKDROP, source="generated", picture=still))
        return hung

    async def _picture(self, take: Bytes, path: Path) -> StoredPicture | None:
        try:
            return await self._store.store(await take(path))
        except MediaError:
            return None  # no picture to be had; the file's own problem is told by the scan

    async def _lend(self, library_id: int) -> None:
        """Series, seasons and artists without pictures of their own show those of their first video."""
        rows = await self._database.reader.all(
            "SELECT x.id, x.kind, a.content_hash, a.width, a.height, a.color FROM ("
            "SELECT g.id, g.kind, CASE g.kind "
            "WHEN 'series' THEN (SELECT e.id FROM item e JOIN artwork w ON w.item_id = e.id AND w.kind = 'thumb' "
            "WHERE e.series_id = g.id AND e.kind = 'episode' ORDER BY e.season_number = 0, e.season_number, e.position "
            "LIMIT 1) "
            "WHEN 'season' THEN (SELECT e.id FROM item e JOIN artwork w ON w.item_id = e.id AND w.kind = 'thumb' "
            "WHERE e.parent_id = g.id ORDER BY e.position LIMIT 1) "
            "ELSE (SELECT l.item_id FROM item_artist l JOIN artwork w ON w.item_id = l.item_id AND w.kind = 'thumb' "
            "WHERE l.artist_id = g.id ORDER BY l.position, l.item_id LIMIT 1) END AS lender "
            "FROM item g WHERE g.library_id = ? AND g.kind IN ('series', 'season', 'artist') "
            "AND NOT EXISTS (SELECT 1 FROM artwork w WHERE w.item_id = g.id AND w.kind = 'thumb')"
            ") x JOIN artwork a ON a.item_id = x.lender AND a.kind = 'thumb' GROUP BY x.id",
            (library_id,),
        )
        for row in rows:
            still = StoredPicture(
                content_hash=row["content_hash"], width=row["width"], height=row["height"], color=row["color"]
            )
            try:
                poster = await self._store.poster_of(still)
            except MediaError:
                continue
            hung = [
                _Hung(item_id=row["id"], kind=ArtworkKind.THUMB, source="generated", picture=still),
                _Hung(item_id=row["id"], kind=ArtworkKind.POSTER, source="generated", picture=poster),
            ]
            if row["kind"] == "series":
                hung.append(_Hung(item_id=row["id"], kind=ArtworkKind.BACKDROP, source="generated", picture=still))
            await self._database.write(partial(_hang, hung=hung, moment=to_instant(now())))
        if rows:
            self._announce(library_id)

    def _announce(self, library_id: int) -> None:
        self._bus.publish(
            Topic.LIBRARY,
            LibraryEventKind.ITEMS_CHANGED,
            {"library_id": library_id},
            conflate=f"library:{library_id}:items",
        )


def _waiting_videos(connection: sqlite3.Connection, library_id: int) -> list[_Video]:
    rows = connection.execute(
        "SELECT f.id, f.path, EXISTS (SELECT 1 FROM media_stream s WHERE s.file_id = f.id "
        "AND s.is_attached_picture = 1) AS has_cover FROM media_file f "
        "WHERE f.library_id = ? AND f.pictured_at IS NULL AND f.state = 'ok' ORDER BY f.id LIMIT ?",
        (library_id, _BATCH),
    ).fetchall()
    videos: list[_Video] = []
    for row in rows:
        # Of several versions and parts the first one makes the pictures.
        items = connection.execute(
            "SELECT i.id, i.kind FROM item_file l JOIN item i ON i.id = l.item_id "
            "WHERE l.file_id = ?1 AND l.extra IS NULL AND NOT EXISTS (SELECT 1 FROM item_file o "
            "JOIN media_file f ON f.id = o.file_id WHERE o.item_id = i.id AND o.extra IS NULL AND f.state = 'ok' "
            "AND (ifnull(o.part, 0), o.file_id) < (ifnull(l.part, 0), ?1))",
            (row["id"],),
        ).fetchall()
        videos.append(
            _Video(
                file_id=row["id"],
                path=row["path"],
                has_cover=bool(row["has_cover"]),
                items=tuple((item[0], item[1]) for item in items),
            )
        )
    return videos


def _hang(
    connection: sqlite3.Connection,
    *,
    hung: list[_Hung],
    moment: int,
    paths: list[bytes] | None = None,
    files: list[int] | None = None,
) -> None:
    """Store pictures of items that are still there, and that their sources have been dealt with."""
    connection.executemany(
        "INSERT INTO artwork (item_id, kind, source, content_hash, width, height, color) "
        "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM item WHERE id = ?1) "
        "ON CONFLICT (item_id, kind, source) DO UPDATE SET content_hash = excluded.content_hash, "
        "width = excluded.width, height = excluded.height, color = excluded.color",
        [
            (
                *(one.item_id, one.kind.value, one.source, one.picture.content_hash),
                *(one.picture.width, one.picture.height, one.picture.color),
            )
            for one in hung
        ],
    )
    for table, column, done, values in (
        ("picture_file", "path", "stored_at", paths or []),
        ("media_file", "id", "pictured_at", files or []),
    ):
        if values:
            connection.execute(f"UPDATE {table} SET {done} = ? WHERE {column} IN ({marks(values)})", (moment, *values))
