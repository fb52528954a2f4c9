"""The way from the front to what answers: probes at once, files by themselves, everything else once it is loaded."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from foyer.api.health import Health
from foyer.api.http.listener import ASGI
from foyer.errors import UnavailableError

DIRECT_PATHS = ("/media/direct/", "/media/download/")
LOADING_PATIENCE_S = 20.0
"""How long a request that comes while the server loads waits instead of being sent away."""


class Router:
    """Plain ASGI. ``application`` and ``direct`` may come later than the first request."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._application: ASGI | None = None
        self._direct: ASGI | None = None
        self._loaded = asyncio.Event()

    def open(self, *, application: ASGI, direct: ASGI) -> None:
        """Everything is there: answer."""
        self._application = application
        self._direct = direct
        self._loaded.set()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Hand a request on."""
        path = scope["path"]
        if scope["type"] == "http" and path in {"/health/live", "/health/ready"}:
            await self._probe(path, send)
            return
        if not self._loaded.is_set():
            await self._wait()
        assert self._application is not None  # noqa: S101 - set by open()
        assert self._direct is not None  # noqa: S101 - set by open()
        is_direct = scope["type"] == "http" and path.startswith(DIRECT_PATHS)
        inner = self._direct if is_direct else self._application
        await inner(scope, receive, send)

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
