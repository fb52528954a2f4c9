"""Where the streaming room learns of files: the library's records."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Protocol

from foyer.db.reader import Reader
from foyer.errors import UnavailableError
from foyer.ids import FileId
from foyer.library.files import FileRecord, FileState, load_file
from foyer.media.cues import Cue
from foyer.media.file_index import FileIndex
from foyer.streaming.source import MediaSource, TextTrack


class Catalog(Protocol):
    """Knows files."""

    async def source(self, file_id: FileId) -> MediaSource:
        """Raises ``NotFoundError`` for an unknown file, ``UnavailableError`` for one that cannot be streamed now."""


class CueSource(Protocol):
    """Has the cues of text tracks: ``foyer.library.subtitles``."""

    async def cues(self, subtitle_id: int) -> tuple[Cue, ...]:
        """Cues in order of time, in microseconds of the track's own timeline."""


class LibraryCatalog:
    """The catalog of a library's database."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def source(self, file_id: FileId) -> MediaSource:
        """See ``Catalog``. A file that a link leads out of its library counts as not there."""
        source = _source(await load_file(self._reader, file_id))
        root = await self._reader.value(
            "SELECT d.path FROM media_file f JOIN library_folder d ON d.id = f.folder_id WHERE f.id = ?", (file_id,)
        )
        if not isinstance(root, bytes) or not await asyncio.to_thread(_is_inside, source.path, root):
            raise UnavailableError("The file is not there now. Is its disk connected?")
        return source


def _is_inside(path: Path, root: bytes) -> bool:
    """Whether what a path leads to is a regular file below a folder; blocks for as long as the disk takes."""
    try:
        real, folder = path.resolve(strict=True), Path(os.fsdecode(root)).resolve(strict=True)
        return real.is_relative_to(folder) and real.is_file()
    except (OSError, RuntimeError):  # RuntimeError: before Python 3.13 a loop of links is one
        return False


def _source(record: FileRecord) -> MediaSource:
    if record.file.state is FileState.MISSING:
        raise UnavailableError("The file is not there now. Is its disk connected?")
    if record.index is None:
        raise UnavailableError(record.file.problem or "The file has not been examined yet. Try again in a moment.")
    return MediaSource(
        file_id=record.file.id,
        path=record.path,
        mtime_ns=record.file.mtime_ns,
        info=record.info,
        index=FileIndex.from_bytes(record.index),
        text_tracks=tuple(
            TextTrack(
                id=track.id,
                language=track.language,
                title=track.title,
                is_default=track.is_default,
                is_forced=track.is_forced,
                is_hearing_impaired=track.is_hearing_impaired,
                is_sidecar=track.stream_index is None,
            )
            for track in record.subtitles
            if track.is_text
        ),
    )
