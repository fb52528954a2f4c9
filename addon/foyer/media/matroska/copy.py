"""Segments of a Matroska file, by walking the clusters around each cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil

import numpy as np

from foyer.media.copying import ByteRange, CodedRun, CopyTrack, Part
from foyer.media.file_index import FileIndex
from foyer.media.formats import TrackFormat
from foyer.media.info import StreamKind
from foyer.media.matroska.blocks import Block, walk
from foyer.media.matroska.ebml import damaged
from foyer.media.matroska.header import read_header
from foyer.media.matroska.tracks import ReadTrack, read_tracks
from foyer.media.samples import Ticks
from foyer.media.source_file import SourceFile

_CUE_ERROR_S = Fraction(2, 1000)
"""Cues of some muxers are rounded differently from the blocks they point to."""
_SKEW = 1
"""Segments read before and after the wanted one for audio that is stored early or late."""
_MOST_OPENING = 64
"""Frames of the next segment looked at for leading pictures."""


class MatroskaCopy:
    """A ``CopySource`` over the clusters of one file; keeps its header and the index in memory."""

    def __init__(self, source: SourceFile, index: FileIndex) -> None:
        self._source = source
        self._index = index
        header = read_header(source, with_cues=False)
        self._end = header.end
        self._first_cluster = header.first_cluster
        self._starts = {t.stream: t.start_pts for t in index.audio if t.copy_allowed}
        wanted = set(self._starts)
        if index.video is not None and index.copy_allowed:
            wanted.add(index.video.stream)
        self._tracks = {s: t for s, t in read_tracks(source, header).items() if s in wanted}
        self.tracks: Mapping[int, CopyTrack] = {
            stream: CopyTrack(format=track.format, time_base=track.time_base)
            for stream, track in self._tracks.items()
            if isinstance(track.format, TrackFormat)
        }

    def sizes(self, track: int) -> None:
        """Unknown: only reading the clusters would tell."""

    def run(self, track: int, i: int) -> CodedRun:
        read = self._tracks[track]
        return self._video(read, i) if read.track.kind is StreamKind.VIDEO else self._audio(read, i)

    def _walk(self, read: ReadTrack, start: int, end: int) -> Iterator[Block]:
        return walk(self._source, start, end, frozenset({read.track.number}))

    def _video(self, read: ReadTrack, i: int) -> CodedRun:
        """Frames from the keyframe at boundary ``i`` to the one at the next, and that one's leading pictures."""
        error = ceil(_CUE_ERROR_S / self._index.time_base)
        bounds, is_last = self._index.boundaries, i + 1 == self._index.segment_count
        own, opening = _Gathered(read.track.stripped), []
        has_ended = False
        for block in self._walk(read, self._index.positions[i], self._end):
            if has_ended:
                opening.append(block.timestamp)
                if block.timestamp > bounds[i + 1] + error or len(opening) > _MOST_OPENING:
                    break
            elif block.is_key and not is_last and block.timestamp >= bounds[i + 1] - error:
                if not own.pts:
                    break
                has_ended = True
                opening.append(block.timestamp)
            elif own.pts or (block.is_key and block.timestamp >= bounds[i] - error):
                own.add(block, block.timestamp, 0)
        if not own.pts:
            raise damaged("a keyframe of its index is missing")
        return own.run(end=bounds[i + 1], opening=opening)

    def _audio(self, read: ReadTrack, i: int) -> CodedRun:
        """Packets of ``[boundary i, boundary i + 1)``. The first packet after them tells when the last one ends."""
        bounds, base, count = self._index.boundaries, self._index.time_base, self._index.segment_count
        zero = ceil(self._index.origin_s / read.time_base)
        start = ceil(bounds[i] * base / read.time_base) if i else zero
        stop = ceil(bounds[i + 1] * base / read.time_base) if i + 1 < count else None
        blocks = _Gathered(read.track.stripped)
        for block in self._walk(read, *self._window(i)):
            ticks = read.ticks(block.timestamp)
            if ticks + read.time_base.denominator >= start:
                blocks.add(block, ticks, read.step)
            # One second more than needed: rounding, lacing and packets out of order stay inside it.
            if stop is not None and ticks > stop + read.time_base.denominator:
                break
        origin = self._starts[read.track.stream]
        pts = read.snap(np.array(blocks.pts, dtype=np.int64), origin)
        pts = np.maximum.accumulate(pts) if len(pts) else pts
        first = int(np.searchsorted(pts, start))
        last = len(pts) if stop is None else int(np.searchsorted(pts, stop))
        end = int(pts[last]) if last < len(pts) else self._audio_end(read, pts[first:last].tolist())
        return blocks.run(end=end, rows=slice(first, last), pts=pts)

    def _window(self, i: int) -> tuple[int, int]:
        positions = self._index.positions
        start = positions[i - _SKEW] if i - _SKEW > 0 else self._first_cluster
        end = positions[i + 1 + _SKEW] if i + 1 + _SKEW < len(positions) else self._end
        return min(start, positions[i]), max(end, positions[i])

    @staticmethod
    def _audio_end(read: ReadTrack, pts: list[int]) -> int:
        if not pts:
            return 0
        usual = read.step or (pts[-1] - pts[-2] if len(pts) > 1 else 0)
        return pts[-1] + usual


class _Gathered:
    """Frames of one track, as read."""

    def __init__(self, stripped: bytes) -> None:
        self._stripped = stripped
        self.pts: list[int] = []
        self._size: list[int] = []
        self._key: list[bool] = []
        self._offset: list[int] = []

    def add(self, block: Block, ticks: int, step: int) -> None:
        """All frames of a block, ``step`` ticks apart."""
        for k, (offset, size) in enumerate(block.frames):
            self.pts.append(ticks + k * step)
            self._size.append(size)
            self._offset.append(offset)
            self._key.append(block.is_key and k == 0)

    def run(
        self, *, end: int, opening: list[int] | None = None, rows: slice = slice(None), pts: Ticks | None = None
    ) -> CodedRun:
        """The frames of ``rows``; video where ``opening`` is given."""
        sizes = np.array(self._size[rows], dtype=np.int64) + len(self._stripped)
        return CodedRun(
            pts=np.array(self.pts, dtype=np.int64) if pts is None else pts[rows],
            size=sizes,
            parts=tuple(self._parts(rows)),
            sync=None if opening is None else np.array(self._key[rows], dtype=np.bool_),
            opening=None if opening is None else np.array(opening, dtype=np.int64),
            end=end,
        )

    def _parts(self, rows: slice) -> Iterator[Part]:
        for offset, size in zip(self._offset[rows], self._size[rows], strict=True):
            if self._stripped:
                yield self._stripped
            yield ByteRange(offset, size)
