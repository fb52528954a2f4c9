"""A pool of worker processes that run tasks on untrusted files; a file can kill a worker, never the server."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, NoReturn, Self, TypeVar

import foyer
from foyer.errors import MediaError, UnavailableError
from foyer.media.frames import PREFIX, ProtocolError, Reply, decode, encode, sizes
from foyer.media.runner import PIPE, Runner, RunningProcess

_log = logging.getLogger(__name__)

T = TypeVar("T")

_START_S = 60.0
"""A worker says hello within this; imports from a cold SD card take seconds."""
_PATIENCE_S = 2.0
"""How long short tasks wait behind one that turns out to be slow before they go to another worker."""
_PIPELINE = 6
"""Short tasks a worker holds at once, so that it never waits for the event loop."""


class Priority(IntEnum):
    """Who goes first; a smaller number does."""

    INTERACTIVE = 0
    """Somebody looks at a page that needs it."""
    SCAN = 1
    BACKGROUND = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[T]):
    """A kind of work: what the worker calls and how its answer becomes a value."""

    entry: str
    """``module:function`` in the worker; it takes the arguments by name and returns a ``Reply``."""
    parse: Callable[[Reply], T]
    """Checks an answer that may be hostile; raises ``ProtocolError``."""
    timeout_s: float
    """Wall time after which the worker is killed."""
    cpu_s: float
    """Processor time after which it is killed: a slow disk is forgiven, a busy loop is not."""
    is_short: bool
    """Milliseconds of work: several may wait inside one worker. Others never take the last free worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """What a worker may cost."""

    memory_bytes: int = 1536 * 1024 * 1024
    """Address space (RLIMIT_AS); decoding 8K HEVC on one thread takes about 900 MB of it."""
    recycle_bytes: int = 220 * 1024 * 1024
    """Resident memory above which a worker is replaced between two tasks."""
    recycle_tasks: int = 5000
    """Tasks after which it is replaced in any case."""
    idle_s: float = 20.0
    """A worker without work leaves after this."""
    niceness: int = 5


@dataclass(slots=True, eq=False)
class _Pending:
    task: Task[Any]
    arguments: Mapping[str, Any]
    timeout_s: float
    rank: tuple[int, int]
    future: asyncio.Future[Any]
    carrier: RunningProcess | None = None

    def __lt__(self, other: _Pending) -> bool:
        return self.rank < other.rank

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


@dataclass(slots=True)
class _Queue:
    """Waiting tasks by priority; long ones are held back while they occupy all workers but one."""

    long_allowed: int
    long_running: int = 0
    short: list[_Pending] = field(default_factory=list)
    long: list[_Pending] = field(default_factory=list)

    def push(self, pending: _Pending) -> None:
        heapq.heappush(self.short if pending.task.is_short else self.long, pending)

    def pop(self) -> _Pending | None:
        self._forget_cancelled()
        may_run_long = self.long and self.long_running < self.long_allowed
        if may_run_long and (not self.short or self.long[0] < self.short[0]):
            self.long_running += 1
            return heapq.heappop(self.long)
        return heapq.heappop(self.short) if self.short else None

    def pop_short(self) -> _Pending | None:
        """One more for a worker that has short tasks already, unless a long one should go first."""
        self._forget_cancelled()
        return heapq.heappop(self.short) if self.short else None

    def drain(self) -> list[_Pending]:
        waiting = [*self.short, *self.long]
        self.short.clear()
        self.long.clear()
        return waiting

    def _forget_cancelled(self) -> None:
        for heap in (self.short, self.long):
            while heap and heap[0].future.done():
                heapq.heappop(heap)


class WorkerPool:
    """Up to ``size`` worker processes, started when there is work and gone when there is none.

    ``async with WorkerPool(runner) as pool: await pool.submit(task, path=…)``. A worker that crashes, hangs, or takes
    too much memory fails the task it was on with ``MediaError`` (``details["reason"]`` is ``crash``, ``timeout``,
    ``memory`` or ``protocol``) and is replaced; tasks that waited behind it go to another.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        size: int | None = None,
        limits: PoolLimits | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.size = size or max(1, os.cpu_count() or 1)
        self.limits = limits or PoolLimits()
        self._runner = runner
        self._environment = {"MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "1"} | dict(environment or {})
        self._environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, (str(Path(foyer.__file__).parent.parent), self._environment.get("PYTHONPATH")))
        )
        self._queue = _Queue(long_allowed=max(1, self.size - 1))
        self._changed = asyncio.Condition()
        self._numbers = itertools.count()
        self._slots: set[asyncio.Task[None]] = set()
        self._alive: set[RunningProcess] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the living workers, for health and metrics."""
        return tuple(process.pid for process in self._alive)

    async def close(self) -> None:
        """Kill every worker; tasks not finished fail with ``UnavailableError``."""
        self._closed = True
        for slot in self._slots:
            slot.cancel()
        await asyncio.gather(*self._slots, return_exceptions=True)
        for pending in self._queue.drain():
            pending.fail(UnavailableError("The media workers are shutting down."))

    async def submit(
        self,
        task: Task[T],
        *,
        priority: Priority = Priority.SCAN,
        timeout_s: float | None = None,
        **arguments: Any,
    ) -> T:
        """Run one task and return its parsed answer. Cancelling the caller stops a long task's worker.

        :raises MediaError: the file, or what it did to its worker.
        :raises UnavailableError: no worker can be started, or the pool is closed.
        """
        if self._closed:
            raise UnavailableError("The media workers are shutting down.")
        pending = _Pending(
            task,
            arguments,
            timeout_s or task.timeout_s,
            (priority, next(self._numbers)),
            asyncio.get_running_loop().create_future(),
        )
        self._queue.push(pending)
        self._grow()
        async with self._changed:
            self._changed.notify()
        try:
            reply: Reply = await pending.future
        except asyncio.CancelledError:
            if pending.carrier is not None and not task.is_short:
                pending.carrier.kill()
            raise
        return task.parse(reply)

    def _grow(self) -> None:
        if len(self._slots) < self.size:
            slot = asyncio.create_task(self._serve(), name=f"media worker {len(self._slots)}")
            self._slots.add(slot)

    async def _serve(self) -> None:
        """One slot for ever: wait for work, start a process for it, feed it until it has to go."""
        while True:
            first = await self._next(timeout_s=None)
            if first is None:
                continue
            batch = deque((first,))
            try:
                await self._employ(batch)
            except asyncio.CancelledError:
                for pending in batch:
                    pending.fail(UnavailableError("The media workers are shutting down."))
                raise
            except Exception as error:  # noqa: BLE001 - those who wait must learn of it, a defect included
                for pending in batch:
                    pending.fail(error)
            finally:
                await self._release(batch)

    async def _next(self, *, timeout_s: float | None) -> _Pending | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._changed:
                while (pending := self._queue.pop()) is None:
                    await self._changed.wait()
                return pending
        return None

    async def _release(self, batch: deque[_Pending]) -> None:
        """Give back what a worker leaves behind: finished long tasks make room, unfinished ones go to another."""
        for pending in batch:
            self._let_go(pending)
            if not pending.future.done():
                self._queue.push(pending)
        async with self._changed:
            self._changed.notify_all()

    def _let_go(self, pending: _Pending) -> None:
        pending.carrier = None
        if not pending.task.is_short:
            self._queue.long_running -= 1

    async def _employ(self, batch: deque[_Pending]) -> None:
        """Start a process, give it ``batch`` and what comes after; returns when it should be replaced."""
        argv = [sys.executable, "-P", "-m", "foyer.media.worker", str(self.limits.memory_bytes)]
        async with self._runner.start(
            argv, stdin=PIPE, stdout=PIPE, niceness=self.limits.niceness, environment=self._environment
        ) as process:
            self._alive.add(process)
            try:
                await self._drive(_Worker(process), batch)
            finally:
                self._alive.discard(process)

    async def _drive(self, worker: _Worker, batch: deque[_Pending]) -> None:
        await worker.greet()
        for pending in batch:
            worker.send(pending)
        while not worker.is_spent:
            await self._refill(worker, batch)
            if not batch:
                return
            head = batch[0]
            try:
                reply = await self._await_reply(worker, batch)
            except MediaError as error:
                head.fail(error)
                if error.details.get("reason") in _FATAL:
                    return
            else:
                if not head.future.done():
                    head.future.set_result(reply)
            self._let_go(batch.popleft())
            if not head.task.is_short:
                async with self._changed:
                    self._changed.notify()
            if worker.served >= self.limits.recycle_tasks or worker.resident > self.limits.recycle_bytes:
                return

    async def _await_reply(self, worker: _Worker, batch: deque[_Pending]) -> Reply:
        """The answer to the first of ``batch``; the others are taken away from a worker that keeps them waiting."""
        reply = asyncio.ensure_future(worker.receive(batch[0]))
        try:
            await asyncio.wait({reply}, timeout=_PATIENCE_S)
            if not reply.done() and len(batch) > 1:
                worker.is_spent = True  # it will answer them all the same, to nobody
                await self._release(deque(batch.pop() for _ in range(len(batch) - 1)))
            return await reply
        finally:
            reply.cancel()

    async def _refill(self, worker: _Worker, batch: deque[_Pending]) -> None:
        """Keep a worker supplied with short tasks; wait a while for work when it has none."""
        if not batch:
            pending = await self._next(timeout_s=self.limits.idle_s)
            if pending is None:
                return
            batch.append(pending)
            worker.send(pending)
        while batch[-1].task.is_short and len(batch) < _PIPELINE and (more := self._queue.pop_short()) is not None:
            batch.append(more)
            worker.send(more)
        await worker.flush()


_FATAL = frozenset({"crash", "timeout", "memory", "protocol"})


class _Worker:
    """The server's end of one worker process."""

    def __init__(self, process: RunningProcess) -> None:
        self._process = process
        self.is_spent = False
        self.served = 0
        self.resident = 0

    async def greet(self) -> None:
        """Wait until it is ready; before that no file can be blamed for its death."""
        try:
            async with asyncio.timeout(_START_S):
                header, _ = await self._read()
        except (TimeoutError, asyncio.IncompleteReadError, ProtocolError) as error:
            self._process.kill()
            finished = await self._process.wait()
            last = finished.stderr.last_line() or f"exit status {finished.returncode}"
            raise UnavailableError(f"A media worker does not start: {last}", stderr=finished.stderr.text()) from error
        if header.get("ready") is not True:
            raise UnavailableError("A media worker does not start: it did not say that it is ready.")

    def send(self, pending: _Pending) -> None:
        """Hand over a task; it waits in the pipe behind those before it."""
        pending.carrier = self._process
        request = {
            "id": pending.rank[1],
            "entry": pending.task.entry,
            "cpu_s": pending.task.cpu_s,
            "arguments": pending.arguments,
        }
        self._process.stdin.write(encode(request))

    async def flush(self) -> None:
        """Let what was sent leave; a dead worker is noticed when its answer is read."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            await self._process.stdin.drain()

    async def receive(self, head: _Pending) -> Reply:
        """The answer to the oldest task; ``MediaError`` with a reason when there is none."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(head.timeout_s):
                header, parts = await self._read()
        except TimeoutError as error:
            self._process.kill()
            sentence = f"Reading this file was stopped after {head.timeout_s:g} seconds."
            raise MediaError(sentence, reason="timeout", timeout_s=head.timeout_s) from error
        except asyncio.IncompleteReadError as error:
            await self._explain_death(time.monotonic() - started, error)
        except ProtocolError as error:
            self._process.kill()
            raise MediaError(error.message, reason="protocol") from error
        if header.get("id") != head.rank[1]:
            self._process.kill()
            raise MediaError("The reader of this file answered a question nobody asked.", reason="protocol")
        self.served += 1
        resident = header.get("rss")
        self.resident = resident if type(resident) is int else 0
        if header.get("ok") is True:
            return Reply(header.get("value"), parts)
        raise _refusal(header)

    async def _read(self) -> tuple[dict[str, Any], tuple[bytes, ...]]:
        head, body = sizes(await self._process.stdout.readexactly(PREFIX.size))
        return decode(await self._process.stdout.readexactly(head), await self._process.stdout.readexactly(body))

    async def _explain_death(self, seconds: float, error: Exception) -> NoReturn:
        finished = await self._process.wait()
        _log.warning(
            "a media worker died after %.1f s with status %s: %s",
            seconds,
            finished.returncode,
            finished.stderr.last_line(),
        )
        sentence = "Reading this file made its reader crash; the server is not affected."
        raise MediaError(sentence, reason="crash", returncode=finished.returncode) from error


def _refusal(header: Mapping[str, Any]) -> MediaError:
    message, details = header.get("message"), header.get("details")
    if not isinstance(message, str) or not isinstance(details, dict):
        return MediaError("The reader of this file failed without a reason.", reason="protocol")
    known = {key: value for key, value in details.items() if isinstance(value, str | int | float | bool | None)}
    return MediaError(message[:500], **{"reason": "unreadable", **known})
