"""The job ``library.remove``: clear away what a removed library or folder held, a little at a time."""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import sqlite3

from tortoise.exceptions import OperationalError

from foyer.db.database import Database
from foyer.errors import UnavailableError
from foyer.jobs.context import JobContext
from foyer.jobs.model import JobKind, Lane
from foyer.library.artwork import ArtworkStore
from foyer.library.scan.store import forget
from foyer.library.service import REMOVE

_CHUNK = 100


class Removal:
    """Runs removals; safe to run again after a kill."""

    def __init__(self, database: Database, artwork: ArtworkStore) -> None:
        self._database = database
        self._artwork = artwork

    def job_kind(self) -> JobKind:
        """What to register with the queue."""
        return JobKind(name=REMOVE, lane=Lane.IO, handler=self.run, max_attempts=5)

    async def run(self, context: JobContext) -> None:
        """Remove the files, items and at last the row of what the payload names: ``library_id`` or ``folder_id``."""
        try:
            if context.payload.get("folder_id") is not None:
                await self._folder(context, int(context.payload["folder_id"]))
            else:
                await self._library(context, int(context.payload["library_id"]))
            rows = await self._database.reader.all("SELECT DISTINCT content_hash FROM artwork")
        except OperationalError as error:
            raise UnavailableError(f"The database cannot be written: {error}.") from error
        await self._artwork.keep_only(row["content_hash"] for row in rows)

    async def _folder(self, context: JobContext, folder_id: int) -> None:
        total = await self._database.reader.value("SELECT count(*) FROM media_file WHERE folder_id = ?", (folder_id,))
        done = 0
        while gone := await self._database.write(lambda connection: _forget_some(connection, folder_id)):
            done += gone
            await context.progress(done, float(str(total)))
        await self._database.execute("DELETE FROM library_folder WHERE id = ? AND removed_at IS NOT NULL", (folder_id,))

    async def _library(self, context: JobContext, library_id: int) -> None:
        total = await self._database.reader.value("SELECT count(*) FROM item WHERE library_id = ?", (library_id,))
        done = 0
        for table in ("item", "media_file"):
            while gone := await self._delete_some(table, library_id):
                done += gone
                await context.progress(done, max(done, float(str(total))), unit="items")
        await self._database.execute("DELETE FROM library WHERE id = ? AND removed_at IS NOT NULL", (library_id,))

    async def _delete_some(self, table: str, library_id: int) -> int:
        sql = (
            f"DELETE FROM {table} WHERE id IN (SELECT {table}.id FROM {table} JOIN library ON library.id = library_id "
            "WHERE library_id = ? AND removed_at IS NOT NULL LIMIT ?)"
        )
        return await self._database.write(lambda connection: connection.execute(sql, (library_id, _CHUNK)).rowcount)


def _forget_some(connection: sqlite3.Connection, folder_id: int) -> int:
    rows = connection.execute(
        "SELECT f.id FROM media_file f JOIN library_folder d ON d.id = f.folder_id "
        "WHERE f.folder_id = ? AND d.removed_at IS NOT NULL LIMIT ?",
        (folder_id, _CHUNK),
    ).fetchall()
    ids = [row[0] for row in rows]
    if ids:
        forget(connection, ids)
    return len(ids)
