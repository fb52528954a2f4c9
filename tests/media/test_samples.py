from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from foyer.media.samples import decode_times, lead_in

TIMESCALE = 24_000
FRAME = 1001


def times(order: list[int], limit: int | None = None) -> list[int]:
    pts = np.array(order, dtype=np.int64) * FRAME
    return [int(t) for t in decode_times(pts, (len(order) if limit is None else limit) * FRAME, TIMESCALE)]


def test_frames_that_are_not_reordered_are_decoded_when_they_are_shown() -> None:
    assert times([0, 1, 2, 3]) == [0, 1001, 2002, 3003]


def test_a_group_with_b_frames_begins_at_its_keyframes_own_time() -> None:
    assert times([0, 3, 1, 2, 6, 4, 5]) == [0, 500, 1001, 2002, 3003, 4004, 5005]


def test_a_pyramid_of_b_frames_is_decoded_evenly_after_a_ramp() -> None:
    decoded = times([0, 4, 2, 1, 3, 8, 6, 5, 7])
    assert decoded == [0, 333, 667, 1001, 2002, 3003, 4004, 5005, 6006]


def test_leading_pictures_are_decoded_just_before_the_first_of_them_is_shown() -> None:
    lead = lead_in(TIMESCALE)
    shown_first = 6 * FRAME
    decoded = times([8, 6, 7, 10, 9], 11)
    assert decoded[:2] == [shown_first - lead, shown_first]
    assert decoded == sorted(decoded)


def test_a_later_sample_that_is_shown_early_holds_the_others_back() -> None:
    assert max(times([0, 1, 2], 2)) <= 2 * FRAME


def test_no_samples_have_no_times() -> None:
    assert times([], 0) == []


@given(
    groups=st.lists(st.permutations(list(range(1, 8))), min_size=1, max_size=8),
    gap=st.integers(200, 5000),
    limit=st.integers(0, 3),
)
def test_every_reordering_of_a_closed_group_decodes_in_order_and_in_time(
    groups: list[list[int]], gap: int, limit: int
) -> None:
    order = [0]
    for group in groups:
        base = max(order)
        order += [base + k for k in group]
    pts = np.array(order, dtype=np.int64) * gap
    decoded = decode_times(pts, (max(order) + 1 + limit) * gap, TIMESCALE)
    assert decoded[0] == 0
    assert (np.diff(decoded) > 0).all()
    assert (decoded <= pts).all()


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=60), st.integers(-(2**40), 2**40))
def test_decode_times_rise_whatever_a_file_claims(pts: list[int], limit: int) -> None:
    decoded = decode_times(np.array(pts, dtype=np.int64), limit, TIMESCALE)
    assert len(decoded) == len(pts)
    assert (np.diff(decoded) > 0).all()
