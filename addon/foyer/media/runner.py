"""The one place where Foyer starts a process.

An argument list and never a shell; its own process group, killed whole; a deadline; stderr's first 8 KiB and last
64 KiB kept; no secrets in its environment; death with the server even when the server is killed with SIGKILL.

The kernel ties a child's life to the *thread* that started it, so processes start on the event loop's thread, which is
the main thread of a server.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from foyer.errors import MediaError, UnavailableError
from foyer.media.failures import FailureClass, classify

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence

__all__ = ["DEVNULL", "PIPE", "FailureClass", "Finished", "ProcessFailedError", "Runner", "RunningProcess", "StderrLog"]

_log = logging.getLogger(__name__)

PIPE: Final = subprocess.PIPE
DEVNULL: Final = subprocess.DEVNULL

_HEAD_BYTES = 8 * 1024
_TAIL_BYTES = 64 * 1024
_READ_LIMIT = 256 * 1024
"""Bytes of standard output held before the pipe is left unread, which stops an encoder (twice this at most)."""
_GRACE_S = 5.0
"""Seconds a killed process may take to be gone: one in uninterruptible sleep on a dead disk never is."""

_NAMES = frozenset(
    ("PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "GCONV_PATH", "FONTCONFIG_FILE")
)
_FAMILIES = ("LC_", "XDG_", "LIBVA_", "MESA_", "NVIDIA_", "CUDA_", "VK_", "VDPAU_", "DRI_", "INTEL_", "ONEVPL_")
"""What a child inherits, by name and by beginning of a name; tokens and database addresses are not among them."""


class ProcessFailedError(MediaError):
    """A process ended badly; ``failure`` says how, ``details["stderr"]`` holds its last words."""

    def __init__(self, program: str, finished: Finished) -> None:
        self.finished = finished
        self.failure = finished.failure or FailureClass.UNKNOWN
        last = finished.stderr.last_line() or f"exit status {finished.returncode}"
        super().__init__(
            f"{program} failed ({self.failure.value.replace('_', ' ')}): {last}",
            failure=self.failure.value,
            returncode=finished.returncode,
            stderr=finished.stderr.text(),
        )


class StderrLog:
    """The beginning and the end of what a process wrote to standard error, in bounded memory.

    ffmpeg 9 prints the decisive line first and generic ones after it, 5.1 the other way round, so both ends are kept.
    """

    __slots__ = ("_head", "_tail", "total")

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0

    def feed(self, data: bytes) -> None:
        """Take more output."""
        self.total += len(data)
        room = _HEAD_BYTES - len(self._head)
        self._head += data[:room]
        self._tail += data[room:] if room > 0 else data
        if len(self._tail) > 2 * _TAIL_BYTES:
            del self._tail[:-_TAIL_BYTES]

    def text(self) -> str:
        """Both ends as text, with a mark where something was left out."""
        tail = bytes(self._tail[-_TAIL_BYTES:])
        gap = self.total - len(self._head) - len(tail)
        middle = f"\n[… {gap} bytes …]\n".encode() if gap else b""
        return (bytes(self._head) + middle + tail).decode("utf-8", "replace")

    def last_line(self) -> str:
        """The last line that is not empty, at most 300 characters."""
        lines = [line.strip() for line in self.text().replace("\r", "\n").splitlines() if line.strip()]
        return lines[-1][:300] if lines else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a process ended."""

    argv: tuple[str, ...]
    returncode: int | None
    """Negative for a signal; ``None`` when it could not be reaped."""
    stdout: bytes
    stderr: StderrLog
    elapsed_s: float
    failure: FailureClass | None
    """``None`` after success and after :meth:`RunningProcess.kill`."""


@dataclass(slots=True, kw_only=True, eq=False)
class RunningProcess:
    """A started process; leaving :meth:`Runner.start`'s block kills it and what it started."""

    argv: tuple[str, ...]
    process: asyncio.subprocess.Process
    stderr: StderrLog = field(default_factory=StderrLog)
    timed_out: bool = False
    killed: bool = False
    started: float = field(default_factory=time.monotonic)
    drain: asyncio.Task[None] | None = None
    _deadline: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int:
        """The process's id, which is its group's too."""
        return self.process.pid

    @property
    def returncode(self) -> int | None:
        """``None`` while it runs; negative for a signal."""
        return self.process.returncode

    @property
    def stdout(self) -> asyncio.StreamReader:
        """Its output. Not reading it holds the process back: that is the back-pressure."""
        if self.process.stdout is None:
            raise RuntimeError("the process was started without stdout=PIPE")
        return self.process.stdout

    @property
    def stdin(self) -> asyncio.StreamWriter:
        """Its input."""
        if self.process.stdin is None:
            raise RuntimeError("the process was started without stdin=PIPE")
        return self.process.stdin

    def kill(self) -> None:
        """Kill the whole group at once; what it had half written is not finished first, as SIGTERM would have it."""
        self.killed = True
        self._signal_group()

    def limit(self, timeout_s: float) -> None:
        """Set (or move) the deadline to ``timeout_s`` seconds from now."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(timeout_s, self._expire)

    async def wait(self) -> Finished:
        """Wait for the end without reading standard output, and say how it went."""
        await self.process.wait()
        return await self._finish(b"")

    async def communicate(self, *, max_bytes: int | None = None) -> Finished:
        """Read standard output to its end (``max_bytes`` at most: more kills the process), then wait."""
        output = bytearray()
        if self.process.stdout is not None:
            while chunk := await self.process.stdout.read(_READ_LIMIT):
                output += chunk
                if max_bytes is not None and len(output) > max_bytes:
                    self._signal_group()
                    raise MediaError(
                        f"{Path(self.argv[0]).name} wrote more than {max_bytes} bytes.", max_bytes=max_bytes
                    )
        await self.process.wait()
        return await self._finish(bytes(output))

    async def _finish(self, output: bytes) -> Finished:
        if self._deadline is not None:
            self._deadline.cancel()
        self._signal_group()  # what the process started may outlive it and hold stderr open
        if self.drain is not None:
            await asyncio.wait({self.drain}, timeout=_GRACE_S)
        text = self.stderr.text()
        return Finished(
            argv=self.argv,
            returncode=self.returncode,
            stdout=output,
            stderr=self.stderr,
            elapsed_s=time.monotonic() - self.started,
            failure=classify(text, returncode=self.returncode, timed_out=self.timed_out, killed=self.killed),
        )

    async def close(self) -> None:
        """Make sure nothing of the group is left."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._signal_group()
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            async with asyncio.timeout(_GRACE_S):
                await self._drop_output()
                await self.process.wait()
        except TimeoutError:
            _log.warning("process %d (%s) does not die; it may wait for a disk", self.pid, self.argv[0])
        if self.drain is not None:
            self.drain.cancel()
            await asyncio.gather(self.drain, return_exceptions=True)

    async def _drop_output(self) -> None:
        # A paused pipe never reports its end, and the transport reaps only when every pipe has ended.
        # RuntimeError: somebody else is reading, which serves as well.
        if self.process.stdout is not None:
            with contextlib.suppress(RuntimeError):
                while await self.process.stdout.read(_READ_LIMIT):
                    pass

    def _expire(self) -> None:
        if self.returncode is None:
            self.timed_out = True
            self._signal_group()

    def _signal_group(self) -> None:
        # A reaped leader's id stays taken for as long as its group has members, so this cannot hit a stranger's group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


class Runner:
    """Starts processes and knows which of them are alive."""

    def __init__(self, *, environment: Mapping[str, str] | None = None, use_setpriv: bool = True) -> None:
        """``environment`` adds to (and overrides) the few variables a child inherits."""
        self._environment = _inherited(os.environ) | dict(environment or {})
        self._setpriv = shutil.which("setpriv") if use_setpriv else None
        self._live: dict[int, RunningProcess] = {}

    @property
    def live(self) -> tuple[RunningProcess, ...]:
        """Every process running now, for health and metrics."""
        return tuple(self._live.values())

    def kill_all(self) -> None:
        """Kill every process; for shutdown."""
        for process in self.live:
            process.kill()

    @contextlib.asynccontextmanager
    async def start(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        stdin: int = DEVNULL,
        stdout: int = DEVNULL,
        timeout_s: float | None = None,
        niceness: int = 0,
        environment: Mapping[str, str] | None = None,
        read_limit: int = _READ_LIMIT,
    ) -> AsyncIterator[RunningProcess]:
        """Run ``argv`` for the length of the block; its whole group is dead after it, also when the block is cancelled.

        :param stdin: ``DEVNULL`` or ``PIPE``.
        :param stdout: ``DEVNULL`` or ``PIPE``. A pipe that is not read holds the process back.
        :param timeout_s: kills the group this many seconds after the start.
        :param niceness: added to the server's own; 0 to 19.
        :param read_limit: about half the bytes of output held in memory.
        :raises UnavailableError: the program is missing or cannot be started.
        """
        running = await self._spawn(
            argv, stdin=stdin, stdout=stdout, niceness=niceness, environment=environment, read_limit=read_limit
        )
        self._live[running.pid] = running
        if timeout_s is not None:
            running.limit(timeout_s)
        try:
            yield running
        finally:
            try:
                await _finish_despite_cancellation(running.close())
            finally:
                del self._live[running.pid]

    async def run(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        timeout_s: float,
        stdout: int = PIPE,
        max_bytes: int | None = 64 * 1024 * 1024,
        check: bool = True,
        niceness: int = 0,
        environment: Mapping[str, str] | None = None,
    ) -> Finished:
        """Run to the end and collect its output.

        :raises ProcessFailedError: it failed and ``check`` is true.
        :raises UnavailableError: the program is missing or cannot be started.
        :raises MediaError: it wrote more than ``max_bytes``.
        """
        async with self.start(
            argv, stdout=stdout, timeout_s=timeout_s, niceness=niceness, environment=environment
        ) as running:
            finished = await running.communicate(max_bytes=max_bytes)
        if check and finished.failure is not None:
            raise ProcessFailedError(Path(finished.argv[0]).name, finished)
        return finished

    async def _spawn(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        stdin: int,
        stdout: int,
        niceness: int,
        environment: Mapping[str, str] | None,
        read_limit: int,
    ) -> RunningProcess:
        words = tuple(os.fspath(word) for word in argv)
        program = shutil.which(words[0], path=self._environment.get("PATH"))
        if program is None:
            raise UnavailableError(f"The program {words[0]} is not installed or may not be run.", program=words[0])
        try:
            process = await asyncio.create_subprocess_exec(
                *self._leash(),
                program,
                *words[1:],
                stdin=stdin,
                stdout=stdout,
                stderr=PIPE,
                env=self._environment | dict(environment or {}),
                start_new_session=True,
                limit=read_limit,
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL byte in a word
            raise UnavailableError(
                f"The program {words[0]} could not be started: {error}.", program=words[0]
            ) from error
        if niceness:
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + niceness)
        stderr = StderrLog()
        drain = asyncio.create_task(_collect(process.stderr, stderr), name=f"stderr of {process.pid}")
        return RunningProcess(argv=words, process=process, stderr=stderr, drain=drain)

    def _leash(self) -> tuple[str, ...]:
        """The words before a program that tie its life to ours."""
        if self._setpriv is not None:
            return (self._setpriv, "--pdeathsig", "KILL", "--")
        return (sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py")), str(os.getpid()))


async def _finish_despite_cancellation(work: Coroutine[Any, Any, None]) -> None:
    """A process that was killed is also reaped, however often its owner is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _inherited(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name in _NAMES or name.startswith(_FAMILIES)}


async def _collect(stream: asyncio.StreamReader | None, log: StderrLog) -> None:
    while stream is not None and (data := await stream.read(16 * 1024)):
        log.feed(data)
