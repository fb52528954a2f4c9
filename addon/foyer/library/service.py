"""Libraries: create, change, remove and scan them; what is in them as numbers."""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from tortoise.exceptions import IntegrityError

from foyer.db.database import Database
from foyer.db.fields import from_instant, now, to_instant
from foyer.errors import ConflictError, NotFoundError, ValidationError
from foyer.events.bus import EventBus
from foyer.events.topics import LibraryEventKind, Topic
from foyer.ids import FolderId, LibraryId, NodeKind, encode
from foyer.jobs.model import JobView, Priority
from foyer.jobs.queue import JobQueue
from foyer.library.files import shown
from foyer.library.filters import marks
from foyer.library.folders import DirectoryListing, check_folder, list_directories
from foyer.library.kinds import LibraryKind
from foyer.library.viewer import Viewer
from foyer.settings.options import Options

T = TypeVar("T")
SCAN = "library.scan"
REMOVE = "library.remove"
MAX_FOLDERS = 50
SCANNED_KINDS = frozenset((LibraryKind.MOVIES, LibraryKind.SERIES, LibraryKind.MUSIC_VIDEOS, LibraryKind.HOME_VIDEOS))
"""Kinds this version understands; others are refused when a library is created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryRow:
    """A library's own facts."""

    id: LibraryId
    name: str
    kind: LibraryKind
    version: int
    """Rises with every change; give it back as ``expected_version``."""
    created_at: datetime
    scanned_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRow:
    """A folder of a library. ``available`` is false while its disk is away; ``problem`` says what the matter is."""

    id: FolderId
    library_id: LibraryId
    path: bytes
    available: bool
    problem: str | None
    file_count: int

    @property
    def shown_path(self) -> str:
        """The path as text."""
        return shown(self.path)


def scan_key(library_id: int) -> str:
    """Two scans of one library at once are one job."""
    return f"{SCAN}:{library_id}"


def watch_key(library_id: int) -> str:
    """The scan of some directories of a library runs beside the scan of all of it."""
    return f"{scan_key(library_id)}:watch"


class Libraries:
    """The libraries of this server."""

    def __init__(self, database: Database, bus: EventBus, queue: JobQueue, options: Options) -> None:
        self._database = database
        self._bus = bus
        self._queue = queue
        self._options = options

    async def all(self, viewer: Viewer | None = None) -> list[LibraryRow]:
        """Every library open to the viewer, by name."""
        allowed, values = ("1", ()) if viewer is None else viewer.condition("id")
        rows = await self._database.reader.all(
            f"SELECT {_COLUMNS} FROM library WHERE removed_at IS NULL AND {allowed} ORDER BY name", values
        )
        return [_library(row) for row in rows]

    async def by_ids(self, ids: Sequence[int]) -> dict[int, LibraryRow]:
        """Libraries by id, in one statement."""
        rows = await self._database.reader.all(
            f"SELECT {_COLUMNS} FROM library WHERE removed_at IS NULL AND id IN ({marks(ids)})", tuple(ids)
        )
        return {row["id"]: _library(row) for row in rows}

    async def get(self, library_id: int, viewer: Viewer | None = None) -> LibraryRow:
        """One library; raises ``NotFoundError`` when there is none or it is not open to the viewer."""
        found = (await self.by_ids([library_id])).get(LibraryId(library_id))
        closed = viewer is not None and viewer.libraries is not None and library_id not in viewer.libraries
        if found is None or closed:
            raise NotFoundError("There is no such library.", id=library_id)
        return found

    async def folders_of(self, ids: Sequence[int]) -> dict[int, list[FolderRow]]:
        """The folders of libraries with how many files each holds, in one statement."""
        rows = await self._database.reader.all(
            "SELECT d.id, d.library_id, d.path, d.available, d.problem, "
            "(SELECT count(*) FROM media_file f WHERE f.folder_id = d.id) AS file_count FROM library_folder d "
            f"WHERE d.removed_at IS NULL AND d.library_id IN ({marks(ids)}) ORDER BY d.library_id, d.path",
            tuple(ids),
        )
        found: dict[int, list[FolderRow]] = {library: [] for library in ids}
        for row in rows:
            found[row["library_id"]].append(FolderRow(**{**dict(row), "available": bool(row["available"])}))
        return found

    async def active_scans(self, ids: Sequence[int]) -> dict[int, JobView]:
        """The queued or running scan of each library that has one, in one statement."""
        rows = await self._database.reader.all(
            f"SELECT id, dedupe_key FROM job WHERE dedupe_key IN ({marks(ids)}) "
            "AND state IN ('queued', 'running', 'stopping')",
            [scan_key(library) for library in ids],
        )
        jobs = {job.id: job for job in await self._queue.many([row["id"] for row in rows])} if rows else {}
        by_key = {row["dedupe_key"]: jobs[row["id"]] for row in rows if row["id"] in jobs}
        return {library: by_key[scan_key(library)] for library in ids if scan_key(library) in by_key}

    async def create(
        self,
        name: str,
        kind: LibraryKind,
        folders: Sequence[str],
        *,
        scan: bool = True,
        user_id: int | None = None,
    ) -> tuple[LibraryRow, JobView | None]:
        """Add a library and, unless told otherwise, scan it.

        Raises ``ValidationError`` for a bad name, kind or folder and ``ConflictError`` for a name that is taken.
        """
        if kind not in SCANNED_KINDS:
            problem = f"Libraries of the kind {kind.value} cannot be scanned by this version."
            raise ValidationError(problem, fields={"kind": problem})
        title = _checked_name(name)
        paths = await self._checked_folders(folders)
        moment = to_instant(now())

        def insert(connection: sqlite3.Connection) -> int:
            cursor = connection.execute(
                "INSERT INTO library (name, kind, created_at) VALUES (?, ?, ?)", (title, kind.value, moment)
            )
            library = int(cursor.lastrowid or 0)
            connection.executemany(
                "INSERT INTO library_folder (library_id, path) VALUES (?, ?)", [(library, path) for path in paths]
            )
            return library

        library_id = await self._unless_taken(insert, title)
        self._announce(LibraryEventKind.LIBRARY_CREATED, library_id)
        job = await self.scan(library_id, user_id=user_id) if scan else None
        return await self.get(library_id), job

    async def update(
        self,
        library_id: int,
        *,
        name: str | None = None,
        folders: Sequence[str] | None = None,
        expected_version: int | None = None,
    ) -> LibraryRow:
        """Rename a library or change its folders; files of a folder that goes away are forgotten, not deleted.

        Raises ``NotFoundError``, ``ValidationError``, and ``ConflictError`` when the name is taken or the library
        has changed since ``expected_version``.
        """
        library = await self.get(library_id)
        title = library.name if name is None else _checked_name(name)
        kept = await self._folder_paths(library_id)
        paths = list(kept) if folders is None else await self._checked_folders(folders, kept=kept)
        moment = to_instant(now())

        def change(connection: sqlite3.Connection) -> list[int]:
            cursor = connection.execute(
                "UPDATE library SET name = ?, version = version + 1 WHERE id = ? AND version = ?",
                (title, library_id, expected_version or library.version),
            )
            if cursor.rowcount == 0:
                raise ConflictError("The library was changed in the meantime; look again.", id=library_id)
            gone = [kept[path] for path in kept if path not in paths]
            for folder in gone:
                _detach(connection, folder, moment)
            connection.executemany(
                "INSERT INTO library_folder (library_id, path) VALUES (?, ?)",
                [(library_id, path) for path in paths if path not in kept],
            )
            return gone

        removed = await self._unless_taken(change, title)
        self._announce(LibraryEventKind.LIBRARY_UPDATED, library_id)
        for folder in removed:
            await self._clear(f"Forget a folder of {title}", folder=folder)
        if any(path not in kept for path in paths):
            await self.scan(library_id)
        return await self.get(library_id)

    async def delete(self, library_id: int) -> JobView:
        """Forget a library: it is gone at once, its rows are cleared by a job; the files stay. ``NotFoundError``."""
        library = await self.get(library_id)
        folders = await self._folder_paths(library_id)
        if (scan := await self._queue.live_with_key(scan_key(library_id))) is not None:
            await self._queue.cancel(scan.id)
        moment = to_instant(now())

        def hide(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE library SET removed_at = ?, name = name || ' (removed ' || id || ')' WHERE id = ?",
                (moment, library_id),
            )
            for folder in folders.values():
                _detach(connection, folder, moment)

        await self._database.write(hide)
        self._announce(LibraryEventKind.LIBRARY_DELETED, library_id)
        return await self._clear(f"Forget the library {library.name}", library=library_id)

    async def scan(
        self,
        library_id: int,
        *,
        full: bool = False,
        paths: Sequence[bytes] = (),
        user_id: int | None = None,
        priority: int = Priority.USER,
    ) -> JobView:
        """Scan a library, or return the scan that is queued or running. ``full`` reads unchanged files again too.

        ``paths`` limits it to directories (the watcher's way). Raises ``NotFoundError``.
        """
        library = await self.get(library_id)
        payload = {"library_id": library_id, "full": full, "paths": [path.hex() for path in paths]}
        key = watch_key(library_id) if paths else scan_key(library_id)
        return await self._queue.enqueue(
            SCAN,
            title=f"Scan {library.name}",
            payload=payload,
            subject=encode(NodeKind.LIBRARY, library_id),
            priority=priority,
            dedupe_key=key,
            user_id=user_id,
            unit="files",
        )

    async def refresh(self, item_id: int, viewer: Viewer, *, user_id: int | None = None) -> JobView:
        """Read an item's files again, and the pictures and subtitles beside them; all of a series or season.

        Asking again while it waits or runs returns the same job. Raises ``NotFoundError`` for an item that is not
        there or not open to the viewer.
        """
        row = await self._database.reader.first("SELECT library_id, title FROM item WHERE id = ?", (item_id,))
        if row is None or (viewer.libraries is not None and row["library_id"] not in viewer.libraries):
            raise NotFoundError("There is no such item.", id=item_id)
        return await self._queue.enqueue(
            SCAN,
            title=f"Read {row['title']} again",
            payload={"library_id": row["library_id"], "item_id": item_id},
            subject=encode(NodeKind.ITEM, item_id),
            priority=Priority.USER,
            dedupe_key=f"{SCAN}:item:{item_id}",
            user_id=user_id,
            unit="files",
        )

    async def directories(self, path: str | None) -> DirectoryListing:
        """The folders inside a folder, for choosing a library's; raises ``NotFoundError``."""
        return await asyncio.to_thread(list_directories, path, self._options)

    async def _clear(self, title: str, *, library: int | None = None, folder: int | None = None) -> JobView:
        payload = {"library_id": library, "folder_id": folder}
        return await self._queue.enqueue(
            REMOVE, title=title, payload=payload, dedupe_key=f"{REMOVE}:{library}:{folder}", unit="files"
        )

    async def _checked_folders(self, folders: Sequence[str], *, kept: dict[bytes, int] | None = None) -> list[bytes]:
        if not folders or len(folders) > MAX_FOLDERS:
            problem = f"A library needs between 1 and {MAX_FOLDERS} folders."
            raise ValidationError(problem, fields={"folders": problem})
        rows = await self._database.reader.all("SELECT path FROM library_folder WHERE removed_at IS NULL")
        own = kept or {}
        taken = [row["path"] for row in rows if row["path"] not in own]

        def check() -> list[bytes]:
            found: list[bytes] = []
            for folder in folders:
                unchanged = folder.encode("utf-8", "surrogateescape").rstrip(b"/")
                # A folder the library has already may be unplugged just now.
                found.append(unchanged if unchanged in own else check_folder(folder, self._options, [*taken, *found]))
            return list(dict.fromkeys(found))

        return await asyncio.to_thread(check)

    async def _folder_paths(self, library_id: int) -> dict[bytes, int]:
        rows = await self._database.reader.all(
            "SELECT id, path FROM library_folder WHERE library_id = ? AND removed_at IS NULL", (library_id,)
        )
        return {row["path"]: row["id"] for row in rows}

    async def _unless_taken(self, change: Callable[[sqlite3.Connection], T], title: str) -> T:
        try:
            return await self._database.write(change)
        except IntegrityError as error:
            if "library.name" in str(error):
                raise ConflictError(f"There is a library called {title} already.", name=title) from error
            raise ConflictError("One of these folders was added to a library in the meantime.") from error

    def _announce(self, kind: LibraryEventKind, library_id: int) -> None:
        self._bus.publish(Topic.LIBRARY, kind, {"library_id": library_id})


_COLUMNS = "id, name, kind, version, created_at, scanned_at"


def _library(row: sqlite3.Row) -> LibraryRow:
    scanned = row["scanned_at"]
    return LibraryRow(
        id=row["id"],
        name=row["name"],
        kind=LibraryKind(row["kind"]),
        version=row["version"],
        created_at=from_instant(row["created_at"]),
        scanned_at=None if scanned is None else from_instant(scanned),
    )


def _checked_name(name: str) -> str:
    title = " ".join(name.split())
    if not title or len(title) > 100 or not title.isprintable():
        problem = "Give the library a name of at most 100 letters."
        raise ValidationError(problem, fields={"name": problem})
    return title


def _detach(connection: sqlite3.Connection, folder_id: int, moment: int) -> None:
    """Free a folder's path for other libraries while its files are still being cleared."""
    connection.execute(
        "UPDATE library_folder SET removed_at = ?, available = 0, path = ? WHERE id = ?",
        (moment, b"\0removed/%d" % folder_id, folder_id),
    )
