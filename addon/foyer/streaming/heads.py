"""A head: one run of ffmpeg that makes a range of segments of one rendition, held back when nobody needs more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from foyer.errors import FoyerError, MediaError
from foyer.gpu import Admission, EncodeRequest, Lease, Work
from foyer.media.failures import FailureClass
from foyer.media.runner import PIPE, Runner, RunningProcess
from foyer.streaming.argv import Step, audio_head, video_head
from foyer.streaming.fragments import Fragment, InitSegment, read_fragments
from foyer.streaming.limits import StreamingLimits
from foyer.streaming.rendition import AudioRendition, VideoRendition
from foyer.streaming.router import AudioRouter, Router, RoutingError, VideoRouter
from foyer.streaming.source import MediaSource

_log = logging.getLogger(__name__)

_NICENESS = 5
"""Encoders give way to the server that hands out what they made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a head ended. With neither an error nor a failure it did what it should, or was told to stop."""

    failure: FailureClass | None = None
    """Of the process: another step of the ladder may work."""
    error: FoyerError | None = None
    """Of the server, such as a full disk: trying again at once is of no use."""
    is_short: bool = False
    """The file ended before the range did."""
    text: str = ""


class HeadHost(Protocol):
    """The rendition's side of a head."""

    async def take_init(self, init: InitSegment) -> None:
        """The init segment came."""

    async def take(self, head: Head, index: int, data: bytes) -> None:
        """A segment is complete; raises ``CapacityError`` when it cannot be kept."""

    def is_done(self, index: int) -> bool:
        """Whether a segment is stored already."""

    def lead(self, head: Head) -> float:
        """Seconds of media the head is ahead of the furthest viewer it works for."""


@dataclass(slots=True, eq=False)
class _Leg:
    """The range of one process."""

    start: int
    end: int
    router: Router | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Head:
    """Makes segments ``start`` up to, but without, ``end``; ``end`` may be moved down while it runs."""

    source: MediaSource
    rendition: VideoRendition | AudioRendition
    step: Step
    start: int
    end: int
    preset: str
    is_urgent: bool = False
    """Somebody waits for its first segment."""
    frontier: int = field(init=False)
    """The segment it works on: those from ``start`` to here are complete."""
    started_at: float = field(default_factory=monotonic)
    needed_at: float = field(default_factory=monotonic)
    """When somebody last had a use for it."""
    first_at: float | None = None
    """When its first segment was complete."""
    lease: Lease | None = None
    encoder: str = ""
    """What encodes or did, as people read it; empty before a lease."""
    is_stopping: bool = False
    _process: RunningProcess | None = None
    _held_s: float = 0.0
    _resume: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.frontier = self.start

    @property
    def covers(self) -> range:
        """Segments it has yet to complete."""
        return range(self.frontier, self.end) if not self.is_stopping else range(0)

    @property
    def is_blocked(self) -> bool:
        """Whether it is held back."""
        return self.lease is not None and self.lease.blocked_since is not None

    @property
    def blocked_s(self) -> float:
        """Seconds since it was held back."""
        since = self.lease.blocked_since if self.lease is not None else None
        return 0.0 if since is None else monotonic() - since

    @property
    def speed(self) -> float:
        """Seconds of media made a second of running; 0 before there is a segment."""
        cuts = self.rendition.cuts
        made = float(cuts.media_time(min(self.frontier, cuts.count)) - cuts.media_time(self.start))
        running = monotonic() - self.started_at - self._held_s - self.blocked_s
        return made / running if running > 0 else 0.0

    def stop(self) -> None:
        """End it soon; what it has completed stays."""
        self.is_stopping = True
        if self._process is not None:
            self._process.kill()
        self._resume.set()

    def nudge(self) -> None:
        """Demand has changed: look again whether to go on."""
        self._resume.set()

    async def run(self, host: HeadHost, runner: Runner, admission: Admission, limits: StreamingLimits) -> Outcome:
        """Run to the end; every failure is an outcome."""
        try:
            async with admission.admit(self._request(), preempt=self.stop) as lease:
                self.lease, self.encoder = lease, lease.encoder.label
                self.started_at = monotonic()
                while not self._is_over():
                    outcome = await self._run_leg(host, runner, limits, lease)
                    if outcome is not None:
                        return outcome
                return Outcome()
        except RoutingError as error:
            return Outcome(failure=FailureClass.UNSUPPORTED_INPUT, text=str(error))
        except FoyerError as error:
            return Outcome(error=error, text=error.message)
        finally:
            self.is_stopping = True
            self.lease = None

    async def _run_leg(self, host: HeadHost, runner: Runner, limits: StreamingLimits, lease: Lease) -> Outcome | None:
        """One process. The first of a head somebody waits for makes a single segment: the encoder's look-ahead then
        ends with it instead of holding its last frames back until enough of the next segment is encoded.
        """
        leg = _Leg(self.frontier, self.frontier + 1 if self.is_urgent and self.first_at is None else self.end)
        argv = self._argv(lease, leg)
        async with runner.start(argv, stdout=PIPE, niceness=_NICENESS) as process:
            self._process = process
            try:
                return await self._follow(process, leg, host, limits)
            finally:
                self._process = None

    def _is_over(self) -> bool:
        return self.is_stopping or self.frontier >= self.end

    def _request(self) -> EncodeRequest:
        rendition = self.rendition
        if isinstance(rendition, AudioRendition):
            return EncodeRequest(work=Work.AUDIO)
        return EncodeRequest(
            work=Work.VIDEO,
            width=rendition.width,
            height=rendition.height,
            frame_rate=float(rendition.frame_rate or 25),
        )

    def _argv(self, lease: Lease, leg: _Leg) -> list[str]:
        if isinstance(self.rendition, AudioRendition):
            return audio_head(self.step, self.source, self.rendition, leg.start, leg.end)
        return video_head(
            self.step,
            self.source,
            self.rendition,
            leg.start,
            leg.end,
            encoder=lease.encoder.name,
            preset=self.preset,
        )

    def _router(self, init: InitSegment, start: int) -> Router:
        if isinstance(self.rendition, AudioRendition):
            return AudioRouter(self.rendition, init, start)
        return VideoRouter(self.rendition, init, start, is_lenient=self.step.is_careful or start == 0)

    async def _follow(
        self, process: RunningProcess, leg: _Leg, host: HeadHost, limits: StreamingLimits
    ) -> Outcome | None:
        """Take in what a process makes; ``None`` when the head goes on behind it."""
        try:
            has_ended = await self._route(process, leg, host, limits)
        except TimeoutError:
            process.kill()
            return Outcome(failure=FailureClass.TIMEOUT, text="the encoder hangs")
        except MediaError as error:
            return Outcome(failure=FailureClass.UNKNOWN, text=error.message)
        if not has_ended or self._is_over():
            return Outcome()
        finished = await process.wait()
        if self._is_over():
            return Outcome()
        if finished.failure is not None:
            return Outcome(failure=finished.failure, text=finished.stderr.text())
        last = leg.router.finish() if leg.router is not None else None
        is_last = last is not None and last[0] == leg.end - 1
        if last is not None and (is_last or self.step.is_careful):
            await self._complete(host, *last)
        return None if is_last else Outcome(is_short=True, text=finished.stderr.text())

    async def _route(self, process: RunningProcess, leg: _Leg, host: HeadHost, limits: StreamingLimits) -> bool:
        """Whether the process has nothing more to say; otherwise the head wants no more of it."""
        patience = limits.start_s
        async with aclosing(read_fragments(process.stdout)) as items:
            while not self.is_stopping:
                item = await self._next(items, patience)
                if item is None:
                    return True
                if isinstance(item, InitSegment):
                    patience = limits.stall_s
                    leg.router = self._router(item, leg.start)
                    await host.take_init(item)
                elif leg.router is not None and await self._feed(leg.router, item, host):
                    break
                await self._hold(host, limits)
        return False

    async def _next(
        self, items: AsyncIterator[InitSegment | Fragment], patience_s: float
    ) -> InitSegment | Fragment | None:
        async with asyncio.timeout(patience_s):
            return await anext(items, None)

    async def _feed(self, router: Router, fragment: Fragment, host: HeadHost) -> bool:
        """Whether the head has come to its end, or to ground that is finished already."""
        for index, data in router.feed(fragment):
            await self._complete(host, index, data)
        return router.current >= self.end or host.is_done(router.current)

    async def _complete(self, host: HeadHost, index: int, data: bytes) -> None:
        await host.take(self, index, data)
        self.frontier = index + 1
        if self.first_at is None:
            self.first_at = monotonic()

    async def _hold(self, host: HeadHost, limits: StreamingLimits) -> None:
        """Leave the pipe unread while the head is far ahead: ffmpeg then uses no processor time at all."""
        if self.lease is None or host.lead(self) <= limits.lead_s:
            return
        self.lease.block()
        while not self.is_stopping and host.lead(self) > limits.resume_s:
            self._resume.clear()
            await self._resume.wait()
        self._held_s += self.blocked_s
        self.lease.unblock()
