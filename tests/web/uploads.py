"""Uploads of the canned server: what the contract says of them, and the bytes."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from tests.web.demo import NOW, Row

PIECE_BYTES = 8 << 20


class Uploads:
    """Every upload by its id, with what arrived of it."""

    def __init__(self) -> None:
        self.lines: dict[str, Row] = {}
        self.received: dict[str, bytearray] = {}
        self.pieces: list[tuple[str, int, int]] = []
        """The path, offset and size of every piece."""
        self.pause = 0.0
        """Seconds that each piece takes."""
        self.refusals: list[tuple[int, str]] = []
        """A status and a sentence instead of taking the next pieces."""

    def create(self, given: Row, library: Row) -> Row:
        name = f"upload-{len(self.lines)}"
        self.received[name] = bytearray()
        self.lines[name] = {
            "__typename": "Upload",
            "id": name,
            "filename": given["filename"],
            "directory": given.get("directory") or "",
            "url": f"media/upload/{name}",
            "offsetBytes": lambda _info: len(self.received[name]),
            "sizeBytes": given["sizeBytes"],
            "chunkBytes": PIECE_BYTES,
            "state": "RECEIVING",
            "problem": None,
            "createdAt": NOW,
            "expiresAt": NOW,
            "library": library,
        }
        return self.lines[name]

    def open(self) -> list[Row]:
        return [one for one in self.lines.values() if len(self.received[one["id"]]) < one["sizeBytes"]]

    def cancel(self, name: str) -> None:
        self.lines.pop(name, None)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["upload"]
        if name not in self.lines:
            return self._answer(404, "The upload is gone.", None)
        stored = self.received[name]
        if request.method == "GET":
            return self._answer(204, None, len(stored))
        body = await request.read()
        await asyncio.sleep(self.pause)
        offset = int(request.headers["Upload-Offset"])
        self.pieces.append((request.path, offset, len(body)))
        if self.refusals:
            status, problem = self.refusals.pop(0)
            return self._answer(status, problem, None)
        if offset != len(stored):
            return self._answer(409, "The piece does not begin there.", len(stored))
        stored += body
        return self._answer(204, None, len(stored))

    @staticmethod
    def _answer(status: int, problem: str | None, offset: int | None) -> web.Response:
        headers = {} if offset is None else {"Upload-Offset": str(offset)}
        body: dict[str, Any] = {} if problem is None else {"status": status, "detail": problem}
        if problem is None:
            return web.Response(status=status, headers=headers)
        return web.json_response(body, status=status, headers=headers)
