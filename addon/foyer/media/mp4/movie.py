"""A parsed MP4 or QuickTime movie: its tracks, their formats and their samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foyer.errors import MediaError
from foyer.media.file_index import CopyRefusal
from foyer.media.formats import IDENTITY_MATRIX, TrackFormat
from foyer.media.info import StreamKind
from foyer.media.mp4.boxes import MAX_MOVIE_BYTES, Box, FileBox, children, damaged, find, payload, top_level, unpack
from foyer.media.mp4.edits import Edits, read_edits
from foyer.media.mp4.entries import read_format
from foyer.media.mp4.fragments import FragmentReader, TrackDefaults
from foyer.media.mp4.tables import read_samples, trim
from foyer.media.samples import SampleTable
from foyer.media.source_file import SourceFile

_KINDS = {b"vide": StreamKind.VIDEO, b"soun": StreamKind.AUDIO}
_MAX_TRACKS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Mp4Track:
    """One track that can be shown or heard."""

    stream: int
    """Position among all tracks: libavformat's stream index."""
    kind: StreamKind
    timescale: int
    edits: Edits
    format: TrackFormat | CopyRefusal
    samples: SampleTable | None
    """``None`` when the format is refused: its tables are not read."""


def read_movie(source: SourceFile) -> tuple[Mp4Track, ...]:
    """Every video and audio track of a file, fragmented or not. Reads ``moov`` and the headers of fragments only."""
    movie, fragments = _scan(source)
    if movie.size > MAX_MOVIE_BYTES:
        raise damaged("its movie header is too large")
    data = source.read(movie.offset, movie.size)
    return _Movie(source, data, Box(b"moov", movie.header, len(data)), fragments).tracks()


def _scan(source: SourceFile) -> tuple[FileBox, list[FileBox]]:
    movie, fragments = None, []
    for box in top_level(source):
        if box.kind == b"moov" and movie is None:
            movie = box
        elif box.kind == b"moof":
            fragments.append(box)
    if movie is None:
        raise MediaError("This MP4 file has no movie header: it was cut short or is still being written.")
    return movie, fragments


@dataclass(frozen=True, slots=True)
class _Found:
    """A track's boxes before its samples are read."""

    stream: int
    track_id: int
    kind: StreamKind
    timescale: int
    edits: Edits
    format: TrackFormat | CopyRefusal
    tables: Box


class _Movie:
    def __init__(self, source: SourceFile, data: bytes, movie: Box, fragments: list[FileBox]) -> None:
        self._source = source
        self._data = data
        self._movie = movie
        self._fragments = fragments

    def tracks(self) -> tuple[Mp4Track, ...]:
        header = payload(self._data, self._movie, b"mvhd")
        if header is None:
            if find(self._data, self._movie, b"cmov"):
                raise MediaError("This QuickTime file has a compressed movie header, which is not supported.")
            raise damaged("its movie header is empty")
        scale = _timescale(header)
        boxes = [b for b in children(self._data, self._movie.start, self._movie.end) if b.kind == b"trak"]
        if len(boxes) > _MAX_TRACKS:
            raise damaged("it has too many tracks")
        found = [f for k, b in enumerate(boxes) if (f := self._find(k, b, scale)) is not None]
        if not found:
            raise MediaError("This MP4 file has neither video nor audio.")
        return self._with_samples(found)

    def _find(self, stream: int, trak: Box, movie_scale: int) -> _Found | None:
        data = self._data
        handler = payload(data, trak, b"mdia", b"hdlr")
        kind = _KINDS.get(handler[8:12]) if handler else None
        tables = find(data, trak, b"mdia", b"minf", b"stbl")
        description = find(data, trak, b"mdia", b"minf", b"stbl", b"stsd")
        media, header = payload(data, trak, b"mdia", b"mdhd"), payload(data, trak, b"tkhd")
        if kind is None or tables is None or description is None or media is None or header is None:
            return None
        timescale = _timescale(media)
        if description.end - description.start < 8:
            raise damaged("a track has no sample description")
        return _Found(
            stream,
            unpack(">I", header, 20 if header[:1] == b"\1" else 12)[0],
            kind,
            timescale,
            read_edits(payload(data, trak, b"edts", b"elst"), movie_scale, timescale),
            read_format(data, description, kind, _matrix(header)),
            tables,
        )

    def _with_samples(self, found: list[_Found]) -> tuple[Mp4Track, ...]:
        tables = {f.stream: read_samples(self._data, f.tables, f.edits) for f in found if _is_readable(f)}
        if self._fragments:
            self._add_fragments([f for f in found if f.stream in tables], tables)
        else:
            tables = {f.stream: trim(tables[f.stream], f.edits) for f in found if f.stream in tables}
        return tuple(
            Mp4Track(
                stream=f.stream,
                kind=f.kind,
                timescale=f.timescale,
                edits=f.edits,
                format=f.format,
                samples=tables.get(f.stream),
            )
            for f in found
        )

    def _add_fragments(self, found: list[_Found], tables: dict[int, SampleTable]) -> None:
        starts = {f.track_id: int(tables[f.stream].duration.sum()) for f in found}
        reader = FragmentReader(self._source, self._defaults(), starts)
        for fragment in self._fragments:
            if fragment.offset + fragment.size <= self._source.size:
                reader.add(fragment)
        for f in found:
            tables[f.stream] = _concatenate(tables[f.stream], reader.table(f.track_id, f.edits.shift))

    def _defaults(self) -> dict[int, TrackDefaults]:
        extends = find(self._data, self._movie, b"mvex")
        defaults = {}
        for box in children(self._data, extends.start, extends.end) if extends else ():
            if box.kind == b"trex":
                track, _, duration, size, flags = unpack(">5I", self._data[box.start : box.end], 4)
                defaults[track] = TrackDefaults(duration=duration, size=size, flags=flags)
        return defaults


def _is_readable(track: _Found) -> bool:
    """Video always (its keyframes are the cuts, whatever its codec); audio only where a copy could use it."""
    return track.kind is StreamKind.VIDEO or isinstance(track.format, TrackFormat)


def _timescale(header: bytes) -> int:
    """Ticks per second of ``mvhd`` or ``mdhd``."""
    scale = unpack(">I", header, 20 if header[:1] == b"\1" else 12)[0]
    if not 0 < scale < 1 << 31:
        raise damaged("its clock has no rate")
    return scale


def _matrix(header: bytes) -> bytes:
    """The display matrix of ``tkhd``; identity where the box is short."""
    at = 52 if header[:1] == b"\1" else 40
    matrix = header[at : at + 36]
    return matrix if len(matrix) == 36 else IDENTITY_MATRIX


def _concatenate(first: SampleTable, second: SampleTable) -> SampleTable:
    if not len(first):
        return second
    return SampleTable(
        pts=np.concatenate((first.pts, second.pts)),
        duration=np.concatenate((first.duration, second.duration)),
        offset=np.concatenate((first.offset, second.offset)),
        size=np.concatenate((first.size, second.size)),
        sync=np.concatenate((first.sync, second.sync)),
    )
