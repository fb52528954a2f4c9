"""Waiting for what other processes do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(is_so: Callable[[], Awaitable[object]], *, within_s: float = 20) -> None:
    """Ask again and again until the answer is true; raises ``TimeoutError`` when it does not become so in time."""
    async with asyncio.timeout(within_s):
        while not await is_so():
            await asyncio.sleep(0.05)
