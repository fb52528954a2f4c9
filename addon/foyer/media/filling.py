"""Silence around a copied audio track, so that it lasts as long as the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from foyer.media.copying import CodedRun, Part
from foyer.media.file_index import AudioIndex, FileIndex
from foyer.media.samples import Ticks

if TYPE_CHECKING:
    from foyer.media.silence import Silence

_WORTH_FILLING_S = Fraction(1, 2)
"""Shorter silences at either end are what every muxer leaves; players bridge them."""

_MOST_PACKETS = 100_000
"""In one segment: a quarter of an hour of the shortest packets."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Times of silent packets: ``anchor + k * step`` for every whole ``k`` in ``[first, last)``."""

    anchor: int
    first: int
    last: int

    def within(self, step: Fraction, start: int, stop: int) -> Ticks:
        """Those in ``[start, stop)``, in order; none for a stretch no film has."""
        first = max(self.first, ceil((start - self.anchor) / step))
        last = min(self.last, ceil((stop - self.anchor) / step))
        if not 0 < last - first <= _MOST_PACKETS:
            return np.zeros(0, dtype=np.int64)
        times: Ticks = self.anchor + np.arange(first, last, dtype=np.int64) * step.numerator // step.denominator
        return times


class Filling:
    """Adds the silent packets of one track to its segments. Times are source ticks of the track's time base."""

    def __init__(self, index: FileIndex, audio: AudioIndex, silence: Silence) -> None:
        self._data = silence.data
        self._step = Fraction(silence.samples, silence.rate) / audio.time_base
        lead, tail = _missing(index, audio)
        self._lead = _Grid(audio.start_pts, -int(lead / self._step), 0)
        self._tail = _Grid(audio.end_pts or 0, 0, int(tail / self._step + Fraction(1, 2)))

    @staticmethod
    def is_needed(index: FileIndex, audio: AudioIndex) -> bool:
        """Whether there is anything to fill."""
        return any(_missing(index, audio))

    def fill(self, run: CodedRun, start: int, stop: int) -> CodedRun:
        """``run`` with the silence that belongs into ``[start, stop)``."""
        lead, tail = self._lead.within(self._step, start, stop), self._tail.within(self._step, start, stop)
        if not len(lead) and not len(tail):
            return run
        pts = np.concatenate((lead, run.pts, tail))
        end = run.end
        if len(tail):
            end = int(tail[-1] + self._step)
        elif not len(run.pts):
            end = int(lead[-1] + self._step)
        sizes = [np.full(len(part), len(self._data), dtype=np.int64) for part in (lead, tail)]
        parts: tuple[Part, ...] = (self._data * len(lead), *run.parts, self._data * len(tail))
        return replace(run, pts=pts, size=np.concatenate((sizes[0], run.size, sizes[1])), parts=parts, end=end)


def _missing(index: FileIndex, audio: AudioIndex) -> tuple[Fraction, Fraction]:
    """Ticks of silence before the first packet and after the last, 0 where too short to matter."""
    begin = max(index.boundaries[0] * index.time_base, Fraction(index.origin_s)) / audio.time_base
    end = index.boundaries[-1] * index.time_base / audio.time_base
    lead = audio.start_pts - begin
    tail = end - audio.end_pts if audio.end_pts is not None else Fraction(0)
    worth = _WORTH_FILLING_S / audio.time_base
    return lead if lead > worth else Fraction(0), tail if tail > worth else Fraction(0)
