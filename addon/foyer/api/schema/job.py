"""Jobs: what the server does in the background."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from foyer.api.administration import JobSearch, LogLine
from foyer.api.schema.connection import MAX_COUNT, After, Connection, First, Window, page, row_key
from foyer.api.schema.context import Context, Info
from foyer.api.schema.errors import ErrorCode, mutation
from foyer.api.schema.fields import resolved
from foyer.api.schema.kinds import JobState, Lane
from foyer.api.schema.loading import edge
from foyer.api.schema.scalars import Node
from foyer.errors import NotFoundError
from foyer.ids import JobId, NodeKind, decode_as, encode
from foyer.jobs.model import JobView


@strawberry.type(description="How far a job is.")
class JobProgress:
    done: float = strawberry.field(description="Units done.")
    total: float | None = strawberry.field(description="Units altogether, once known.")
    unit: str = strawberry.field(description="What is counted, such as `files`; empty when nothing is.")
    fraction: float | None = strawberry.field(description="0 to 1, once the total is known.")
    eta_seconds: float | None = strawberry.field(description="Seconds left at the present rate.")
    rate_text: str | None = strawberry.field(description="The present rate in words, such as `120 files/s`.")
    message: str | None = strawberry.field(description="What it does at the moment.")


@strawberry.type(description="Why a job failed.")
class JobError:
    code: ErrorCode = strawberry.field(description="The kind of failure.")
    message: str = strawberry.field(description="What went wrong, in a sentence.")


@strawberry.type(description="A line of a job's log.")
class JobLogLine:
    at: datetime = strawberry.field(description="When it was written.")
    level: str = strawberry.field(description="`info`, `warning` or `error`.")
    message: str = strawberry.field(description="What happened.")


async def _subjects(context: Context, ids: list[str]) -> dict[str, Node]:
    from foyer.api.schema.nodes import find_nodes  # noqa: PLC0415 - every noun's node, this one's too

    return await find_nodes(context, ids)


@strawberry.type(description="Work in the background. It survives a restart of the server.")
class Job(Node):
    kind: str = strawberry.field(description="The sort of work, such as `library.scan`.")
    title: str = strawberry.field(description="What it does, for people.")
    state: JobState = strawberry.field(description="Where it is in its life.")
    lane: Lane = strawberry.field(description="What it is limited by.")
    priority: int = strawberry.field(description="Higher runs first within a lane.")
    progress: JobProgress = strawberry.field(description="How far it is.")
    attempts: int = strawberry.field(description="How often it was started.")
    max_attempts: int = strawberry.field(description="How often it may be started when it fails.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When it first started.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    run_after: datetime | None = strawberry.field(description="It does not start before this moment.")
    error: JobError | None = strawberry.field(description="Why it failed.")
    row: strawberry.Private[JobId]
    about: strawberry.Private[str | None]
    owner: strawberry.Private[int | None]

    subject: Node | None = edge(_subjects, "about", description="What it is about, such as the library it scans.")

    @resolved("What it wrote while it worked, oldest first.")
    async def log(self, info: Info, first: First = 100, after: After = None) -> Connection[JobLogLine]:
        window = Window.read(first, after)
        desk = info.context.services.job_desk
        lines = await desk.log(self.row, first=window.first + 1, after=row_key(window) or 0)
        return page(
            window, lines, _log_line, lambda line: (line.id,), lambda: desk.count_log(self.row, limit=MAX_COUNT)
        )


@strawberry.input(description="Which jobs are wanted; all conditions given must hold.")
class JobFilter:
    states: list[JobState] | None = strawberry.field(default=None, description="In one of these states.")
    kinds: list[str] | None = strawberry.field(default=None, description="Of one of these kinds.")
    subject: strawberry.ID | None = strawberry.field(default=None, description="About this node.")


def job(view: JobView) -> Job:
    """A job as the API shows it."""
    return Job(
        id=strawberry.ID(encode(NodeKind.JOB, view.id)),
        kind=view.kind,
        title=view.title,
        state=view.state,
        lane=view.lane,
        priority=view.priority,
        progress=_progress(view),
        attempts=view.attempts,
        max_attempts=view.max_attempts,
        created_at=view.created_at,
        started_at=view.started_at,
        finished_at=view.finished_at,
        run_after=view.run_after,
        error=_error(view),
        row=view.id,
        about=view.subject,
        owner=view.user_id,
    )


async def load_jobs(context: Context, ids: list[int]) -> dict[int, Job]:
    """The jobs among these that the asker may see."""
    found = await context.services.job_desk.many(context.principal, ids)
    return {key: job(view) for key, view in found.items()}


def _progress(view: JobView) -> JobProgress:
    rate = f"{view.rate:.3g} {view.unit}/s".replace(" /", "/") if view.rate else None
    return JobProgress(
        done=view.done,
        total=view.total,
        unit=view.unit,
        fraction=view.fraction,
        eta_seconds=view.eta_seconds,
        rate_text=rate,
        message=view.message,
    )


def _error(view: JobView) -> JobError | None:
    if view.error_code is None:
        return None
    code = ErrorCode(view.error_code) if view.error_code in ErrorCode.__members__ else ErrorCode.INTERNAL
    return JobError(code=code, message=view.error_message or "")


def _log_line(line: LogLine) -> JobLogLine:
    return JobLogLine(at=line.at, level=line.level, message=line.message)


@strawberry.type
class JobQueries:
    @resolved("Jobs, newest first: all for those who manage jobs, else one's own.")
    async def jobs(
        self,
        info: Info,
        first: First = 50,
        after: After = None,
        filter: Annotated[JobFilter | None, strawberry.argument(description="Which jobs.")] = None,  # noqa: A002
    ) -> Connection[Job]:
        context, window = info.context, Window.read(first, after)
        desk, search = context.services.job_desk, _search(filter)
        rows = await desk.find(context.principal, search, first=window.first + 1, before=row_key(window))
        return page(
            window,
            rows,
            job,
            lambda row: (row.id,),
            lambda: desk.count(context.principal, search, limit=MAX_COUNT),
        )

    @resolved("One job; null when there is none with this id.", name="job")
    async def one_job(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The job's id.")],  # noqa: A002
    ) -> Job | None:
        principal = info.context.principal
        try:
            return job(await info.context.services.job_desk.get(principal, JobId(decode_as(NodeKind.JOB, id))))
        except NotFoundError:
            return None


def _search(given: JobFilter | None) -> JobSearch:
    if given is None:
        return JobSearch()
    return JobSearch(states=given.states or (), kinds=given.kinds or (), subject=given.subject)


@strawberry.input(description="Which job to stop.")
class CancelJobInput:
    job: strawberry.ID = strawberry.field(description="The job's id.")


@strawberry.type(description="The job that was asked to stop.")
class CancelJobPayload:
    job: Job = strawberry.field(description="CANCELLED when it waited, STOPPING while it still runs.")


@strawberry.input(description="Which job to run again.")
class RetryJobInput:
    job: strawberry.ID = strawberry.field(description="The id of a job that failed or was cancelled.")


@strawberry.type(description="The job that was queued again.")
class RetryJobPayload:
    job: Job = strawberry.field(description="The job, QUEUED; it goes on where it stopped.")


@strawberry.input(description="Whether heavy work may run in the background.")
class SetBackgroundWorkInput:
    enabled: bool = strawberry.field(
        description="False lets jobs of the processor and of graphics cards wait; scans and playback go on."
    )


@strawberry.type(description="Whether heavy work runs in the background.")
class SetBackgroundWorkPayload:
    background_work: bool = strawberry.field(description="As it is now, also after a restart.")


@strawberry.type
class JobMutations:
    @mutation(
        description="Let heavy background jobs run or wait, at the night tariff or on solar power; for those who "
        "manage jobs. Running ones are put back at their next step and go on from there."
    )
    async def set_background_work(
        self,
        info: Info,
        input: Annotated[SetBackgroundWorkInput, strawberry.argument(description="Run or wait.")],  # noqa: A002
    ) -> SetBackgroundWorkPayload:
        desk, principal = info.context.services.job_desk, info.context.principal
        return SetBackgroundWorkPayload(
            background_work=await desk.set_background_work(principal, enabled=input.enabled)
        )

    @mutation(description="Stop a job: a waiting one at once, a running one at its next step.")
    async def cancel_job(
        self,
        info: Info,
        input: Annotated[CancelJobInput, strawberry.argument(description="Which job.")],  # noqa: A002
    ) -> CancelJobPayload:
        desk, principal = info.context.services.job_desk, info.context.principal
        return CancelJobPayload(job=job(await desk.cancel(principal, JobId(decode_as(NodeKind.JOB, input.job)))))

    @mutation(description="Queue a job that failed or was cancelled again.")
    async def retry_job(
        self,
        info: Info,
        input: Annotated[RetryJobInput, strawberry.argument(description="Which job.")],  # noqa: A002
    ) -> RetryJobPayload:
        desk, principal = info.context.services.job_desk, info.context.principal
        return RetryJobPayload(job=job(await desk.retry(principal, JobId(decode_as(NodeKind.JOB, input.job)))))
