from __future__ import annotations

from foyer.streaming.renditions import present
from foyer.streaming.webvtt import Cue, segment
from tests.streaming.facts import CODECS, film

CUTS = present(film(), CODECS).rendition("v0c").cuts
CUES = (
    Cue(start_ms=0, end_ms=1000, text="first"),
    Cue(start_ms=1900, end_ms=2500, text="over a boundary", settings="align:start"),
    Cue(start_ms=3_700_000, end_ms=3_701_000, text="after the end"),
)


def test_a_segment_has_every_cue_that_is_shown_in_it() -> None:
    assert segment(CUES, CUTS, 0).decode() == (
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n"
        "\n00:00:00.000 --> 00:00:01.000\nfirst\n"
        "\n00:00:01.900 --> 00:00:02.500 align:start\nover a boundary\n"
    )
    assert b"over a boundary" in segment(CUES, CUTS, 1)
    assert b"first" not in segment(CUES, CUTS, 1)
    assert segment(CUES, CUTS, 2).endswith(b"MPEGTS:0\n")


def test_the_last_segment_takes_what_lies_behind_it() -> None:
    assert b"01:01:40.000 --> 01:01:41.000" in segment(CUES, CUTS, CUTS.count - 1)
