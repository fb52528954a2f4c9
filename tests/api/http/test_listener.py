"""What goes over the wire below HTTP's meaning: strictness, slowness, and the end of a server."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
import zlib
from pathlib import Path

import pytest

from foyer.api.http import listener as module
from foyer.errors import UnavailableError
from tests.servers import Server, running

POST = b"POST /graphql HTTP/1.1\r\nHost: nas\r\n"
HEAD = b"GET /health/live HTTP/1.1\r\nHost: nas\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="two lengths"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", id="turned round"),
        pytest.param(b"GET /health/live HTTP/1.1\nHost: nas\n\n", id="bare line feeds"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: nas\nX: y\r\n\r\n", id="one bare line feed"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: nas\r\nHost: evil\r\n\r\n", id="two hosts"),
        pytest.param(b"GET /health/live HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: nas\r\nContent-Length: 1, 2\r\n\r\n", id="a list of lengths"),
        pytest.param(POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", id="another coding"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: nas\r\nX : y\r\n\r\n", id="a space before the colon"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: nas\r\nX: y\x00z\r\n\r\n", id="a zero byte"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 300 + b"\r\n\r\n", id="TLS"),
    ],
)  # fmt: skip
async def test_an_ambiguous_request_is_refused_and_the_connection_closed(server: Server, request_bytes: bytes) -> None:
    answer = await server.raw(request_bytes)
    status = int(answer.split(b" ")[1])
    assert 400 <= status < 600
    assert status in {400, 501}


async def test_a_bare_line_feed_is_noticed_in_the_second_request_and_across_packets(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEAD + b"\r\n" + HEAD + b"X: y\n")
    await asyncio.sleep(0.05)
    writer.write(b"\r\n")
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.count(b"HTTP/1.1 400") == 1


async def test_a_request_may_come_in_single_bytes(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for byte in HEAD + b"Connection: close\r\n\r\n":
        writer.write(bytes((byte,)))
        await asyncio.sleep(0)
    assert (await reader.read()).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_a_body_may_hold_line_feeds(server: Server) -> None:
    body = b'{"query":\n"{ server { name } }"\n}'
    head = b"POST /graphql HTTP/1.1\r\nHost: nas\r\nConnection: close\r\nContent-Type: application/json\r\n"
    answer = await server.raw(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("size", [40_000, 100_000, 1_000_000])
async def test_a_huge_head_is_refused(server: Server, size: int) -> None:
    try:
        answer = await server.raw(HEAD + b"Connection: close\r\nX: " + b"y" * size + b"\r\n\r\n")
    except ConnectionError:
        return
    assert answer.startswith(b"HTTP/1.1 431")


async def test_there_is_no_way_to_http_2(server: Server) -> None:
    upgrade = b"Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQC\r\n\r\n"
    answer = await server.raw(HEAD + upgrade)
    assert answer.startswith(b"HTTP/1.1 200")
    preface = await server.raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0")
    assert not preface.startswith(b"\0")
    assert preface.startswith(b"HTTP/1.1 ")


async def test_a_head_that_never_ends_is_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEEP_ALIVE_S", 0.3)
    async with running(tmp_path) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD)
        try:
            async with asyncio.timeout(10):
                while not reader.at_eof():
                    writer.write(b"X: y\r\n")
                    await writer.drain()
                    await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        writer.close()
        assert server.app.public is not None
        assert server.app.public.connection_count == 0


async def test_one_address_holds_only_so_many_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CONNECTIONS_OF_ONE", 5)
    async with running(tmp_path) as server:
        held = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(5)]
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            writer.write(HEAD + b"\r\n")
            await reader.readexactly(1)
        for _, other in held:
            other.close()
        writer.close()


async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"Port {port} is already in use"):
            async with running(tmp_path, port=port):
                pass


async def web_socket(server: Server, *extra: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        b"GET /graphql HTTP/1.1\r\nHost: nas\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + b"".join(extra) + b"\r\n"
    )
    return reader, writer, await reader.readuntil(b"\r\n\r\n")


CLOSE, PING = 0x88, 0x89


async def frame_kind(reader: asyncio.StreamReader) -> int | None:
    """The next frame's first byte, its length read, pings left out; ``None`` at the end."""
    while head := await reader.read(2):
        if head[0] != PING:
            return head[0]
    return None


def frame(payload: bytes, first: int = 0x81) -> bytes:
    size = len(payload)
    head = bytes((first, 0x80 | size)) if size < 126 else bytes((first, 0x80 | 127)) + struct.pack(">Q", size)
    return head + b"\0\0\0\0" + payload


async def test_a_web_socket_is_never_compressed(server: Server) -> None:
    reader, writer, head = await web_socket(
        server,
        b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n",
        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
    )
    assert head.startswith(b"HTTP/1.1 101")
    assert b"extensions" not in head.lower()
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packed.compress(b" " * (64 << 20)) + packed.flush(zlib.Z_SYNC_FLUSH)
    writer.write(frame(bomb[:-4], 0xC1))
    async with asyncio.timeout(5):
        assert await frame_kind(reader) in {CLOSE, None}
    writer.close()


async def test_a_web_socket_message_has_a_limit(server: Server) -> None:
    reader, writer, _ = await web_socket(server, b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n")
    writer.write(frame(b" " * 300_000))
    async with asyncio.timeout(5):
        assert await frame_kind(reader) == CLOSE
        assert struct.unpack(">H", await reader.readexactly(2))[0] == 1009
    writer.close()


@pytest.mark.parametrize("protocol", [b"graphql-ws", b"chat"])
async def test_only_the_present_graphql_protocol_is_spoken(server: Server, protocol: bytes) -> None:
    reader, writer, head = await web_socket(server, b"Sec-WebSocket-Protocol: " + protocol + b"\r\n")
    if head.startswith(b"HTTP/1.1 101"):
        assert protocol not in head
        assert await frame_kind(reader) == CLOSE
    writer.close()


async def test_a_server_with_open_streams_stops_within_two_seconds(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        _, headers = await server.sign_in()
        web = await server.client.ws_connect(f"{server.url}/graphql", protocols=["graphql-transport-ws"])
        await web.send_json({"type": "connection_init", "payload": {"authorization": headers["Authorization"]}})
        assert (await web.receive_json())["type"] == "connection_ack"
        await web.send_json(
            {"id": "1", "type": "subscribe", "payload": {"query": "subscription { jobEvents { kind } }"}}
        )
        events = await server.client.post(
            f"{server.url}/graphql",
            json={"query": "subscription { jobEvents { kind } }"},
            headers={**headers, "Accept": "text/event-stream"},
        )
        assert events.status == 200
        idle = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.sleep(0.3)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    events.close()
    idle[1].close()
