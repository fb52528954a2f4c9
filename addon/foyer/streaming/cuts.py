"""The boundaries of one rendition, as its playlist and its producer see them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Segment ``i`` covers source ticks ``[ticks[i], ticks[i + 1])``; the media timeline is ``origin_s`` earlier."""

    ticks: tuple[int, ...]
    time_base: Fraction
    origin_s: int

    @property
    def count(self) -> int:
        """Number of segments."""
        return len(self.ticks) - 1

    @property
    def longest(self) -> Fraction:
        """Seconds of the longest segment."""
        return max(self.duration(i) for i in range(self.count))

    @property
    def end(self) -> Fraction:
        """End of the last segment on the media timeline, in seconds."""
        return self.media_time(self.count)

    def duration(self, i: int) -> Fraction:
        """``EXTINF`` of segment ``i``, in seconds."""
        return (self.ticks[i + 1] - self.ticks[i]) * self.time_base

    def source_time(self, i: int) -> Fraction:
        """Boundary ``i`` as libav tells time in this file, in seconds."""
        return self.ticks[i] * self.time_base

    def media_time(self, i: int) -> Fraction:
        """Boundary ``i`` on the media timeline, in seconds."""
        return self.ticks[i] * self.time_base - self.origin_s

    def at(self, media_time: Fraction | float) -> int:
        """The segment that covers a time on the media timeline; the first or last one for times outside."""
        tick = (Fraction(media_time) + self.origin_s) / self.time_base
        return min(max(bisect_right(self.ticks, tick) - 1, 0), self.count - 1)
