"""Jobs and settings as somebody may see and change them: the rules every transport shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Permission
from foyer.db.database import Database
from foyer.db.fields import from_instant
from foyer.errors import NotFoundError
from foyer.ids import JobId
from foyer.jobs.model import COLUMNS, LIVE, JobState, JobView, view
from foyer.jobs.queue import JobQueue
from foyer.settings.registry import BACKGROUND_WORK, BY_KEY, DESCRIPTIONS, SettingDescription, SettingValue
from foyer.settings.store import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSearch:
    """Which jobs are wanted; what is ``None`` or empty does not narrow."""

    states: Sequence[JobState] = ()
    kinds: Sequence[str] = ()
    subject: str | None = None
    ids: Sequence[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line a job wrote."""

    id: int
    at: datetime
    level: str
    message: str


class JobDesk:
    """Jobs for those who manage them; everybody else sees and stops their own."""

    def __init__(self, database: Database, queue: JobQueue, settings: Settings) -> None:
        self._database = database
        self._queue = queue
        self._settings = settings

    @property
    def is_heavy_work_on(self) -> bool:
        """Whether jobs of the processor and of graphics cards run."""
        return self._settings.flag(BACKGROUND_WORK)

    async def set_background_work(self, principal: Principal, *, enabled: bool) -> bool:
        """Let heavy jobs run or wait; for those who manage jobs. Returns what it is now."""
        principal.require(Permission.MANAGE_JOBS)
        if enabled is not self.is_heavy_work_on:
            await self._settings.update({BACKGROUND_WORK: enabled})
        return self.is_heavy_work_on

    def may_see(self, principal: Principal, owner: int | None) -> bool:
        """Whether a job that belongs to a user is shown to somebody."""
        return principal.may(Permission.MANAGE_JOBS) or (owner is not None and owner == principal.user_id)

    async def find(self, principal: Principal, search: JobSearch, *, first: int, before: int | None) -> list[JobView]:
        """At most ``first`` jobs, newest first, with smaller ids than ``before``."""
        condition, parameters = self._condition(principal, search)
        if before is not None:
            condition += " AND id < ?"
            parameters.append(before)
        rows = await self._database.reader.all(
            f"SELECT {COLUMNS} FROM job WHERE {condition} ORDER BY id DESC LIMIT ?",  # noqa: S608 - only placeholders
            [*parameters, first],
        )
        return [self._queue.with_progress(view(row)) for row in rows]

    async def count(self, principal: Principal, search: JobSearch, *, limit: int) -> int:
        """How many jobs there are, counted up to ``limit``."""
        condition, parameters = self._condition(principal, search)
        found = await self._database.reader.value(
            f"SELECT count(*) FROM (SELECT 1 FROM job WHERE {condition} LIMIT ?)",  # noqa: S608 - only placeholders
            [*parameters, limit],
        )
        return int(str(found))

    async def live(self, principal: Principal, search: JobSearch) -> list[JobView]:
        """What waits or runs now, newest first; at most 500."""
        states = [state for state in search.states or tuple(LIVE) if state in LIVE]
        narrowed = JobSearch(states=states, kinds=search.kinds, subject=search.subject, ids=search.ids)
        return await self.find(principal, narrowed, first=500, before=None)

    async def get(self, principal: Principal, job_id: JobId) -> JobView:
        """One job; raises ``NotFoundError`` also for one they may not see."""
        job = await self._queue.get(job_id)
        if not self.may_see(principal, job.user_id):
            raise NotFoundError("There is no such job.", id=job_id)
        return job

    async def many(self, principal: Principal, job_ids: Sequence[int]) -> dict[int, JobView]:
        """The jobs among these that they may see, by id."""
        found = await self._queue.many([JobId(one) for one in job_ids])
        return {job.id: job for job in found if self.may_see(principal, job.user_id)}

    async def cancel(self, principal: Principal, job_id: JobId) -> JobView:
        """Stop a job."""
        await self.get(principal, job_id)
        return await self._queue.cancel(job_id)

    async def retry(self, principal: Principal, job_id: JobId) -> JobView:
        """Queue a failed or cancelled job again."""
        await self.get(principal, job_id)
        return await self._queue.retry(job_id)

    async def log(self, job_id: JobId, *, first: int, after: int) -> list[LogLine]:
        """Lines of a job that was shown already, oldest first, with greater ids than ``after``."""
        rows = await self._database.reader.all(
            "SELECT id, at, level, message FROM job_log WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?",
            (job_id, after, first),
        )
        return [
            LogLine(id=row["id"], at=from_instant(row["at"]), level=row["level"], message=row["message"])
            for row in rows
        ]

    async def count_log(self, job_id: JobId, *, limit: int) -> int:
        """How many lines a job wrote, counted up to ``limit``."""
        found = await self._database.reader.value(
            "SELECT count(*) FROM (SELECT 1 FROM job_log WHERE job_id = ? LIMIT ?)", (job_id, limit)
        )
        return int(str(found))

    def _condition(self, principal: Principal, search: JobSearch) -> tuple[str, list[Any]]:
        parts: list[str] = ["1"]
        parameters: list[Any] = []
        if not principal.may(Permission.MANAGE_JOBS):
            parts.append("user_id = ?")
            parameters.append(principal.user_id)
        for column, values in (("state", search.states), ("kind", search.kinds), ("id", search.ids)):
            if values or values == []:
                parts.append(f"{column} IN ({', '.join('?' * len(values))})")
                parameters.extend(values)
        if search.subject is not None:
            parts.append("subject = ?")
            parameters.append(search.subject)
        return " AND ".join(parts), parameters


class SettingsDesk:
    """Settings for those who manage them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def require(self, principal: Principal) -> None:
        """Raise ``ForbiddenError`` for those who do not manage settings."""
        principal.require(Permission.MANAGE_SETTINGS)

    def all(self, principal: Principal) -> list[tuple[SettingDescription, SettingValue]]:
        """Every setting with its present value."""
        self.require(principal)
        return [(description, self._settings.get(description.key)) for description in DESCRIPTIONS]

    async def update(
        self, principal: Principal, values: Mapping[str, object]
    ) -> list[tuple[SettingDescription, SettingValue]]:
        """Change settings, all or none, and return those that were given."""
        self.require(principal)
        await self._settings.update(values)
        return [(BY_KEY[key], self._settings.get(key)) for key in values]
