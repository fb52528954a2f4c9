"""The kernel says what changes, and only that is scanned."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from foyer.jobs.model import Priority
from tests.library.conftest import House, Put


@pytest.fixture
async def watched(house: House) -> AsyncIterator[House]:
    """The room with its watcher at work."""
    task = asyncio.create_task(house.room.run())
    yield house
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _watching(house: House) -> None:
    async with asyncio.timeout(5):
        while not house.room.watcher.status.folders:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)  # the kernel is asked in a thread


async def _until_visible(house: House, *titles: str, within: float = 8) -> None:
    async with asyncio.timeout(within):
        while sorted(str(row[1]) for row in await house.visible()) != sorted(titles):
            await asyncio.sleep(0.05)


async def test_a_new_file_a_rename_and_a_deletion_are_noticed(watched: House, put: Put) -> None:
    house = watched
    put("films/Heat (1995).mp4")
    await house.library("films")
    await _watching(house)
    film = put("films/Ronin (1998)/Ronin (1998).mp4")
    await _until_visible(house, "Heat", "Ronin")
    await house.watch_all()
    film.parent.rename(film.parent.with_name("Ronan (1998)"))
    await _until_visible(house, "Heat", "Ronan")
    assert ("movie", "Ronan") in await house.watched()
    shutil.rmtree(film.parent.with_name("Ronan (1998)"))
    await _until_visible(house, "Heat")
    scans = await house.rows("SELECT payload FROM job WHERE kind = 'library.scan' AND priority < ?", (Priority.USER,))
    assert scans
    assert all('"paths":["' in str(row[0]) for row in scans), "only what was touched is scanned"


async def test_a_file_is_not_read_while_it_grows(watched: House, put: Put, clip: bytes) -> None:
    house = watched
    await house.library("films")
    await _watching(house)
    target = house.media / "films/Slow (2001).mp4"
    with target.open("wb", buffering=0) as output:
        step = len(clip) // 6 + 1
        for start in range(0, len(clip), step):
            output.write(clip[start : start + step])
            await asyncio.sleep(0.5)
            assert await house.rows("SELECT 1 FROM media_file") == []
    await _until_visible(house, "Slow")
    assert await house.rows("SELECT state FROM media_file") == [("ok",)]


async def test_switching_the_setting_off_stops_watching(watched: House, put: Put) -> None:
    house = watched
    put("films/Heat (1995).mp4")
    await house.library("films")
    await _watching(house)
    await house.settings.update({"library.watch": False})
    async with asyncio.timeout(8):
        while house.room.watcher.status.folders:
            await asyncio.sleep(0.02)
    assert not house.room.watcher.status.is_on


async def test_a_folder_that_goes_away_is_a_problem_and_is_followed_again_when_it_returns(
    watched: House, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foyer.library.watch.watcher._ROOT_CHECK_S", 0.3)
    house = watched
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    await _watching(house)
    (house.media / "films").rename(house.media / "away")
    async with asyncio.timeout(8):
        while not house.room.watcher.status.problems:
            await asyncio.sleep(0.05)
        while (await house.room.libraries.folders_of([library]))[library][0].available:
            await asyncio.sleep(0.05)
    assert await house.visible() == [("movie", "Heat")]
    (house.media / "away").rename(house.media / "films")
    async with asyncio.timeout(8):
        while house.room.watcher.status.problems:
            await asyncio.sleep(0.05)
        while not (await house.room.libraries.folders_of([library]))[library][0].available:
            await asyncio.sleep(0.05)
    put("films/Ronin (1998).mp4")
    await _until_visible(house, "Heat", "Ronin")


async def test_a_scan_that_is_due_is_queued(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    schedule = house.room.schedule
    assert await schedule.scan_due() == 0
    await house.database.execute("UPDATE library SET scanned_at = 1 WHERE id = ?", (library,))
    assert await schedule.scan_due() == 1
    await house.settings.update({"library.scan_interval": 0})
    assert await schedule.scan_due() == 0
