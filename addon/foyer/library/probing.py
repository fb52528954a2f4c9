"""The scan's way into the media workers."""

from __future__ import annotations

from pathlib import Path

from foyer.library.scan.pipeline import Looked
from foyer.media.file_index import INDEX_VERSION
from foyer.media.workers import MediaWorkers, Priority

_AHEAD = 6
"""Probes a worker is given before it asks, so that it never waits for the event loop."""


class WorkerProber:
    """Probes and indexes files in worker processes (``foyer.library.scan.pipeline.Prober``)."""

    def __init__(self, workers: MediaWorkers, *, background: bool = False) -> None:
        self._workers = workers
        self._priority = Priority.BACKGROUND if background else Priority.SCAN

    @property
    def parallel(self) -> int:
        """As many as keep every worker busy."""
        return self._workers.size * _AHEAD + 2

    async def look(self, path: Path) -> Looked:
        """Probe and index a file; a file without an index can still be played as it is."""
        result = await self._workers.probe(path, priority=self._priority)
        return Looked(info=result.info, index=result.index, index_version=INDEX_VERSION)
