"""What an upload is, and how its row reads."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from foyer.db.fields import from_instant
from foyer.ids import LibraryId, UploadId, UserId
from foyer.library.files import shown
from foyer.library.uploads.disk import Place

PIECE_BYTES = 8 * 1024 * 1024
"""The most one request may bring: what every proxy on the way through Home Assistant lets pass."""


class UploadState(StrEnum):
    """How far an upload is."""

    RECEIVING = "receiving"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRow:
    """An upload."""

    id: UploadId
    user_id: UserId
    library_id: LibraryId
    place: Place
    size: int
    received: int
    state: UploadState
    problem: str | None
    """Why it could not be made whole, in words."""
    unverified_from: int | None
    """What lies behind this is of a piece whose checksum was not reached: it counts for nothing."""
    made_directories: int
    created_at: datetime
    expires_at: datetime

    @property
    def filename(self) -> str:
        """The file's name as text."""
        return shown(self.place.name)

    @property
    def directory(self) -> str:
        """The folders below the library's folder as text, with slashes between them."""
        return shown(b"/".join(self.place.directories))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """What somebody wants to send, as they said it."""

    library_id: int
    folder_id: int | None
    """One of the library's folders; ``None`` for the first that is there."""
    directory: str
    filename: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of the file as it comes in."""

    offset: int
    body: AsyncIterator[bytes]
    sha256: bytes | None = None


SELECT = (
    "SELECT u.id, u.user_id, u.library_id, u.root, u.directory, u.name, u.part, u.size, u.received, u.unverified_from, "
    "u.state, u.problem, u.made_directories, u.created_at, u.expires_at FROM upload u "
    "JOIN library_folder d ON d.id = u.folder_id AND d.removed_at IS NULL"
)
"""The uploads whose folder belongs to a library."""


def place_of(row: sqlite3.Row) -> Place:
    """Where an upload is, by its row."""
    directory: bytes = row["directory"]
    directories = tuple(directory.split(b"/")) if directory else ()
    return Place(root=row["root"], directories=directories, name=row["name"], part=row["part"])


def upload_of(row: sqlite3.Row) -> UploadRow:
    """An upload, by its row as ``SELECT`` has it."""
    return UploadRow(
        id=row["id"],
        user_id=row["user_id"],
        library_id=row["library_id"],
        place=place_of(row),
        size=row["size"],
        received=row["received"],
        state=UploadState(row["state"]),
        problem=row["problem"],
        unverified_from=row["unverified_from"],
        made_directories=row["made_directories"],
        created_at=from_instant(row["created_at"]),
        expires_at=from_instant(row["expires_at"]),
    )
