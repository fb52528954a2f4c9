"""A server that answers the contract from a House: the built UI, GraphQL over POST and WebSocket, pictures and clips.

It runs in a thread of its own, so that tests may drive a browser in theirs. What a test wants different it puts into
``answers`` (root fields, before the house's own), ``failing`` (root fields that answer an error) or ``tokens``.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Self

from aiohttp import WSMsgType, web
from graphql import ExecutionResult, GraphQLError, build_schema, execute, parse, subscribe, validate

from tests.web.answers import Answers
from tests.web.demo import House

POLICY = "; ".join(
    [
        *("default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:"),
        *("media-src 'self' blob:", "connect-src 'self'", "worker-src 'self' blob:", "font-src 'self'"),
        *("base-uri 'self'", "form-action 'none'", "frame-ancestors 'self'"),
    ]
)
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{width}">
<defs><linearGradient id="g" x2=".4" y2="1"><stop stop-color="hsl({hue} 48% 46%)"/>
<stop offset=".55" stop-color="hsl({second} 52% 24%)"/>
<stop offset="1" stop-color="hsl({second} 60% 9%)"/></linearGradient></defs>
<rect width="{w}" height="{h}" fill="url(#g)"/>
<circle cx="{cx}" cy="{cy}" r="{r}" fill="hsl({third} 80% 72%)" opacity=".75"/>
<path d="M0 {low} Q{q} {up} {half} {low} T{w} {low} V{h} H0Z" fill="hsl({second} 55% 7%)" opacity=".8"/></svg>"""


class Canned:
    """The server. Enter it to start it on a free port; ``base`` is its address."""

    def __init__(self, *, schema: Path, dist: Path, media: Path, house: House) -> None:
        self.schema = build_schema(schema.read_text())
        self.dist, self.media = dist, media
        self.answers = Answers(house)
        self.operations: list[tuple[str, dict[str, Any]]] = []
        self.failing: set[str] = set()
        self.token: str | None = None
        self.base = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def asked(self, field: str) -> list[dict[str, Any]]:
        """The variables of every operation so far with this root field."""
        return [variables for name, variables in self.operations if name == field]

    def publish(self, field: str, event: dict[str, Any]) -> None:
        """Send an event to everyone who subscribed to a field."""
        self._loop.call_soon_threadsafe(self.answers.publish, field, event)

    async def _start(self) -> None:
        app = web.Application(client_max_size=16 << 20)
        for prefix in ("", "/api/hassio_ingress/abc"):
            app.router.add_get(prefix + "/", self._page)
            app.router.add_post(prefix + "/graphql", self._graphql)
            app.router.add_get(prefix + "/graphql", self._socket)
            app.router.add_get(prefix + "/images/{item}/{shape}/{hue}/{file}", self._picture)
            app.router.add_get(prefix + "/media/upload/{upload}", self.answers.uploads.handle, allow_head=False)
            app.router.add_patch(prefix + "/media/upload/{upload}", self.answers.uploads.handle)
            app.router.add_static(prefix + "/media", self.media)
            app.router.add_static(prefix + "/assets", self.dist / "assets")
            app.router.add_get(prefix + "/icon.svg", self._icon)
        app.router.add_get("/app/foyer{place:.*}", self._home_assistant)
        app.router.add_get("/lovelace/films", self._home_assistant)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.SockSite(self._runner, self._listener).start()
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    async def _stop(self) -> None:
        assert self._runner
        # asyncio never closes what it accepts while its server closes: let no more in, and let in who came.
        self._loop.remove_reader(self._listener)
        await asyncio.sleep(0.02)
        await self._runner.cleanup()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _page(self, request: web.Request) -> web.Response:
        text = (self.dist / "index.html").read_text().replace('<base href="./">', f'<base href="{request.path}">')
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    async def _icon(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(self.dist / "icon.svg")

    async def _home_assistant(self, _: web.Request) -> web.Response:
        return web.Response(text=(Path(__file__).parent / "frame.html").read_text(), content_type="text/html")

    async def _graphql(self, request: web.Request) -> web.Response:
        body = await request.json()
        document = parse(body["query"])
        field = document.definitions[0].selection_set.selections[0].name.value  # type: ignore[attr-defined]
        self.operations.append((field, body.get("variables") or {}))
        if errors := validate(self.schema, document):
            return web.json_response({"errors": [{"message": str(error)} for error in errors]}, status=400)
        if field in self.failing:
            return web.json_response(
                {"errors": [{"message": "The disk is gone.", "extensions": {"code": "UNAVAILABLE"}}]}
            )
        open_to_all = field in {"server", "login", "refreshTokens", "completeSetup"}
        authorised = self.token is None or request.headers.get("Authorization") == f"Bearer {self.token}"
        if not authorised and not open_to_all:
            return web.json_response(
                {"errors": [{"message": "Log in.", "extensions": {"code": "UNAUTHENTICATED"}}]}, status=401
            )
        result = execute(
            self.schema, document, root_value=self.answers.root(authorised), variable_values=body.get("variables")
        )
        if not isinstance(result, ExecutionResult):
            result = await result
        return web.json_response(
            {"data": result.data, **({"errors": [e.formatted for e in result.errors]} if result.errors else {})}
        )

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=["graphql-transport-ws"])
        await socket.prepare(request)
        async with asyncio.TaskGroup() as tasks:
            running: dict[str, asyncio.Task[None]] = {}
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
                data = json.loads(message.data)
                if data["type"] == "connection_init":
                    await socket.send_json({"type": "connection_ack"})
                elif data["type"] == "ping":
                    await socket.send_json({"type": "pong"})
                elif data["type"] == "subscribe":
                    running[data["id"]] = tasks.create_task(self._stream(socket, data["id"], data["payload"]))
                elif data["type"] == "complete" and (task := running.pop(data["id"], None)):
                    task.cancel()
            for task in running.values():
                task.cancel()
        return socket

    async def _stream(self, socket: web.WebSocketResponse, stream: str, payload: dict[str, Any]) -> None:
        root = self.answers.streams()
        found = subscribe(self.schema, parse(payload["query"]), root, variable_values=payload.get("variables"))
        events = await found if isinstance(found, Awaitable) else found
        if isinstance(events, ExecutionResult):
            raise GraphQLError(str(events.errors))
        async for event in events:
            await socket.send_json({"id": stream, "type": "next", "payload": {"data": event.data}})

    async def _picture(self, request: web.Request) -> web.Response:
        hue = int(request.match_info["hue"]) * 7 % 360
        w, h = {"poster": (200, 300), "thumb": (320, 180), "backdrop": (640, 360)}[request.match_info["shape"]]
        text = PICTURE.format(
            w=w,
            h=h,
            width=request.match_info["file"].removesuffix(".svg"),
            hue=hue,
            second=(hue + 50) % 360,
            third=(hue + 150) % 360,
            cx=w * (0.3 + hue % 40 / 100),
            cy=h * 0.34,
            r=min(w, h) * 0.16,
            low=h * 0.74,
            up=h * 0.55,
            q=w * 0.25,
            half=w * 0.5,
        )
        return web.Response(text=text, content_type="image/svg+xml")
