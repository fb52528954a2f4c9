"""WebVTT from cues: a whole file, and the segments of an HLS subtitle rendition (RFC 8216 §3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from foyer.media.cues import Cue

TIMESTAMP_MAP = "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0"
"""Cue times are the media timeline itself: our fragmented MP4 starts near zero and carries absolute times."""


def webvtt_file(cues: Iterable[Cue], shift_us: int = 0) -> str:
    """Every cue, ``shift_us`` microseconds earlier (the index's ``origin_s`` gives the media timeline)."""
    return "WEBVTT\n\n" + "".join(_block(cue, shift_us) for cue in cues)


def webvtt_segment(cues: Sequence[Cue], start_us: int, end_us: int, shift_us: int = 0) -> str:
    """The cues that are visible at any time in ``[start_us, end_us)``, each with its whole duration.

    Window and cues are in source time; ``shift_us`` is subtracted from what is written. A cue that spans a boundary
    stands in both segments with the same times, which players recognise as one.
    """
    inside = (cue for cue in cues if cue.start_us < end_us and cue.end_us > start_us)
    return f"WEBVTT\n{TIMESTAMP_MAP}\n\n" + "".join(_block(cue, shift_us) for cue in inside)


def _block(cue: Cue, shift_us: int) -> str:
    start, end = max(0, cue.start_us - shift_us), cue.end_us - shift_us
    return f"{_time(start)} --> {_time(end)}\n{cue.text}\n\n" if end > start else ""


def _time(microseconds: int) -> str:
    """``hh:mm:ss.ttt``, W3C WebVTT §4.1."""
    milliseconds = (microseconds + 500) // 1000
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"
