"""Hypercorn's HTTP/1.1 protocol, made strict and given a zero-copy body.

Subclasses of Hypercorn 0.18's own classes (the version is pinned, and tests fail when they no longer fit):

- a request with both ``Content-Length`` and ``Transfer-Encoding``, or with a bare line feed in its head, is refused
  (RFC 9112 §6.1 and §2.2: both are how requests are smuggled);
- upgrades to h2c and HTTP/2 by prior knowledge are refused: they would lead around everything here;
- WebSocket permessage-deflate is never agreed on, because Hypercorn inflates before it checks a message's size;
- ``http.response.zerocopysend`` (ASGI extension) sends a file from the kernel's cache to the socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import h11
from hypercorn.protocol.events import Body, EndBody, Request, StreamClosed
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol, H11WSConnection
from hypercorn.protocol.http_stream import ASGIHTTPState, HTTPStream
from hypercorn.protocol.ws_stream import WSStream
from hypercorn.utils import suppress_body

if TYPE_CHECKING:
    from hypercorn.typing import ASGISendEvent

ZERO_COPY = "http.response.zerocopysend"
FileSender = Callable[[int, int, int], Awaitable[bool]]
"""Sends (descriptor, offset, count) to the peer; false when the peer or the file ended first."""

HEAD_LIMIT = 32 * 1024
_EXTENSIONS = b"sec-websocket-extensions"


class _Length:
    """Stands for bytes that h11 accounts for and never sees."""

    __slots__ = ("count",)

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count


class FileStream(HTTPStream):
    """One request and its response, which may be sent from a file."""

    def __init__(self, *args: Any, send_file: FileSender, account: Callable[[int], bool]) -> None:
        super().__init__(*args)
        self._send_file = send_file
        self._account = account

    @property
    def is_endless(self) -> bool:
        """Whether the response ends only when somebody ends it (server-sent events)."""
        headers = self.response.get("headers", []) if self.state is ASGIHTTPState.RESPONSE else []
        return any(name.lower() == b"content-type" and b"text/event-stream" in value for name, value in headers)

    async def handle(self, event: StreamEvent) -> None:
        """Offer the zero-copy extension with each request, and drop a body nobody reads any more."""
        if isinstance(event, Body | EndBody) and self.state is ASGIHTTPState.CLOSED:
            return
        if isinstance(event, StreamClosed):
            # Telling an application that has stopped reading would wait for ever behind what it has not read; one that
            # does read shall have everything that came.
            self._discard_unread(only_when_full=True)
        await super().handle(event)
        if isinstance(event, Request) and not self.closed:
            # The application's task has been made and not yet begun.
            cast("dict[str, Any]", self.scope["extensions"])[ZERO_COPY] = {}

    async def app_send(self, message: ASGISendEvent | None) -> None:
        """Send what the application says."""
        if message is None:
            await super().app_send(message)
            self._discard_unread()
        elif cast("dict[str, Any]", message)["type"] == ZERO_COPY:
            await self._send_from_file(cast("dict[str, Any]", message))
        else:
            await super().app_send(message)

    async def _send_from_file(self, message: dict[str, Any]) -> None:
        count = message["count"]
        if count and not self.closed and not suppress_body(self.scope["method"], int(self.response["status"])):
            if not self._account(count):
                self.closed = True
                return
            if not await self._send_file(message["file"], message["offset"], count):
                # The length is promised already: only a broken connection tells the client that bytes are missing.
                self.closed = True
                return
        if not message.get("more_body", False):
            await self.app_send({"type": "http.response.body", "body": b"", "more_body": False})

    def _discard_unread(self, *, only_when_full: bool = False) -> None:
        # The reading task may wait for room in the queue of an application that has finished without reading.
        queue = getattr(getattr(self, "app_put", None), "__self__", None)
        if not isinstance(queue, asyncio.Queue) or (only_when_full and not queue.full()):
            return
        while not queue.empty():
            queue.get_nowait()


class PlainWebSocket(WSStream):
    """A WebSocket without compression."""

    async def handle(self, event: StreamEvent) -> None:
        """Forget the extensions a client asks for, so that none is agreed on."""
        if isinstance(event, Request):
            event = replace(event, headers=[(n, v) for n, v in event.headers if n.lower() != _EXTENSIONS])
        await super().handle(event)

    async def go_away(self) -> None:
        """Close with 1001, as a server that stops does (RFC 6455 §7.4.1)."""
        if not self.closed:
            await self.app_send({"type": "websocket.close", "code": 1001, "reason": "The server stops."})


class StrictConnection(h11.Connection):
    """h11's connection without its leniency."""

    def next_event(self) -> type[h11.NEED_DATA | h11.PAUSED] | h11.Event:
        """The next event; raises ``h11.RemoteProtocolError`` for what h11 itself would let pass."""
        if self.their_state is h11.IDLE:
            head = self.trailing_data[0].partition(b"\r\n\r\n")[0]
            if len(head) > HEAD_LIMIT:
                raise h11.RemoteProtocolError("a huge head of a request", error_status_hint=431)
            if head.count(b"\n") != head.count(b"\r\n"):
                raise h11.RemoteProtocolError("a bare line feed in the head of a request")
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name.lower() for name, _ in event.headers}
            if {b"content-length", b"transfer-encoding"} <= names:
                raise h11.RemoteProtocolError("a request with two lengths")
        return event


class StrictH11Protocol(H11Protocol):
    """HTTP/1.1 and WebSocket on one connection."""

    send_file: FileSender

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.connection = StrictConnection(h11.SERVER, max_incomplete_event_size=self.config.h11_max_incomplete_size)

    def account(self, count: int) -> bool:
        """Tell h11 that body bytes go out beside it; false when the connection is no longer in that state."""
        if not isinstance(self.connection, h11.Connection):
            return False
        try:
            self.connection.send_with_data_passthrough(h11.Data(data=cast("bytes", _Length(count))))
        except h11.LocalProtocolError:
            return False
        return True

    async def _check_protocol(self, event: h11.Request) -> None:
        """There is nothing to switch to: an upgrade to h2c is ignored, as RFC 9110 §7.8 allows."""

    async def _create_stream(self, request: h11.Request) -> None:
        parts = (
            self.app,
            self.config,
            self.context,
            self.task_group,
            self.ssl,
            self.client,
            self.server,
            self.stream_send,
            STREAM_ID,
        )
        if _is_websocket(request):
            self.stream = PlainWebSocket(*parts)
            self.connection = H11WSConnection(cast("h11.Connection", self.connection))
        else:
            self.stream = FileStream(*parts, send_file=self.send_file, account=self.account)
        await self.stream.handle(
            Request(
                stream_id=STREAM_ID,
                headers=list(request.headers),
                http_version=request.http_version.decode(),
                method=request.method.decode("ascii").upper(),
                raw_path=request.target,
                state=self.connection_state,
            )
        )
        self.keep_alive_requests += 1


def _is_websocket(request: h11.Request) -> bool:
    """Whether a request asks to become a WebSocket (RFC 6455 §4.2.1)."""
    headers = {name.lower(): value.strip().lower() for name, value in request.headers}
    tokens = {token.strip() for token in headers.get(b"connection", b"").split(b",")}
    return request.method == b"GET" and b"upgrade" in tokens and headers.get(b"upgrade") == b"websocket"
