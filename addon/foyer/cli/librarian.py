"""What ``foyer library`` and ``foyer scan`` work with: the library room, and somebody to run its jobs."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from foyer.cli.runtime import open_runtime, server_runs
from foyer.core import Core
from foyer.errors import NotFoundError
from foyer.jobs.model import TERMINAL, JobState, JobView, Lane
from foyer.jobs.worker import JobWorker
from foyer.library.room import LibraryRoom
from foyer.library.service import Libraries, LibraryRow
from foyer.media.runner import Runner
from foyer.media.workers import MediaWorkers

_LOOK_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Librarian:
    """Libraries from the command line."""

    core: Core
    libraries: Libraries
    has_server: bool
    """A server runs on the data folder and will do the jobs."""

    async def by_name(self, name: str) -> LibraryRow:
        """The library of a name, however it is written. Raises ``NotFoundError`` with the names there are."""
        libraries = await self.libraries.all()
        for library in libraries:
            if library.name.casefold() == name.casefold():
                return library
        names = ", ".join(library.name for library in libraries) or "none yet"
        raise NotFoundError(f"There is no library called {name}. There are: {names}.")

    async def follow(self, jobs: Sequence[JobView]) -> int:
        """Show the progress of jobs until they have ended; 1 when one of them did not end well."""
        if self.has_server:
            return await self._watch(jobs)
        # Nobody else will do them, so they are done here; pictures wait for a server.
        await self.core.queue.recover(everything=True)
        worker = asyncio.create_task(JobWorker(self.core.queue, {Lane.IO: 1}).run())
        try:
            return await self._watch(jobs)
        finally:
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker

    async def _watch(self, jobs: Sequence[JobView]) -> int:
        status = 0
        for job in jobs:
            shown = ""
            while (found := await self.core.queue.get(job.id)).state not in TERMINAL:
                line = _line(found)
                if line != shown and sys.stderr.isatty():
                    print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
                shown = line
                await asyncio.sleep(_LOOK_S)
            if sys.stderr.isatty():
                print("\r\033[K", end="", file=sys.stderr)
            succeeded = found.state is JobState.SUCCEEDED
            print(f"{found.title}: {found.message if succeeded else found.error_message or found.state.value}")
            status = status if succeeded else 1
        return status


def _line(job: JobView) -> str:
    total = f" of {job.total:.0f}" if job.total else ""
    return f"{job.title}: {job.done:.0f}{total} {job.unit}  {job.message or job.state.value}"[:150]


@asynccontextmanager
async def open_librarian(arguments: argparse.Namespace) -> AsyncIterator[Librarian]:
    """The room on a data folder, for the length of a command."""
    async with open_runtime(arguments) as core, MediaWorkers(Runner()) as workers:
        room = LibraryRoom(core.database, core.bus, core.settings, core.queue, core.options, workers)
        yield Librarian(core=core, libraries=room.libraries, has_server=server_runs(arguments))
