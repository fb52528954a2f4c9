"""What the streaming room knows of a file before it makes renditions of it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from foyer.ids import FileId
from foyer.media.file_index import FileIndex
from foyer.media.info import MediaInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTrack:
    """A subtitle track whose cues can be had as text."""

    id: int
    """Row id of the subtitle."""
    language: str | None = None
    """BCP 47 tag."""
    title: str | None = None
    is_default: bool = False
    is_forced: bool = False
    is_hearing_impaired: bool = False
    is_sidecar: bool = False
    """In a file of its own, whose times count from where playback starts; others have the film's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSource:
    """One media file with everything that was found out about it."""

    file_id: FileId
    path: Path
    mtime_ns: int
    info: MediaInfo
    index: FileIndex
    text_tracks: tuple[TextTrack, ...] = ()

    @property
    def version(self) -> str:
        """Changes whenever the bytes or the rules for cutting them may have changed."""
        text = f"{self.info.size}:{self.mtime_ns}:{self.index.version}"
        return blake2b(text.encode(), digest_size=6).hexdigest()
