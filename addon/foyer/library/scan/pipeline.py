"""Probe many files at once in the media workers and hand the results on in batches."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from foyer.errors import MediaError
from foyer.library.scan.content import content_hash
from foyer.library.scan.store import Probed
from foyer.library.scan.walk import Seen
from foyer.media.info import MediaInfo

BATCH = 40
"""Files a transaction; about 25 ms of writing on a slow core."""
BATCH_WAIT = 0.4
"""Seconds after which a batch is written even when it is not full, so that first results show at once."""
_MAX_PROBLEM = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What looking into a file gave: its contents and its boundary index where it has one."""

    info: MediaInfo
    index: bytes | None
    index_version: int


class Prober(Protocol):
    """Looks into a media file without risk to the server."""

    @property
    def parallel(self) -> int:
        """How many files it takes at once without one waiting."""

    async def look(self, path: Path) -> Looked:
        """Probe and index a file. Raises ``MediaError`` for a broken one, ``UnavailableError`` when it cannot work."""


class Work(NamedTuple):
    """A file to look into; ``file_id`` is ``None`` when it is new, ``content`` is known when it has been read."""

    seen: Seen
    file_id: int | None
    content: bytes | None


Sink = Callable[[Sequence[Probed]], Awaitable[None]]


async def probe_all(work: Sequence[Work], prober: Prober, sink: Sink) -> None:
    """Look into every file and give the results to ``sink`` in batches, one batch at a time.

    Broken files are results too. Whatever else goes wrong ends the whole.
    """
    waiting = iter(work)
    results: asyncio.Queue[tuple[Work, Looked | MediaError] | None] = asyncio.Queue(maxsize=4 * BATCH)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_write(results, sink))
            async with asyncio.TaskGroup() as probing:
                for _ in range(min(prober.parallel, len(work))):
                    probing.create_task(_probe(waiting, prober, results))
            await results.put(None)
    except ExceptionGroup as errors:
        raise _first(errors) from errors


def _first(errors: ExceptionGroup[Exception]) -> Exception:
    """What went wrong first; the rest are its consequences."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error


async def _probe(
    waiting: Iterator[Work], prober: Prober, results: asyncio.Queue[tuple[Work, Looked | MediaError] | None]
) -> None:
    for work in waiting:
        try:
            looked: Looked | MediaError = await prober.look(Path(os.fsdecode(work.seen.path)))
        except MediaError as error:
            looked = error
        await results.put((work, looked))


async def _write(results: asyncio.Queue[tuple[Work, Looked | MediaError] | None], sink: Sink) -> None:
    finished = False
    while not finished:
        batch: list[tuple[Work, Looked | MediaError]] = []
        deadline: float | None = None
        while len(batch) < BATCH and not finished:
            try:
                async with asyncio.timeout_at(deadline):
                    result = await results.get()
            except TimeoutError:
                break
            if result is None:
                finished = True
            else:
                batch.append(result)
                deadline = deadline or asyncio.get_running_loop().time() + BATCH_WAIT
        if batch:
            probed = await asyncio.to_thread(_with_content, batch)
            if probed:
                await sink(probed)


def _with_content(batch: Sequence[tuple[Work, Looked | MediaError]]) -> list[Probed]:
    """What was probed, without files that went away meanwhile."""
    return [
        _probed(work, looked)
        for work, looked in batch
        if not isinstance(looked, MediaError) or os.path.lexists(work.seen.path)
    ]


def _probed(work: Work, looked: Looked | MediaError) -> Probed:
    content = work.content
    if content is None:
        try:
            content = content_hash(work.seen.path, work.seen.size)
        except OSError:
            content = None  # gone or unreadable since: the probe has said so, or the next scan will
    if isinstance(looked, MediaError):
        problem = looked.message[:_MAX_PROBLEM]
        return Probed(
            seen=work.seen,
            file_id=work.file_id,
            info=None,
            index=None,
            index_version=0,
            problem=problem,
            content=content,
        )
    return Probed(
        seen=work.seen,
        file_id=work.file_id,
        info=looked.info,
        index=looked.index,
        index_version=looked.index_version,
        problem=None,
        content=content,
    )
