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


@dataclass(slots=True, kw_only=True, eq=False)
class Head:
    """Makes segments ``start`` up to, but without, ``end``; ``end`` may be moved down while it runs."""

    source: MediaSource
    rendition: VideoRendition | AudioRendition
    step: Step
    start: int
    end: int
    preset: str
    frontier: int = field(init=False)
    """The segment it works on: those from ``start`` to here are complete."""
    started_at: float = field(default_factory=monotonic)
    needed_at: float = field(default_factory=monotonic)
    """When somebody last had a use for it."""
    first_at: float | None = None
    """When its first segment was complete."""
    lease: Lease | None = None
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
                self.lease = lease
                self.started_at = monotonic()
                async with runner.start(self._argv(lease), stdout=PIPE, niceness=_NICENESS) as process:
                    self._process = process
                    if self.is_stopping:
                        return Outcome()
                    return await self._follow(process, host, limits)
        except RoutingError as error:
            return Outcome(failure=FailureClass.UNSUPPORTED_INPUT, text=str(error))
        except FoyerError as error:
            return Outcome(error=error, text=error.message)
        finally:
            self.is_stopping = True
            self.lease = None

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

    def _argv(self, lease: Lease) -> list[str]:
        if isinstance(self.rendition, AudioRendition):
            return audio_head(self.step, self.source, self.rendition, self.start, self.end)
        return video_head(
            self.step,
            self.source,
            self.rendition,
            self.start,
            self.end,
            encoder=lease.encoder.name,
            preset=self.preset,
        )

    def _router(self, init: InitSegment) -> Router:
        if isinstance(self.rendition, AudioRendition):
            return AudioRouter(self.rendition, init, self.start)
        return VideoRouter(self.rendition, init, self.start, is_lenient=self.step.is_careful or self.start == 0)

    async def _follow(self, process: RunningProcess, host: HeadHost, limits: StreamingLimits) -> Outcome:
        try:
            router = await self._route(process, host, limits)
        except TimeoutError:
            process.kill()
            return Outcome(failure=FailureClass.TIMEOUT, text="the encoder hangs")
        except MediaError as error:
            return Outcome(failure=FailureClass.UNKNOWN, text=error.message)
        if self._is_over():
            return Outcome()
        # The pipe has ended before the range did.
        finished = await process.wait()
        if self._is_over():
            return Outcome()
        if finished.failure is not None:
            return Outcome(failure=finished.failure, text=finished.stderr.text())
        last = router.finish() if router is not None else None
        is_last = last is not None and last[0] == self.end - 1
        if last is not None and (is_last or self.step.is_careful):
            await self._complete(host, *last)
        return Outcome(is_short=not is_last, text=finished.stderr.text())

    async def _route(self, process: RunningProcess, host: HeadHost, limits: StreamingLimits) -> Router | None:
        router: Router | None = None
        patience = limits.start_s
        async with aclosing(read_fragments(process.stdout)) as items:
            while (item := await self._next(items, patience)) is not None:
                if isinstance(item, InitSegment):
                    patience = limits.stall_s
                    router = self._router(item)
                    await host.take_init(item)
                elif router is not None and await self._feed(router, item, host):
                    break
                await self._hold(host, limits)
                if self.is_stopping:
                    break
        return router

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
