"""What a job is: its states, lanes, and the kind that says how to run it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from sqlite3 import Row
from typing import TYPE_CHECKING, Any

import orjson

from foyer.db.fields import from_instant
from foyer.ids import JobId

if TYPE_CHECKING:
    from foyer.jobs.context import JobContext


class JobState(StrEnum):
    """Where a job is in its life; STOPPING means cancelled but still running."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.STOPPING})
TERMINAL = frozenset(JobState) - LIVE


class Lane(StrEnum):
    """What a job is limited by; each lane runs a fixed number of jobs at once."""

    IO = "io"
    CPU = "cpu"
    GPU = "gpu"


HEAVY = frozenset({Lane.CPU, Lane.GPU})
"""What rests while background work is switched off; reading folders goes on."""


class Priority:
    """Higher runs first within a lane."""

    BACKGROUND = -10
    NORMAL = 0
    USER = 10
    """Somebody asked for it and is watching."""


Handler = Callable[["JobContext"], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """A sort of job: its name in the database and how to run one.

    The handler must be safe to run again after a kill: it reads ``context.checkpoint`` and goes on from there.
    """

    name: str
    lane: Lane
    handler: Handler
    max_attempts: int = 3
    """Tries altogether; only ``UnavailableError`` and ``CapacityError`` are tried again, a killed server costs none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as it was when it was read."""

    id: JobId
    kind: str
    title: str
    lane: Lane
    state: JobState
    priority: int
    payload: Mapping[str, Any]
    checkpoint: Any
    subject: str | None
    done: float
    total: float | None
    unit: str
    message: str | None
    attempts: int
    max_attempts: int
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    run_after: datetime | None
    user_id: int | None = None
    rate: float | None = field(default=None, compare=False)
    """Units a second over the last moments, known only while it runs here."""

    @property
    def fraction(self) -> float | None:
        """Progress from 0 to 1 when the total is known."""
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def eta_seconds(self) -> float | None:
        """Seconds left at the present rate."""
        if self.total is None or not self.rate or self.state is not JobState.RUNNING:
            return None
        return max(0.0, self.total - self.done) / self.rate


COLUMNS = (
    "id, kind, title, lane, state, priority, payload, checkpoint, subject, done, total, unit, message, attempts, "
    "max_attempts, error_code, error_message, created_at, started_at, finished_at, run_after, user_id"
)


def view(row: Row) -> JobView:
    """A job from a row with ``COLUMNS``."""
    return JobView(
        id=JobId(row["id"]),
        kind=row["kind"],
        title=row["title"],
        lane=Lane(row["lane"]),
        state=JobState(row["state"]),
        priority=row["priority"],
        payload=orjson.loads(row["payload"]),
        checkpoint=orjson.loads(row["checkpoint"]) if row["checkpoint"] else None,
        subject=row["subject"],
        done=row["done"],
        total=row["total"],
        unit=row["unit"],
        message=row["message"],
        attempts=row["attempts"],
        max_attempts=row["max_attempts"],
        error_code=row["error_code"],
        error_message=row["error_message"],
        created_at=from_instant(row["created_at"]),
        started_at=None if row["started_at"] is None else from_instant(row["started_at"]),
        finished_at=None if row["finished_at"] is None else from_instant(row["finished_at"]),
        run_after=None if row["run_after"] is None else from_instant(row["run_after"]),
        user_id=row["user_id"],
    )
