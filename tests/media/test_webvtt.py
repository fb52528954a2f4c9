from __future__ import annotations

from foyer.media.cues import Cue
from foyer.media.webvtt import webvtt_file, webvtt_segment

CUES = (
    Cue(start_us=500_000, end_us=1_400_000, text="one"),
    Cue(start_us=3_900_000, end_us=4_100_000, text="spans"),
    Cue(start_us=4_000_000, end_us=5_000_000, text="two\nrows"),
    Cue(start_us=3_723_004_500, end_us=3_724_000_000, text="late"),
)


def test_a_whole_file() -> None:
    assert webvtt_file(CUES) == (
        "WEBVTT\n\n"
        "00:00:00.500 --> 00:00:01.400\none\n\n"
        "00:00:03.900 --> 00:00:04.100\nspans\n\n"
        "00:00:04.000 --> 00:00:05.000\ntwo\nrows\n\n"
        "01:02:03.005 --> 01:02:04.000\nlate\n\n"
    )


def test_a_cue_that_spans_a_boundary_stands_in_both_segments_with_its_own_times() -> None:
    spanning = "00:00:03.900 --> 00:00:04.100\nspans\n"
    first, second = webvtt_segment(CUES, 0, 4_000_000), webvtt_segment(CUES, 4_000_000, 8_000_000)
    assert spanning in first
    assert spanning in second
    assert "two" not in first
    assert "one" not in second


def test_a_segment_says_that_its_times_are_the_timelines() -> None:
    empty = webvtt_segment(CUES, 100_000_000, 104_000_000)
    assert empty == "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n"


def test_windows_are_half_open() -> None:
    assert "one" not in webvtt_segment(CUES, 1_400_000, 2_000_000)
    assert "two" not in webvtt_segment(CUES, 2_000_000, 4_000_000)


def test_a_shift_moves_what_is_written_and_not_what_is_chosen() -> None:
    text = webvtt_segment(CUES, 4_000_000, 8_000_000, shift_us=2_000_000)
    assert "00:00:02.000 --> 00:00:03.000\ntwo\nrows" in text
    assert "00:00:00.000 --> 00:00:00.400\none" in webvtt_file(CUES, shift_us=1_000_000)
    assert "one" not in webvtt_file(CUES, shift_us=2_000_000)
