"""``foyer backup``: a snapshot of a database somebody is writing to, and a start from it."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from foyer.cli import backup
from foyer.db.database import Database
from foyer.errors import FoyerError
from foyer.instance import InstanceLock
from tests.servers import Server, running


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


def test_without_room_for_it_there_is_no_snapshot_rather_than_a_torn_or_an_old_one(data: Path) -> None:
    call("create", data)
    write(data / "foyer.db", 0, 500)
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)); "
    program = f"{limit}from foyer.cli.backup import main; sys.exit(main(['create', '--data', sys.argv[1]]))"
    full = subprocess.run([sys.executable, "-c", program, str(data)], capture_output=True, text=True, check=False)
    assert full.returncode == 1
    assert "foyer.snapshot could not be written" in full.stderr
    assert list((data / "backup").iterdir()) == []
    assert len(pairs(data / "foyer.db")) == 1000


def test_a_backup_that_is_killed_leaves_nothing_a_server_would_start_from(data: Path) -> None:
    call("create", data)
    with closing(sqlite3.connect(data / "foyer.db")) as connection, connection:
        connection.execute("CREATE TABLE ballast (bytes BLOB)")
        connection.executemany("INSERT INTO ballast VALUES (zeroblob(1000000))", [()] * 60)
    # It stops where the snapshot is written and not yet in its place, and is killed there.
    program = (
        "import os, sys; from pathlib import Path; import foyer.cli.backup as backup; "
        "Path.replace = lambda *_: os.kill(os.getpid(), 9); backup.main(['create', '--data', sys.argv[1]])"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(data)], capture_output=True, check=False)
    assert killed.returncode == -9
    assert [path.name for path in (data / "backup").iterdir()] == ["foyer.snapshot.part"]
    assert call("discard", data) == 0
    assert list((data / "backup").iterdir()) == []
    assert call("create", data) == 0
    assert pairs(data / "backup" / "foyer.snapshot") == []


def test_the_database_of_a_stopped_server_is_its_snapshot_and_takes_no_room(data: Path) -> None:
    write(data / "foyer.db", 0, 2)
    assert call("keep", data) == 0
    snapshot = data / "backup" / "foyer.snapshot"
    assert len(pairs(snapshot)) == 4
    assert snapshot.samefile(data / "foyer.db")
    assert call("keep", data) == 0
    assert call("create", data) == 0
    assert not snapshot.samefile(data / "foyer.db")


def test_what_a_killed_server_left_in_its_log_is_in_the_snapshot_too(data: Path) -> None:
    program = (
        "import os, sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); "
        "connection.execute('PRAGMA journal_mode = WAL'); connection.execute('INSERT INTO pairs VALUES (7, 1)'); "
        "connection.commit(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(data / "foyer.db")], check=False)
    assert (data / "foyer.db-wal").stat().st_size > 0
    assert call("keep", data) == 0
    assert not (data / "foyer.db-wal").exists()
    assert pairs(data / "backup" / "foyer.snapshot") == [(7, 1)]


def test_where_files_cannot_have_two_names_the_snapshot_is_a_copy(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("links are not supported")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert call("keep", data) == 0
    assert pairs(data / "backup" / "foyer.snapshot") == []
    assert not (data / "backup" / "foyer.snapshot").samefile(data / "foyer.db")


def test_a_running_server_keeps_its_database_to_itself(data: Path) -> None:
    with InstanceLock(data), pytest.raises(FoyerError, match="already serves"):
        call("keep", data)
    assert not (data / "backup").exists()


def test_there_is_nothing_to_keep_where_no_server_has_been(tmp_path: Path) -> None:
    assert backup.main(["keep", "--data", str(tmp_path)]) == 0
    assert list(tmp_path.iterdir()) == []


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


async def test_the_health_page_says_when_the_last_backup_was_made(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        assert await backup_line(server) == ("ABSENT", "No backup was made yet while the server ran.")
        assert await asyncio.to_thread(call, "create", tmp_path / "data") == 0
        assert await asyncio.to_thread(call, "discard", tmp_path / "data") == 0
        state, message = await backup_line(server)
        assert state == "OK"
        assert message.startswith(f"Last made on {datetime.now(UTC):%Y-%m-%d} at ")


async def backup_line(server: Server) -> tuple[str, str]:
    _, headers = await server.sign_in(f"Admin{secrets.token_hex(4)}")
    answer = await server.graphql("{ health { checks { name state message } } }", headers)
    return next((one["state"], one["message"]) for one in answer["data"]["health"]["checks"] if one["name"] == "backup")
