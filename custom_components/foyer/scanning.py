"""Having libraries looked through."""

from __future__ import annotations

from collections.abc import Sequence

from . import documents
from .commands import refusals
from .coordinator import FoyerCoordinator
from .models import Library


async def scan(coordinator: FoyerCoordinator, libraries: Sequence[Library], *, full: bool) -> list[dict[str, str]]:
    """Start a scan of each; returns which job does which library."""
    jobs = []
    for library in libraries:
        with refusals():
            result = await coordinator.client.mutate(documents.SCAN_LIBRARY, library=library.id, full=full)
        jobs.append({"library": library.name, "library_id": library.id, "job_id": result["job"]["id"]})
    return jobs
