"""The way from the front to what answers: probes at once, files by themselves, everything else once it is loaded."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson

from foyer.api.health import Health
from foyer.api.http.listener import ASGI
from foyer.errors import UnavailableError

DIRECT_PATHS = ("/media/direct/", "/media/download/")
UPLOAD_PATH = "/media/upload/"
LOADING_PATIENCE_S = 20.0
"""How long a request that comes while the server loads waits instead of being sent away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """What answers, once it is loaded: files come and go by handlers of their own."""

    application: ASGI
    direct: ASGI
    upload: ASGI

    def find(self, scope: dict[str, Any]) -> ASGI:
        """What answers a request."""
        if scope["type"] == "http":
            if scope["path"].startswith(DIRECT_PATHS):
                return self.direct
            if scope["path"].startswith(UPLOAD_PATH):
                return self.upload
        return self.application


class Router:
    """Plain ASGI. The routes may come later than the first request."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._routes: Routes | None = None
        self._loaded = asyncio.Event()

    def open(self, routes: Routes) -> None:
        """Everything is there: answer."""
        self._routes = routes
        self._loaded.set()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Hand a request on."""
        path = scope["path"]
        if scope["type"] == "http" and path in {"/health/live", "/health/ready"}:
            await self._probe(path, send)
            return
        if not self._loaded.is_set():
            await self._wait()
        assert self._routes is not None  # noqa: S101 - set by open()
        await self._routes.find(scope)(scope, receive, send)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOADING_PATIENCE_S):
                await self._loaded.wait()
        except TimeoutError as error:
            raise UnavailableError("The server is still starting. Try again in a moment.", retry_after=5.0) from error

    async def _probe(self, path: str, send: Any) -> None:
        """``live``: the process answers. ``ready``: it can do its work."""
        is_fine = path.endswith("live") or self._health.is_ready
        body = orjson.dumps({"status": "ok" if is_fine else "starting"})
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200 if is_fine else 503, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})
