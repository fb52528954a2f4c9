"""The library room put together: its services, its jobs, and what runs beside them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from foyer.db.database import Database
from foyer.events.bus import EventBus
from foyer.ids import NodeKind, encode
from foyer.jobs.model import Priority
from foyer.jobs.queue import JobQueue
from foyer.library.artwork import ArtworkStore
from foyer.library.items import Items
from foyer.library.pictures import ARTWORK, Artist
from foyer.library.probing import WorkerProber
from foyer.library.removal import Removal
from foyer.library.scan.job import Scanner
from foyer.library.scan.rules import FolderRules
from foyer.library.scan.run import Tools
from foyer.library.search import Search
from foyer.library.service import Libraries
from foyer.library.subtitles import Subtitles
from foyer.library.trickplay import TRICKPLAY, Trickplay
from foyer.library.uploads.service import Uploads
from foyer.library.watch.schedule import ScanSchedule
from foyer.library.watch.watcher import LibraryWatcher
from foyer.media.workers import MediaWorkers
from foyer.media.workers import Priority as WorkerPriority
from foyer.settings.options import Options
from foyer.settings.store import Settings


class WorkerCamera:
    """Pictures out of the media workers (``foyer.library.pictures.Camera``)."""

    def __init__(self, workers: MediaWorkers) -> None:
        self._workers = workers

    async def poster_frame(self, path: Path, max_width: int) -> bytes:
        """A frame that shows something."""
        return (await self._workers.still(path, max_width=max_width, priority=WorkerPriority.BACKGROUND)).data

    async def cover_picture(self, path: Path) -> bytes:
        """The embedded cover."""
        return (await self._workers.cover(path, priority=WorkerPriority.BACKGROUND)).data


class LibraryRoom:
    """Everything about libraries, built once; ``run`` watches and schedules until cancelled."""

    def __init__(
        self,
        database: Database,
        bus: EventBus,
        settings: Settings,
        queue: JobQueue,
        options: Options,
        workers: MediaWorkers,
    ) -> None:
        self._queue = queue
        self._settings = settings
        self.libraries = Libraries(database, bus, queue, options)
        self.items = Items(database.reader)
        self.search = Search(database.reader)
        self.artwork = ArtworkStore(options.data, options.cache)
        self.subtitles = Subtitles(database, workers)
        self.trickplay = Trickplay(database, settings, workers, options.cache)
        self.watcher = LibraryWatcher(database, bus, queue, settings, self.libraries)
        self.schedule = ScanSchedule(self.libraries, settings)
        self.uploads = Uploads(database, settings, queue, self.libraries)
        tools = Tools(database=database, bus=bus, prober=WorkerProber(workers), options=options, rules=FolderRules)
        artist = Artist(database, bus, self.artwork, WorkerCamera(workers))
        for kind in (
            Scanner(tools, after_scan=self.queue_pictures).job_kind(),
            Removal(database, self.artwork).job_kind(),
            artist.job_kind(),
            self.trickplay.job_kind(),
        ):
            queue.register(kind)

    async def run(self) -> None:
        """Watch folders, queue scheduled scans and look after uploads until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.watcher.run())
            group.create_task(self.schedule.run())
            group.create_task(self.uploads.run())

    async def queue_pictures(self, library_id: int) -> None:
        """Queue what makes artwork and previews for files that have none."""
        library = (await self.libraries.by_ids([library_id])).get(library_id)
        if library is None:
            return
        jobs = [(ARTWORK, f"Pictures for {library.name}")]
        if self._settings.flag("library.trickplay"):
            jobs.append((TRICKPLAY, f"Preview pictures for {library.name}"))
        for kind, title in jobs:
            await self._queue.enqueue(
                kind,
                title=title,
                payload={"library_id": library_id},
                subject=encode(NodeKind.LIBRARY, library_id),
                priority=Priority.BACKGROUND,
                dedupe_key=f"{kind}:{library_id}",
                unit="files",
            )
