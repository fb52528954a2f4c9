"""Whole subtitle tracks as WebVTT, for players that show a file as it is."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Protocol

from quart import Blueprint, Response, request

from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.service import Accounts
from foyer.api.http.conditional import Validators, evaluate
from foyer.db.database import Database
from foyer.errors import NotFoundError
from foyer.media.cues import Cue
from foyer.media.webvtt import webvtt_file


class CueStore(Protocol):
    """Has the cues of subtitle tracks."""

    async def cues(self, subtitle_id: int) -> tuple[Cue, ...]:
        """In microseconds of the file's own timeline; raises ``NotFoundError`` or ``MediaError``."""


def subtitles(database: Database, accounts: Accounts, store: CueStore) -> Blueprint:
    """``/media/subtitle/<token>.vtt``."""
    blueprint = Blueprint("subtitles", __name__)

    @blueprint.get("/media/subtitle/<token>.vtt")
    async def track(token: str) -> Response:
        grant, principal = await accounts.media_grant(token, MediaPurpose.SUBTITLE)
        row = await database.reader.first(
            "SELECT f.library_id, f.start_us FROM subtitle AS s JOIN media_file AS f ON f.id = s.file_id "
            "WHERE s.id = ?",
            (grant.subject,),
        )
        if row is None:
            raise NotFoundError("There are no such subtitles any more.")
        principal.require_library(row["library_id"])
        # Players count from the first picture of a file, whatever time it bears.
        text = webvtt_file(await store.cues(grant.subject), row["start_us"]).encode()
        return _respond(text)

    return blueprint


def _respond(text: bytes) -> Response:
    validators = Validators(etag=f'"{hashlib.blake2b(text, digest_size=12).hexdigest()}"')
    status = evaluate(request.method, {name.lower(): value for name, value in request.headers.items()}, validators)
    response = Response(text if status is HTTPStatus.OK else b"", status=status)
    if status is HTTPStatus.OK:
        response.headers["Content-Type"] = "text/vtt; charset=utf-8"
    else:
        response.headers.pop("Content-Type", None)
    response.headers["ETag"] = validators.etag
    response.headers["Cache-Control"] = "private, no-cache"
    return response
