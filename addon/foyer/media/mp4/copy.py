"""Segments of an MP4 or QuickTime file, straight from its sample tables."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from foyer.errors import MediaError
from foyer.media.copying import CodedRun, CopyTrack, ranges
from foyer.media.file_index import FileIndex
from foyer.media.formats import TrackFormat
from foyer.media.info import StreamKind
from foyer.media.mp4.indexing import packet_starts
from foyer.media.mp4.movie import Mp4Track, read_movie
from foyer.media.samples import SampleTable, Ticks
from foyer.media.source_file import SourceFile


class _Table(NamedTuple):
    samples: SampleTable
    starts: Ticks
    """First row of each segment, and the row after the last."""


class Mp4Copy:
    """A ``CopySource`` over the tables of one movie, which it keeps in memory."""

    def __init__(self, source: SourceFile, index: FileIndex) -> None:
        self._source = source
        wanted = {t.stream for t in index.audio if t.copy_allowed}
        if index.video is not None and index.copy_allowed:
            wanted.add(index.video.stream)
        self.tracks: Mapping[int, CopyTrack] = {}
        self._tables: dict[int, _Table] = {}
        tracks: dict[int, CopyTrack] = {}
        for track in read_movie(source):
            if track.stream in wanted and isinstance(track.format, TrackFormat) and track.samples is not None:
                tracks[track.stream] = CopyTrack(format=track.format, time_base=Fraction(1, track.timescale))
                self._tables[track.stream] = _Table(track.samples, _starts(track, track.samples, index))
        self.tracks = tracks

    def run(self, track: int, i: int) -> CodedRun:
        samples, starts = self._tables[track]
        first, last = int(starts[i]), int(starts[i + 1])
        rows = samples[first:last]
        if len(rows) and int((rows.offset + rows.size).max()) > self._source.size:
            raise MediaError("This MP4 file was cut short: the frames of this part are missing.", segment=i)
        is_video = self.tracks[track].format.kind is StreamKind.VIDEO
        following = samples.pts[last : int(starts[i + 2])] if is_video and i + 2 < len(starts) else None
        return CodedRun(
            pts=rows.pts,
            size=rows.size,
            parts=ranges(rows.offset, rows.size),
            sync=rows.sync if is_video else None,
            opening=following,
            end=rows.end,
        )

    def sizes(self, track: int) -> tuple[int, ...]:
        samples, starts = self._tables[track]
        total = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(samples.size)))
        return tuple(np.diff(total[starts]).tolist())


def _starts(track: Mp4Track, samples: SampleTable, index: FileIndex) -> Ticks:
    if track.kind is StreamKind.AUDIO:
        return packet_starts(track, samples, [b * index.time_base for b in index.boundaries], index.origin_s)
    keys = np.flatnonzero(samples.sync)
    bounds = np.array(index.boundaries[:-1], dtype=np.int64)
    order = np.argsort(samples.pts[keys], kind="stable")
    at = np.searchsorted(samples.pts[keys][order], bounds)
    rows = keys[order][np.minimum(at, len(keys) - 1)] if len(keys) else keys
    if len(rows) != len(bounds) or (samples.pts[rows] != bounds).any() or (np.diff(rows) <= 0).any():
        raise MediaError("The file changed since it was indexed: index it again.")
    return np.append(rows, len(samples))
