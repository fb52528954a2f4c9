"""A listener: one socket, its connections, and an orderly end to both.

Hypercorn's ``serve`` is not used because on Python 3.12 and later it waits for open WebSockets and event streams for
ever when it is stopped (Hypercorn #308), and because nothing else needs its own signal handling and lifespan.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, cast

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.events import Event, Updated
from hypercorn.protocol import ProtocolWrapper
from hypercorn.typing import ASGIFramework, ConnectionState
from hypercorn.utils import parse_socket_addr

from foyer.api.http.protocol import HEAD_LIMIT, FileStream, PlainWebSocket, StrictH11Protocol
from foyer.api.media.sendfile import FilePump
from foyer.errors import UnavailableError

log = logging.getLogger(__name__)

ASGI = Callable[[Any, Any, Any], Awaitable[None]]

MAX_CONNECTIONS = 2048
MAX_CONNECTIONS_OF_ONE = 512
"""Of one address on the public listener; behind ingress everybody shares the Supervisor's."""
KEEP_ALIVE_S = 20.0
"""Also how long the head of a request may take to arrive."""
WEBSOCKET_MESSAGE_LIMIT = 256 * 1024
STOP_GRACE_S = 1.0


class ListenerKind(StrEnum):
    """Which door a request came through; nothing else tells a trusted request from any other."""

    PUBLIC = "public"
    INGRESS = "ingress"


class Connection(TCPServer):
    """One accepted connection, speaking strict HTTP/1.1."""

    pump: FilePump
    _is_over = False

    async def run(self) -> None:
        """Serve it until either side closes."""
        peer = self.writer.get_extra_info("socket")
        try:
            async with TaskGroup(self.loop) as self._task_group:
                protocol = StrictH11Protocol(
                    self.app,
                    self.config,
                    self.context,
                    self._task_group,
                    ConnectionState(self.state),
                    False,
                    parse_socket_addr(peer.family, peer.getpeername()),
                    parse_socket_addr(peer.family, peer.getsockname()),
                    self.protocol_send,
                )
                protocol.send_file = self._send_file
                self.protocol = cast("ProtocolWrapper", protocol)
                await self.idle_task.restart(self._task_group, self._idle_timeout)
                await self._read_data()
                # Nothing more will come: waiting for the next request would only keep the connection's memory.
                self._is_over = True
                await self.idle_task.stop()
        except OSError:
            pass  # the peer is gone
        finally:
            await self._close()

    async def protocol_send(self, event: Event) -> None:
        """Pass on what the protocol says."""
        if not (self._is_over and isinstance(event, Updated)):
            await super().protocol_send(event)

    @property
    def stream(self) -> FileStream | PlainWebSocket | None:
        """The exchange going on now."""
        return cast("FileStream | PlainWebSocket | None", cast("StrictH11Protocol", self.protocol).stream)

    def abort(self) -> None:
        """Break the connection without waiting for what is still to be sent."""
        self.writer.transport.abort()

    async def _send_file(self, descriptor: int, offset: int, count: int) -> bool:
        async with self.send_lock:
            complete = await self.pump.send(self.writer, descriptor, offset, count)
        if not complete:
            self.abort()
        return complete


class Listener:
    """Accepts connections on one port and hands their requests to an ASGI application.

    Every scope's ``state["listener"]`` says which listener it came through.
    """

    def __init__(self, app: ASGI, pump: FilePump, *, kind: ListenerKind, host: str, port: int) -> None:
        self.kind = kind
        self._host = host
        self._port = port
        self._app = ASGIWrapper(cast("ASGIFramework", app))
        self._pump = pump
        self._config = _configuration()
        self._context = WorkerContext(None)
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._peers: dict[str, int] = {}
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port listened on, also when it was left to the system (0)."""
        return self._port

    @property
    def connection_count(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    async def start(self) -> None:
        """Open the port; raises ``UnavailableError`` when it is taken."""
        try:
            self._server = await asyncio.start_server(self._accept, self._host, self._port, backlog=512)
        except OSError as error:
            reason = "is already in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
            raise UnavailableError(f"Port {self._port} {reason}. Choose another one.", port=self._port) from error
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self, grace: float = STOP_GRACE_S) -> None:
        """Accept nothing more, say good-bye, give what runs ``grace`` seconds, and end the rest."""
        if self._server is not None:
            self._server.close()
        await self._context.terminated.set()  # idle connections close themselves
        await self._say_goodbye(grace / 2)
        if self._connections:
            await asyncio.wait(set(self._connections), timeout=grace)
        left = dict(self._connections)
        for task, connection in left.items():
            connection.abort()
            task.cancel()
        if left:
            await asyncio.wait(set(left), timeout=grace)

    async def _say_goodbye(self, limit: float) -> None:
        farewells = []
        for task, connection in tuple(self._connections.items()):
            stream = connection.stream
            if isinstance(stream, PlainWebSocket):
                farewells.append(stream.go_away())
            elif isinstance(stream, FileStream) and stream.is_endless:
                task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await asyncio.gather(*farewells, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = (writer.get_extra_info("peername") or ("",))[0]
        limit = MAX_CONNECTIONS_OF_ONE if self.kind is ListenerKind.PUBLIC else MAX_CONNECTIONS
        if len(self._connections) >= MAX_CONNECTIONS or self._peers.get(address, 0) >= limit:
            writer.transport.abort()
            return
        task = cast("asyncio.Task[None]", asyncio.current_task())
        loop = asyncio.get_running_loop()
        _notice_dead_peers(writer.get_extra_info("socket"))
        connection = Connection(self._app, loop, self._config, self._context, {"listener": self.kind}, reader, writer)
        connection.pump = self._pump
        self._connections[task] = connection
        self._peers[address] = self._peers.get(address, 0) + 1
        try:
            await connection
        except asyncio.CancelledError:
            connection.abort()  # ended by stop(); the task ends here as if the peer had left
        finally:
            del self._connections[task]
            self._peers[address] -= 1
            if not self._peers[address]:
                del self._peers[address]


def _notice_dead_peers(peer: socket.socket) -> None:
    """A phone that left the house without a word must not hold its stream for ever."""
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Seconds, seconds, probes, milliseconds; not every system has them all.
    limits = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 4, "TCP_USER_TIMEOUT": 180_000}
    for option, value in limits.items():
        if hasattr(socket, option):
            peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _configuration() -> Config:
    config = Config()
    config.accesslog = None
    config.errorlog = logging.getLogger("foyer.api.http.server")
    config.include_server_header = False
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.keep_alive_max_requests = 100_000
    config.h11_max_incomplete_size = HEAD_LIMIT
    config.websocket_max_message_size = WEBSOCKET_MESSAGE_LIMIT
    config.websocket_ping_interval = 25.0
    return config
