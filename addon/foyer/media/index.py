"""Build the index of a media file: read as little as its container allows, trust nothing it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from foyer.errors import MediaError
from foyer.media.demuxed import index_by_demuxing
from foyer.media.file_index import INDEX_VERSION, AudioIndex, CopyRefusal, FileIndex, VideoIndex
from foyer.media.info import MediaInfo
from foyer.media.matroska.indexing import index_matroska
from foyer.media.mp4.indexing import index_mp4
from foyer.media.source_file import SourceFile

__all__ = ["INDEX_VERSION", "AudioIndex", "CopyRefusal", "FileIndex", "VideoIndex", "build_index"]

_EBML = b"\x1a\x45\xdf\xa3"
_MP4_FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp"}


def build_index(path: Path, info: MediaInfo) -> FileIndex:
    """Index one regular file, reading as little of it as its container allows.

    MP4 and Matroska are read here; a file of theirs that is too damaged for that may still be demuxed by libav, like
    every other container, and is then only encoded, not copied.

    Synchronous, and reads untrusted bytes: run it in a worker process. Raises ``MediaError`` with a sentence for the
    user when the file is broken or has neither video nor audio.
    """
    read = _reader(path)
    if read is None:
        return index_by_demuxing(path, info)
    try:
        with SourceFile.open(path) as source:
            return read(source, info)
    except MediaError as damage:
        try:
            return index_by_demuxing(path, info)
        except MediaError:
            raise damage from None


def _reader(path: Path) -> Callable[[SourceFile, MediaInfo], FileIndex] | None:
    """The reader for what a file begins with, whatever its name says."""
    with SourceFile.open(path) as source:
        head = source.read_up_to(0, 12)
    if head[4:8] in _MP4_FIRST_BOXES:
        return index_mp4
    return index_matroska if head.startswith(_EBML) else None
