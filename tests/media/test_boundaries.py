from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.media.boundaries import choose, cut, encoded_audio_grid, grid, longest

MS = Fraction(1, 1000)


def test_the_first_two_segments_are_short_and_the_others_four_seconds() -> None:
    assert cut(range(0, 30_000, 500), 30_000, MS)[:6] == (0, 2000, 4000, 8000, 12_000, 16_000)


def test_a_keyframe_is_taken_as_soon_as_the_target_is_reached() -> None:
    assert cut([0, 1900, 2100, 4200, 8000, 8300], 14_000, MS) == (0, 2100, 4200, 8300, 14_000)


def test_a_tail_shorter_than_half_a_second_joins_the_segment_before() -> None:
    assert cut([0, 2000, 4000, 8000], 8400, MS) == (0, 2000, 4000, 8400)
    assert cut([0, 2000, 4000, 8000], 8500, MS) == (0, 2000, 4000, 8000, 8500)


def test_a_clip_shorter_than_a_segment_has_one() -> None:
    assert cut([21], 33, MS) == (21, 33)


def test_keyframes_at_or_after_the_end_are_no_cuts() -> None:
    assert cut([0, 3000, 9000], 3000, MS) == (0, 3000)


@pytest.mark.parametrize("candidates", [[], [5]])
def test_nothing_to_cut_is_an_error(candidates: list[int]) -> None:
    with pytest.raises(ValueError, match="candidate"):
        cut(candidates, 5, MS)


def test_ntsc_boundaries_are_exact_ticks() -> None:
    keyframes = [k * 48 * 1001 for k in range(1800)]
    bounds = cut(keyframes, 1800 * 48 * 1001, Fraction(1, 24_000))
    assert set(bounds[:-1]) <= set(keyframes)
    assert {b - a for a, b in pairwise(bounds[2:])} <= {2 * 48 * 1001, 48 * 1001}


def test_keyframes_twelve_seconds_apart_still_allow_a_copy() -> None:
    assert choose([0, 12_000], range(0, 24_000, 40), 24_000, MS).at_keyframes
    sparse = choose([0, 12_001], range(0, 24_000, 40), 24_000, MS)
    assert not sparse.at_keyframes
    assert sparse.max_gap == 12_001
    assert longest(sparse.boundaries) <= 4040


def test_a_grid_of_a_fractional_step_never_drifts() -> None:
    frames = grid(100, 100 + 1_000_000, Fraction(1001, 24))
    assert frames[0] == 100
    assert frames[-1] == 100 + int((len(frames) - 1) * Fraction(1001, 24))
    with pytest.raises(ValueError, match="positive"):
        grid(0, 10, 0)


def test_encoded_audio_is_cut_every_192_frames_from_the_timelines_zero() -> None:
    assert encoded_audio_grid(0, Fraction(9)) == (0, 196_608, 393_216, 589_824)
    assert encoded_audio_grid(2, Fraction(3)) == (96_000, 96_000 + 196_608)
    assert encoded_audio_grid(-1, Fraction(1, 10)) == (-48_000, -48_000 + 196_608)


@given(
    gaps=st.lists(st.integers(1, 20_000), min_size=1, max_size=200),
    start=st.integers(-(10**9), 10**9),
    tail=st.integers(1, 20_000),
)
def test_boundaries_rise_from_the_first_candidate_to_the_end(gaps: list[int], start: int, tail: int) -> None:
    candidates = [start]
    for gap in gaps:
        candidates.append(candidates[-1] + gap)
    end = candidates[-1] + tail
    bounds = cut(candidates, end, MS)
    assert bounds[0] == start
    assert bounds[-1] == end
    assert set(bounds[:-1]) <= set(candidates)
    lengths = [b - a for a, b in pairwise(bounds)]
    assert all(length >= 2000 for length in lengths[:-1])
    assert len(lengths) == 1 or lengths[-1] >= 500
    widest = max(*gaps, tail)
    assert max(lengths) < 4000 + widest + 500
