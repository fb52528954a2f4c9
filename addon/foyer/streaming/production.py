"""The production of one rendition: which segments exist, who waits for which, and which heads make the rest.

Everything that decides is synchronous, so two requests can never decide at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from time import monotonic

from foyer.errors import CapacityError, FoyerError, MediaError, NotFoundError, UnavailableError
from foyer.gpu import Admission
from foyer.media.failures import FailureClass
from foyer.media.runner import Runner
from foyer.streaming.argv import Step
from foyer.streaming.cache import INIT, SegmentCache, Shelf
from foyer.streaming.fragments import InitSegment
from foyer.streaming.heads import Head, Outcome
from foyer.streaming.limits import StreamingLimits
from foyer.streaming.news import ConversionNews, Tell
from foyer.streaming.rendition import AudioRendition, VideoRendition
from foyer.streaming.source import MediaSource
from foyer.streaming.viewers import Viewers

_log = logging.getLogger(__name__)

_STARTUP_S = 1.0
"""Seconds from starting an encoder to its first segment, before any was measured."""
_SICK_S = 60.0
_PROGRAMS_FAULT = {FailureClass.TIMEOUT, FailureClass.ENCODER_ABSENT}
_WEIGHT = 0.3
"""Of the newest measurement of start-up."""


@dataclass(slots=True, kw_only=True)
class Workshop:
    """What every production shares."""

    runner: Runner
    admission: Admission
    cache: SegmentCache
    viewers: Viewers
    limits: StreamingLimits
    find: Callable[[], Awaitable[tuple[str, ...]]]
    """Each ffmpeg there is, the preferred one first; ``UnavailableError`` when there is none."""
    preset: Callable[[], str]
    spawn: Callable[[Coroutine[object, object, None]], None]
    """Run a task for as long as the service lives."""
    tell: Tell
    startup_s: float = _STARTUP_S
    programs: tuple[str, ...] = ()
    """What ``find`` has found."""
    _sick: dict[str, float] = field(default_factory=dict)
    """Programs that hang or lack an encoder, and the monotonic time until which others come first."""

    async def prepare(self) -> None:
        """Call before the first head: finds ffmpeg."""
        if not self.programs:
            self.programs = await self.find()

    def blame(self, program: str, failure: FailureClass | None) -> None:
        """A head of this program failed."""
        if failure in _PROGRAMS_FAULT:
            self._sick[program] = monotonic() + _SICK_S

    def ladder(self) -> tuple[Step, ...]:
        """What to try in turn for one segment. The second try starts earlier and reads on over damage; one after a
        crash would have done without, and loses little by it.
        """
        now = monotonic()
        first, *others = sorted(self.programs, key=lambda program: self._sick.get(program, 0.0) > now)
        return (
            Step(program=first),
            Step(program=first, is_careful=True),
            *(Step(program=program, is_careful=True) for program in others),
        )


@dataclass(slots=True)
class _Refusal:
    error: FoyerError
    until: float


@dataclass(slots=True, kw_only=True, eq=False)
class Production:
    """One rendition being made."""

    shop: Workshop
    source: MediaSource
    rendition: VideoRendition | AudioRendition
    shelf: Shelf
    heads: list[Head] = field(default_factory=list)
    _waiting: dict[int, set[asyncio.Future[None]]] = field(default_factory=lambda: defaultdict(set))
    _attempts: dict[int, int] = field(default_factory=dict)
    _refusals: dict[int, _Refusal] = field(default_factory=dict)
    _ends_at: int | None = None
    """The file has no frames from this segment on, whatever its index says."""
    _silent_from: int | None = None
    """The audio track ends here, and the video does not."""
    news: ConversionNews = field(init=False)

    def __post_init__(self) -> None:
        self.news = ConversionNews(self.shop.tell, self.source.file_id, self.rendition)

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits and nothing runs."""
        return not self.heads and not self._waiting

    async def segment(self, i: int, viewer: str) -> Path:
        """The stored segment ``i``, waiting for it where it must be made."""
        self.shop.viewers.ask(viewer, self.rendition, i)
        for head in self.heads:
            head.nudge()
        path = self.shelf.path(_name(i))
        if path is None:
            path = await self._wait(i, _name(i))
        self._look_ahead(i)
        return path

    async def init(self, viewer: str) -> Path:
        """The stored init segment. Where there is none, an encoder starts where this viewer will go on."""
        path = self.shelf.path(INIT)
        if path is not None:
            return path
        known = self.shop.viewers.meet(viewer)
        mine = known.demands.get(self.rendition.key.digest)
        i = mine.segment if mine is not None else known.expected(self.rendition)
        if self.shelf.has(_name(i)):
            # The segments outlived their init segment: only a new run brings another, and any of it will do.
            i = next((j for j in range(self.rendition.cuts.count) if not self.shelf.has(_name(j))), i)
        self.shop.viewers.expect(viewer, self.rendition, i)
        return await self._wait(i, INIT)

    async def warm_up(self, i: int) -> None:
        """Start making segment ``i`` if nothing has it in hand."""
        await self.shop.prepare()
        if not self.shelf.has(_name(i)) or not self.shelf.has(INIT):
            self._start_if_possible(i)

    # Waiting

    async def _wait(self, i: int, name: str) -> Path:
        await self.shop.prepare()
        self._check_refusal(i)
        arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        slot = -1 if name == INIT else i
        self._waiting[slot].add(arrival)
        try:
            self._plan(i)
            async with asyncio.timeout(self.shop.limits.wait_s):
                await arrival
        except TimeoutError as error:
            raise CapacityError("This part is not converted yet. Trying again helps.", retry_after=1) from error
        finally:
            self._waiting[slot].discard(arrival)
            if not self._waiting[slot]:
                del self._waiting[slot]
        path = self.shelf.path(name)
        if path is None:
            raise CapacityError("This part was converted but not kept: the disk is too full.", retry_after=2)
        return path

    def _check_refusal(self, i: int) -> None:
        if self._ends_at is not None and i >= self._ends_at:
            raise NotFoundError("The file ends before this part.", segment=i)
        refusal = self._refusals.get(i)
        if refusal is not None:
            if monotonic() < refusal.until:
                raise refusal.error
            del self._refusals[i]
            self._attempts.pop(i, None)

    def _wake(self, slot: int) -> None:
        for arrival in self._waiting.get(slot, ()):
            if not arrival.done():
                arrival.set_result(None)

    def _fail(self, first: int, last: int, error: FoyerError) -> None:
        """Tell those who wait for segments no other head has in hand."""
        for slot in list(self._waiting):
            if slot >= 0 and (not first <= slot < last or self._head_of(slot) is not None):
                continue
            if slot < 0 and self.heads:
                continue
            for arrival in self._waiting[slot]:
                if not arrival.done():
                    arrival.set_exception(error)

    # Planning

    def _head_of(self, i: int) -> Head | None:
        return next((head for head in self.heads if i in head.covers), None)

    def _plan(self, i: int) -> None:
        """Make sure that somebody makes segment ``i``, soon."""
        head = self._head_of(i)
        if head is not None and not self._is_restart_quicker(head, i):
            return
        self._start(i)

    def _is_restart_quicker(self, head: Head, i: int) -> bool:
        if i - head.frontier <= self.shop.limits.ahead(self.rendition.cuts):
            return False
        cuts = self.rendition.cuts
        distance = float(cuts.media_time(i) - cuts.media_time(head.frontier))
        return head.speed <= 0 or self.shop.startup_s + 1.0 < distance / head.speed

    def _start(self, i: int) -> None:
        """Start a head at ``i``; raises ``CapacityError`` when the disk has no room."""
        self.shop.cache.check_room()
        end = self._range_end(i)
        for head in self.heads:
            if i in head.covers:
                head.end = i
        while len([head for head in self.heads if not head.is_stopping]) >= self.shop.limits.heads_per_rendition:
            self._least_needed().stop()
        head = Head(
            source=self.source,
            rendition=self.rendition,
            step=self._step(i),
            start=i,
            end=end,
            preset=self.shop.preset(),
            is_urgent=i in self._waiting and isinstance(self.rendition, VideoRendition),
        )
        self.heads.append(head)
        self.shop.spawn(self._run(head))

    def _step(self, i: int) -> Step:
        ladder = self.shop.ladder()
        step = ladder[min(self._attempts.get(i, 0), len(ladder) - 1)]
        return replace(step, is_silent=self._silent_from is not None and i >= self._silent_from)

    def _start_if_possible(self, i: int) -> None:
        """For what nobody waits for yet: no room or a known refusal is no error."""
        if self._head_of(i) is not None or i in self._refusals or (self._ends_at is not None and i >= self._ends_at):
            return
        try:
            self._start(i)
        except CapacityError as error:
            _log.info("not made ahead: %s", error.message)

    def _range_end(self, i: int) -> int:
        cuts = self.rendition.cuts
        end = cuts.at(cuts.media_time(i) + int(self.shop.limits.head_s)) + 1
        taken = [head.start for head in self.heads if head.start > i and not head.is_stopping]
        end = min([end, *taken])
        return next((j for j in range(i + 1, end) if self.shelf.has(_name(j))), end)

    def _least_needed(self) -> Head:
        """The head farthest from every viewer."""
        playheads = [segment for _, segment in self.shop.viewers.of(self.rendition.key.digest)]
        running = [head for head in self.heads if not head.is_stopping]
        return max(running, key=lambda head: min((abs(head.frontier - at) for at in playheads), default=0))

    def _look_ahead(self, i: int) -> None:
        for j in range(i + 1, min(i + 1 + self.shop.limits.prefetch_segments, self.rendition.cuts.count)):
            if not self.shelf.has(_name(j)):
                self._start_if_possible(j)
                return

    # Heads

    async def _run(self, head: Head) -> None:
        try:
            outcome = await head.run(self, self.shop.runner, self.shop.admission, self.shop.limits)
        finally:
            self.heads.remove(head)
        self._ended(head, outcome)

    def _ended(self, head: Head, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.news.failed(head, None, outcome.error)
            self._fail(head.frontier, head.end, outcome.error)
        elif outcome.failure is not None or outcome.is_short:
            self._try_next(head, outcome)
        self._cover_waiting()

    def _try_next(self, head: Head, outcome: Outcome) -> None:
        i = head.frontier
        self.shop.blame(head.step.program, outcome.failure)
        self._attempts[i] = self._attempts.get(i, 0) + 1
        ladder = self.shop.ladder()
        _log.warning(
            "encoder %s ended early at segment %d of %s (%s): %s",
            head.step.program,
            i,
            self.rendition.name,
            outcome.failure or "the file ended",
            outcome.text.strip()[-500:],
        )
        if outcome.is_short and head.step.is_careful and not head.step.is_silent:
            self._end_early(head, i)
        elif self._attempts[i] >= max(len(ladder), 3):
            error = _error_of(outcome)
            self._refusals[i] = _Refusal(error, monotonic() + self.shop.limits.forgive_s)
            self.news.failed(head, outcome.failure, error)
            self._fail(i, head.end, error)
        elif self._is_needed(i, head.end):
            self.news.fell_back(head, outcome)
            self._start_if_possible(i)

    def _end_early(self, head: Head, i: int) -> None:
        """The track has nothing from segment ``i`` on."""
        if isinstance(self.rendition, AudioRendition):
            self._silent_from = i
            self._start_if_possible(i)
        else:
            self._ends_at = i
            self._fail(i, head.end, NotFoundError("The file ends before this part.", segment=i))

    def _is_needed(self, first: int, last: int) -> bool:
        if any(first <= slot < last or slot < 0 for slot in self._waiting):
            return True
        reach = self.shop.limits.lead_s
        return self.shop.viewers.is_near(self.rendition.key.digest, first, reach)

    def _cover_waiting(self) -> None:
        """A head that stopped may leave waiters that counted on it."""
        for slot in sorted(slot for slot in self._waiting if slot >= 0):
            if any(not arrival.done() for arrival in self._waiting[slot]):
                try:
                    self._check_refusal(slot)
                    if self._head_of(slot) is None:
                        self._start(slot)
                except FoyerError as error:
                    self._fail(slot, slot + 1, error)

    # What heads ask (HeadHost)

    async def take_init(self, init: InitSegment) -> None:
        """Keep the first init segment: those of later heads are interchangeable with it."""
        if not self.shelf.has(INIT):
            await self.shop.cache.put(self.shelf, INIT, init.data)
        self._wake(-1)

    async def take(self, head: Head, index: int, data: bytes) -> None:
        """Keep a segment and wake who waits for it."""
        if not self.shelf.has(_name(index)):
            await self.shop.cache.put(self.shelf, _name(index), data)
        if head.first_at is None:
            took = monotonic() - head.started_at
            self.shop.startup_s += _WEIGHT * (took - self.shop.startup_s)
            self.news.started(head)
        self._wake(index)

    def is_done(self, index: int) -> bool:
        """Whether a segment is stored."""
        return self.shelf.has(_name(index))

    def lead(self, head: Head) -> float:
        """Seconds between a head's frontier and the furthest segment somebody near it has asked for."""
        wanted = self._wanted_of(head)
        if wanted is None:
            return inf
        cuts = self.rendition.cuts
        return float(cuts.media_time(min(head.frontier, cuts.count)) - cuts.media_time(wanted))

    def _wanted_of(self, head: Head) -> int | None:
        before = head.start - self.shop.limits.ahead(self.rendition.cuts)
        playheads = [segment for _, segment in self.shop.viewers.of(self.rendition.key.digest)]
        return max((at for at in (*playheads, *self._waiting) if before <= at < head.end and at >= 0), default=None)

    # Care

    def sweep(self) -> None:
        """End heads that have been of no use for long enough."""
        now, limits = monotonic(), self.shop.limits
        for head in self.heads:
            if self._wanted_of(head) is not None:
                head.needed_at = now
            if now - head.needed_at > limits.idle_s or head.blocked_s > limits.blocked_s:
                head.stop()
            head.nudge()

    def drop_unneeded(self) -> None:
        """End heads nobody has a use for, now."""
        for head in self.heads:
            if self._wanted_of(head) is None:
                head.stop()

    def viewers_of(self, head: Head) -> Iterator[str]:
        """Who watches what a head makes."""
        before = head.start - self.shop.limits.ahead(self.rendition.cuts)
        for viewer, segment in self.shop.viewers.of(self.rendition.key.digest):
            if before <= segment < head.end:
                yield viewer


def _name(i: int) -> str:
    return f"{i}.m4s"


def _error_of(outcome: Outcome) -> FoyerError:
    match outcome.failure:
        case FailureClass.TIMEOUT:
            return UnavailableError("The encoder does not answer. Try again in a while.", retry_after=10)
        case FailureClass.DISK_FULL | FailureClass.OUT_OF_MEMORY:
            return CapacityError("The machine has no memory or disk space left for a conversion.", retry_after=30)
        case FailureClass.ENCODER_ABSENT:
            return UnavailableError("This ffmpeg has no H.264 encoder or lacks a filter. Install a complete one.")
        case _:
            return MediaError("This part of the file cannot be converted: it is damaged or unsupported.")
