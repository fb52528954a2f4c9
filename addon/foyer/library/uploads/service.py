"""Uploads: begun, continued piece by piece, made whole, and forgotten when nobody goes on with them.

A row says what is on its way and where to; the length of the hidden file on the disk says how far it is. So a kill
at any point loses nothing that was acknowledged, and whoever asks for the offset can go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from tortoise.exceptions import IntegrityError

from foyer.accounts.audit import AuditAction, AuditLog
from foyer.db.database import DATABASE_ERRORS, Database
from foyer.db.fields import now, to_instant
from foyer.errors import CapacityError, ConflictError, FoyerError, NotFoundError, UnavailableError, ValidationError
from foyer.ids import NodeKind, encode
from foyer.jobs.queue import JobQueue
from foyer.library.filters import marks
from foyer.library.service import Libraries
from foyer.library.uploads import disk
from foyer.library.uploads.disk import PartFile, Place
from foyer.library.uploads.errors import (
    ChecksumMismatchError,
    DiskFullError,
    NameTakenError,
    PartLostError,
    PieceTooLargeError,
    UploadBusyError,
    WrongOffsetError,
    translated,
)
from foyer.library.uploads.handover import Handover
from foyer.library.uploads.model import SELECT, NewUpload, Piece, UploadRow, UploadState, place_of, upload_of
from foyer.library.uploads.names import checked_directory, checked_filename
from foyer.settings.store import Settings

log = logging.getLogger(__name__)
T = TypeVar("T")

EXPIRES_AFTER = timedelta(days=1)
"""After the last piece; a whole upload is remembered as long, so that a lost answer can be asked for again."""
MAX_OPEN = 100
_BATCH_BYTES = 1024 * 1024
_EXPIRE_EVERY_S = 3600.0
_CANCEL_PATIENCE_S = 5.0


class Uploads:
    """The uploads of this server. ``run`` tidies up and hands what is whole to a scan, until cancelled."""

    def __init__(self, database: Database, settings: Settings, queue: JobQueue, libraries: Libraries) -> None:
        self._database = database
        self._settings = settings
        self._libraries = libraries
        self._handover = Handover(queue, libraries)
        self._audit = AuditLog(database)
        self._writing: dict[int, asyncio.Event] = {}
        """Uploads a request writes to now, each with what is set when it has done."""

    async def create(self, user_id: int, wanted: NewUpload) -> UploadRow:
        """Begin an upload.

        Raises ``ValidationError`` for a bad name, folder or size, ``NameTakenError`` when such a file is there,
        ``DiskFullError`` when it would not fit, ``CapacityError`` when too many are open, and ``UnavailableError``
        for a folder that is away or may not be written.
        """
        name, directories = checked_filename(wanted.filename), checked_directory(wanted.directory)
        self._check_size(wanted.size)
        folder_id, root = await self._folder(wanted.library_id, wanted.folder_id)
        place = Place(
            root=root,
            directories=directories,
            name=name,
            part=b".foyer-upload-%s.part" % secrets.token_hex(8).encode(),
        )
        await self._check_room(user_id, place, wanted.size)
        moment = now()

        def insert(connection: sqlite3.Connection) -> int:
            cursor = connection.execute(
                "INSERT INTO upload (user_id, library_id, folder_id, root, directory, name, part, size, state, "
                "created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'receiving', ?, ?)",
                (
                    *(user_id, wanted.library_id, folder_id, root, b"/".join(directories), name, place.part),
                    *(wanted.size, to_instant(moment), to_instant(moment + EXPIRES_AFTER)),
                ),
            )
            return int(cursor.lastrowid or 0)

        try:
            row = await self._database.write(insert)
        except IntegrityError as error:
            raise ConflictError(f"{wanted.filename} is being uploaded to this folder already.") from error
        try:
            made = await _blocking(disk.begin, place)
        except (OSError, FoyerError) as error:
            await self._database.execute("DELETE FROM upload WHERE id = ?", (row,))
            if isinstance(error, OSError):
                raise translated(error) from error
            raise
        await self._database.execute("UPDATE upload SET made_directories = ? WHERE id = ?", (made, row))
        return await self.get(row, user_id)

    async def get(self, upload_id: int, user_id: int) -> UploadRow:
        """One upload of a user; raises ``NotFoundError``, also when its library's folder is gone."""
        found = (await self.by_ids([upload_id], user_id)).get(upload_id)
        if found is None:
            raise NotFoundError("There is no such upload any more. Begin it again.", id=upload_id)
        return found

    async def by_ids(self, ids: Sequence[int], user_id: int) -> dict[int, UploadRow]:
        """Uploads of a user by id, in one statement."""
        rows = await self._database.reader.all(
            f"{SELECT} WHERE u.id IN ({marks(ids)}) AND u.user_id = ?", (*ids, user_id)
        )
        return {row["id"]: upload_of(row) for row in rows}

    async def open_of(self, user_id: int) -> list[UploadRow]:
        """Uploads of a user that are not whole yet, the oldest first, in one statement."""
        rows = await self._database.reader.all(
            f"{SELECT} WHERE u.user_id = ? AND u.state = 'receiving' ORDER BY u.id", (user_id,)
        )
        return [upload_of(row) for row in rows]

    async def offset(self, upload: UploadRow) -> int:
        """How many bytes the disk has; raises ``NotFoundError`` when they are gone, ``UnavailableError``.

        All of them, and nobody at work: then the last step is made up for, which may raise ``NameTakenError``.
        """
        upload = await self.get(upload.id, upload.user_id)
        if upload.state is UploadState.FINISHED:
            return upload.size
        try:
            found = await _arrived(upload)
        except OSError as error:
            raise translated(error) from error
        if found == upload.size and upload.id not in self._writing:
            try:
                await self._make_whole(upload)
            except NameTakenError as error:
                raise NameTakenError(error.message, offset=found) from error
        return found

    async def append(self, upload: UploadRow, piece: Piece) -> UploadRow:
        """Write a piece at the end, and make the file whole after the last one.

        Whatever ends the piece early, the error of its body included, what was written stays, unless there is a
        checksum. Raises ``WrongOffsetError``, ``UploadBusyError``, ``PieceTooLargeError``, ``ChecksumMismatchError``,
        ``DiskFullError`` and ``NameTakenError``; an empty piece at the end tries again to make the file whole.
        """
        if upload.id in self._writing:
            raise _busy()
        done = self._writing[upload.id] = asyncio.Event()
        try:
            upload = await self.get(upload.id, upload.user_id)  # as it is now that nobody else writes
            if upload.state is UploadState.FINISHED:
                if piece.offset != upload.size:
                    raise _wrong_offset(upload.size)
                return upload
            received = await self._write(upload, piece)
            if received == upload.size:
                await self._finish(upload)
            return await self.get(upload.id, upload.user_id)
        except OSError as error:
            raise translated(error) from error
        finally:
            del self._writing[upload.id]
            done.set()

    async def cancel(self, upload: UploadRow) -> None:
        """Forget an upload and its bytes; a piece on its way is waited for, for a moment (``UploadBusyError``)."""
        if (done := self._writing.get(upload.id)) is not None:
            try:
                async with asyncio.timeout(_CANCEL_PATIENCE_S):
                    await done.wait()
            except TimeoutError as error:
                raise _busy() from error
            upload = await self.get(upload.id, upload.user_id)
        await self._forget(upload.id, upload.place, upload.made_directories, upload.state)

    async def run(self) -> None:
        """Put right what a kill left, then forget what expired and scan what is whole, until cancelled."""
        try:
            await self.recover()
        except DATABASE_ERRORS as error:
            log.warning("Uploads cannot be looked after yet: %s", error)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._expire_for_ever())
            group.create_task(self._handover.run())

    async def recover(self) -> None:
        """After a start: make whole what has all its bytes, and have what became whole lately scanned once more."""
        for upload in map(upload_of, await self._database.reader.all(SELECT)):
            if upload.state is UploadState.FINISHED:
                self._handover.add(upload.library_id, upload.place.directory)
                continue
            if upload.id in self._writing:
                continue  # its sender was quicker
            try:
                await self._recover(upload)
            except (OSError, FoyerError, *DATABASE_ERRORS) as error:
                log.warning("The upload of %s cannot go on now: %s", upload.filename, error)

    async def expire(self) -> int:
        """Forget uploads nobody went on with, and those of accounts and folders that are gone; returns how many.

        Those on a disk that is away wait until it is back: their hidden files are to go with them.
        """
        rows = await self._database.reader.all(
            "SELECT u.id, u.root, u.directory, u.name, u.part, u.made_directories, u.state FROM upload u "
            "LEFT JOIN library_folder d ON d.id = u.folder_id AND d.removed_at IS NULL "
            "WHERE (u.expires_at < ? OR u.user_id IS NULL OR d.id IS NULL) AND coalesce(d.available, 1)",
            (to_instant(now()),),
        )
        gone = 0
        for row in rows:
            if row["id"] in self._writing:
                continue
            with contextlib.suppress(FoyerError):
                await self._forget(row["id"], place_of(row), row["made_directories"], UploadState(row["state"]))
                gone += 1
        return gone

    async def _write(self, upload: UploadRow, piece: Piece) -> int:
        """Write a piece; returns how many bytes there are then."""
        part, digest = PartFile(upload.place), None if piece.sha256 is None else hashlib.sha256()
        try:
            await _blocking(part.open)
            if upload.unverified_from is not None:
                await _blocking(part.cut, upload.unverified_from)
            if piece.offset != part.size:
                raise _wrong_offset(part.size)
            if digest is not None:
                await self._note(upload, part.size, unverified_from=part.size)
            is_kept = digest is None
            try:
                await self._pour(upload, piece, part, digest)
                if digest is not None and digest.digest() != piece.sha256:
                    raise ChecksumMismatchError("The piece does not match its checksum. Send it again.")
                is_kept = True
            except PieceTooLargeError:
                is_kept = False
                raise
            finally:
                if not is_kept:
                    await _blocking(part.cut, piece.offset)
                await _blocking(part.sync)
                await self._note(upload, part.size)
        except DiskFullError as error:
            raise DiskFullError(error.message, **{**error.details, "offset": part.size}) from error
        finally:
            await _blocking(part.close)
        return part.size

    async def _pour(self, upload: UploadRow, piece: Piece, part: PartFile, digest: hashlib._Hash | None) -> None:
        """From the body to the disk, a megabyte at a time; what came before the body breaks is written too."""
        waiting = bytearray()

        def write(data: bytearray) -> None:
            if digest is not None:
                digest.update(data)
            try:
                part.append(data)
            except OSError as error:
                raise translated(error) from error

        try:
            async for data in piece.body:
                if part.size + len(waiting) + len(data) > upload.size:
                    problem = f"The file was announced with {upload.size} bytes; this piece goes beyond."
                    raise PieceTooLargeError(problem, offset=piece.offset)
                waiting += data
                if len(waiting) >= _BATCH_BYTES:
                    taken, waiting = waiting, bytearray()
                    await _blocking(write, taken)
        finally:
            if waiting:
                await _blocking(write, waiting)

    async def _note(self, upload: UploadRow, received: int, *, unverified_from: int | None = None) -> None:
        await self._database.execute(
            "UPDATE upload SET received = ?, unverified_from = ?, expires_at = ? WHERE id = ?",
            (received, unverified_from, to_instant(now() + EXPIRES_AFTER), upload.id),
        )

    async def _make_whole(self, upload: UploadRow) -> None:
        """Make up for the last step of one that has all its bytes."""
        await self.append(upload, Piece(offset=upload.size, body=_nothing()))

    async def _finish(self, upload: UploadRow) -> None:
        """Make the file whole; raises ``NameTakenError`` and notes why, so that it can be tried again."""
        try:
            await _blocking(disk.publish, upload.place)
        except (OSError, NameTakenError) as error:
            problem = error if isinstance(error, FoyerError) else translated(error)
            await self._database.execute("UPDATE upload SET problem = ? WHERE id = ?", (problem.message, upload.id))
            raise
        await self._finished(upload)

    async def _finished(self, upload: UploadRow) -> None:
        await self._database.execute(
            "UPDATE upload SET state = 'finished', problem = NULL, received = size WHERE id = ?", (upload.id,)
        )
        await self._audit.record(
            AuditAction.FILE_UPLOADED,
            user_id=upload.user_id,
            subject=encode(NodeKind.LIBRARY, upload.library_id),
            name=upload.filename,
            size=upload.size,
        )
        self._handover.add(upload.library_id, upload.place.directory)

    async def _recover(self, upload: UploadRow) -> None:
        try:
            found = await _arrived(upload)
        except PartLostError:
            if await _blocking(disk.is_published, upload.place, upload.size):
                await self._finished(upload)
            elif not upload.received:  # killed before the hidden file was made
                await self._database.execute("DELETE FROM upload WHERE id = ?", (upload.id,))
            return
        await self._database.execute("UPDATE upload SET received = ? WHERE id = ?", (found, upload.id))
        if found == upload.size:
            await self._make_whole(upload)

    async def _forget(self, upload_id: int, place: Place, made: int, state: UploadState) -> None:
        if state is UploadState.RECEIVING:
            try:
                await _blocking(disk.discard, place, made)
            except OSError as error:
                raise translated(error) from error
        await self._database.execute("DELETE FROM upload WHERE id = ?", (upload_id,))

    async def _expire_for_ever(self) -> None:
        while True:
            try:
                await self.expire()
            except DATABASE_ERRORS as error:
                log.warning("Old uploads cannot be tidied away yet: %s", error)
            await asyncio.sleep(_EXPIRE_EVERY_S)

    def _check_size(self, size: int) -> None:
        limit = self._settings.integer("library.upload_limit")
        problem = None
        if size < 1:
            problem = "An empty file cannot be uploaded."
        elif size > limit:
            problem = f"The file is larger than the {limit / 1024**3:.3g} GiB that may be uploaded."
        if problem is not None:
            raise ValidationError(problem, fields={"sizeBytes": problem})

    async def _folder(self, library_id: int, folder_id: int | None) -> tuple[int, bytes]:
        """The folder to put it in; raises ``NotFoundError``, or ``UnavailableError`` for one that is away."""
        await self._libraries.get(library_id)
        rows = await self._database.reader.all(
            "SELECT id, path, available FROM library_folder WHERE library_id = ? AND removed_at IS NULL ORDER BY path",
            (library_id,),
        )
        if folder_id is not None and folder_id not in {row["id"] for row in rows}:
            raise NotFoundError("The library has no such folder.", id=folder_id)
        for row in rows:
            if row["available"] and folder_id in {None, row["id"]}:
                return row["id"], row["path"]
        raise UnavailableError("The library's folder is not there now. Is its disk connected?")

    async def _check_room(self, user_id: int, place: Place, size: int) -> None:
        """Whether there is room, with what others were promised on this disk taken off."""
        row = await self._database.reader.first(
            "SELECT sum(user_id = ?), sum(CASE WHEN root = ? THEN size - received END) FROM upload "
            "WHERE state = 'receiving'",
            (user_id, place.root),
        )
        own, promised = (0, 0) if row is None else (row[0] or 0, row[1] or 0)
        if own >= MAX_OPEN:
            raise CapacityError(f"{MAX_OPEN} of your uploads are open; finish or cancel some.", retry_after=60.0)
        try:
            left = await _blocking(disk.free, place.root)
        except OSError as error:
            raise translated(error) from error
        if size + promised > left:
            raise DiskFullError("The file does not fit on the library's disk. Make room first.", retry_after=60.0)


async def _blocking(call: Callable[..., T], *arguments: object) -> T:
    """Run in a thread; a cancelled caller waits until it is done, so that nothing is used after it was closed."""
    work = asyncio.ensure_future(asyncio.to_thread(call, *arguments))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise


async def _arrived(upload: UploadRow) -> int:
    """How many bytes there are that count; raises ``OSError`` and ``PartLostError``."""
    found = await _blocking(disk.length, upload.place)
    return found if upload.unverified_from is None else min(found, upload.unverified_from)


def _wrong_offset(offset: int) -> WrongOffsetError:
    return WrongOffsetError(f"The upload stands at {offset} bytes; go on from there.", offset=offset)


def _busy() -> UploadBusyError:
    return UploadBusyError("Another request writes to this upload now.", retry_after=1.0)


async def _nothing() -> AsyncIterator[bytes]:
    yield b""
