"""``foyer backup``: a snapshot of a database somebody is writing to, and a start from it."""

from __future__ import annotations

import argparse
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from foyer.cli import backup
from foyer.db.database import Database
from foyer.errors import FoyerError
from foyer.instance import InstanceLock


def call(action: str, data: Path) -> int:
    parser = argparse.ArgumentParser()
    backup.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["backup", action, "--data", str(data)])
    return int(parsed.run(parsed))


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data folder with a database."""
    database = await Database.open(tmp_path / "foyer.db")
    await database.close()
    with closing(sqlite3.connect(tmp_path / "foyer.db")) as connection, connection:
        connection.execute("CREATE TABLE pairs (left INTEGER, right INTEGER)")
    return tmp_path


def pairs(path: Path) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("SELECT left, right FROM pairs").fetchall()


def write(path: Path, first: int, count: int) -> None:
    """Two rows a transaction: half of one would be a torn copy."""
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        for number in range(first, first + count):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO pairs VALUES (?, 1)", (number,))
            connection.execute("INSERT INTO pairs VALUES (?, 2)", (number,))
            connection.execute("COMMIT")


def test_a_snapshot_of_a_database_in_use_is_whole(data: Path) -> None:
    write(data / "foyer.db", 0, 100)
    writer = threading.Thread(target=write, args=(data / "foyer.db", 100, 400))
    writer.start()
    with InstanceLock(data):
        assert call("create", data) == 0
    writer.join()
    found = pairs(data / "backup" / "foyer.snapshot")
    assert len(found) >= 200
    assert sorted(left for left, right in found if right == 1) == sorted(left for left, right in found if right == 2)
    assert not list((data / "backup").glob("*.part"))


def test_a_snapshot_replaces_the_one_before(data: Path) -> None:
    call("create", data)
    write(data / "foyer.db", 0, 1)
    call("create", data)
    assert len(pairs(data / "backup" / "foyer.snapshot")) == 2


def test_a_folder_that_has_only_the_snapshot_starts_from_it(
    data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    write(data / "foyer.db", 0, 3)
    call("create", data)
    restored = tmp_path_factory.mktemp("restored")
    (restored / "backup").mkdir()
    (data / "backup" / "foyer.snapshot").rename(restored / "backup" / "foyer.snapshot")
    (restored / "foyer.db-wal").write_bytes(b"what another database left")
    assert call("restore", restored) == 0
    assert len(pairs(restored / "foyer.db")) == 6
    assert not (restored / "backup" / "foyer.snapshot").exists()


async def test_a_restored_database_opens_as_any_other(data: Path) -> None:
    call("create", data)
    (data / "foyer.db").unlink()
    call("restore", data)
    database = await Database.open(data / "foyer.db")
    try:
        assert await database.execute("INSERT INTO pairs VALUES (1, 1)") == 1
    finally:
        await database.close()


def test_a_database_that_is_there_is_never_replaced(data: Path) -> None:
    call("create", data)
    write(data / "foyer.db", 0, 1)
    with pytest.raises(FoyerError, match="has a database already"):
        call("restore", data)
    assert len(pairs(data / "foyer.db")) == 2


def test_a_damaged_snapshot_is_refused_and_kept(data: Path) -> None:
    write(data / "foyer.db", 0, 500)
    call("create", data)
    snapshot = data / "backup" / "foyer.snapshot"
    content = bytearray(snapshot.read_bytes())
    content[4096 : len(content) // 2] = bytes(len(content) // 2 - 4096)
    snapshot.write_bytes(content)
    for path in data.glob("foyer.db*"):
        path.unlink()
    with pytest.raises(FoyerError, match="is damaged"):
        call("restore", data)
    assert snapshot.exists()
    assert not (data / "foyer.db").exists()


def test_nothing_is_restored_below_a_running_server(data: Path) -> None:
    call("create", data)
    with InstanceLock(data), pytest.raises(FoyerError, match="A server runs"):
        call("restore", data)


def test_no_database_and_no_snapshot_are_said_to_be_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert backup.main(["create", "--data", str(tmp_path)]) == 1
    assert "There is no database in" in capsys.readouterr().err
    assert backup.main(["restore", "--data", str(tmp_path)]) == 1
    assert "There is no snapshot at" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(data: Path) -> None:
    (data / "backup").write_text("a file where the folder should be")
    with pytest.raises(FoyerError, match=r"foyer\.snapshot could not be written"):
        call("create", data)


def test_discarding_twice_is_no_mistake(data: Path) -> None:
    call("create", data)
    assert call("discard", data) == 0
    assert call("discard", data) == 0
    assert not (data / "backup" / "foyer.snapshot").exists()
