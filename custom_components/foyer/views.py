"""Passes on the bytes that Foyer's signed links open, so that every player that reaches Home Assistant can play.

A television or a cast receiver cannot sign in to Home Assistant, so this view asks nobody who they are; the token in
the path is Foyer's, opens one thing for a while, and Foyer checks it on every request. Nothing else of Foyer is
reachable here.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView

from .const import DOMAIN
from .servers import loaded_entry

TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=120)
"""A segment may have to be encoded first; a film may take hours to send."""
CHUNK: Final = 64 * 1024

_TOKEN = "[A-Za-z0-9_-]{16,512}"  # noqa: S105 - the shape of one
_PATHS: Final = re.compile(
    rf"direct/{_TOKEN}/[a-z]{{1,16}}\.[a-z0-9]{{1,8}}"
    rf"|hls/{_TOKEN}/(master\.m3u8|[A-Za-z0-9_-]{{1,64}}/(index\.m3u8|init\.mp4|[0-9]{{1,9}}\.(m4s|vtt)))"
    rf"|image/{_TOKEN}/[0-9]{{1,5}}\.webp"
    rf"|trickplay/{_TOKEN}/[0-9]{{1,6}}\.webp"
    rf"|subtitle/{_TOKEN}\.vtt"
)
_ASKED: Final = (
    "Accept",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Range",
)
_ANSWERED: Final = (
    "Accept-Ranges",
    "Cache-Control",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "ETag",
    "Expires",
    "Last-Modified",
    "Retry-After",
    "Vary",
)


def media_path(entry_id: str, foyer_path: str) -> str:
    """Where Home Assistant passes on a link of Foyer; ``foyer_path`` begins with ``media/`` as Foyer gives it."""
    return f"/api/{DOMAIN}/{entry_id}/media/{foyer_path.removeprefix('/').removeprefix('media/')}"


class MediaView(HomeAssistantView):
    """``/api/foyer/<entry>/media/<what Foyer signed>``."""

    url = f"/api/{DOMAIN}/{{entry_id}}/media/{{path:.+}}"
    name = f"api:{DOMAIN}:media"
    requires_auth = False
    cors_allowed = True

    async def get(self, request: web.Request, entry_id: str, path: str) -> web.StreamResponse:
        """Send what a link opens, or the part of it that is asked for."""
        return await self._pass_on(request, entry_id, path)

    async def head(self, request: web.Request, entry_id: str, path: str) -> web.StreamResponse:
        """Tell what ``get`` would send."""
        return await self._pass_on(request, entry_id, path)

    async def _pass_on(self, request: web.Request, entry_id: str, path: str) -> web.StreamResponse:
        coordinator = loaded_entry(request.app[KEY_HASS], entry_id)
        # Foyer's links have nothing that needs encoding: what is encoded is somebody's trick.
        if coordinator is None or not _PATHS.fullmatch(path) or "%" in request.rel_url.raw_path:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        client = coordinator.client
        headers = {name: request.headers[name] for name in _ASKED if name in request.headers}
        headers["Accept-Encoding"] = "identity"
        try:
            async with client.session.request(
                request.method,
                client.address(f"media/{path}"),
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            ) as answer:
                if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST and answer.status != 304:
                    return web.Response(status=HTTPStatus.BAD_GATEWAY)
                return await _relay(request, answer)
        except (aiohttp.ClientError, TimeoutError):
            return web.Response(status=HTTPStatus.BAD_GATEWAY)


async def _relay(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    headers = {name: answer.headers[name] for name in _ANSWERED if name in answer.headers}
    if "Content-Encoding" in answer.headers:
        headers.pop("Content-Length", None)  # a proxy packed it all the same; what is passed on is unpacked
    # These bytes stand at Home Assistant's own address: no browser may take them for a page of it.
    headers["X-Content-Type-Options"] = "nosniff"
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    if request.method == "HEAD" or answer.status == HTTPStatus.NOT_MODIFIED:
        return response
    try:
        async for chunk in answer.content.iter_chunked(CHUNK):
            await response.write(chunk)
        await response.write_eof()
    except ConnectionResetError:
        pass  # the player has seen enough
    except (aiohttp.ClientError, TimeoutError):
        # The head is sent; the only way to tell the player is to end the connection before the promised length.
        if request.transport is not None:
            request.transport.close()
    return response
