"""Which segment each fragment of an encoder belongs to: the one place that decides cuts of an encode."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from math import floor
from typing import Protocol

import numpy as np

from foyer.media.boundaries import AAC_FRAME, ENCODED_SAMPLE_RATE
from foyer.streaming.argv import SEGMENT_SAMPLES, slack
from foyer.streaming.fragments import Fragment, InitSegment
from foyer.streaming.rendition import AudioRendition, VideoRendition
from foyer.streaming.segments import SegmentBuilder


class RoutingError(Exception):
    """The encoder's output does not fit the boundaries: another way of encoding is needed."""


class StartMissedError(RoutingError):
    """The seek landed behind the first frame that was wanted."""


class BoundaryMissedError(RoutingError):
    """The encoder made no keyframe at a boundary."""


class Router(Protocol):
    """Takes fragments, gives whole segments."""

    @property
    def current(self) -> int:
        """The segment that is being collected: everything before it is complete."""

    def feed(self, fragment: Fragment) -> Iterator[tuple[int, bytes]]:
        """Take a fragment; yields each segment it completes. Raises ``RoutingError``."""

    def finish(self) -> tuple[int, bytes] | None:
        """The encoder has ended: the last segment, if anything of it came."""


class VideoRouter:
    """Cuts at keyframes. A fragment goes by the presentation time of its first sample: with an open group of pictures
    neither the earliest presentation time nor the decode time tells.
    """

    def __init__(self, rendition: VideoRendition, init: InitSegment, start: int, *, is_lenient: bool) -> None:
        """``is_lenient``: take whatever comes as the beginning of the first segment."""
        cuts, scale = rendition.cuts, init.timescale
        margin = slack(rendition.frame_rate)
        self._edges = [floor((cuts.source_time(i) - margin) * scale) for i in range(cuts.count + 1)]
        self._ends = [round(cuts.source_time(i) * scale) for i in range(cuts.count + 1)]
        self._last = cuts.count - 1
        self._scale = scale
        self._zero = cuts.origin_s * scale
        self._start = start
        # Boundaries are frames, or as good as: a start this much later means that the seek went too far.
        self._latest = None if is_lenient else self._ends[start] + floor(12 * margin * scale)
        self._builder: SegmentBuilder | None = None

    @property
    def current(self) -> int:
        return self._start if self._builder is None else self._builder.index

    def feed(self, fragment: Fragment) -> Iterator[tuple[int, bytes]]:
        if not len(fragment.pts):
            return
        if fragment.sync[0]:
            yield from self._begin(int(fragment.pts[0]))
        if self._builder is not None:
            self._builder.add(fragment)

    def finish(self) -> tuple[int, bytes] | None:
        if self._builder is None:
            return None
        return self._builder.index, self._builder.video(self._ends[self._builder.index + 1])

    def _begin(self, first_pts: int) -> Iterator[tuple[int, bytes]]:
        index = min(bisect_right(self._edges, first_pts) - 1, self._last)
        if self._builder is None:
            if index < self._start:
                return
            if index > self._start or (self._latest is not None and first_pts > self._latest):
                raise StartMissedError(f"segment {self._start} starts with a later frame")
        elif index == self._builder.index:
            return
        elif index != self._builder.index + 1:
            raise BoundaryMissedError(f"no keyframe at the boundaries after segment {self._builder.index}")
        else:
            # The next segment's real first frame, in case the boundary lies between two.
            yield self._builder.index, self._builder.video(first_pts)
        self._builder = SegmentBuilder(index=index, timescale=self._scale, zero=self._zero)


class AudioRouter:
    """Cuts packets on the grid of encoded audio, and drops the encoder's run-in."""

    def __init__(self, rendition: AudioRendition, init: InitSegment, start: int) -> None:
        if init.timescale != ENCODED_SAMPLE_RATE:
            raise BoundaryMissedError(f"the audio clock runs at {init.timescale} Hz")
        self._first = rendition.first_sample
        self._zero = rendition.cuts.origin_s * ENCODED_SAMPLE_RATE
        self._count = rendition.cuts.count
        self._start = start
        self._builder: SegmentBuilder | None = None

    @property
    def current(self) -> int:
        return self._start if self._builder is None else self._builder.index

    def feed(self, fragment: Fragment) -> Iterator[tuple[int, bytes]]:
        # A packet a sample off the grid by rounding belongs where it was meant to be.
        cells = (fragment.pts - self._first + AAC_FRAME // 2) // SEGMENT_SAMPLES
        for index in np.unique(cells).tolist():
            if not self._start <= index < self._count:
                continue
            if self._builder is None and index != self._start:
                raise StartMissedError(f"audio segment {self._start} has no packets")
            if self._builder is not None and index > self._builder.index + 1:
                raise BoundaryMissedError(f"no packets for the audio segments after {self._builder.index}")
            if self._builder is not None and index == self._builder.index + 1:
                yield self._builder.index, self._builder.audio(AAC_FRAME)
                self._builder = None
            rows = np.flatnonzero(cells == index)
            if self._builder is None:
                self._builder = SegmentBuilder(index=index, timescale=ENCODED_SAMPLE_RATE, zero=self._zero)
            self._builder.add(fragment.rows(int(rows[0]), int(rows[-1]) + 1))

    def finish(self) -> tuple[int, bytes] | None:
        return None if self._builder is None else (self._builder.index, self._builder.audio(AAC_FRAME))
