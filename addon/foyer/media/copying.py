"""What a container's reader hands to the segment writer: the samples of one segment and where their bytes lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foyer.media.formats import TrackFormat
from foyer.media.samples import Ticks


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A run of bytes of the source file."""

    offset: int
    length: int


Part = bytes | ByteRange


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CodedRun:
    """Samples of one segment in decode order; times are source ticks of the track's time base."""

    pts: Ticks
    size: Ticks
    parts: tuple[Part, ...]
    """The samples' bytes, back to back."""
    sync: NDArray[np.bool_] | None = None
    """``None`` for audio."""
    opening: Ticks | None = None
    """Video: presentation times of the next segment's samples, at least up to the earliest of them."""
    end: int
    """When the last sample shown ends, if nothing follows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyTrack:
    """A track that can be copied."""

    format: TrackFormat
    time_base: Fraction


class CopySource(Protocol):
    """One open file of a container that can be read sample by sample."""

    @property
    def tracks(self) -> Mapping[int, CopyTrack]:
        """By libavformat's stream index."""

    def run(self, track: int, i: int) -> CodedRun:
        """The samples of segment ``i``; ``MediaError`` where the file is broken."""

    def sizes(self, track: int) -> tuple[int, ...] | None:
        """Payload bytes of every segment, where known without reading the file."""


def ranges(offsets: Ticks, sizes: Ticks) -> tuple[ByteRange, ...]:
    """Byte ranges of samples in order, with neighbours joined."""
    if not len(offsets):
        return ()
    ends = offsets + sizes
    breaks = np.flatnonzero(offsets[1:] != ends[:-1]) + 1
    firsts = np.concatenate((np.zeros(1, dtype=np.int64), breaks))
    lasts = np.concatenate((breaks - 1, np.array([len(offsets) - 1])))
    starts, stops = offsets[firsts].tolist(), ends[lasts].tolist()
    return tuple(ByteRange(a, b - a) for a, b in zip(starts, stops, strict=True))
