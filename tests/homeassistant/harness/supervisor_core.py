"""How the stand-in Supervisor speaks to Core: with the refresh token Core gave it, as the system user "Supervisor".

Core 2026 gives it no token but lets it in by a socket in the file system, whoever speaks there.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web


class CoreAccess:
    """Requests to Core in the Supervisor's name."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.url = ""
        self._http = http
        self._socket: aiohttp.ClientSession | None = None
        self.refresh_token: str | None = None
        self._access: tuple[str, float] | None = None

    def enter_by(self, socket: Path) -> None:
        """Use Core's own socket, as since 2026."""
        self._socket = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket)))

    async def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            await self._socket.close()

    @property
    def http(self) -> aiohttp.ClientSession:
        return self._socket or self._http

    def trust(self, refresh_token: str) -> None:
        """Core started and said how to speak to it."""
        self.refresh_token = refresh_token
        self._access = None

    async def token(self) -> str:
        """An access token, empty where none is needed; fails as the real one does while Core is away."""
        if self._socket is not None:
            return ""
        if self.refresh_token is None:
            raise web.HTTPBadGateway
        if self._access is None or self._access[1] < time.monotonic():
            form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
            async with self.http.post(f"{self.url}/auth/token", data=form, timeout=_in(30)) as answer:
                if answer.status != 200:
                    raise web.HTTPBadGateway
                granted = await answer.json()
            self._access = (granted["access_token"], time.monotonic() + granted["expires_in"] - 60)
        return self._access[0]

    async def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **extra: Any
    ) -> aiohttp.ClientResponse:
        """A request whose answer the caller releases."""
        token = await self.token()
        credentials = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.http.request(method, f"{self.url}{path}", headers=(headers or {}) | credentials, **extra)

    async def push(self, method: str, path: str, body: dict[str, Any]) -> int | None:
        """Tell Core something; what Core is not there to hear it asks for when it starts."""
        try:
            async with await self.request(method, path, json=body, timeout=_in(10)) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, web.HTTPBadGateway):
            return None

    async def websocket(self) -> aiohttp.ClientWebSocketResponse:
        """Core's WebSocket API, already signed in."""
        token = await self.token()
        socket = await self.http.ws_connect(f"{self.url}/api/websocket", max_msg_size=0)
        answer = await socket.receive_json()
        if answer["type"] == "auth_required":
            await socket.send_json({"type": "auth", "access_token": token})
            answer = await socket.receive_json()
        if answer["type"] != "auth_ok":
            await socket.close()
            raise web.HTTPBadGateway
        return socket

    async def user(self, user_id: str) -> dict[str, Any] | None:
        """Who a user is; the Supervisor asks when an ingress session is made, and remembers it for its life."""
        try:
            socket = await self.websocket()
            try:
                await socket.send_json({"id": 1, "type": "config/auth/list"})
                users = (await socket.receive_json(timeout=10))["result"]
            finally:
                await socket.close()
        except (aiohttp.ClientError, TimeoutError, web.HTTPBadGateway):
            return None
        return next((user for user in users if user["id"] == user_id), None)


async def pump(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    sink: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    """Hand on every message in one direction."""
    async for message in source:
        match message.type:
            case aiohttp.WSMsgType.TEXT:
                await sink.send_str(message.data)
            case aiohttp.WSMsgType.BINARY:
                await sink.send_bytes(message.data)
            case aiohttp.WSMsgType.PING:
                await sink.ping(message.data)
            case aiohttp.WSMsgType.PONG:
                await sink.pong(message.data)


async def join(
    near: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    far: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    """Hand on messages both ways until one side leaves."""
    ways = {asyncio.create_task(pump(near, far)), asyncio.create_task(pump(far, near))}
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


def _in(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds)
