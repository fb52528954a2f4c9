"""Edit lists (ISO/IEC 14496-12 §8.6.6): how a track's own times become the movie's."""

from __future__ import annotations

from dataclasses import dataclass

from foyer.media.mp4.boxes import damaged, unpack

_MAX_EDITS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """What an edit list does to a track, in its own ticks."""

    shift: int = 0
    """Add this to a composition time to get source time."""
    start: int | None = None
    """Source time at which the media begins to be shown; earlier samples only feed the decoder."""
    end: int | None = None
    """Source time at which it ends, where the list says so."""
    is_simple: bool = True
    """Whether the list is one stretch of media at normal speed, after any delay."""


def read_edits(payload: bytes | None, movie_scale: int, track_scale: int) -> Edits:
    """Delays first (empty edits), then one stretch of media: ``source = composition - media_time + delay``."""
    if payload is None:
        return Edits()
    if len(payload) < 8:
        raise damaged("an edit list is cut short")
    version, count = payload[0], unpack(">I", payload, 4)[0]
    layout, width = (">Qqi", 20) if version == 1 else (">Iii", 12)
    if count > _MAX_EDITS or 8 + count * width > len(payload):
        raise damaged("an edit list is cut short")
    delay = 0
    media: list[tuple[int, ...]] = []
    for k in range(count):
        length, time, rate = unpack(layout, payload, 8 + k * width)
        if time < 0 and not media:
            delay += length
        elif time >= 0:
            media.append((length, time, rate))
    late = _rescale(delay, track_scale, movie_scale)
    if not media:
        return Edits(shift=late)
    length, time, rate = media[0]
    end = late + _rescale(length, track_scale, movie_scale) if length else None
    return Edits(shift=late - time, start=late, end=end, is_simple=len(media) == 1 and rate == 0x10000)


def _rescale(ticks: int, to: int, of: int) -> int:
    """Convert, rounding to the nearest with halves away from zero, as libavutil's ``av_rescale`` does."""
    return (ticks * to * 2 + of) // (of * 2)
