from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress

import pytest
from tortoise.exceptions import OperationalError

from foyer.background import repeat


@pytest.mark.parametrize("error", [sqlite3.OperationalError("disk I/O error"), OperationalError("locked"), OSError()])
async def test_a_database_that_cannot_be_used_for_a_moment_ends_no_chore(error: Exception) -> None:
    tries: list[int] = []
    done = asyncio.Event()

    async def chore() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise error
        done.set()

    task = asyncio.create_task(repeat(chore, every_s=0))
    async with asyncio.timeout(5):
        await done.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
