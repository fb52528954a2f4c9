"""Build the index of a media file: read as little as its container allows, trust nothing it says."""

from __future__ import annotations

from pathlib import Path

from foyer.media.file_index import INDEX_VERSION, AudioIndex, CopyRefusal, FileIndex, VideoIndex
from foyer.media.info import MediaInfo

__all__ = ["INDEX_VERSION", "AudioIndex", "CopyRefusal", "FileIndex", "VideoIndex", "build_index"]


def build_index(path: Path, info: MediaInfo) -> FileIndex:
    """Index one regular file, reading as little of it as its container allows.

    Synchronous, and reads untrusted bytes: run it in a worker process. Raises ``MediaError`` with a sentence for the
    user when the file is broken or has neither video nor audio.
    """
    raise NotImplementedError
