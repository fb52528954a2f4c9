"""Enqueue, claim, cancel and retry jobs.

A job is claimed by one ``UPDATE … RETURNING`` that takes a lease and raises its fence. The process that runs it renews
the lease; when the process is killed, the lease ends (at the latest when the next server on this database starts) and
the job is claimed again, exactly once. Leases are measured by the database's clock.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from tortoise.exceptions import IntegrityError

from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.errors import ConflictError, NotFoundError
from foyer.events.bus import EventBus
from foyer.events.topics import JobEventKind, Topic
from foyer.ids import JobId
from foyer.jobs.context import JobContext
from foyer.jobs.model import COLUMNS, TERMINAL, JobKind, JobState, JobView, Lane, Priority, view

LEASE = timedelta(seconds=15)
CLOCK = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
RETRY_DELAYS = (5, 30, 120, 600)


class JobQueue:
    """The jobs of one database. ``foyer.jobs.worker.JobWorker`` runs them."""

    def __init__(self, database: Database, bus: EventBus, *, rests: Callable[[Lane], bool] = lambda _: False) -> None:
        """``rests`` says which lanes take no job now; a running one is put back at its next step."""
        self._database = database
        self._rests = rests
        self._bus = bus
        self._kinds: dict[str, JobKind] = {}
        self._running: dict[JobId, JobContext] = {}
        self.wake = asyncio.Event()
        """Set when there may be something to claim."""

    def register(self, kind: JobKind) -> None:
        """Say how jobs of a kind are run; raises ``ValueError`` when the name is taken."""
        if kind.name in self._kinds:
            raise ValueError(f"job kind {kind.name} is registered twice")
        self._kinds[kind.name] = kind

    def kind(self, name: str) -> JobKind | None:
        """The kind registered under a name."""
        return self._kinds.get(name)

    async def enqueue(
        self,
        kind: str,
        *,
        title: str,
        payload: Mapping[str, Any] | None = None,
        subject: str | None = None,
        priority: int = Priority.NORMAL,
        dedupe_key: str | None = None,
        parent: JobId | None = None,
        user_id: int | None = None,
        run_after: datetime | None = None,
        unit: str = "",
    ) -> JobView:
        """Add a job, or return the live one with the same ``dedupe_key``.

        ``subject`` is the global id of what the job is about. Raises ``NotFoundError`` for an unknown kind.
        """
        description = self._kinds.get(kind)
        if description is None:
            raise NotFoundError(f"There is no job of the kind {kind}.", kind=kind)
        sql = (
            "INSERT INTO job (kind, title, lane, state, priority, payload, subject, dedupe_key, parent_id, user_id, "
            "unit, max_attempts, run_after, created_at) VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        values = (
            kind,
            title,
            description.lane.value,
            priority,
            orjson.dumps(payload or {}).decode(),
            subject,
            dedupe_key,
            parent,
            user_id,
            unit,
            description.max_attempts,
            None if run_after is None else to_instant(run_after),
            to_instant(now()),
        )
        try:
            job_id = JobId(await self._database.writer.execute_insert(sql, list(values)))
        except IntegrityError:
            if dedupe_key is None or (live := await self.live_with_key(dedupe_key)) is None:
                raise
            return live
        job = await self.get(job_id)
        self.announce(JobEventKind.CREATED, job)
        self.wake.set()
        return job

    async def get(self, job_id: JobId) -> JobView:
        """A job with its newest progress; raises ``NotFoundError``."""
        found = await self.many([job_id])
        if not found:
            raise NotFoundError("There is no such job.", id=job_id)
        return found[0]

    async def many(self, job_ids: Iterable[JobId]) -> list[JobView]:
        """Jobs by id in one statement; unknown ids are left out."""
        wanted = list(job_ids)
        marks = ", ".join("?" * len(wanted))
        rows = await self._database.reader.all(f"SELECT {COLUMNS} FROM job WHERE id IN ({marks})", wanted)  # noqa: S608 - only placeholders
        return [self.with_progress(view(row)) for row in rows]

    async def live_with_key(self, dedupe_key: str) -> JobView | None:
        """The queued or running job with a key."""
        row = await self._database.reader.first(
            f"SELECT {COLUMNS} FROM job WHERE dedupe_key = ? AND state IN ('queued', 'running', 'stopping')",  # noqa: S608 - constant columns
            (dedupe_key,),
        )
        return None if row is None else self.with_progress(view(row))

    def with_progress(self, job: JobView) -> JobView:
        """The same job with what its running task knows better than its row."""
        context = self._running.get(job.id)
        if context is None:
            return job
        return replace(
            job,
            done=context.done,
            total=context.total,
            unit=context.unit,
            message=context.message,
            rate=context.rate,
        )

    async def cancel(self, job_id: JobId) -> JobView:
        """Stop a job: a queued one at once, a running one at its next step. Finished jobs stay as they are."""
        changed = await self._database.execute(
            "UPDATE job SET state = 'cancelled', cancel_requested = 1, finished_at = ? "
            "WHERE id = ? AND state = 'queued'",
            (to_instant(now()), job_id),
        )
        if not changed:
            await self._database.execute(
                "UPDATE job SET state = 'stopping', cancel_requested = 1 WHERE id = ? AND state = 'running'",
                (job_id,),
            )
            if (context := self._running.get(job_id)) is not None:
                context.cancel()
        job = await self.get(job_id)
        self.announce(JobEventKind.FINISHED if job.state in TERMINAL else JobEventKind.CHANGED, job)
        return job

    async def retry(self, job_id: JobId) -> JobView:
        """Queue a failed or cancelled job again from its checkpoint; raises ``ConflictError`` when it is neither."""
        try:
            changed = await self._database.execute(
                "UPDATE job SET state = 'queued', cancel_requested = 0, attempts = 0, error_code = NULL, "
                "error_message = NULL, run_after = NULL, finished_at = NULL "
                "WHERE id = ? AND state IN ('failed', 'cancelled')",
                (job_id,),
            )
        except IntegrityError as error:
            raise ConflictError("The same job is already waiting or running.", id=job_id) from error
        job = await self.get(job_id)
        if not changed:
            raise ConflictError("Only a job that failed or was cancelled can be run again.", state=job.state.value)
        self.announce(JobEventKind.CHANGED, job)
        self.wake.set()
        return job

    async def claim(self, lane: Lane) -> JobContext | None:
        """Take the most urgent job of a lane that this process can run, or ``None``; a lane that rests has none."""
        if not self._kinds or self._rests(lane):
            return None
        marks = ", ".join("?" * len(self._kinds))
        _, rows = await self._database.writer.execute_query(
            f"UPDATE job SET state = 'running', attempts = attempts + 1, fence = fence + 1, "  # noqa: S608 - only placeholders
            f"started_at = coalesce(started_at, {CLOCK}), lease_until = {CLOCK} + ?, run_after = NULL "
            f"WHERE id = (SELECT id FROM job WHERE state = 'queued' AND lane = ? AND kind IN ({marks}) "
            f"AND (run_after IS NULL OR run_after <= {CLOCK}) ORDER BY priority DESC, id LIMIT 1) "
            f"RETURNING {COLUMNS}, fence",
            [LEASE // timedelta(microseconds=1), lane.value, *self._kinds],
        )
        if not rows:
            return None
        row = _as_row(rows[0])
        context = JobContext(view(row), row["fence"], self._database, self._bus, rests=lambda: self._rests(lane))
        self._running[context.job.id] = context
        self.announce(JobEventKind.CHANGED, context.job)
        return context

    async def renew_leases(self) -> None:
        """Keep the running jobs ours, and notice cancellations that came from another process."""
        if not self._running:
            return
        ids = list(self._running)
        marks = ", ".join("?" * len(ids))
        await self._database.execute(
            f"UPDATE job SET lease_until = {CLOCK} + ? WHERE id IN ({marks})",  # noqa: S608 - only placeholders
            (LEASE // timedelta(microseconds=1), *ids),
        )
        rows = await self._database.reader.all(
            f"SELECT id FROM job WHERE cancel_requested = 1 AND id IN ({marks})",  # noqa: S608 - only placeholders
            ids,
        )
        for row in rows:
            if (context := self._running.get(row["id"])) is not None:
                context.cancel()

    async def finish(self, context: JobContext, state: JobState, error: tuple[str, str] | None = None) -> JobView:
        """Record how a job ended; nothing happens when another run of it has taken over."""
        await self._let_go(context)
        code, message = error or (None, None)
        await self._database.execute(
            "UPDATE job SET state = ?, error_code = ?, error_message = ?, lease_until = NULL, finished_at = ? "
            "WHERE id = ? AND fence = ?",
            (state.value, code, message, to_instant(now()), context.job.id, context.fence),
        )
        job = await self.get(context.job.id)
        self.announce(JobEventKind.FINISHED, job)
        return job

    async def release(self, context: JobContext, *, delay: float = 0, counts: bool = False) -> None:
        """Put a job back, to be claimed again after ``delay`` seconds; an interrupted run does not count as a try."""
        await self._let_go(context)
        await self._database.execute(
            f"UPDATE job SET state = CASE cancel_requested WHEN 1 THEN 'cancelled' ELSE 'queued' END, "  # noqa: S608 - a constant
            f"attempts = attempts - ?, lease_until = NULL, run_after = {CLOCK} + ? WHERE id = ? AND fence = ?",
            (0 if counts else 1, int(delay * 1_000_000), context.job.id, context.fence),
        )
        self.announce(JobEventKind.CHANGED, await self.get(context.job.id))
        self.wake.set()

    async def _let_go(self, context: JobContext) -> None:
        """From here on the row tells how far the job is: first it has to know, or a progress bar would jump back."""
        try:
            await context.save_progress()
        finally:
            self._running.pop(context.job.id, None)  # or its lease would be renewed for ever

    async def recover(self, *, everything: bool) -> int:
        """Requeue jobs whose process is gone: those past their lease or, when no other process can be alive, all."""
        condition = "" if everything else f"AND (lease_until IS NULL OR lease_until < {CLOCK})"
        ours = list(self._running)
        marks = ", ".join("?" * len(ours))
        changed = await self._database.execute(
            "UPDATE job SET state = CASE cancel_requested WHEN 1 THEN 'cancelled' ELSE 'queued' END, "  # noqa: S608 - only placeholders
            f"attempts = max(0, attempts - 1), lease_until = NULL "
            f"WHERE state IN ('running', 'stopping') AND id NOT IN ({marks}) {condition}",
            ours,
        )
        if changed:
            self.wake.set()
        return changed

    async def forget_finished(self, before: datetime) -> int:
        """Remove jobs that ended before a moment, with their logs."""
        return await self._database.execute(
            "DELETE FROM job WHERE state IN ('succeeded', 'failed', 'cancelled') AND finished_at < ?",
            (to_instant(before),),
        )

    def announce(self, kind: JobEventKind, job: JobView) -> None:
        """Publish that a job changed."""
        self._bus.publish(
            Topic.JOBS,
            kind,
            {
                "job_id": job.id,
                "kind": job.kind,
                "state": job.state.value,
                "subject": job.subject,
                "user_id": job.user_id,
            },
        )


def _as_row(row: object) -> sqlite3.Row:
    assert isinstance(row, sqlite3.Row)  # noqa: S101 - aiosqlite gives rows because Tortoise sets the factory
    return row
