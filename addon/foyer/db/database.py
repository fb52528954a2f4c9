"""The open database: one writing connection (Tortoise's) and a reader beside it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Self, TypeVar

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.connection import connections
from tortoise.exceptions import BaseORMException, IntegrityError, OperationalError
from tortoise.transactions import in_transaction

from foyer.db.fields import now, to_instant
from foyer.db.migrations import keep_copy, migrate
from foyer.db.reader import Reader

T = TypeVar("T")
DATABASE_ERRORS = (BaseORMException, sqlite3.Error)
"""What writing and reading raise: a locked, full or broken database delays chores and must not end the server."""
MODULES = tuple(
    f"foyer.db.models.{name}" for name in ("library", "item", "media", "account", "playback", "job", "upload")
)


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
        """Run one writing statement for many rows, in one transaction; a cancelled caller waits until it is done.

        (Tortoise's own leaves its transaction open when it is cancelled, and the connection of no use.)
        """
        values = [tuple(row) for row in rows]

        def change(connection: sqlite3.Connection) -> None:
            connection.executemany(sql, values)

        await self.write(change)

    async def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function on the writing connection's thread, as one transaction.

        For batches of hundreds of statements, where crossing to that thread for each would cost more than the work.
        Inside ``transaction`` it joins that one. A cancelled caller waits until the function is done. Raises
        ``OperationalError`` (locked, disk full) and ``IntegrityError`` as Tortoise does.
        """
        client = self.writer
        assert isinstance(client, SqliteClient)  # noqa: S101 - the only kind ``open`` makes
        joined = isinstance(client, TransactionalDBClient)
        async with client.acquire_connection() as connection:
            raw = connection._conn  # noqa: SLF001 - aiosqlite has no public way to run a function on its thread
            work = asyncio.ensure_future(connection._execute(_change, raw, change, joined))  # noqa: SLF001
            try:
                result: T = await asyncio.shield(work)
            except asyncio.CancelledError:
                await asyncio.wait({work})
                raise
            except sqlite3.OperationalError as error:
                raise OperationalError(error) from error
            except sqlite3.IntegrityError as error:
                raise IntegrityError(error) from error
            return result

    async def note(self, key: str, value: str) -> None:
        """Keep a fact of the server's own, beside the settings; ``noted`` gives it back."""
        await self.execute(
            "INSERT INTO setting (key, value, updated_at) VALUES (?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            (key, value, to_instant(now())),
        )

    async def noted(self, key: str) -> str | None:
        """What ``note`` kept last; ``None`` when nothing was."""
        found = await self.reader.value("SELECT value FROM setting WHERE key = ?", (key,))
        return None if found is None else str(found)

    async def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the database while it is in use."""

        def copy() -> None:
            with closing(sqlite3.connect(self.path)) as source:
                keep_copy(source, target)

        await asyncio.to_thread(copy)


def _change(connection: sqlite3.Connection, change: Callable[[sqlite3.Connection], T], joined: bool) -> T:
    if joined:
        return change(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = change(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result
