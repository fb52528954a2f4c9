"""kill -9, wherever it hurts: what was committed stays, what was begun goes on, nothing torn is served."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

from tests.e2e.server import Server

SCAN_STATE = "query { libraries { nodes { id itemCount fileCount activeScan { id state } } } }"
CREATE = (
    "mutation($input: CreateLibraryInput!) { createLibrary(input: $input) { "
    "... on CreateLibraryPayload { library { id } job { id } } ... on UserError { message } } }"
)


def many_films(source: Path, target: Path, count: int) -> None:
    """Copies that differ in their bytes, so that none is taken for another."""
    target.mkdir()
    film = next(source.rglob("*.mp4"))
    for number in range(count):
        copy = target / f"Film Number {number:03} ({1950 + number % 70}).mp4"
        shutil.copy(film, copy)
        with copy.open("ab") as file:
            file.write(b"\0\0\0\x10free" + number.to_bytes(8, "big"))


async def files_seen(server: Server) -> int:
    libraries = (await server.ask(SCAN_STATE))["libraries"]["nodes"]
    return int(libraries[0]["fileCount"]) if libraries else 0


async def test_a_scan_killed_half_way_is_finished_after_the_restart(
    server: Server, films: Path, tmp_path: Path
) -> None:
    await server.set_up()
    many_films(films, tmp_path / "many", 150)
    answer = await server.ask(
        CREATE, {"input": {"name": "Films", "kind": "MOVIES", "folders": [str(tmp_path / "many")]}}
    )
    job = answer["createLibrary"]["job"]["id"]
    async with asyncio.timeout(30):
        while (before := await files_seen(server)) == 0:
            await asyncio.sleep(0.01)
    assert await server.kill() != 0
    kept = sqlite3.connect(server.data / "foyer.db").execute("SELECT count(*) FROM media_file").fetchone()[0]
    assert kept >= before > 0
    await server.restart()
    assert await server.finished(job) == "SUCCEEDED"
    assert await files_seen(server) == 150
    check = sqlite3.connect(server.data / "foyer.db")
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert check.execute("SELECT count(*), count(DISTINCT path) FROM media_file").fetchone() == (150, 150)


async def test_no_answered_write_is_lost_in_a_burst(server: Server, films: Path) -> None:
    await server.set_up()
    await server.add_library("Films", "MOVIES", films)
    page = await server.ask("query { items(filter: { kinds: [MOVIE] }) { nodes { id } } }")
    item = page["items"]["nodes"][0]["id"]
    rate = (
        "mutation($input: SetRatingInput!) { setRating(input: $input) { "
        "... on SetRatingPayload { item { userState { rating } } } ... on UserError { message } } }"
    )
    answered = 0

    async def burst() -> None:
        nonlocal answered
        for number in range(100_000):
            rating = number % 10 + 1
            body = await server.post(rate, {"input": {"item": item, "rating": rating}})
            assert body["data"]["setRating"]["item"]["userState"]["rating"] == rating
            answered = number + 1

    writing = asyncio.create_task(burst())
    await asyncio.sleep(1)
    await server.kill()
    await asyncio.gather(writing, return_exceptions=True)
    assert answered > 10
    kept = sqlite3.connect(server.data / "foyer.db").execute("SELECT rating FROM play_state").fetchone()[0]
    # The one in flight may have been committed without its answer.
    assert kept in {(answered - 1) % 10 + 1, answered % 10 + 1}
    await server.restart()
    again = await server.ask("query($id: ID!) { item(id: $id) { userState { rating } } }", {"id": item})
    assert again["item"]["userState"]["rating"] == kept
