"""Scan 100,000 files again of which none has changed, beside ``find -printf`` over the same tree."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

from bench import Figure
from bench.scan import finished, server
from foyer.jobs.model import Priority
from foyer.library.kinds import LibraryKind

FILES = int(os.environ.get("FOYER_BENCH_RESCAN_FILES", "100000"))
_PER_FOLDER = 20


async def run() -> list[Figure]:
    """Seconds for the whole job, from its row to its end; the best of three for each side."""
    with tempfile.TemporaryDirectory(prefix="foyer-rescan-") as name:
        folder = Path(name)
        media = folder / "media"
        rows = await asyncio.to_thread(_make_tree, media)
        async with server(folder / "data") as (room, queue, database):
            library, _ = await room.libraries.create("Films", LibraryKind.MOVIES, [str(media)], scan=False)
            await asyncio.to_thread(_store, database.path, rows)
            find = min([await asyncio.to_thread(_find, media) for _ in range(3)])
            scans = []
            slowest = 0.0
            for _ in range(3):
                stall = asyncio.create_task(_longest_stall())
                started = time.perf_counter()
                job = await finished(queue, await room.libraries.scan(library.id, priority=Priority.USER))
                scans.append(time.perf_counter() - started)
                stall.cancel()
                slowest = max(slowest, await stall)
                assert f"{FILES} files, 0 new items" in (job.message or ""), job.message
    best = min(scans)
    return [
        Figure(
            name=f"rescan of {FILES} unchanged files",
            value=best,
            unit="s",
            peer="find -printf '%p %s %T@'",
            peer_value=find,
            target="5 times the peer",
            met=best <= 5 * find,
            note=f"the event loop never waited more than {slowest * 1000:.0f} ms",
        )
    ]


async def _longest_stall() -> float:
    longest = 0.0
    try:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - started - 0.005)
    except asyncio.CancelledError:
        return longest


def _make_tree(media: Path) -> list[tuple[bytes, int, int]]:
    rows = []
    for number in range(FILES):
        if number % _PER_FOLDER == 0:
            folder = media / f"Shelf {number // 2000:03}" / f"Box {number // _PER_FOLDER:05}"
            folder.mkdir(parents=True)
        path = folder / f"Film {number:06} (2000).mkv"
        path.write_bytes(b"x")
        status = path.stat()
        rows.append((os.fsencode(path), status.st_size, status.st_mtime_ns))
    return rows


def _store(database: Path, rows: list[tuple[bytes, int, int]]) -> None:
    """What a scan would have left: rows that match the tree."""
    connection = sqlite3.connect(database, timeout=30)
    (folder,) = connection.execute("SELECT id FROM library_folder").fetchone()
    connection.executemany(
        "INSERT INTO media_file (library_id, folder_id, path, size, mtime_ns, state, added_at, probed_at) "
        f"VALUES (1, {folder:d}, ?, ?, ?, 'ok', 1, 1)",
        rows,
    )
    connection.commit()
    connection.close()


def _find(media: Path) -> float:
    started = time.perf_counter()
    subprocess.run(["find", media, "-type", "f", "-printf", "%p %s %T@\n"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started
