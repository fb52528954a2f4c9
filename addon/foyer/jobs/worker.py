"""Run the queue: a fixed number of jobs a lane, leases renewed, cancellation within a second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from foyer.db.database import DATABASE_ERRORS
from foyer.errors import CancelledJobError, CapacityError, FoyerError, PausedJobError, UnavailableError
from foyer.jobs.context import JobContext
from foyer.jobs.model import JobState, Lane
from foyer.jobs.queue import RETRY_DELAYS, JobQueue

log = logging.getLogger(__name__)

POLL_INTERVAL = 1.0
CANCEL_GRACE = 0.8


class JobWorker:
    """Claims and runs jobs until cancelled; a stop puts running jobs back as they are."""

    def __init__(self, queue: JobQueue, lanes: Mapping[Lane, int]) -> None:
        self._queue = queue
        self._lanes = lanes

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_alive())
            for lane, slots in self._lanes.items():
                for _ in range(slots):
                    group.create_task(self._work(lane))

    async def _work(self, lane: Lane) -> None:
        while True:
            try:
                context = await self._queue.claim(lane)
                if context is None:
                    await self._sleep_until_woken()
                else:
                    await self._run_one(context)
            except (*DATABASE_ERRORS, OSError) as error:
                # A locked or full database: the rows say what is true, and leases bring lost jobs back.
                log.warning("The job queue cannot be written, trying again: %s", error)
                await asyncio.sleep(POLL_INTERVAL)

    async def _sleep_until_woken(self) -> None:
        # The poll also finds jobs another process added, and those whose retry is due.
        try:
            async with asyncio.timeout(POLL_INTERVAL):
                await self._queue.wake.wait()
        except TimeoutError:
            return
        self._queue.wake.clear()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(POLL_INTERVAL)
            try:
                await self._queue.renew_leases()
                await self._queue.recover(everything=False)
            except (*DATABASE_ERRORS, OSError) as error:
                log.warning("The leases of jobs cannot be renewed yet: %s", error)

    async def _run_one(self, context: JobContext) -> None:
        kind = self._queue.kind(context.job.kind)
        assert kind is not None  # noqa: S101 - only registered kinds are claimed
        task = asyncio.ensure_future(kind.handler(context))
        watcher = asyncio.create_task(_cancel_after_grace(context, task))
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            await _stop(task)
            await self._queue.release(context)
            raise
        finally:
            watcher.cancel()
        await self._record(context, task)

    async def _record(self, context: JobContext, task: asyncio.Future[None]) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            await self._queue.finish(context, JobState.SUCCEEDED)
        elif isinstance(error, PausedJobError):
            await self._queue.release(context)
        elif isinstance(error, CancelledJobError | asyncio.CancelledError) or context.is_cancelled:
            await self._queue.finish(context, JobState.CANCELLED)
        elif isinstance(error, UnavailableError | CapacityError) and context.job.attempts < context.job.max_attempts:
            await context.log(f"Trying again later: {error}", level="warning")
            delay = RETRY_DELAYS[min(context.job.attempts, len(RETRY_DELAYS)) - 1]
            await self._queue.release(context, delay=delay, counts=True)
        elif isinstance(error, FoyerError):
            await context.log(error.message, level="error")
            await self._queue.finish(context, JobState.FAILED, (error.code, error.message))
        else:
            log.error("Job %s (%s) failed", context.job.id, context.job.kind, exc_info=error)
            await context.log(f"{type(error).__name__}: {error}", level="error")
            await self._queue.finish(
                context, JobState.FAILED, ("INTERNAL", "Something went wrong; the server's log says what.")
            )


async def _cancel_after_grace(context: JobContext, task: asyncio.Future[None]) -> None:
    """A handler that does not reach its next check in time is cancelled where it stands."""
    await context.wait_cancelled()
    await asyncio.sleep(CANCEL_GRACE)
    task.cancel()


async def _stop(task: asyncio.Future[None]) -> None:
    task.cancel()
    await asyncio.wait({task}, timeout=5)
