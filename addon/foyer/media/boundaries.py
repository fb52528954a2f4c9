"""Where every rendition of a file is cut: one list of integer boundaries for video, audio, subtitles, HLS and DASH.

No muxer ever decides a cut. A boundary is a tick of the source track's time base, so durations are exact and never
drift. Segment ``i`` covers presentation times ``[boundaries[i], boundaries[i + 1])``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil

TARGET_S = 4
"""Wanted length of a segment, in seconds."""
BOOTSTRAP_S = 2
"""Wanted length of the first segments, so that playback starts sooner."""
BOOTSTRAP_SEGMENTS = 2
SHORTEST_TAIL = Fraction(1, 2)
"""A last segment shorter than this, in seconds, becomes part of the one before it."""
LONGEST_COPY_S = 12
"""With segments longer than this, in seconds, a file is not offered as a copy over HLS."""
AAC_FRAME = 1024
AAC_FRAMES_PER_SEGMENT = 192
"""4.096 s at 48 kHz: the segment grid of encoded audio."""
ENCODED_SAMPLE_RATE = 48_000


def cut(candidates: Sequence[int], end: int, time_base: Fraction) -> tuple[int, ...]:
    """Choose boundaries among ``candidates``: rising presentation times, in ticks, at which a cut is possible.

    A candidate is taken as soon as it lies the wanted length after the boundary before it: twice 2 s, then 4 s. The
    result starts with the first candidate and ends with ``end``, so it has at least one segment.
    """
    if not candidates or end <= candidates[0]:
        raise ValueError("a cut needs a candidate before the end")
    bounds = [candidates[0]]
    while True:
        wanted = BOOTSTRAP_S if len(bounds) <= BOOTSTRAP_SEGMENTS else TARGET_S
        at = bisect_left(candidates, bounds[-1] + ceil(wanted / time_base))
        if at == len(candidates) or candidates[at] >= end:
            break
        bounds.append(candidates[at])
    if len(bounds) > 1 and (end - bounds[-1]) * time_base < SHORTEST_TAIL:
        bounds.pop()
    return (*bounds, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """The boundaries of a file and whether they are keyframes."""

    boundaries: tuple[int, ...]
    max_gap: int
    """Longest distance in ticks between keyframes, the last one's to the end included."""
    at_keyframes: bool
    """Whether a copy can be cut there."""


def choose(keyframes: Sequence[int], frames: Sequence[int], end: int, time_base: Fraction) -> Cuts:
    """Cut at ``keyframes`` while they are close enough for a player's buffer, else at any of ``frames``.

    Both are rising presentation times in ticks; the first frame must be a keyframe for a copy to start there.
    """
    gap = longest((*keyframes, end)) if keyframes else end - frames[0]
    if keyframes and gap * time_base <= LONGEST_COPY_S:
        return Cuts(boundaries=cut(keyframes, end, time_base), max_gap=gap, at_keyframes=True)
    return Cuts(boundaries=cut(frames, end, time_base), max_gap=gap, at_keyframes=False)


def grid(start: int, end: int, step: Fraction | int) -> tuple[int, ...]:
    """Candidates every ``step`` ticks from ``start``, each rounded down to a whole tick, for files whose frame times
    are unknown.
    """
    if step <= 0:
        raise ValueError("a grid needs a positive step")
    count = ceil((end - start) / Fraction(step))
    return tuple(start + int(k * Fraction(step)) for k in range(count))


def encoded_audio_grid(start_s: int, end: Fraction) -> tuple[int, ...]:
    """Boundaries of encoded (AAC) audio, in samples at 48 kHz: whole runs of 192 frames from ``start_s`` seconds to
    the first boundary at or after ``end`` seconds, so that every encoder head lands on one global frame grid.
    """
    first = start_s * ENCODED_SAMPLE_RATE
    step = AAC_FRAME * AAC_FRAMES_PER_SEGMENT
    segments = max(1, ceil((end * ENCODED_SAMPLE_RATE - first) / step))
    return tuple(first + k * step for k in range(segments + 1))


def longest(boundaries: Sequence[int]) -> int:
    """Ticks of the longest segment."""
    return max(b - a for a, b in pairwise(boundaries))
