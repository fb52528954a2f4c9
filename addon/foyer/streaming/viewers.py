"""Who watches what, and where: the demand that encoders follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from foyer.streaming.rendition import Rendition, TrackKind

_TTL_S = 60.0
"""A viewer who neither asked for bytes nor reported progress for so long is gone."""
_PROBES = 2
"""Requests in a row that make a rendition the viewer's own; a player may try another quality with one segment."""


@dataclass(slots=True, kw_only=True)
class Demand:
    """The latest segment a viewer asked for in one rendition."""

    rendition: Rendition
    segment: int
    asked_at: float
    in_a_row: int = 0


@dataclass(slots=True, kw_only=True)
class Viewer:
    """One playback session, as far as streaming knows it."""

    id: str
    seen_at: float
    start_ms: int = 0
    demands: dict[str, Demand] = field(default_factory=dict)
    """By rendition digest."""

    def expected(self, rendition: Rendition) -> int:
        """The segment of a rendition this viewer will ask for first: right after the newest of another of its kind,
        else where another track is, else where playback is to start.
        """
        others = sorted(self.demands.values(), key=lambda d: (d.rendition.kind is rendition.kind, d.asked_at))
        if not others:
            return rendition.cuts.at(self.start_ms / 1000)
        other = others[-1]
        following = other.segment + (1 if other.rendition.kind is rendition.kind else 0)
        cuts = other.rendition.cuts
        return rendition.cuts.at(cuts.media_time(min(following, cuts.count - 1)))


class Viewers:
    """Every viewer seen lately."""

    def __init__(self, *, ttl_s: float = _TTL_S, clock: Callable[[], float] = monotonic) -> None:
        self._viewers: dict[str, Viewer] = {}
        self._ttl_s = ttl_s
        self._clock = clock

    def __len__(self) -> int:
        return len(self._viewers)

    def meet(self, viewer: str, start_ms: int = 0) -> Viewer:
        """The viewer of this id, seen now."""
        found = self._viewers.get(viewer)
        if found is None:
            found = self._viewers[viewer] = Viewer(id=viewer, seen_at=self._clock(), start_ms=start_ms)
        found.seen_at = self._clock()
        return found

    def expect(self, viewer: str, rendition: Rendition, segment: int) -> None:
        """A viewer will want a segment soon."""
        demands = self.meet(viewer).demands
        known = demands.get(rendition.key.digest)
        if known is None:
            demands[rendition.key.digest] = Demand(rendition=rendition, segment=segment, asked_at=self._clock())
        else:
            known.segment, known.asked_at = segment, self._clock()

    def ask(self, viewer: str, rendition: Rendition, segment: int) -> None:
        """A viewer wants a segment now."""
        self.expect(viewer, rendition, segment)
        demands = self.meet(viewer).demands
        digest, kind = rendition.key.digest, rendition.kind
        demands[digest].in_a_row += 1
        for other, demand in list(demands.items()):
            if other != digest and demand.rendition.kind is kind:
                demand.in_a_row = 0
                if demands[digest].in_a_row >= _PROBES:
                    del demands[other]

    def report(self, viewer: str, position_ms: int | None) -> None:
        """A viewer reported progress. Its playheads never go back for it: a player loads ahead of what it shows.

        One that has asked for nothing encoded is nobody here.
        """
        known = self._viewers.get(viewer)
        if known is None:
            return
        known.seen_at = self._clock()
        for demand in known.demands.values() if position_ms is not None else ():
            demand.segment = max(demand.segment, demand.rendition.cuts.at((position_ms or 0) / 1000))

    def forget(self, viewer: str) -> None:
        """A viewer stopped."""
        self._viewers.pop(viewer, None)

    def expire(self) -> None:
        """Forget who has not been seen for long."""
        oldest = self._clock() - self._ttl_s
        for viewer in [viewer for viewer in self._viewers.values() if viewer.seen_at < oldest]:
            del self._viewers[viewer.id]

    def of(self, digest: str) -> Iterator[tuple[str, int]]:
        """Viewer and playhead of everybody on a rendition."""
        for viewer in self._viewers.values():
            demand = viewer.demands.get(digest)
            if demand is not None:
                yield viewer.id, demand.segment

    def is_near(self, digest: str, segment: int, within_s: float) -> bool:
        """Whether somebody on a rendition is within ``within_s`` seconds of a segment."""
        for viewer in self._viewers.values():
            demand = viewer.demands.get(digest)
            if demand is not None:
                cuts = demand.rendition.cuts
                if abs(cuts.media_time(min(segment, cuts.count)) - cuts.media_time(demand.segment)) <= within_s:
                    return True
        return False


__all__ = ["Demand", "TrackKind", "Viewer", "Viewers"]
