"""Real folders, real media workers, a real database and a queue that runs."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from foyer.db.database import Database
from foyer.events.bus import EventBus
from foyer.jobs.model import TERMINAL, JobState, JobView, Lane
from foyer.jobs.queue import JobQueue
from foyer.jobs.worker import JobWorker
from foyer.library.kinds import LibraryKind
from foyer.library.room import LibraryRoom
from foyer.library.viewer import Viewer
from foyer.media.runner import Runner
from foyer.media.workers import MediaWorkers
from foyer.settings.options import Options
from foyer.settings.store import Settings

VIEWER = Viewer(user_id=1)
_numbers = itertools.count(1)

Put = Callable[..., Path]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of H.264 and AAC, as bytes."""
    target = tmp_path_factory.mktemp("clip") / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:duration=2", "-f", "lavfi", "-i", "sine=duration=2"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", *source, *coding, "-movflags", "+faststart", target], check=True
    )
    return target.read_bytes()


@pytest.fixture
def put(tmp_path: Path, clip: bytes) -> Put:
    """Write the clip somewhere below the test's ``media`` folder, with content of its own unless told otherwise."""

    def write(name: str, *, same_as: Path | None = None) -> Path:
        path = tmp_path / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unique = b"%016d" % next(_numbers)
        free_box = (8 + len(unique)).to_bytes(4, "big") + b"free" + unique
        path.write_bytes(same_as.read_bytes() if same_as else clip + free_box)
        return path

    return write


@dataclass(slots=True)
class House:
    """A library room that runs, with the questions tests ask."""

    room: LibraryRoom
    database: Database
    bus: EventBus
    queue: JobQueue
    settings: Settings
    media: Path

    async def finished(self, job: JobView | None, *, within: float = 30) -> JobView:
        """The job once it has ended well."""
        ended = await self.ended(job, within=within)
        assert ended.state is JobState.SUCCEEDED, f"{ended.state}: {ended.error_message}"
        return ended

    async def ended(self, job: JobView | None, *, within: float = 30) -> JobView:
        """The job once it has ended."""
        assert job is not None
        async with asyncio.timeout(within):
            while (found := await self.queue.get(job.id)).state not in TERMINAL:
                await asyncio.sleep(0.01)
        return found

    async def library(self, folder: str, kind: LibraryKind = LibraryKind.MOVIES) -> int:
        """A scanned library over a folder of ``media``."""
        (self.media / folder).mkdir(parents=True, exist_ok=True)
        library, job = await self.room.libraries.create(folder, kind, [str(self.media / folder)])
        await self.finished(job)
        return library.id

    async def rescan(self, library_id: int, *, full: bool = False) -> JobView:
        """Scan again."""
        return await self.finished(await self.room.libraries.scan(library_id, full=full))

    async def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Rows as plain tuples."""
        return [tuple(row) for row in await self.database.reader.all(sql, values)]

    async def visible(self) -> list[tuple[object, ...]]:
        """Kind and title of what can be seen."""
        return await self.rows("SELECT kind, title FROM item WHERE hidden = 0 ORDER BY kind, position, title")

    async def watch_all(self) -> None:
        """Mark every playable item as watched by user 1."""
        await self.database.execute(
            "INSERT INTO play_state (user_id, item_id, watched, updated_at) "
            "SELECT 1, id, 1, 0 FROM item WHERE kind IN ('movie', 'episode', 'music_video', 'home_video')"
        )

    async def watched(self) -> list[tuple[object, ...]]:
        """Titles that user 1 has watched and can see."""
        return await self.rows(
            "SELECT i.kind, i.title FROM play_state p JOIN item i ON i.id = p.item_id "
            "WHERE p.watched = 1 AND i.hidden = 0 ORDER BY i.kind, i.position, i.title"
        )

    async def log_of(self, job: JobView) -> str:
        """What a job wrote about itself."""
        found = await self.rows("SELECT message FROM job_log WHERE job_id = ? ORDER BY id", (job.id,))
        return "\n".join(str(row[0]) for row in found)


@pytest.fixture
async def house(
    tmp_path: Path, database: Database, bus: EventBus, settings: Settings, queue: JobQueue
) -> AsyncIterator[House]:
    """A running library room; preview pictures are off so that scans are followed by less work."""
    options = Options(data=tmp_path / "data", cache=tmp_path / "cache")
    await database.execute(
        "INSERT INTO user (id, name, display_name, role, created_at) VALUES (1, 'kim', 'Kim', 'user', 0)"
    )
    await settings.update({"library.trickplay": False})
    async with MediaWorkers(Runner(), size=2) as workers:
        room = LibraryRoom(database, bus, settings, queue, options, workers)
        worker = asyncio.create_task(JobWorker(queue, {Lane.IO: 2, Lane.CPU: 1}).run())
        yield House(room=room, database=database, bus=bus, queue=queue, settings=settings, media=tmp_path / "media")
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


async def ffmpeg(*arguments: str | Path) -> None:
    """Run ffmpeg, which must succeed."""
    process = await asyncio.create_subprocess_exec("ffmpeg", "-nostdin", "-v", "error", *arguments)
    assert await process.wait() == 0


def connect(path: Path) -> sqlite3.Connection:
    """A plain connection for preparing rows."""
    return sqlite3.connect(path, isolation_level=None)
