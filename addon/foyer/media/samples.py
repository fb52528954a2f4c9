"""Tables of a track's samples, and the decode times its segments carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ticks = NDArray[np.int64]

MAX_SAMPLES = 8_000_000
"""Of one track: a day of video at 60 frames a second has five million. A file that claims more is not believed."""

LATEST_TICK = 1 << 50
"""Larger times or positions are no media's; below it, sums of them cannot overflow 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleTable:
    """A track's samples in decode order, one array element each."""

    pts: Ticks
    """Source time: edit list applied."""
    duration: Ticks
    offset: Ticks
    """Absolute byte position in the file."""
    size: Ticks
    sync: NDArray[np.bool_]
    """Where decoding may start."""

    def __len__(self) -> int:
        return len(self.pts)

    def __getitem__(self, rows: slice | NDArray[np.bool_]) -> SampleTable:
        return SampleTable(
            pts=self.pts[rows],
            duration=self.duration[rows],
            offset=self.offset[rows],
            size=self.size[rows],
            sync=self.sync[rows],
        )

    @property
    def end(self) -> int:
        """End of the last sample shown."""
        return int((self.pts + self.duration).max()) if len(self) else 0


def lead_in(timescale: int) -> int:
    """Ticks between the decode times of pictures that open a segment before any is shown (an eighth of a
    millisecond): small enough for 32 of them to fit before the previous segment's last frame ends.
    """
    return max(1, timescale // 8000)


def decode_times(pts: Ticks, limit: int, timescale: int) -> Ticks:
    """Decode times for samples in decode order, such that none is later than its own presentation time.

    ``limit`` is a presentation time that every later sample keeps, such as the next segment's first. The first sample's
    decode time is its presentation time, unless leading pictures of an open group are shown before it; after a short
    ramp, samples are decoded as evenly as they are shown. ADR 0003 says why.
    """
    count = len(pts)
    if count == 0:
        return pts.copy()
    due = np.minimum.accumulate(np.append(pts, limit)[::-1])[::-1][:-1]
    latest = _latest(due, timescale)
    times = np.minimum(latest, _even(np.sort(pts), due, latest))
    # A broken file can ask for more pictures than there are ticks: order wins over composition offsets.
    ranks = np.arange(count)
    rising: Ticks = np.maximum.accumulate(times - ranks) + ranks
    return rising


def _latest(due: Ticks, timescale: int) -> Ticks:
    """The latest rising times, given when each sample is ``due``: the earliest presentation from it on.

    Samples due at one time wait for the same picture. The last of them is that picture and is decoded when it is
    shown; the others are spread over the time since the picture before.
    """
    start = np.flatnonzero(np.diff(due, prepend=due[0] - 1))
    size = np.diff(np.append(start, len(due)))
    value = due[start]
    first = int(value[0]) - int(size[0]) * lead_in(timescale)
    before = np.concatenate((np.array([first], dtype=np.int64), value[:-1]))
    place = np.arange(len(due)) - np.repeat(start, size) + 1
    times: Ticks = np.repeat(before, size) + np.repeat(value - before, size) * place // np.repeat(size, size)
    return times


def _even(shown: Ticks, due: Ticks, latest: Ticks) -> Ticks:
    """Steps like those between presentations, earlier by what reordering needs, after a ramp from the first time."""
    start = int(latest[0])
    times = shown - int((shown - due).max())
    after = np.flatnonzero(times > start)
    ramp = int(after[0]) if len(after) else 0
    if ramp == 0:
        return latest
    times[:ramp] = start + (int(times[ramp]) - start) * np.arange(ramp) // ramp
    return times
