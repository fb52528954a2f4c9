"""The first minute: one command, and there is something to see."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.e2e.server import Server

LIBRARIES = "query { libraries { nodes { name itemCount brokenFileCount } } items(first: 50) { nodes { title kind } } }"


async def test_without_media_a_demo_library_is_made_and_scanned(tmp_path: Path) -> None:
    async with Server(tmp_path / "data", "--demo") as server:
        await server.set_up()
        async with asyncio.timeout(100):
            while True:
                found = await server.ask(LIBRARIES)
                libraries = found["libraries"]["nodes"]
                if len(libraries) == 3 and all(library["itemCount"] for library in libraries):
                    break
                await asyncio.sleep(0.5)
        assert {item["kind"] for item in found["items"]["nodes"]} >= {"MOVIE", "SERIES", "MUSIC_VIDEO"}
        assert [library["brokenFileCount"] for library in libraries] == [0, 0, 0]
        await server.stop()
        await server.start()
        again = await server.ask('query { jobs(filter: { kinds: ["library.demo"] }) { nodes { id } } }')
        assert len(again["jobs"]["nodes"]) == 1
