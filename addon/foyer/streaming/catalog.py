"""Where the streaming room learns of files: the library's records."""

from __future__ import annotations

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
        """See ``Catalog``."""
        return _source(await load_file(self._reader, file_id))


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
