"""Watching processes from outside."""

from __future__ import annotations

import asyncio
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


async def until_dead(pid: int, timeout_s: float = 10) -> None:
    """Wait for the end of somebody else's process, which no event announces."""
    async with asyncio.timeout(timeout_s):
        while is_alive(pid):
            await asyncio.sleep(0.02)
