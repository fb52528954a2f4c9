"""What an MP4 movie header says that libav's bindings do not pass on: rotation, Dolby Vision, encryption."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees
from pathlib import Path

from foyer.errors import MediaError
from foyer.media.mp4.boxes import MAX_MOVIE_BYTES, Box, children, find, payload, top_level
from foyer.media.source_file import SourceFile

_VIDEO_ENTRY_BYTES = 78
_DOLBY = {b"dvcC", b"dvvC", b"dvwC"}
_ENCRYPTED = {b"encv", b"enca"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFacts:
    """Facts about one track."""

    rotation: int = 0
    """Clockwise degrees for display: 0, 90, 180 or 270."""
    dolby_vision_profile: int | None = None
    is_encrypted: bool = False


def read_movie_facts(path: Path) -> tuple[TrackFacts, ...]:
    """One entry per track, in file order, which is libav's stream order. Empty when the header cannot be read."""
    try:
        with SourceFile.open(path) as source:
            movie = next((box for box in top_level(source) if box.kind == b"moov"), None)
            if movie is None or movie.size > MAX_MOVIE_BYTES:
                return ()
            data = source.read(movie.offset, movie.size)
        moov = Box(b"moov", movie.header, len(data))
        return tuple(_facts(data, box) for box in children(data, moov.start, moov.end) if box.kind == b"trak")
    except (MediaError, IndexError):
        return ()


def _facts(data: bytes, track: Box) -> TrackFacts:
    header = payload(data, track, b"tkhd") or b""
    description = find(data, track, b"mdia", b"minf", b"stbl", b"stsd")
    entries = list(children(data, description.start + 8, description.end))[:1] if description else []
    entry = entries[0] if entries else None
    return TrackFacts(
        rotation=_rotation(header),
        dolby_vision_profile=_dolby_vision(data, entry),
        is_encrypted=entry is not None and entry.kind in _ENCRYPTED,
    )


def _rotation(header: bytes) -> int:
    """From the matrix ``{a b u c d v x y w}`` of ``tkhd`` (ISO/IEC 14496-12 §8.3.2), to the nearest quarter turn."""
    at = 52 if header[:1] == b"\1" else 40
    matrix = header[at : at + 36]
    if len(matrix) < 36:
        return 0
    a, b = (int.from_bytes(matrix[k : k + 4], "big", signed=True) for k in (0, 4))
    return round(degrees(atan2(b, a)) / 90) % 4 * 90


def _dolby_vision(data: bytes, entry: Box | None) -> int | None:
    """``dv_profile`` of the configuration record (Dolby Vision Streams Within the ISO Base Media File Format §3.2)."""
    if entry is None or entry.end - entry.start <= _VIDEO_ENTRY_BYTES:
        return None
    if entry.kind[:1] not in {b"a", b"h", b"d", b"e"}:
        return None
    try:
        inside = list(children(data, entry.start + _VIDEO_ENTRY_BYTES, entry.end))
    except MediaError:  # an audio entry read as video
        return None
    record = next((data[box.start : box.end] for box in inside if box.kind in _DOLBY), b"")
    return record[2] >> 1 if len(record) >= 4 else None
