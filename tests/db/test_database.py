from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from foyer.db.database import Database
from foyer.db.fields import from_instant, now, to_instant
from foyer.db.models.library import Library
from foyer.db.reader import statement_log


async def test_a_page_is_read_while_a_long_write_is_open(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute_query("INSERT INTO library (name, kind, created_at) VALUES ('Films', 'movies', 0)", [])
        async with asyncio.timeout(2):
            assert await database.reader.value("SELECT count(*) FROM library") == 0
    assert await database.reader.value("SELECT count(*) FROM library") == 1


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction() as connection:
            await Library.create(name="Films", kind="movies", created_at=now(), using_db=connection)
            raise RuntimeError("killed")
    assert await database.reader.value("SELECT count(*) FROM library") == 0


async def test_the_read_path_cannot_write(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly|query_only"):
        await database.reader.all("DELETE FROM library")


async def test_instants_survive_to_the_microsecond(database: Database) -> None:
    moment = now()
    created = await Library.create(name="Films", kind="movies", created_at=moment)
    assert (await Library.get(id=created.id)).created_at == moment
    assert from_instant(to_instant(moment)) == moment
    with pytest.raises(ValueError, match="time zone"):
        to_instant(moment.replace(tzinfo=None))


async def test_statements_are_counted_per_task(database: Database) -> None:
    with statement_log() as log:
        await database.reader.value("SELECT 1")
    await database.reader.value("SELECT 2")
    assert log.statements == ["SELECT 1"]


async def test_a_copy_taken_in_use_is_whole(database: Database, tmp_path: Path) -> None:
    await database.execute_many(
        "INSERT INTO library (name, kind, created_at) VALUES (?, 'movies', 0)", [(f"L{n}",) for n in range(500)]
    )
    await database.copy_to(tmp_path / "copy.db")
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM library").fetchone() == (500,)
    copy.close()


async def test_many_writers_take_turns(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.transaction() as connection:
            await Library.create(name=f"L{number}", kind="movies", created_at=now(), using_db=connection)

    await asyncio.gather(*(write(number) for number in range(50)))
    assert await database.reader.value("SELECT count(*) FROM library") == 50


async def test_a_write_of_many_rows_that_is_cancelled_leaves_the_connection_usable(database: Database) -> None:
    for attempt in range(30):
        rows = [(f"{attempt}-{number}", "movies", 0) for number in range(50)]
        write = asyncio.create_task(
            database.execute_many("INSERT INTO library (name, kind, created_at) VALUES (?, ?, ?)", rows)
        )
        for _ in range(attempt):
            await asyncio.sleep(0)
        write.cancel()
        await asyncio.wait({write})
        await database.execute_many("UPDATE library SET kind = ? WHERE name = ?", [("series", "x")])
    left = await database.reader.value("SELECT count(*) FROM library")
    assert int(str(left)) % 50 == 0, "all rows of a write, or none"
