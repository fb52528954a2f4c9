"""WebVTT segments on the boundaries of the video (RFC 8216bis §3.1.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from foyer.streaming.cuts import Cuts

CONTENT_TYPE = "text/vtt"
_HEADER = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n"
"""Fragments carry the media timeline's own times, so its zero is zero in both clocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One subtitle, in milliseconds of the media timeline."""

    start_ms: int
    end_ms: int
    text: str
    """WebVTT cue text."""
    settings: str = ""
    """WebVTT cue settings, such as ``align:start``."""


class CueSource(Protocol):
    """Has the cues of text tracks."""

    async def cues(self, track: int, origin_s: int) -> tuple[Cue, ...]:
        """Cues of a subtitle row in order of time; ``origin_s`` is source time at the media timeline's zero."""


def segment(cues: Iterable[Cue], cuts: Cuts, i: int) -> bytes:
    """Segment ``i``: every cue shown at any time in it, whole, as the RFC asks; the first and last take what is
    outside.
    """
    start = cuts.media_time(i) * 1000 if i else None
    end = cuts.media_time(i + 1) * 1000 if i + 1 < cuts.count else None
    blocks = [
        f"\n{_stamp(cue.start_ms)} --> {_stamp(cue.end_ms)}{f' {cue.settings}' if cue.settings else ''}\n{cue.text}\n"
        for cue in cues
        if (end is None or cue.start_ms < end) and (start is None or cue.end_ms > start) and cue.end_ms > 0
    ]
    return (_HEADER + "".join(blocks)).encode()


def _stamp(ms: int) -> str:
    ms = max(0, ms)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
