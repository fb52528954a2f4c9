"""The bytes of uploads: ``media/upload/<token>``, in the manner of tus 1.0 (https://tus.io/protocols/resumable-upload).

``HEAD`` tells the offset, ``PATCH`` goes on from there, ``DELETE`` gives up; ``GET`` is ``HEAD`` for those behind Home
Assistant's ingress, which has no ``HEAD``. Plain ASGI beside the application, so that
a piece goes to the disk as it comes in and is never whole in memory.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Any

from foyer.api.http import headers as header
from foyer.api.http.limits import BodyTooLargeError, BodyTooSlowError
from foyer.api.http.problems import CONTENT_TYPE, Problem, from_error
from foyer.api.uploading import UploadDesk
from foyer.errors import FoyerError, NotFoundError, ValidationError
from foyer.library.uploads.model import PIECE_BYTES, Piece, UploadRow
from foyer.library.uploads.service import Uploads
from foyer.logs import REQUEST_ID

VERSION = "1.0.0"
BODY_TYPE = "application/offset+octet-stream"
_PATH = re.compile(r"/media/upload/(?P<token>[A-Za-z0-9_-]+)")
_METHODS = "GET, HEAD, PATCH, DELETE, OPTIONS"
_LONGEST_NUMBER = 18
_DRAIN_S = 30.0

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[str, str]]


class ClientLeftError(Exception):
    """The connection broke in the middle of a piece."""


class UploadRoute:
    """Answers ``/media/upload/<token>``."""

    def __init__(self, uploads: Uploads, desk: UploadDesk) -> None:
        self._uploads = uploads
        self._desk = desk

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Handle one request."""
        body = Body(receive)
        try:
            status, headers = await self._answer(scope, body)
        except ClientLeftError:
            return
        except FoyerError as error:
            await _drain(body)
            await _refuse(send, from_error(error), _state_of(error))
        else:
            await _reply(send, status, headers)

    async def _answer(self, scope: dict[str, Any], body: Body) -> tuple[HTTPStatus, Headers]:
        if (match := _PATH.fullmatch(scope["path"])) is None:
            raise NotFoundError("There is nothing here.")
        if scope["method"] == "OPTIONS":
            return HTTPStatus.NO_CONTENT, _abilities()
        upload = await self._desk.opened(match["token"])
        _check_version(scope)
        match scope["method"]:
            case "HEAD" | "GET":
                return HTTPStatus.NO_CONTENT, _progress(upload, await self._uploads.offset(upload))
            case "PATCH":
                upload = await self._uploads.append(upload, read_piece(scope, body))
                return HTTPStatus.NO_CONTENT, _progress(upload, upload.received)
            case "DELETE":
                await self._uploads.cancel(upload)
                return HTTPStatus.NO_CONTENT, []
        raise MethodRefusedError("This address takes GET, HEAD, PATCH and DELETE.")


class MethodRefusedError(FoyerError):
    """Another method than those of an upload."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


class VersionRefusedError(FoyerError):
    """The client speaks another version of tus."""

    code = "PRECONDITION_FAILED"
    status = 412


class TypeRefusedError(FoyerError):
    """The body is not a piece of an upload."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class MalformedError(ValidationError):
    """A header is missing or is not what it should be."""

    status = 400


def read_piece(scope: dict[str, Any], body: Body) -> Piece:
    """What a request brings, by its headers, with the body still to be read; raises ``FoyerError``."""
    if _one(scope, b"content-type") != BODY_TYPE:
        raise TypeRefusedError(f"Send the piece with the header Content-Type: {BODY_TYPE}.")
    offset = _one(scope, b"upload-offset")
    if offset is None or not (offset.isascii() and offset.isdigit() and len(offset) <= _LONGEST_NUMBER):
        raise MalformedError("Say with the header Upload-Offset where the piece begins, in bytes.")
    return Piece(offset=int(offset), body=aiter(body), sha256=_checksum(_one(scope, b"upload-checksum")))


class Body:
    """The body of a request as it comes in; may be read on where somebody stopped."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_more = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Its bytes; raises ``ClientLeftError``."""
        while self._has_more:
            message = await self._receive()
            self._has_more = message["type"] == "http.request" and message.get("more_body", False)
            if message["type"] != "http.request":
                raise ClientLeftError
            if message.get("body"):
                yield message["body"]


async def _drain(body: Body) -> None:
    """Take in what is left of the body: a connection that closes while its client still sends breaks the answer."""
    with contextlib.suppress(TimeoutError, ClientLeftError, BodyTooLargeError, BodyTooSlowError):
        async with asyncio.timeout(_DRAIN_S):
            async for _ in body:
                pass


def _checksum(given: str | None) -> bytes | None:
    """``sha256 <base64>``, as the checksum extension of tus has it."""
    if given is None:
        return None
    algorithm, _, value = given.partition(" ")
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if algorithm.lower() not in {"sha256", "sha-256"} or len(digest) != 32:
        raise MalformedError("Upload-Checksum takes sha256 and the checksum in base64.")
    return digest


def _check_version(scope: dict[str, Any]) -> None:
    if _one(scope, b"tus-resumable") not in {None, VERSION}:
        raise VersionRefusedError(f"This server speaks tus {VERSION}.")


def _one(scope: dict[str, Any], name: bytes) -> str | None:
    """A header that may stand once; raises ``MalformedError`` when it stands twice."""
    found = header.values(scope["headers"], name)
    if len(found) > 1:
        raise MalformedError(f"The header {name.decode()} may stand only once.")
    return found[0] if found else None


def _progress(upload: UploadRow, offset: int) -> Headers:
    expires = upload.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return [("upload-offset", str(offset)), ("upload-length", str(upload.size)), ("upload-expires", expires)]


def _state_of(error: FoyerError) -> Headers:
    headers: Headers = [("allow", _METHODS)] if isinstance(error, MethodRefusedError) else []
    if isinstance(error, VersionRefusedError):
        headers.append(("tus-version", VERSION))
    if isinstance(offset := error.details.get("offset"), int):
        headers.append(("upload-offset", str(offset)))
    return headers


def _abilities() -> Headers:
    return [
        ("allow", _METHODS),
        ("tus-version", VERSION),
        ("tus-extension", "checksum,expiration,termination"),
        ("tus-checksum-algorithm", "sha256"),
        ("tus-max-chunk-size", str(PIECE_BYTES)),
    ]


async def _refuse(send: Send, problem: Problem, headers: Headers) -> None:
    body = problem.body(REQUEST_ID.get() or "-")
    fields = [*headers, *problem.headers, ("content-type", CONTENT_TYPE), ("content-length", str(len(body)))]
    await _start(send, problem.status, fields)
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _reply(send: Send, status: HTTPStatus, headers: Headers) -> None:
    await _start(send, status.value, headers)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _start(send: Send, status: int, headers: Headers) -> None:
    fields = [("tus-resumable", VERSION), ("cache-control", "no-store"), *headers]
    encoded = [(name.encode(), value.encode()) for name, value in fields]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
