"""How patient streaming is. Tests shorten these; nobody else needs to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from foyer.streaming.cuts import Cuts


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamingLimits:
    """All in seconds, unless the name says otherwise."""

    wait_s: float = 15.0
    """A request waits so long for its segment, then is told to come again."""
    start_s: float = 20.0
    """An encoder that has written nothing so long after its start hangs: it may have to decode much before that."""
    stall_s: float = 10.0
    """An encoder that writes nothing for so long, while it could, hangs."""
    lead_s: float = 30.0
    """Media made ahead of the furthest viewer before an encoder is held back."""
    resume_s: float = 15.0
    """It goes on when the lead has shrunk to this."""
    ahead_s: float = 24.0
    """A segment no further than this beyond an encoder's frontier is waited for, not started anew."""
    head_s: float = 600.0
    """Media one encoder run covers at most."""
    idle_s: float = 10.0
    """An encoder nobody needs lives so long."""
    blocked_s: float = 60.0
    """One held back so long is ended: its segments stay, and a restart is exact."""
    viewer_ttl_s: float = 60.0
    forgive_s: float = 10.0
    """A segment that could not be made is not tried again for so long."""
    sweep_s: float = 1.0
    heads_per_rendition: int = 2
    prefetch_segments: int = 2

    def ahead(self, cuts: Cuts) -> int:
        """``ahead_s`` in segments of a rendition, three at least."""
        average = (cuts.media_time(cuts.count) - cuts.media_time(0)) / cuts.count
        return max(3, ceil(Fraction(self.ahead_s) / average))
