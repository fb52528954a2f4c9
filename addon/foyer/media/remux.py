"""Copy remux in process: fragmented MP4 segments made of the source's own samples, without ffmpeg, heads or cache.

``segment(track, i)`` is a pure function of the file, the track and ``i``: the same bytes at every call, in any order,
in any process. Tracks are named by libavformat's stream index (``StreamInfo.index``).

Synchronous; call it in a thread. One remuxer may serve several threads: it keeps no position and reads with ``pread``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from foyer.media.index import FileIndex


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A run of bytes of the source file."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One ``moof`` + ``mdat``, as literal bytes and runs of the source file, in order."""

    parts: tuple[bytes | ByteRange, ...]
    length: int
    """Bytes of the whole segment, for Content-Length."""


class Remuxer:
    """Writes init segments and media segments of one file."""

    @classmethod
    def open(cls, path: Path, index: FileIndex) -> Remuxer:
        """Open a file whose ``index`` was built from the same bytes; ``MediaError`` when it changed or is broken."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the file; later reads raise ``ValueError``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def tracks(self) -> tuple[int, ...]:
        """Streams this remuxer can write."""
        raise NotImplementedError

    def fileno(self) -> int:
        """The source's descriptor, for ``os.sendfile`` of a segment's byte ranges."""
        raise NotImplementedError

    def timescale(self, track: int) -> int:
        """Ticks per second in the segments of ``track``."""
        raise NotImplementedError

    def codec_string(self, track: int) -> str:
        """RFC 6381 ``codecs`` value, from the configuration record the init segment carries."""
        raise NotImplementedError

    def init_segment(self, track: int) -> bytes:
        """``ftyp`` + ``moov`` of one track."""
        raise NotImplementedError

    def segment(self, track: int, i: int) -> Segment:
        """Media segment ``i`` of one track; ``MediaError`` when the file breaks its promise there.

        Video: the frames from the keyframe at ``boundaries[i]`` up to the next boundary's. Audio: the packets whose
        presentation time lies in ``[boundaries[i], boundaries[i + 1])``; the first segment also takes earlier ones
        that are not before the media timeline's zero, the last one takes the rest.
        """
        raise NotImplementedError

    def read(self, segment: Segment) -> bytes:
        """The whole segment as bytes."""
        raise NotImplementedError

    def segment_sizes(self, track: int) -> tuple[int, ...] | None:
        """Payload bytes of each segment, for ``BANDWIDTH``; ``None`` where only reading the file would tell."""
        raise NotImplementedError
