"""Scan 10,000 real files, beside a scanner that starts ffprobe for each and bare libav in two processes."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from bench import Figure
from bench.minidlna import files_per_second as minidlna_rate
from foyer.db.database import Database
from foyer.events.bus import EventBus
from foyer.jobs.model import TERMINAL, JobState, JobView, Lane
from foyer.jobs.queue import JobQueue
from foyer.jobs.worker import JobWorker
from foyer.library.kinds import LibraryKind
from foyer.library.room import LibraryRoom
from foyer.media.runner import Runner
from foyer.media.workers import MediaWorkers
from foyer.settings.options import Options
from foyer.settings.store import Settings

FILES = int(os.environ.get("FOYER_BENCH_FILES", "10000"))
_PEER_FILES = 150


async def run() -> list[Figure]:
    """Files a second, and the memory of the server afterwards."""
    with tempfile.TemporaryDirectory(prefix="foyer-scan-") as name:
        folder = Path(name)
        media = folder / "media"
        await asyncio.to_thread(make_files, media, FILES)
        sample = sorted(media.rglob("*.m*"))[:_PEER_FILES]
        ffprobe = await asyncio.to_thread(_per_second, lambda: _ffprobe(sample), len(sample))
        bare = await asyncio.to_thread(_per_second, lambda: _bare(sample * 4), len(sample) * 4)
        everything = sorted(media.rglob("*.m*"))[: _PEER_FILES * 4]
        minidlna = await asyncio.to_thread(minidlna_rate, everything, folder)
        async with server(folder / "data") as (room, queue, database):
            before = resident_bytes()
            started = time.perf_counter()
            _, job = await room.libraries.create("Films", LibraryKind.MOVIES, [str(media)])
            await finished(queue, job)
            rate = FILES / (time.perf_counter() - started)
            count = await database.reader.value("SELECT count(*) FROM media_file WHERE state = 'ok'")
            assert count == FILES, count
            await asyncio.sleep(1)
            after = resident_bytes()
    return [
        Figure(
            name=f"scan of {FILES} files",
            value=rate,
            unit="files/s",
            peer="ffprobe started for each file, one per core",
            peer_value=ffprobe,
            target="10 times the peer",
            met=rate >= 10 * ffprobe,
            note=f"bare libav in two processes, nothing stored: {bare:.0f} files/s",
        ),
        Figure(
            name="the same scan",
            value=rate,
            unit="files/s",
            peer="MiniDLNA",
            peer_value=minidlna,
            note=f"MiniDLNA over {len(everything)} of the files; it keeps no index of boundaries",
        ),
        Figure(
            name=f"memory of the scanning process after {FILES} files",
            value=after / 2**20,
            unit="MiB",
            note=f"{before / 2**20:.0f} MiB before; the media workers have left",
        ),
    ]


def make_files(target: Path, count: int) -> None:
    """Write small real films: four clips of different make, each copy with a little content of its own."""
    target.mkdir(parents=True)
    clips = _clips(target.parent)
    for number in range(count):
        name, data = clips[number % len(clips)]
        folder = target / f"Film {number:05} ({1950 + number % 75})"
        folder.mkdir()
        unique = b"%08d" % number
        tail = b"\xec\x88" + unique if name.endswith("mkv") else (8 + len(unique)).to_bytes(4, "big") + b"free" + unique
        (folder / f"Film {number:05} ({1950 + number % 75}).{name.rpartition('.')[2]}").write_bytes(data + tail)


def _clips(folder: Path) -> list[tuple[str, bytes]]:
    source = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4", "-f", "lavfi", "-i", "sine=duration=4"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    clips = []
    for name, extra in (
        ("a.mp4", ["-movflags", "+faststart"]),
        ("b.mkv", []),
        ("c.mp4", ["-bf", "2"]),
        ("d.mkv", ["-ac", "2", "-g", "50"]),
    ):
        path = folder / name
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *source, *coding, *extra, path], check=True)
        clips.append((name, path.read_bytes()))
    return clips


@asynccontextmanager
async def server(data: Path) -> AsyncIterator[tuple[LibraryRoom, JobQueue, Database]]:
    """A library room with its workers and the lane that scans; pictures are left for another time."""
    database = await Database.open(data / "foyer.db")
    bus = EventBus(database)
    queue = JobQueue(database, bus)
    settings = Settings(database, bus)
    journal = asyncio.create_task(bus.run())
    async with MediaWorkers(Runner()) as workers:
        options = Options(data=data, cache=data / "cache")
        room = LibraryRoom(database, bus, settings, queue, options, workers)
        worker = asyncio.create_task(JobWorker(queue, {Lane.IO: 1}).run())
        try:
            yield room, queue, database
        finally:
            worker.cancel()
            journal.cancel()
            await asyncio.gather(worker, journal, return_exceptions=True)
    await database.close()


async def finished(queue: JobQueue, job: JobView | None) -> JobView:
    """The job once it has ended well."""
    assert job is not None
    while (found := await queue.get(job.id)).state not in TERMINAL:  # noqa: ASYNC110 - as a client would
        await asyncio.sleep(0.05)
    assert found.state is JobState.SUCCEEDED, found.error_message
    return found


def resident_bytes() -> int:
    """Resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _per_second(work: Callable[[], None], files: int) -> float:
    work()
    started = time.perf_counter()
    work()
    return files / (time.perf_counter() - started)


def _ffprobe(files: list[Path]) -> None:
    program = shutil.which("ffprobe") or "ffprobe"
    command = [program, "-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json"]

    def probe(path: Path) -> None:
        subprocess.run([*command, path], check=True, stdout=subprocess.DEVNULL)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(probe, files))


def _bare(files: list[Path]) -> None:
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_open, files, chunksize=50))


def _open(path: Path) -> int:
    import av  # noqa: PLC0415 - in the peer's own processes

    with av.open(str(path), metadata_errors="replace") as container:
        return len(container.streams)
