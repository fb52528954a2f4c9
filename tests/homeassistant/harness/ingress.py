"""The Supervisor's half of ingress: from Core's request to the add-on's port, with its rules for headers and bodies.

Written from the observable behaviour of Supervisor 2026.08: identity headers of the client are replaced, answers of
less than 4,194,000 bytes are collected and sent with their length, larger ones and those without length are passed on
as they come; a request body is passed on as it comes only for ``POST`` and only with ``ingress_stream``, and is
otherwise collected up to 16 MiB; WebSocket messages may have up to 16 MiB.
"""

from __future__ import annotations

import io
import secrets
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from tests.homeassistant.harness.addon import Addon
from tests.homeassistant.harness.supervisor_core import join

COLLECTED_BYTES = 4_194_000
BODY_LIMIT = 16 * 2**20
MESSAGE_LIMIT = 16 * 2**20
SESSION_SECONDS = 15 * 60
NOT_FORWARDED = {
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "sec-websocket-key",
    "x-supervisor-token",
    "x-hassio-key",
    "x-remote-user-id",
    "x-remote-user-name",
    "x-remote-user-display-name",
}
NOT_RETURNED = {"transfer-encoding", "content-length", "content-type", "content-encoding"}


@dataclass(kw_only=True)
class Session:
    """A browser that Core vouched for."""

    until: float
    user: dict[str, Any] | None


class Ingress:
    """Sessions, and requests on their behalf."""

    def __init__(self, http: aiohttp.ClientSession, addon: Addon) -> None:
        self._http = http
        self._addon = addon
        self._sessions: dict[str, Session] = {}

    def open_session(self, user: dict[str, Any] | None) -> str:
        """A new session of a user; its id goes into the browser's cookie ``ingress_session``."""
        session_id = secrets.token_hex(64)
        self._sessions[session_id] = Session(until=time.monotonic() + SESSION_SECONDS, user=user)
        return session_id

    def valid(self, session_id: str) -> Session | None:
        """The session, whose life this lengthens, unless it ended."""
        session = self._sessions.get(session_id)
        if session is None or session.until < time.monotonic():
            return None
        session.until = time.monotonic() + SESSION_SECONDS
        return session

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """A request under ``/ingress/<token>/``."""
        session = self.valid(request.cookies.get("ingress_session", ""))
        if session is None:
            raise web.HTTPUnauthorized
        if request.match_info["token"] != self._addon.ingress_token or not self._addon.target:
            raise web.HTTPServiceUnavailable
        url = f"{self._addon.target}/{request.match_info['path']}"
        try:
            if _is_websocket(request):
                return await self._websocket(request, url, session)
            return await self._request(request, url, session)
        except aiohttp.ClientError as err:
            raise web.HTTPBadGateway from err

    async def _websocket(self, request: web.Request, url: str, session: Session) -> web.WebSocketResponse:
        asked = request.headers.get("Sec-WebSocket-Protocol", "")
        protocols = [each.strip() for each in asked.split(",") if each.strip()]
        near = web.WebSocketResponse(protocols=protocols, autoclose=False, autoping=False, max_msg_size=MESSAGE_LIMIT)
        await near.prepare(request)
        if request.query_string:
            url += f"?{request.query_string}"
        async with self._http.ws_connect(
            url,
            headers=_forwarded(request, session),
            protocols=protocols,
            autoclose=False,
            autoping=False,
            max_msg_size=MESSAGE_LIMIT,
        ) as far:
            await join(near, far)
        return near

    async def _request(self, request: web.Request, url: str, session: Session) -> web.StreamResponse:
        streams = request.method == "POST" and self._addon.manifest.get("ingress_stream")
        body = request.content if streams else io.BytesIO(await request.read())
        async with self._http.request(
            request.method,
            url,
            headers=_forwarded(request, session),
            params=request.query,
            allow_redirects=False,
            data=body,
            timeout=aiohttp.ClientTimeout(total=None),
            skip_auto_headers={"Content-Type"},
        ) as answer:
            headers = CIMultiDict(
                (name, value) for name, value in answer.headers.items() if name.lower() not in NOT_RETURNED
            )
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip() or answer.content_type
            if request.method == "HEAD" or answer.status in {204, 304}:
                if "Content-Type" in answer.headers:
                    headers["Content-Type"] = kind
                return web.Response(status=answer.status, headers=headers)
            if int(answer.headers.get("Content-Length", COLLECTED_BYTES)) < COLLECTED_BYTES:
                return web.Response(status=answer.status, headers=headers, content_type=kind, body=await answer.read())
            streamed = web.StreamResponse(status=answer.status, headers=headers)
            streamed.content_type = kind
            streamed.headers["X-Accel-Buffering"] = "no"
            await streamed.prepare(request)
            try:
                async for chunk, _ in answer.content.iter_chunks():
                    await streamed.write(chunk)
            except (aiohttp.ClientError, ConnectionError):
                # Headers are out: all that is left to say is the end.
                return streamed
            return streamed


def _is_websocket(request: web.Request) -> bool:
    return (
        request.headers.get("Upgrade", "").lower() == "websocket"
        and "upgrade" in request.headers.get("Connection", "").lower()
    )


def _forwarded(request: web.Request, session: Session) -> CIMultiDict[str]:
    headers: CIMultiDict[str] = CIMultiDict()
    if session.user is not None:
        headers["X-Remote-User-Id"] = session.user["id"]
        if session.user.get("username"):
            headers["X-Remote-User-Name"] = session.user["username"]
        if session.user.get("name"):
            headers["X-Remote-User-Display-Name"] = session.user["name"]
    for name, value in request.headers.items():
        if name.lower() not in NOT_FORWARDED:
            headers.add(name, value)
    headers["X-Forwarded-For"] = f"{request.headers.get('X-Forwarded-For')}, {request.remote}"
    return headers
