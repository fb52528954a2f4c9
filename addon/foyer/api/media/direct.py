"""Direct play: a media file as it is, by range, without its bytes ever passing through Python.

Plain ASGI beside the application, because the zero-copy extension needs the server's own ``send``.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.service import Accounts
from foyer.api.http.conditional import evaluate, range_applies
from foyer.api.http.problems import CONTENT_TYPE, of_status
from foyer.api.media import ranges
from foyer.api.media.opening import OpenFile, open_inside
from foyer.db.database import Database
from foyer.errors import ForbiddenError, NotFoundError
from foyer.logs import REQUEST_ID
from foyer.playback.links import EXTENSIONS

CHUNK = 256 * 1024
CACHE_CONTROL = "private, max-age=3600, no-transform"
ZERO_COPY = "http.response.zerocopysend"
_PATH = re.compile(r"/media/(?P<purpose>direct|download)/(?P<token>[A-Za-z0-9_-]+)/[a-z]{1,16}\.[a-z0-9]{1,8}")
_PURPOSES = {"direct": MediaPurpose.DIRECT, "download": MediaPurpose.DOWNLOAD}

Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """Where a file is and what it is called."""

    path: bytes
    root: bytes
    library_id: int
    container: str | None

    @property
    def content_type(self) -> str:
        """By what a probe found in it, never by its name."""
        return EXTENSIONS.get(self.container or "", ("bin", "application/octet-stream"))[1]


class DirectPlay:
    """Answers ``/media/direct/<token>/file.<ext>`` and ``/media/download/<token>/file.<ext>``."""

    def __init__(
        self, database: Database, accounts: Accounts, *, is_stopped: Callable[[str], bool] = lambda _: False
    ) -> None:
        """``is_stopped(viewer)`` tells of viewers whose playback somebody ended from afar."""
        self._database = database
        self._accounts = accounts
        self._is_stopped = is_stopped

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Handle one request."""
        match = _PATH.fullmatch(scope["path"])
        if match is None:
            raise NotFoundError("There is nothing here.")
        purpose = _PURPOSES[match["purpose"]]
        grant, principal = await self._accounts.media_grant(match["token"], purpose)
        if self._is_stopped(str(grant.session)):
            raise ForbiddenError("Playback was stopped. Open the title again.", reason="stopped")
        if scope["method"] == "OPTIONS":
            await _start(send, HTTPStatus.NO_CONTENT, _preflight())
            await _finish(send)
            return
        if scope["method"] not in {"GET", "HEAD"}:
            await _problem(send, HTTPStatus.METHOD_NOT_ALLOWED, [("allow", "GET, HEAD, OPTIONS")])
            return
        located = await self._locate(grant.subject)
        principal.require_library(located.library_id)
        with await asyncio.to_thread(open_inside, located.path, located.root) as file:
            await _Answer(scope=scope, send=send, file=file, located=located, purpose=purpose).run()

    async def _locate(self, file_id: int) -> Located:
        row = await self._database.reader.first(
            "SELECT f.path, f.library_id, f.container, d.path AS root FROM media_file AS f "
            "JOIN library_folder AS d ON d.id = f.folder_id WHERE f.id = ?",
            (file_id,),
        )
        if row is None:
            raise NotFoundError("The file is no longer in the library.")
        return Located(path=row["path"], root=row["root"], library_id=row["library_id"], container=row["container"])


@dataclass(slots=True, kw_only=True)
class _Answer:
    """One file's answer to one request."""

    scope: dict[str, Any]
    send: Send
    file: OpenFile
    located: Located
    purpose: MediaPurpose

    async def run(self) -> None:
        asked = _by_name(self.scope["headers"])
        method = self.scope["method"]
        status = evaluate(method, asked, self.file.validators)
        if status is HTTPStatus.NOT_MODIFIED:
            await _start(self.send, status, self._headers())
            await _finish(self.send)
        elif status is HTTPStatus.PRECONDITION_FAILED:
            await _problem(self.send, status, [])
        else:
            # Ranges are defined for GET only (RFC 9110 §14.2).
            field = asked.get("range") if method == "GET" and range_applies(asked, self.file.validators) else None
            await self._send_ranges(ranges.parse(field, self.file.size))

    async def _send_ranges(self, wanted: tuple[ranges.ByteRange, ...] | None) -> None:
        size = self.file.size
        if wanted is None:
            headers = [("content-type", self.located.content_type), ("content-length", str(size))]
            await _start(self.send, HTTPStatus.OK, self._headers(*headers))
            if self.scope["method"] == "GET":
                await self._part(ranges.ByteRange(start=0, end=size))
        elif not wanted:
            await _problem(
                self.send, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, [("content-range", f"bytes */{size}")]
            )
            return
        elif len(wanted) == 1:
            await _start(
                self.send,
                HTTPStatus.PARTIAL_CONTENT,
                self._headers(
                    ("content-type", self.located.content_type),
                    ("content-length", str(wanted[0].length)),
                    ("content-range", wanted[0].content_range(size)),
                ),
            )
            await self._part(wanted[0])
        else:
            await self._send_multipart(ranges.multipart(wanted, size=size, content_type=self.located.content_type))
        await _finish(self.send)

    async def _send_multipart(self, body: ranges.Multipart) -> None:
        headers = [("content-type", body.content_type), ("content-length", str(body.length))]
        await _start(self.send, HTTPStatus.PARTIAL_CONTENT, self._headers(*headers))
        for head, part in zip(body.heads, body.parts, strict=True):
            await self.send({"type": "http.response.body", "body": head, "more_body": True})
            await self._part(part)
        await self.send({"type": "http.response.body", "body": body.tail, "more_body": True})

    async def _part(self, part: ranges.ByteRange) -> None:
        if ZERO_COPY in self.scope.get("extensions", {}):
            await self.send(
                {
                    "type": ZERO_COPY,
                    "file": self.file.descriptor,
                    "offset": part.start,
                    "count": part.length,
                    "more_body": True,
                }
            )
            return
        position = part.start
        while position < part.end:
            wanted = min(CHUNK, part.end - position)
            chunk = await asyncio.to_thread(os.pread, self.file.descriptor, wanted, position)
            if not chunk:
                raise OSError("the file became shorter while it was sent")
            await self.send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(0)  # a send to a client that left never waits, and would hold the loop
            position += len(chunk)

    def _headers(self, *more: tuple[str, str]) -> Headers:
        found = [
            ("accept-ranges", "bytes"),
            ("cache-control", CACHE_CONTROL),
            *self.file.validators.headers(),
            *more,
        ]
        if self.purpose is MediaPurpose.DOWNLOAD:
            name = os.fsdecode(self.located.path.rpartition(b"/")[2]).encode("utf-8", "replace").decode()
            found.append(("content-disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}"))
        return found


def _by_name(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Fields by lower-case name; repeated ones joined by commas (RFC 9110 §5.3)."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _preflight() -> Headers:
    return [
        ("allow", "GET, HEAD, OPTIONS"),
        ("access-control-allow-methods", "GET, HEAD"),
        ("access-control-allow-headers", "range, if-range"),
        ("access-control-max-age", "86400"),
    ]


async def _start(send: Send, status: HTTPStatus, headers: Headers) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status.value, "headers": encoded})


async def _finish(send: Send) -> None:
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _problem(send: Send, status: HTTPStatus, headers: Headers) -> None:
    body = of_status(status.value).body(REQUEST_ID.get() or "-")
    fields = [*headers, ("content-type", CONTENT_TYPE), ("content-length", str(len(body)))]
    await _start(send, status, fields)
    await send({"type": "http.response.body", "body": body, "more_body": False})
