"""A stand-in for Home Assistant's ingress: a prefix, identity headers, and nothing else between browser and server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

PREFIX = "/api/hassio_ingress/Xk3v9TqLrB2w"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "host", "content-length"}
IDENTITY = {
    "X-Ingress-Path": PREFIX,
    "X-Hass-Source": "core.ingress",
    "X-Remote-User-Id": "0123456789abcdef0123456789abcdef",
    "X-Remote-User-Name": "grace",
    "X-Remote-User-Display-Name": "Grace",
}


@asynccontextmanager
async def ingress(target_port: int) -> AsyncIterator[str]:
    """Serve the prefix on a port of its own; yields the panel's URL."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        app = web.Application(client_max_size=16 * 2**20)

        async def handle(request: web.Request) -> web.StreamResponse:
            url = f"http://127.0.0.1:{target_port}/{request.match_info['path']}"
            if request.query_string:
                url += f"?{request.query_string}"
            headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
            headers = {name: value for name, value in headers.items() if not name.startswith("X-Remote")} | IDENTITY
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return await _websocket(session, request, url, headers)
            return await _http(session, request, url, headers)

        app.router.add_route("*", f"{PREFIX}/{{path:.*}}", handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            yield f"http://127.0.0.1:{port}{PREFIX}/"
        finally:
            await runner.cleanup()


async def _http(
    session: aiohttp.ClientSession, request: web.Request, url: str, headers: dict[str, str]
) -> web.StreamResponse:
    body = await request.read()
    async with session.request(request.method, url, headers=headers, data=body, allow_redirects=False) as upstream:
        response = web.StreamResponse(status=upstream.status)
        for name, value in upstream.headers.items():
            if name.lower() not in HOP_BY_HOP - {"content-length"}:
                response.headers[name] = value
        await response.prepare(request)
        async for chunk in upstream.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
        return response


async def _websocket(
    session: aiohttp.ClientSession, request: web.Request, url: str, headers: dict[str, str]
) -> web.WebSocketResponse:
    protocols = [each.strip() for each in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if each.strip()]
    near = web.WebSocketResponse(protocols=protocols)
    await near.prepare(request)
    forwarded = {name: value for name, value in headers.items() if not name.lower().startswith("sec-websocket")}
    forwarded.pop("Origin", None)
    async with session.ws_connect(url, headers=forwarded, protocols=protocols) as far:

        async def pump(source: aiohttp.ClientWebSocketResponse | web.WebSocketResponse, sink: object) -> None:
            async for message in source:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await sink.send_str(message.data)  # type: ignore[attr-defined]

        ways = {asyncio.create_task(pump(near, far)), asyncio.create_task(pump(far, near))}
        _, pending = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
    await near.close()
    return near
