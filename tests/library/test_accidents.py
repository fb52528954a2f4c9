"""What happens to a scan when the process, the disk or a folder goes away in the middle of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

from foyer.library.kinds import LibraryKind
from tests.library.conftest import House, Put

_SERVER = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from foyer.db.database import Database
    from foyer.events.bus import EventBus
    from foyer.jobs.model import Lane
    from foyer.jobs.queue import JobQueue
    from foyer.jobs.worker import JobWorker
    from foyer.library.kinds import LibraryKind
    from foyer.library.room import LibraryRoom
    from foyer.media.runner import Runner
    from foyer.media.workers import MediaWorkers
    from foyer.settings.options import Options
    from foyer.settings.store import Settings

    async def main(data, media):
        database = await Database.open(data / "foyer.db")
        bus = EventBus(database)
        queue = JobQueue(database, bus)
        async with MediaWorkers(Runner(), size=1) as workers:
            options = Options(data=data, cache=data / "cache")
            room = LibraryRoom(database, bus, Settings(database, bus), queue, options, workers)
            await queue.recover(everything=True)
            if not await room.libraries.all():
                await room.libraries.create("films", LibraryKind.MOVIES, [str(media)])
            await JobWorker(queue, {Lane.IO: 1}).run()

    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
    """
)


def _serve(data: Path, media: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _SERVER, data, media], start_new_session=True)


def _ask(data: Path, sql: str) -> int:
    try:
        with closing(sqlite3.connect(f"{(data / 'foyer.db').as_uri()}?mode=ro", uri=True)) as connection:
            return int(connection.execute(sql).fetchone()[0] or 0)
    except sqlite3.OperationalError:
        return 0


def _until(data: Path, sql: str, least: int) -> None:
    deadline = time.monotonic() + 40
    while _ask(data, sql) < least:
        assert time.monotonic() < deadline, f"{sql} stayed at {_ask(data, sql)}"
        time.sleep(0.01)


def test_a_scan_killed_with_sigkill_goes_on_where_it_was(tmp_path: Path, put: Put) -> None:
    for number in range(150):
        put(f"films/Film {number:03} (2000).mp4")
    data, media = tmp_path / "data", tmp_path / "media/films"
    data.mkdir()
    server = _serve(data, media)
    _until(data, "SELECT count(*) FROM media_file", 1)
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    before = _ask(data, "SELECT count(*) FROM media_file")
    newest = _ask(data, "SELECT max(probed_at) FROM media_file")
    assert 0 < before < 150
    assert _ask(data, "SELECT count(*) FROM item_file") == before, "a file is written with its item or not at all"
    server = _serve(data, media)
    try:
        _until(data, "SELECT count(*) FROM media_file", 150)
        _until(data, "SELECT count(*) FROM job WHERE kind = 'library.scan' AND state = 'succeeded'", 1)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    assert _ask(data, f"SELECT count(*) FROM media_file WHERE probed_at <= {newest}") == before
    assert _ask(data, "SELECT count(*) FROM item WHERE hidden = 0") == 150
    assert _ask(data, "SELECT count(*) FROM job WHERE kind = 'library.scan'") == 1
    with closing(sqlite3.connect(data / "foyer.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_a_folder_unplugged_while_it_is_scanned_loses_nothing(house: House, put: Put) -> None:
    for number in range(60):
        put(f"films/{number:02}/Film {number:02} (2000).mp4")
    library = await house.library("films")
    for number in range(60, 120):
        put(f"films/{number:02}/Film {number:02} (2000).mp4")
    job = await house.room.libraries.scan(library)
    while len(await house.rows("SELECT 1 FROM media_file")) <= 60:
        await asyncio.sleep(0.002)
    (house.media / "films").rename(house.media / "unplugged")
    await house.ended(job)
    assert await house.rows("SELECT count(*) FROM media_file WHERE state = 'missing'") == [(0,)]
    assert len(await house.visible()) >= 60
    (house.media / "unplugged").rename(house.media / "films")
    await house.rescan(library)
    assert await house.rows("SELECT count(*) FROM media_file WHERE state = 'ok'") == [(120,)]
    assert len(await house.visible()) == 120


async def test_a_library_removed_while_it_is_scanned_leaves_nothing_behind(house: House, put: Put) -> None:
    for number in range(80):
        put(f"films/Film {number:03} (2000).mp4")
    library, job = await house.room.libraries.create("films", LibraryKind.MOVIES, [str(house.media / "films")])
    while not await house.rows("SELECT 1 FROM media_file LIMIT 1"):
        await asyncio.sleep(0.002)
    await house.room.libraries.delete(library.id)
    await house.ended(job)
    async with asyncio.timeout(20):
        while await house.rows("SELECT 1 FROM library"):
            await asyncio.sleep(0.02)
    for table in ("media_file", "item", "library_folder", "item_search", "media_stream"):
        assert await house.rows(f"SELECT count(*) FROM {table}") == [(0,)], table
    again, job = await house.room.libraries.create("films", LibraryKind.MOVIES, [str(house.media / "films")])
    await house.finished(job)
    assert len(await house.visible()) == 80
    assert again.id != library.id
