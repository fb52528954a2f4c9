"""The job ``library.scan``: one library from its folders to its items."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tortoise.exceptions import OperationalError

from foyer.errors import UnavailableError
from foyer.jobs.context import JobContext
from foyer.jobs.model import JobKind, Lane
from foyer.library.kinds import LibraryKind
from foyer.library.scan.run import Run, Tools
from foyer.library.service import SCAN

AfterScan = Callable[[int], Awaitable[None]]


class Scanner:
    """Runs scans. ``after_scan`` is called with the library's id when a scan has changed something."""

    def __init__(self, tools: Tools, after_scan: AfterScan | None = None) -> None:
        self._tools = tools
        self._after_scan = after_scan

    def job_kind(self) -> JobKind:
        """What to register with the queue."""
        return JobKind(name=SCAN, lane=Lane.IO, handler=self.run, max_attempts=4)

    async def run(self, context: JobContext) -> None:
        """Scan what the payload names: ``library_id``, ``full``, and ``paths`` (hex) for some directories only.

        Safe to run again after a kill at any point: what was written is unchanged to the next run.
        """
        row = await self._tools.database.reader.first(
            "SELECT kind, scanned_at FROM library WHERE id = ? AND removed_at IS NULL", (context.payload["library_id"],)
        )
        if row is None:
            return
        run = Run(self._tools, context, LibraryKind(row["kind"]), is_first=row["scanned_at"] is None)
        try:
            await run.everything()
        except OperationalError as error:
            raise UnavailableError(f"The database cannot be written: {error}. The scan will go on.") from error
        finally:
            run.state.stop.set()
        if run.changed and self._after_scan is not None:
            await self._after_scan(context.payload["library_id"])
