"""Artwork and preview sheets, behind tokens, in the widths there are."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from quart import Blueprint, Response, request

from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.service import Accounts
from foyer.api.http.conditional import Validators, evaluate
from foyer.db.database import Database
from foyer.errors import NotFoundError

IMMUTABLE = "private, max-age=604800, immutable"
"""A picture's URL changes with its bytes, and about weekly anyway."""


class Artwork(Protocol):
    """Has pictures by the hash of their bytes."""

    async def picture(self, content_hash: str, width: int) -> Path:
        """A WebP copy; raises ``NotFoundError``."""


class Sheets(Protocol):
    """Has preview sheets by file."""

    async def sheet(self, file_id: int, number: int) -> Path:
        """A WebP sheet; raises ``NotFoundError``."""


def pictures(database: Database, accounts: Accounts, artwork: Artwork, sheets: Sheets) -> Blueprint:
    """``/media/image/<token>/<width>.webp`` and ``/media/trickplay/<token>/<sheet>.webp``."""
    blueprint = Blueprint("pictures", __name__)

    @blueprint.get("/media/image/<token>/<int:width>.webp")
    async def image(token: str, width: int) -> Response:
        grant, principal = await accounts.media_grant(token, MediaPurpose.IMAGE)
        row = await database.reader.first(
            "SELECT a.content_hash, i.library_id FROM artwork AS a JOIN item AS i ON i.id = a.item_id WHERE a.id = ?",
            (grant.subject,),
        )
        if row is None:
            raise NotFoundError("There is no such picture any more.")
        principal.require_library(row["library_id"])
        path = await artwork.picture(row["content_hash"], width)
        return await _webp(path, tag=path.stem)

    @blueprint.get("/media/trickplay/<token>/<int:number>.webp")
    async def sheet(token: str, number: int) -> Response:
        grant, principal = await accounts.media_grant(token, MediaPurpose.TRICKPLAY)
        library = await database.reader.value("SELECT library_id FROM media_file WHERE id = ?", (grant.subject,))
        if not isinstance(library, int):
            raise NotFoundError("The file is no longer in the library.")
        principal.require_library(library)
        path = await sheets.sheet(grant.subject, number)
        status = await asyncio.to_thread(path.stat)
        return await _webp(path, tag=f"{status.st_mtime_ns:x}-{number}")

    return blueprint


async def _webp(path: Path, *, tag: str) -> Response:
    validators = Validators(etag=f'"{tag}"')
    status = evaluate(request.method, {name.lower(): value for name, value in request.headers.items()}, validators)
    response = Response(b"", status=status)
    if status is HTTPStatus.OK:
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError as error:
            raise NotFoundError("The picture was cleared away just now. Ask again.") from error
        response = Response(content, content_type="image/webp")
    else:
        response.headers.pop("Content-Type", None)
    response.headers["ETag"] = validators.etag
    response.headers["Cache-Control"] = IMMUTABLE
    return response
