"""The cues of subtitle tracks: extracted when first asked for, then kept in the database."""

from __future__ import annotations

import asyncio
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import orjson

from foyer.db.database import Database
from foyer.errors import MediaError, NotFoundError
from foyer.media.cues import Cue

Cues = tuple[Cue, ...]


class CueReader(Protocol):
    """Reads cues out of untrusted files without risk to the server."""

    async def subtitles(self, path: Path, streams: Sequence[int]) -> Mapping[int, Cues]:
        """Cues of text streams by stream index, in one pass over the file. Raises ``MediaError``."""

    async def sidecar(self, path: Path, language: str | None) -> Cues:
        """Cues of a subtitle file. Raises ``MediaError``."""


class Subtitles:
    """Text subtitles of the library, by subtitle row."""

    def __init__(self, database: Database, reader: CueReader) -> None:
        self._database = database
        self._reader = reader
        self._reading: dict[object, asyncio.Task[None]] = {}

    async def cues(self, subtitle_id: int) -> Cues:
        """The cues of a track, in microseconds of its file's own timeline.

        Raises ``NotFoundError`` when there is no such track and ``MediaError`` when it is made of pictures or broken.
        """
        row = await self._database.reader.first(
            "SELECT s.file_id, s.path, s.mtime_ns, s.is_text, s.language, s.cues, f.path AS video FROM subtitle s "
            "JOIN media_file f ON f.id = s.file_id WHERE s.id = ?",
            (subtitle_id,),
        )
        if row is None:
            raise NotFoundError("There is no such subtitle.", id=subtitle_id)
        if not row["is_text"]:
            raise MediaError("This subtitle consists of pictures; it can only be drawn into the video.")
        if row["path"] is not None:
            return await self._sidecar(subtitle_id, row["path"], row["mtime_ns"], row["language"], row["cues"])
        if row["cues"] is None:
            await self._once(("file", row["file_id"]), self._extract(row["file_id"], row["video"]))
            stored = await self._database.reader.value("SELECT cues FROM subtitle WHERE id = ?", (subtitle_id,))
            if not isinstance(stored, bytes):
                raise MediaError("There are no subtitles in this track.")
            return unpack(stored)
        return unpack(row["cues"])

    async def _sidecar(
        self, subtitle_id: int, path: bytes, mtime_ns: int, language: str | None, stored: bytes | None
    ) -> Cues:
        try:
            present = (await asyncio.to_thread(os.stat, path)).st_mtime_ns
        except OSError as error:
            raise MediaError(f"The subtitle file cannot be read: {error.strerror}.") from error
        if stored is not None and present == mtime_ns:
            return unpack(stored)
        cues = await self._reader.sidecar(Path(os.fsdecode(path)), language)
        await self._database.execute(
            "UPDATE subtitle SET cues = ?, mtime_ns = ? WHERE id = ?", (pack(cues), present, subtitle_id)
        )
        return cues

    async def _extract(self, file_id: int, video: bytes) -> None:
        """All text tracks of a file: reading it through takes as long for one as for all."""
        rows = await self._database.reader.all(
            "SELECT id, stream_index FROM subtitle WHERE file_id = ? AND path IS NULL AND is_text = 1", (file_id,)
        )
        found = await self._reader.subtitles(Path(os.fsdecode(video)), [row["stream_index"] for row in rows])
        await self._database.execute_many(
            "UPDATE subtitle SET cues = ? WHERE id = ?",
            [(pack(found.get(row["stream_index"], ())), row["id"]) for row in rows],
        )

    async def _once(self, key: object, work: object) -> None:
        """Two who ask for the same wait for one reading; neither giving up stops it for the other."""
        assert asyncio.iscoroutine(work)  # noqa: S101 - what the only caller passes
        task = self._reading.get(key)
        if task is None:
            task = self._reading[key] = asyncio.create_task(work)
            task.add_done_callback(lambda _: self._reading.pop(key, None))
        else:
            work.close()
        await asyncio.shield(task)


def pack(cues: Cues) -> bytes:
    """Cues as they are stored: compressed JSON of ``[start, end, text]``."""
    return zlib.compress(orjson.dumps([[cue.start_us, cue.end_us, cue.text] for cue in cues]))


def unpack(data: bytes) -> Cues:
    """Read what ``pack`` wrote."""
    return tuple(Cue(start_us=start, end_us=end, text=text) for start, end, text in orjson.loads(zlib.decompress(data)))
