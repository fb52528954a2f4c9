"""Admission: nobody encodes without a lease, and there are only as many as the machine can carry.

Only the processor is handed out so far. A lease names its encoder, so whoever holds one need not change when a graphics
card is handed out instead.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

from foyer.errors import CapacityError
from foyer.gpu.encoder import SOFTWARE, Encoder, EncodeRequest, Work

_PATIENCE_S = 2.0
"""How long a request waits for a place, in seconds: what a viewer hardly notices."""
_AUDIO_FACTOR = 4
"""An audio encode costs a small part of a video one; this many times as many are admitted."""


@dataclass(slots=True, kw_only=True, eq=False)
class Lease:
    """The right to run one encode; ends with the ``admit`` block."""

    encoder: Encoder
    request: EncodeRequest
    preempt: Callable[[], None]
    """Called, once, when the place is needed more by somebody else: end the encode soon."""
    blocked_since: float | None = None
    """Monotonic seconds since when the encode has been held back, far enough ahead of its viewers."""
    is_preempted: bool = False

    def block(self) -> None:
        """Say that the encode waits: it may be ended for one that somebody waits for."""
        self.blocked_since = monotonic()

    def unblock(self) -> None:
        """Say that it runs again."""
        self.blocked_since = None


@dataclass(slots=True, kw_only=True, eq=False)
class _Lane:
    leases: set[Lease] = field(default_factory=set)
    queue: deque[asyncio.Future[None]] = field(default_factory=deque)
    promised: int = 0
    """Places given to somebody who has not come to take them yet."""

    @property
    def taken(self) -> int:
        return len(self.leases) + self.promised


class Admission:
    """Hands out leases."""

    def __init__(self, *, limit: Callable[[], int], patience_s: float = _PATIENCE_S) -> None:
        """``limit`` gives the number of video encodes at once; 0 decides by the processor."""
        self._limit = limit
        self._patience_s = patience_s
        self._lanes = {work: _Lane() for work in Work}

    @property
    def leases(self) -> tuple[Lease, ...]:
        """Every lease held now."""
        return tuple(lease for lane in self._lanes.values() for lease in lane.leases)

    def capacity(self, work: Work) -> int:
        """How many encodes of a kind may run at once."""
        video = self._limit() or max(2, os.cpu_count() or 1)
        return video if work is Work.VIDEO else _AUDIO_FACTOR * max(2, video)

    @asynccontextmanager
    async def admit(self, request: EncodeRequest, *, preempt: Callable[[], None]) -> AsyncIterator[Lease]:
        """Hold a lease for the length of the block.

        When every place is taken, the encode that has been held back longest is ended; ``CapacityError`` with
        ``retry_after`` when none is held back and no place becomes free soon.
        """
        lane = self._lanes[request.work]
        if lane.taken >= self.capacity(request.work) or lane.queue:
            await self._wait(lane, request.work)
        lease = Lease(encoder=SOFTWARE[request.work], request=request, preempt=preempt)
        lane.leases.add(lease)
        try:
            yield lease
        finally:
            lane.leases.discard(lease)
            self._wake(lane, request.work)

    async def _wait(self, lane: _Lane, work: Work) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane.queue.append(turn)
        self._make_room(lane)
        has_come = False
        try:
            async with asyncio.timeout(self._patience_s):
                await turn
            has_come = True
        except TimeoutError as error:
            raise CapacityError(
                f"All {self.capacity(work)} places for conversions are taken. Try again when another viewer stops.",
                retry_after=3,
                limit=self.capacity(work),
            ) from error
        finally:
            if turn in lane.queue:
                lane.queue.remove(turn)
            elif not turn.cancelled():
                lane.promised -= 1
                if not has_come:
                    self._wake(lane, work)

    def _make_room(self, lane: _Lane) -> None:
        blocked = [lease for lease in lane.leases if lease.blocked_since is not None and not lease.is_preempted]
        if blocked:
            lease = min(blocked, key=lambda held: held.blocked_since or 0.0)
            lease.is_preempted = True
            lease.preempt()

    def _wake(self, lane: _Lane, work: Work) -> None:
        while lane.queue and lane.taken < self.capacity(work):
            turn = lane.queue.popleft()
            if not turn.done():
                turn.set_result(None)
                lane.promised += 1
