"""The ladder of encodes: sizes, bit rates and H.264 levels. Nothing here looks at a file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A box the picture is fitted into, never enlarged, and the bit rate it may take."""

    width: int
    height: int
    bit_rate: int
    """At most, at up to 30 frames a second."""


RUNGS = (
    Rung(width=1920, height=1080, bit_rate=6_000_000),
    Rung(width=1280, height=720, bit_rate=3_000_000),
    Rung(width=854, height=480, bit_rate=1_400_000),
    Rung(width=640, height=360, bit_rate=800_000),
)
AUDIO_BIT_RATES = {1: 96_000, 2: 160_000, 6: 384_000}
_FAST = Fraction(35)
"""Above this many frames a second a rung takes 1.4 times its bit rate."""

# ITU-T H.264 table A-1: level times ten, macroblocks a second, macroblocks a frame, bit rate of the High profile.
_LEVELS = (
    (30, 40_500, 1_620, 12_500_000),
    (31, 108_000, 3_600, 17_500_000),
    (32, 216_000, 5_120, 25_000_000),
    (40, 245_760, 8_192, 25_000_000),
    (42, 522_240, 8_704, 62_500_000),
    (50, 589_824, 22_080, 168_750_000),
    (51, 983_040, 36_864, 300_000_000),
    (52, 2_073_600, 36_864, 300_000_000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A rung for one source."""

    label: int
    """The rung's height, which is how qualities are called, whatever the picture's own shape."""
    width: int
    height: int
    bit_rate: int


def fit(width: int, height: int, frame_rate: Fraction | None) -> tuple[Fitted, ...]:
    """The rungs for a picture of this size as displayed, largest first: none larger than it, each size once.

    The largest shows the source's own size where that fits 1080p, so that a 576 line film is not shrunk to 480.
    """
    found: dict[tuple[int, int], Fitted] = {}
    for rung in RUNGS:
        size = _inside(width, height, rung)
        rate = rung.bit_rate * 7 // 5 if frame_rate is not None and frame_rate > _FAST else rung.bit_rate
        # A later rung of the same size is the better name for it, and its bit rate is enough.
        found[size] = Fitted(label=rung.height, width=size[0], height=size[1], bit_rate=rate)
    return tuple(found.values())


def h264_level(width: int, height: int, frame_rate: Fraction | None, bit_rate: int) -> int:
    """The lowest H.264 level (times ten) that holds such a stream."""
    blocks = ceil(width / 16) * ceil(height / 16)
    per_second = blocks * (frame_rate or 30)
    for level, speed, size, rate in _LEVELS:
        if per_second <= speed and blocks <= size and bit_rate <= rate:
            return level
    return _LEVELS[-1][0]


def _inside(width: int, height: int, rung: Rung) -> tuple[int, int]:
    # A portrait picture is fitted into the portrait box: 1080p of a phone's film is 1080 by 1920.
    box = (rung.width, rung.height) if width >= height else (rung.height, rung.width)
    scale = min(Fraction(1), Fraction(box[0], width), Fraction(box[1], height))
    return _even(width * scale), _even(height * scale)


def _even(length: Fraction) -> int:
    return max(2, round(length / 2) * 2)
