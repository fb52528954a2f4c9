"""Small stand-ins for Home Assistant's Core and Supervisor on real sockets: their protocols, and their bad days."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

TOKEN = "the right token"
Message = dict[str, Any]


class RefusalError(Exception):
    """What a command handler raises to make Core say no."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(eq=False)
class StandInCore:
    """Core's WebSocket API. Handlers answer commands; what comes in is kept."""

    state: str = "RUNNING"
    version: str = "2024.3.3"
    token: str = TOKEN
    is_silent: bool = False
    """Takes commands and never answers, as a Core whose loop is blocked."""
    is_hollow: bool = False
    """Greets and then closes, as the Supervisor does while its Core is away."""
    slow: str | None = None
    """The type of event whose subscriptions wait for ``go_on``, and all that comes after them."""
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    users: list[Message] = field(default_factory=list)
    integrations: set[str] = field(default_factory=set)
    received: list[Message] = field(default_factory=list)
    fired: list[tuple[str, Message]] = field(default_factory=list)
    """Events on its bus, in order."""
    handlers: dict[str, Callable[[Message], Any]] = field(default_factory=dict)
    greetings: int = 0
    """How many connections there have been, signed in or not."""
    sockets: set[web.WebSocketResponse] = field(default_factory=set)
    subscriptions: dict[int, tuple[web.WebSocketResponse, Message]] = field(default_factory=dict)
    url: str = ""
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _runner: web.AppRunner | None = None
    _port: int = 0

    async def start(self) -> Self:
        """Listen, on the same port as before after a ``stop``."""
        app = web.Application()
        for path in ("/api/websocket", "/core/websocket"):
            app.router.add_get(path, self._serve)
        self.mount(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"
        return self

    async def stop(self) -> None:
        """Close every connection and the port, as a Core that is restarted."""
        await self.drop()
        assert self._runner is not None
        await self._runner.cleanup()

    def mount(self, app: web.Application) -> None:
        """Add what else answers at this address."""

    async def drop(self) -> None:
        """Close every connection, and go on listening."""
        for socket in tuple(self.sockets):
            await socket.close()
        self.subscriptions.clear()

    async def emit(self, event_type: str, data: Message) -> None:
        """Something happens in Home Assistant."""
        for number, (socket, command) in tuple(self.subscriptions.items()):
            if command.get("event_type") in {None, event_type}:
                event = {"event_type": event_type, "data": data}
                await socket.send_json({"id": number, "type": "event", "event": event})

    async def until(self, is_so: Callable[[], bool], *, limit: float = 10) -> None:
        """Wait for something to become true by what Foyer sends."""
        async with asyncio.timeout(limit), self.changed:
            await self.changed.wait_for(is_so)

    def commands(self, type_: str) -> list[Message]:
        """The commands of a type that came in."""
        return [one for one in self.received if one["type"] == type_]

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.greetings += 1
        await self._tell()
        await socket.send_json({"type": "auth_required", "ha_version": self.version})
        said = await socket.receive_json()
        if said.get("access_token") != self.token:
            await socket.send_json({"type": "auth_invalid", "message": "Invalid access token or password"})
            await socket.close()
            return socket
        await socket.send_json({"type": "auth_ok", "ha_version": self.version})
        if self.is_hollow:
            await socket.close()
            return socket
        self.sockets.add(socket)
        try:
            async for message in socket:
                await self._take(socket, message.json())
        finally:
            self.sockets.discard(socket)
            await self._tell()
        return socket

    async def _take(self, socket: web.WebSocketResponse, command: Message) -> None:
        self.received.append(command)
        if self.slow is not None and command.get("event_type") == self.slow:
            await self._tell()
            await self.go_on.wait()
        if not self.is_silent:
            try:
                result = self._answer(socket, command)
            except RefusalError as refusal:
                error = {"code": refusal.code, "message": refusal.message}
                await socket.send_json({"id": command["id"], "type": "result", "success": False, "error": error})
            else:
                await socket.send_json({"id": command["id"], "type": "result", "success": True, "result": result})
        await self._tell()

    def _answer(self, socket: web.WebSocketResponse, command: Message) -> Any:
        if handler := self.handlers.get(command["type"]):
            return handler(command)
        if command["type"] in {"subscribe_events", "subscribe_entities", "subscribe_trigger"}:
            self.subscriptions[command["id"]] = (socket, command)
            return None
        known: dict[str, Callable[[], Any]] = {
            "get_config": lambda: {"state": self.state, "version": self.version},
            "fire_event": lambda: self.fired.append((command["event_type"], command.get("event_data", {}))),
            "config/auth/list": lambda: self.users,
            "call_service": lambda: {"context": {"id": "01HX"}, "response": None},
            "manifest/get": lambda: self._manifest(command["integration"]),
            "unsubscribe_events": lambda: self._unsubscribe(command["subscription"]),
        }
        if command["type"] not in known:
            raise RefusalError("unknown_command", "Unknown command.")
        return known[command["type"]]()

    def _manifest(self, domain: str) -> Message:
        if domain not in self.integrations:
            raise RefusalError("not_found", "Integration not found")
        return {"domain": domain}

    def _unsubscribe(self, number: int) -> None:
        if self.subscriptions.pop(number, None) is None:
            raise RefusalError("not_found", "Subscription not found.")

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()


@dataclass(eq=False)
class StandInSupervisor(StandInCore):
    """The Supervisor with its Core behind it, at one address."""

    broker: Message | None = None
    discovery: dict[str, Message] = field(default_factory=dict)
    announcements: list[Message] = field(default_factory=list)
    """What was pushed to Core: the same announcement again is not."""
    posts: int = 0

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/addons/self/info", self._addon)
        app.router.add_get("/services/mqtt", self._mqtt)
        app.router.add_post("/discovery", self._announce)

    async def _addon(self, request: web.Request) -> web.Response:
        self._require(request)
        return _ok(
            {
                "slug": "a1b2c3d4_foyer",
                "name": "Foyer",
                "version": "0.1.0",
                "version_latest": "0.2.0",
                "update_available": True,
                "hostname": "a1b2c3d4-foyer",
                "ip_address": "172.30.33.4",
                "ingress_entry": "/api/hassio_ingress/secret",
                "ingress_url": "/api/hassio_ingress/secret/",
                "network": {"8096/tcp": None},
            }
        )

    async def _mqtt(self, request: web.Request) -> web.Response:
        self._require(request)
        return _no("Service not enabled", 400) if self.broker is None else _ok(self.broker)

    async def _announce(self, request: web.Request) -> web.Response:
        self._require(request)
        wanted = await request.json()
        self.posts += 1
        for uuid, known in self.discovery.items():
            if known["service"] == wanted["service"]:
                if known != wanted:
                    self.discovery[uuid] = wanted
                    self.announcements.append(wanted)
                break
        else:
            uuid = f"uuid{len(self.announcements)}"
            self.discovery[uuid] = wanted
            self.announcements.append(wanted)
        await self._tell()
        return _ok({"uuid": uuid})

    def _require(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise web.HTTPUnauthorized


def _ok(data: Message) -> web.Response:
    return web.json_response({"result": "ok", "data": data})


def _no(message: str, status: int) -> web.Response:
    return web.json_response({"result": "error", "message": message}, status=status)


@asynccontextmanager
async def core(**options: Any) -> AsyncIterator[StandInCore]:
    """A Core that listens."""
    running = await StandInCore(**options).start()
    try:
        yield running
    finally:
        await running.stop()


@asynccontextmanager
async def supervisor(**options: Any) -> AsyncIterator[StandInSupervisor]:
    """A Supervisor that listens."""
    running = await StandInSupervisor(**options).start()
    try:
        yield running
    finally:
        await running.stop()
