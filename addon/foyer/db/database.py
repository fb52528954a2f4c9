"""The open database: one writing connection (Tortoise's) and a reader beside it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Self

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.connection import connections
from tortoise.transactions import in_transaction

from foyer.db.migrations import keep_copy, migrate
from foyer.db.reader import Reader

MODULES = tuple(f"foyer.db.models.{name}" for name in ("library", "item", "media", "account", "playback", "job"))


class Database:
    """Everything that is stored, at one path.

    Write through Tortoise's models or ``execute``; group writes with ``transaction`` and keep each short (< 50 ms),
    because there is one writer. Read pages through ``reader``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reader = Reader(path)

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Migrate the file and open it; raises ``UnavailableError`` when it cannot be used."""
        await asyncio.to_thread(migrate, path)
        await Tortoise.init(
            db_url=f"sqlite://{path}?synchronous=NORMAL&busy_timeout=5000&journal_size_limit=67108864",
            modules={"models": list(MODULES)},
            _enable_global_fallback=True,
        )
        return cls(path)

    async def close(self) -> None:
        """Close every connection; without this the process would not end."""
        self.reader.close()
        await Tortoise.close_connections()

    @property
    def writer(self) -> BaseDBAsyncClient:
        """The writing connection, for SQL the models cannot say."""
        client: BaseDBAsyncClient = connections.get("default")
        return client

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[TransactionalDBClient]:
        """Everything inside is committed together, or not at all."""
        async with in_transaction() as connection:
            yield connection

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one writing statement and return the number of rows it changed."""
        changed, _ = await self.writer.execute_query(sql, list(parameters))
        return changed

    async def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one writing statement for many rows, in one transaction."""
        await self.writer.execute_many(sql, [list(row) for row in rows])

    async def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the database while it is in use."""

        def copy() -> None:
            with closing(sqlite3.connect(self.path)) as source:
                keep_copy(source, target)

        await asyncio.to_thread(copy)
