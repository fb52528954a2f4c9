"""What a running job holds in its hands: its payload, and the ways to say how far it is."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.errors import CancelledJobError, PausedJobError
from foyer.events.bus import EventBus
from foyer.events.topics import JobEventKind, Topic
from foyer.jobs.model import JobState, JobView

PUBLISH_INTERVAL = 0.25
SAVE_INTERVAL = 1.0
RATE_WINDOW = 10.0


class JobContext:
    """The handle a handler works with. Progress is cheap to report: it is published at 4 Hz and saved once a second."""

    def __init__(
        self, job: JobView, fence: int, database: Database, bus: EventBus, *, rests: Callable[[], bool] = lambda: False
    ) -> None:
        """``rests`` says whether the job's lane has been told to rest."""
        self.job = job
        self.fence = fence
        """Increases each time the job is started; part of every output path, so that a zombie cannot overwrite."""
        self.done = job.done
        self.total = job.total
        self.unit = job.unit
        self.message = job.message
        self._database = database
        self._bus = bus
        self._rests = rests
        self._cancelled = asyncio.Event()
        self._published = 0.0
        self._saved = 0.0
        self._samples: deque[tuple[float, float]] = deque(maxlen=64)

    @property
    def payload(self) -> Mapping[str, Any]:
        """What the job was asked to do."""
        return self.job.payload

    @property
    def checkpoint(self) -> Any:
        """What ``save_checkpoint`` last kept, also of an earlier run; ``None`` at first."""
        return self.job.checkpoint

    @property
    def rate(self) -> float | None:
        """Units a second over the last ten seconds."""
        if len(self._samples) < 2:
            return None
        (then, before), (last, done) = self._samples[0], self._samples[-1]
        return (done - before) / (last - then) if last > then and done > before else None

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked the job to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the job to stop at its next check."""
        self._cancelled.set()

    async def wait_cancelled(self) -> None:
        """Return once the job is asked to stop."""
        await self._cancelled.wait()

    def check(self) -> None:
        """Raise ``CancelledJobError`` when the job should stop or rest; call it at every step."""
        if self._cancelled.is_set():
            raise CancelledJobError("The job was cancelled.")
        if self._rests():
            raise PausedJobError("The job waits until background work is switched on again.")

    async def progress(
        self, done: float, total: float | None = None, *, unit: str | None = None, message: str | None = None
    ) -> None:
        """Say how far the job is, and stop here if it was cancelled or shall rest."""
        self.check()
        moment = time.monotonic()
        self.done = done
        self.total = self.total if total is None else total
        self.unit = self.unit if unit is None else unit
        self.message = self.message if message is None else message
        if moment - self._published >= PUBLISH_INTERVAL:
            self._published = moment
            self._sample(moment)
            self._bus.publish(
                Topic.JOBS,
                JobEventKind.PROGRESS,
                {
                    "job_id": self.job.id,
                    "kind": self.job.kind,
                    "state": JobState.RUNNING,
                    "subject": self.job.subject,
                    "user_id": self.job.user_id,
                },
                conflate=f"job:{self.job.id}",
            )
        if moment - self._saved >= SAVE_INTERVAL:
            self._saved = moment
            await self.save_progress()

    async def save_progress(self) -> None:
        """Write the progress to the job's row."""
        await self._database.execute(
            "UPDATE job SET done = ?, total = ?, unit = ?, message = ? WHERE id = ? AND fence = ?",
            (self.done, self.total, self.unit, self.message, self.job.id, self.fence),
        )

    async def save_checkpoint(self, value: object) -> None:
        """Keep a JSON value with which an interrupted job goes on after a restart."""
        await self._database.execute(
            "UPDATE job SET checkpoint = ? WHERE id = ? AND fence = ?",
            (orjson.dumps(value).decode(), self.job.id, self.fence),
        )

    async def log(self, message: str, *, level: str = "info") -> None:
        """Add a line to the job's log."""
        await self._database.execute(
            "INSERT INTO job_log (job_id, at, level, message) VALUES (?, ?, ?, ?)",
            (self.job.id, to_instant(now()), level, message[:2000]),
        )

    def _sample(self, moment: float) -> None:
        self._samples.append((moment, self.done))
        while self._samples and moment - self._samples[0][0] > RATE_WINDOW:
            self._samples.popleft()
