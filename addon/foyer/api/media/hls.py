"""HLS over HTTP: playlists and segments below a media token. Everything below the token is relative and opaque."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

from quart import Blueprint, Response, request

from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.service import Accounts
from foyer.api.http.conditional import Validators, evaluate
from foyer.db.database import Database
from foyer.errors import ForbiddenError, NotFoundError
from foyer.ids import FileId
from foyer.streaming.grant import StreamGrant
from foyer.streaming.options import StreamOptions
from foyer.streaming.service import Body, StreamingService

_IMMUTABLE = "private, max-age=86400, immutable"
_REVALIDATE = "private, no-cache"
Authorize = Callable[[str], Awaitable[StreamGrant]]


class StreamAuthority:
    """Reads media tokens for streaming, and asks on every request whether their user may still see the file."""

    def __init__(self, accounts: Accounts, database: Database, *, is_stopped: Callable[[str], bool]) -> None:
        """``is_stopped(viewer)`` tells of viewers whose playback somebody ended from afar."""
        self._accounts = accounts
        self._database = database
        self._is_stopped = is_stopped

    async def __call__(self, token: str) -> StreamGrant:
        """What a token grants. Raises ``ForbiddenError``, or ``NotFoundError`` for a file that is gone or hidden."""
        grant, principal = await self._accounts.media_grant(token, MediaPurpose.HLS)
        viewer = str(grant.session)
        if self._is_stopped(viewer):
            raise ForbiddenError("Playback was stopped. Open the title again.", reason="stopped")
        library = await self._database.reader.value("SELECT library_id FROM media_file WHERE id = ?", (grant.subject,))
        if not isinstance(library, int):
            raise NotFoundError("The file is no longer in the library.")
        principal.require_library(library)
        options = StreamOptions.from_text(grant.options.decode("ascii", "replace"))
        return StreamGrant(file_id=FileId(grant.subject), viewer=viewer, options=options)


def hls_blueprint(streaming: StreamingService, authorize: Authorize) -> Blueprint:
    """The routes below ``/media/hls``."""
    blueprint = Blueprint("hls", __name__, url_prefix="/media/hls/<token>")

    @blueprint.get("/master.m3u8")
    async def master(token: str) -> Response:
        return await _respond(await streaming.master_playlist(await authorize(token)))

    @blueprint.get("/<rendition>/index.m3u8")
    async def playlist(token: str, rendition: str) -> Response:
        return await _respond(await streaming.media_playlist(await authorize(token), rendition))

    @blueprint.get("/<rendition>/init.mp4")
    async def init(token: str, rendition: str) -> Response:
        grant = await authorize(token)
        return await _answer(lambda: streaming.init_segment(grant, rendition))

    @blueprint.get("/<rendition>/<int:number>.m4s")
    @blueprint.get("/<rendition>/<int:number>.vtt")
    async def segment(token: str, rendition: str, number: int) -> Response:
        grant = await authorize(token)
        return await _answer(lambda: streaming.segment(grant, rendition, number))

    return blueprint


async def _answer(make: Callable[[], Awaitable[Body]]) -> Response:
    try:
        return await _respond(await make())
    except FileNotFoundError:
        # Evicted between being found and being read: it is made again.
        return await _respond(await make())


async def _respond(body: Body) -> Response:
    validators = Validators(etag=f'"{body.etag}"')
    status = evaluate(request.method, {name.lower(): value for name, value in request.headers}, validators)
    if status is HTTPStatus.NOT_MODIFIED:
        response = Response("", status=HTTPStatus.NOT_MODIFIED)
        del response.headers["Content-Type"]
    elif status is HTTPStatus.PRECONDITION_FAILED:
        return Response("", status=HTTPStatus.PRECONDITION_FAILED)
    else:
        response = Response(await _read(body), content_type=body.content_type)
    response.headers["ETag"] = validators.etag
    response.headers["Cache-Control"] = _IMMUTABLE if body.immutable else _REVALIDATE
    return response


async def _read(body: Body) -> bytes:
    if isinstance(body.content, Path):
        return await asyncio.to_thread(body.content.read_bytes)
    return body.content
