from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tortoise.exceptions import OperationalError

from foyer.db.database import Database
from foyer.errors import ConflictError, MediaError, NotFoundError, UnavailableError
from foyer.events.bus import EventBus
from foyer.events.topics import JobEventKind, Topic
from foyer.jobs.context import JobContext
from foyer.jobs.model import HEAVY, JobKind, JobState, Lane, Priority
from foyer.jobs.queue import JobQueue
from foyer.jobs.worker import JobWorker


@asynccontextmanager
async def working(queue: JobQueue, slots: int = 1) -> AsyncIterator[None]:
    task = asyncio.create_task(JobWorker(queue, {Lane.IO: slots}).run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def reach(queue: JobQueue, job_id: int, *states: JobState) -> JobState:
    async with asyncio.timeout(10):
        while (job := await queue.get(job_id)).state not in states:  # type: ignore[arg-type]
            await asyncio.sleep(0.01)
        return job.state


def kind(name: str, handler: object, attempts: int = 3) -> JobKind:
    return JobKind(name=name, lane=Lane.IO, handler=handler, max_attempts=attempts)  # type: ignore[arg-type]


async def test_jobs_run_by_priority_and_tell_their_story(queue: JobQueue, bus: EventBus) -> None:
    ran: list[str] = []

    async def handler(context: JobContext) -> None:
        ran.append(context.job.title)
        await context.progress(1, 2, unit="files")
        await context.log("half way")

    queue.register(kind("demo", handler))
    slow = await queue.enqueue("demo", title="background", priority=Priority.BACKGROUND)
    with bus.subscribe(Topic.JOBS) as events:
        await queue.enqueue("demo", title="asked for", priority=Priority.USER)
        async with working(queue):
            await reach(queue, slow.id, JobState.SUCCEEDED)
        kinds = []
        while (event := events.take()) is not None:
            kinds.append(event.kind)
    assert ran == ["asked for", "background"]
    assert kinds[0] == JobEventKind.CREATED
    assert kinds.count(JobEventKind.FINISHED) == 2
    done = await queue.get(slow.id)
    assert (done.done, done.total, done.unit, done.fraction) == (1, 2, "files", 0.5)


async def test_the_same_work_is_queued_once(queue: JobQueue) -> None:
    async def handler(context: JobContext) -> None: ...

    queue.register(kind("scan", handler))
    first, second = await asyncio.gather(
        *(queue.enqueue("scan", title="Scan", dedupe_key="library:1") for _ in range(2))
    )
    assert first.id == second.id


async def test_cancel_takes_hold_within_a_second_even_of_a_deaf_job(queue: JobQueue) -> None:
    async def deaf(context: JobContext) -> None:
        await asyncio.sleep(60)

    queue.register(kind("deaf", deaf))
    job = await queue.enqueue("deaf", title="Deaf")
    waiting = await queue.enqueue("deaf", title="Waiting")
    async with working(queue):
        await reach(queue, job.id, JobState.RUNNING)
        assert (await queue.cancel(waiting.id)).state is JobState.CANCELLED
        assert (await queue.cancel(job.id)).state is JobState.STOPPING
        async with asyncio.timeout(2):
            await reach(queue, job.id, JobState.CANCELLED)
    again = await queue.retry(job.id)
    assert (again.state, again.attempts) == (JobState.QUEUED, 0)
    with pytest.raises(ConflictError):
        await queue.retry(job.id)


async def test_a_cancel_from_another_process_is_noticed(queue: JobQueue, database: Database) -> None:
    async def patient(context: JobContext) -> None:
        while True:
            context.check()
            await asyncio.sleep(0.01)

    queue.register(kind("patient", patient))
    job = await queue.enqueue("patient", title="Patient")
    async with working(queue):
        await reach(queue, job.id, JobState.RUNNING)
        await database.execute("UPDATE job SET cancel_requested = 1 WHERE id = ?", (job.id,))
        await reach(queue, job.id, JobState.CANCELLED)


async def test_a_stop_puts_a_job_back_and_its_checkpoint_survives(queue: JobQueue) -> None:
    seen: list[object] = []

    async def handler(context: JobContext) -> None:
        seen.append(context.checkpoint)
        if context.checkpoint is None:
            await context.save_checkpoint({"at": 7})
            await asyncio.sleep(60)

    queue.register(kind("long", handler))
    job = await queue.enqueue("long", title="Long")
    async with working(queue):
        async with asyncio.timeout(5):
            while (await queue.get(job.id)).checkpoint is None:
                await asyncio.sleep(0.01)
    assert (await queue.get(job.id)).state is JobState.QUEUED
    async with working(queue):
        await reach(queue, job.id, JobState.SUCCEEDED)
    assert seen == [None, {"at": 7}]


async def test_a_job_of_a_dead_process_is_taken_up_again_and_the_zombie_cannot_write(
    queue: JobQueue, database: Database, bus: EventBus
) -> None:
    async def handler(context: JobContext) -> None: ...

    queue.register(kind("work", handler))
    job = await queue.enqueue("work", title="Work")
    zombie = await queue.claim(Lane.IO)
    assert zombie is not None
    successor = JobQueue(database, bus)
    successor.register(kind("work", handler))
    assert await successor.recover(everything=False) == 0
    assert await successor.recover(everything=True) == 1
    taken = await successor.claim(Lane.IO)
    assert taken is not None
    assert taken.fence == zombie.fence + 1
    await queue.finish(zombie, JobState.FAILED, ("X", "from the grave"))
    assert (await queue.get(job.id)).state is JobState.RUNNING
    await successor.finish(taken, JobState.SUCCEEDED)
    assert (await queue.get(job.id)).state is JobState.SUCCEEDED


async def test_what_is_missing_for_now_is_tried_again_and_what_is_wrong_is_not(queue: JobQueue) -> None:
    tries = {"away": 0, "broken": 0, "bug": 0}

    async def away(context: JobContext) -> None:
        tries["away"] += 1
        raise UnavailableError("The disk is not there.")

    async def broken(context: JobContext) -> None:
        tries["broken"] += 1
        raise MediaError("The file is broken.")

    async def bug(context: JobContext) -> None:
        tries["bug"] += 1
        raise KeyError("oops")

    for name, handler in (("away", away), ("broken", broken), ("bug", bug)):
        queue.register(kind(name, handler))
    jobs = {name: await queue.enqueue(name, title=name) for name in tries}
    async with working(queue):
        await reach(queue, jobs["broken"].id, JobState.FAILED)
        await reach(queue, jobs["bug"].id, JobState.FAILED)
        async with asyncio.timeout(5):
            while (later := await queue.get(jobs["away"].id)).run_after is None:
                await asyncio.sleep(0.01)
    assert later.state is JobState.QUEUED
    assert later.attempts == 1
    assert tries == {"away": 1, "broken": 1, "bug": 1}
    assert (await queue.get(jobs["broken"].id)).error_message == "The file is broken."
    assert (await queue.get(jobs["bug"].id)).error_code == "INTERNAL"


@pytest.mark.parametrize("is_over", [True, False])
async def test_progress_does_not_go_back_at_the_end(
    queue: JobQueue, database: Database, monkeypatch: pytest.MonkeyPatch, *, is_over: bool
) -> None:
    async def handler(context: JobContext) -> None: ...

    queue.register(kind("demo", handler))
    created = await queue.enqueue("demo", title="Demo")
    context = await queue.claim(Lane.IO)
    assert context is not None
    context.done = 90
    seen: list[float] = []
    execute = database.execute

    async def watched(*arguments: Any) -> int:
        seen.append((await queue.get(created.id)).done)
        changed = await execute(*arguments)
        seen.append((await queue.get(created.id)).done)
        return changed

    monkeypatch.setattr(database, "execute", watched)
    await (queue.finish(context, JobState.SUCCEEDED) if is_over else queue.release(context))
    assert set(seen) == {90}


async def test_a_job_whose_end_cannot_be_written_is_taken_up_again(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.register(kind("demo", None))
    await queue.enqueue("demo", title="demo")
    context = await queue.claim(Lane.IO)
    assert context is not None

    async def full() -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(context, "save_progress", full)
    with pytest.raises(OperationalError):
        await queue.finish(context, JobState.SUCCEEDED)
    assert await queue.recover(everything=True) == 1
    assert (await queue.get(context.job.id)).state is JobState.QUEUED


async def test_unknown_jobs_are_named(queue: JobQueue) -> None:
    with pytest.raises(NotFoundError, match="kind nothing"):
        await queue.enqueue("nothing", title="?")
    with pytest.raises(NotFoundError):
        await queue.cancel(12345)  # type: ignore[arg-type]


async def test_heavy_work_rests_at_its_next_step_and_goes_on_from_there(database: Database, bus: EventBus) -> None:
    rests = False
    ran: list[object] = []
    queue = JobQueue(database, bus, rests=lambda lane: rests and lane in HEAVY)

    async def handler(context: JobContext) -> None:
        ran.append(context.checkpoint)
        for step in range(context.checkpoint or 0, 1000):
            await context.progress(step)
            await context.save_checkpoint(step + 1)
            await asyncio.sleep(0.005)
            if context.job.attempts == 1 and len(ran) > 1:
                return

    async def scan(context: JobContext) -> None:
        ran.append("scan")

    queue.register(JobKind(name="heavy", lane=Lane.CPU, handler=handler))
    queue.register(JobKind(name="scan", lane=Lane.IO, handler=scan))
    job = await queue.enqueue("heavy", title="Heavy")
    task = asyncio.create_task(JobWorker(queue, {Lane.IO: 1, Lane.CPU: 1}).run())
    try:
        await reach(queue, job.id, JobState.RUNNING)
        async with asyncio.timeout(5):
            while not (await queue.get(job.id)).checkpoint:
                await asyncio.sleep(0.005)
        rests = True
        await reach(queue, job.id, JobState.QUEUED)
        paused = await queue.get(job.id)
        assert paused.attempts == 0
        await reach(queue, (await queue.enqueue("scan", title="Scan")).id, JobState.SUCCEEDED)
        assert (await queue.get(job.id)).state is JobState.QUEUED
        assert await queue.claim(Lane.CPU) is None
        rests = False
        await reach(queue, job.id, JobState.SUCCEEDED)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert ran == [None, "scan", paused.checkpoint]
    assert paused.checkpoint


async def test_a_resting_job_can_be_cancelled(database: Database, bus: EventBus) -> None:
    queue = JobQueue(database, bus, rests=lambda _: True)

    async def handler(context: JobContext) -> None: ...

    queue.register(kind("work", handler))
    job = await queue.enqueue("work", title="Work")
    assert (await queue.cancel(job.id)).state is JobState.CANCELLED
