"""The job ``library.trickplay``: the small pictures of the seek bar, made once for each film, kept in the cache."""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from tortoise.exceptions import OperationalError

from foyer.db.database import Database
from foyer.errors import MediaError, NotFoundError, UnavailableError
from foyer.jobs.context import JobContext
from foyer.jobs.model import JobKind, Lane
from foyer.library.files import shown
from foyer.media.workers import MediaWorkers, PictureFormat
from foyer.settings.store import Settings

TRICKPLAY = "library.trickplay"
SHORTEST_MS = 60_000
"""Shorter videos have no seek bar worth pictures."""
_FINE_BELOW_MS = 600_000
_COARSE_US, _FINE_US = 10_000_000, 2_000_000
_TILE_WIDTH = 320


class Trickplay:
    """Makes and finds preview sheets; safe to run again after a kill."""

    def __init__(self, database: Database, settings: Settings, workers: MediaWorkers, cache: Path) -> None:
        self._database = database
        self._settings = settings
        self._workers = workers
        self._folder = cache / "trickplay"

    def job_kind(self) -> JobKind:
        """What to register with the queue."""
        return JobKind(name=TRICKPLAY, lane=Lane.CPU, handler=self.run, max_attempts=3)

    async def sheet(self, file_id: int, number: int) -> Path:
        """Where a sheet is (WebP). Raises ``NotFoundError``; sheets lost with the cache will be made again."""
        path = self._of(file_id) / f"{number:d}.webp"
        if number < 0 or not await asyncio.to_thread(path.is_file):
            if not await asyncio.to_thread(self._of(file_id).is_dir):
                await self._database.execute("DELETE FROM trickplay WHERE file_id = ?", (file_id,))
            raise NotFoundError("There are no such preview pictures.", id=file_id)
        return path

    async def run(self, context: JobContext) -> None:
        """Every film without sheets of the library ``library_id`` of the payload; nothing when it is switched off."""
        library_id = int(context.payload["library_id"])
        try:
            await self._all_of(context, library_id)
        except OperationalError as error:
            raise UnavailableError(f"The database cannot be written: {error}.") from error
        except OSError as error:
            raise UnavailableError(f"Preview pictures cannot be kept: {error.strerror}.") from error

    async def _all_of(self, context: JobContext, library_id: int) -> None:
        count = await self._database.reader.value(f"SELECT count(*) {_WAITING}", (library_id,))
        done, total = 0, int(str(count))
        while self._settings.flag("library.trickplay"):
            row = await self._database.reader.first(
                f"SELECT f.id, f.path, f.duration_ms {_WAITING} ORDER BY f.id LIMIT 1", (library_id,)
            )
            if row is None:
                return
            await context.progress(done, max(total, done + 1), unit="files", message=shown(row["path"]))
            await self._make(context, row["id"], row["path"], row["duration_ms"])
            done += 1

    async def _make(self, context: JobContext, file_id: int, path: bytes, duration_ms: int) -> None:
        interval = _FINE_US if duration_ms < _FINE_BELOW_MS else _COARSE_US
        try:
            made = await self._workers.sprites(
                Path(os.fsdecode(path)), interval_us=interval, tile_width=_TILE_WIDTH, kind=PictureFormat.WEBP
            )
        except MediaError as error:
            await context.log(f"{shown(path)}: {error.message}", level="warning")
            await self._record(file_id, (interval // 1000, 0, 0, 0, 0, 0))
            return
        facts = made.manifest
        await asyncio.to_thread(self._write, file_id, made.sheets)
        await self._record(
            file_id,
            (facts.interval_us // 1000, facts.tile_width, facts.tile_height, facts.columns, facts.rows, facts.count),
        )

    async def _record(self, file_id: int, geometry: tuple[int, ...]) -> None:
        """A count of 0 says that it was tried."""
        await self._database.execute(
            "INSERT INTO trickplay (file_id, interval_ms, tile_width, tile_height, columns, rows, count) "
            "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM media_file WHERE id = ?1) "
            "ON CONFLICT (file_id) DO UPDATE SET interval_ms = excluded.interval_ms, "
            "tile_width = excluded.tile_width, tile_height = excluded.tile_height, columns = excluded.columns, "
            "rows = excluded.rows, count = excluded.count",
            (file_id, *geometry),
        )

    def _of(self, file_id: int) -> Path:
        return self._folder / f"{file_id // 1000:d}" / f"{file_id:d}"

    def _write(self, file_id: int, sheets: Sequence[bytes]) -> None:
        target = self._of(file_id)
        fresh = target.with_name(f".{target.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for number, sheet in enumerate(sheets):
            (fresh / f"{number}.webp").write_bytes(sheet)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)


_WAITING = (
    f"FROM media_file f WHERE f.library_id = ? AND f.state = 'ok' AND f.duration_ms >= {SHORTEST_MS} "
    "AND EXISTS (SELECT 1 FROM media_stream s WHERE s.file_id = f.id AND s.kind = 'video' "
    "AND s.is_attached_picture = 0) AND NOT EXISTS (SELECT 1 FROM trickplay t WHERE t.file_id = f.id)"
)
