"""A streaming service behind a real HTTP server on a port of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

from foyer.api.http.application import create
from foyer.api.media.hls import hls_blueprint
from foyer.errors import NotFoundError
from foyer.events.topics import TranscodeEventKind, TranscodePayload
from foyer.gpu import Admission
from foyer.ids import FileId
from foyer.media.cues import Cue
from foyer.media.runner import Runner
from foyer.streaming.cache import SegmentCache
from foyer.streaming.grant import StreamGrant
from foyer.streaming.limits import StreamingLimits
from foyer.streaming.options import StreamOptions
from foyer.streaming.service import StreamingService
from foyer.streaming.source import MediaSource


class Shelf:
    """A catalog of a few clips, and their subtitles."""

    def __init__(self, sources: Sequence[MediaSource], cues: Sequence[Cue]) -> None:
        self.sources = {source.file_id: source for source in sources}
        self._cues = tuple(cues)

    async def source(self, file_id: FileId) -> MediaSource:
        if file_id not in self.sources:
            raise NotFoundError("There is no such file.")
        return self.sources[file_id]

    async def cues(self, subtitle_id: int) -> tuple[Cue, ...]:  # noqa: ARG002
        return self._cues


@asynccontextmanager
async def service(
    cache: Path,
    *sources: MediaSource,
    programs: tuple[str, ...] = ("ffmpeg",),
    limits: StreamingLimits | None = None,
    budget: int = 10**10,
    free_floor: int = 0,
    places: int = 4,
    cues: Sequence[Cue] = (),
    runner: Runner | None = None,
    news: list[tuple[TranscodeEventKind, TranscodePayload]] | None = None,
) -> AsyncIterator[StreamingService]:
    """A service over some clips; ``news`` takes what it tells."""
    told = [] if news is None else news
    shelf = Shelf(sources, cues)

    async def find() -> tuple[str, ...]:
        return programs

    async with StreamingService(
        catalog=shelf,
        cues=shelf,
        cache=SegmentCache(cache, budget=lambda: budget, free_floor=free_floor),
        admission=Admission(limit=lambda: places, patience_s=0.5),
        runner=runner or Runner(),
        programs=find,
        preset=lambda: "ultrafast",
        tell=lambda kind, payload: told.append((kind, payload)),
        limits=limits,
    ) as running:
        yield running


class CountingRunner(Runner):
    """A runner that remembers what it started."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[tuple[str, ...]] = []

    def start(self, argv: Any, **options: Any) -> Any:
        self.started.append(tuple(map(str, argv)))
        return super().start(argv, **options)

    def heads(self, option: str) -> list[tuple[str, ...]]:
        """Heads with an option: ``-vf`` for video, ``-af`` for audio."""
        return [argv for argv in self.started if option in argv]


def grant(viewer: str = "viewer", options: StreamOptions | None = None, file_id: int = 1) -> StreamGrant:
    return StreamGrant(file_id=FileId(file_id), viewer=viewer, options=options or StreamOptions())


@dataclass(frozen=True)
class Address:
    """Where a served clip is."""

    port: int

    def master(self, options: StreamOptions, *, viewer: str = "viewer", file_id: int = 1) -> str:
        return f"{self.base(options, viewer=viewer, file_id=file_id)}/master.m3u8"

    def base(self, options: StreamOptions, *, viewer: str = "viewer", file_id: int = 1) -> str:
        return f"http://127.0.0.1:{self.port}/media/hls/{file_id}~{viewer}~{options.to_text()}"


async def _authorize(token: str) -> StreamGrant:
    file_id, viewer, options = token.split("~")
    return grant(viewer, StreamOptions.from_text(options), int(file_id))


@asynccontextmanager
async def served(streaming: StreamingService, app: Quart | None = None) -> AsyncIterator[Address]:
    """Serve it on a free port."""
    app = app or create()
    app.register_blueprint(hls_blueprint(streaming, _authorize))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.errorlog = config.accesslog = None
    config.graceful_timeout = 0.2
    stop = asyncio.Event()
    server = asyncio.create_task(serve(_with_context(app), config, shutdown_trigger=stop.wait))
    try:
        yield Address(port)
    finally:
        stop.set()
        await server


def _with_context(app: Quart) -> Any:
    """What the front does for error documents."""

    async def inner(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scope.setdefault("state", {})["context"] = SimpleNamespace(request_id="test")
        await app(scope, receive, send)  # type: ignore[arg-type]

    return inner
