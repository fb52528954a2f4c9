"""What a stranger may send and what comes back: one server for all of it, because none of it may leave a trace."""

from __future__ import annotations

import asyncio
import gzip
import struct
import zlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.servers import INGRESS, Server, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST = b"POST /graphql HTTP/1.1\r\nHost: nas\r\n"
HEAD = b"GET /health/live HTTP/1.1\r\nHost: nas\r\n"
CLOSE, PING = 0x88, 0x89
VIEWER = "{ server { ingress viewer { name role } } }"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with running(tmp_path_factory.mktemp("strangers")) as started:
        yield started
        assert await started.core.accounts.directory.is_empty()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8096", "127.0.0.1.evil.example", ""])
async def test_a_foreign_name_is_not_answered(server: Server, host: str) -> None:
    for path in ("/", "/graphql", "/health/live", "/media/direct/x/file.mp4"):
        answer = await server.raw(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith((b"HTTP/1.1 421 ", b"HTTP/1.1 400 "))


async def test_a_foreign_name_opens_no_web_socket(server: Server) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await server.client.ws_connect(f"{server.url}/graphql", headers={"Host": "evil.example"})
    assert caught.value.status == 421


async def test_a_foreign_page_opens_no_web_socket(server: Server) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await server.client.ws_connect(
            f"{server.url}/graphql", headers={"Origin": "https://evil.example"}, protocols=["graphql-transport-ws"]
        )
    assert caught.value.status == 403


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'"x"', {}),
        (b"[]", {}),
        (b"[1]", {}),
        (b"null", {}),
        (b"{", {}),
        (b"", {}),
        (b"\xff\xfe", {}),
        (b'{"query": 5}', {}),
        (b'{"query": "{ server { name } }", "variables": "x"}', {}),
        (b'{"query": "{ server { name } }", "operationName": {}}', {}),
        (gzip.compress(b'{"query": "{ server { name } }"}', mtime=0), {"Content-Encoding": "gzip"}),
        (b'{"query": "{ server { name } }"}', {"Content-Type": "text/plain"}),
        (b"query=x", {"Content-Type": "application/x-www-form-urlencoded"}),
        (b"--x--", {"Content-Type": "multipart/form-data; boundary=x"}),
    ],
)
async def test_a_malformed_request_is_the_sender_s_fault(server: Server, body: bytes, headers: dict[str, str]) -> None:
    sent = {"Content-Type": "application/json", **headers}
    async with server.client.post(f"{server.url}/graphql", data=body, headers=sent) as response:
        assert 400 <= response.status < 500, await response.text()
        assert "Traceback" not in await response.text()


async def test_a_large_body_is_refused_before_it_is_read(server: Server) -> None:
    for length in ("99999999", "99999999999999999999", "-1", "1x"):
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: nas\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
        answer = await server.raw(head.encode())
        assert answer.split(b" ")[1] in {b"413", b"400"}


async def test_a_large_body_in_chunks_is_refused_too(server: Server) -> None:
    async def chunks() -> object:
        for _ in range(64):
            yield b"x" * 65536

    headers = {"Content-Type": "application/json"}
    try:
        async with server.client.post(f"{server.url}/graphql", data=chunks(), headers=headers) as response:
            assert response.status == 413
    except aiohttp.ClientConnectionError:
        pass  # the server closed while the rest was still being sent, as it may
    await asyncio.sleep(0.1)
    async with server.client.get(f"{server.url}/health/live") as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/%2e%2e/etc/passwd",
        "/assets/..%2f..%2fetc/passwd",
        "//etc/passwd",
        "/assets/%00",
        "/..;/x",
        "/\\..\\x",
        "/assets/",
        "/index.html",
        "/.env",
        "/package.json",
    ],
)
async def test_no_path_leads_out(server: Server, path: str) -> None:
    answer = await server.raw(f"GET {path} HTTP/1.1\r\nHost: nas\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ")[1] in {b"404", b"400"}
    assert b"root:" not in answer


async def test_an_absolute_target_names_no_other_server(server: Server) -> None:
    head = b"GET http://evil.example/ HTTP/1.1\r\nHost: nas\r\nConnection: close\r\n\r\n"
    assert (await server.raw(head)).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "X" * 100])
async def test_odd_methods_are_not_allowed(server: Server, method: str) -> None:
    answer = await server.raw(f"{method} / HTTP/1.1\r\nHost: nas\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405 ")


async def test_every_answer_carries_the_security_headers_and_an_id(server: Server) -> None:
    for path in ("/", "/nothing", "/health/live", "/health", "/graphql", "/media/direct/x/file.mp4"):
        async with server.client.get(f"{server.url}{path}") as response:
            assert "object-src 'none'" in response.headers["Content-Security-Policy"]
            assert "script-src 'self';" in response.headers["Content-Security-Policy"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert len(response.headers["X-Request-Id"]) == 16
            assert "Server" not in response.headers


async def test_an_error_is_a_problem_document(server: Server) -> None:
    async with server.client.get(f"{server.url}/nothing") as response:
        assert response.content_type == "application/problem+json"
        problem = await response.json()
    assert problem["code"] == "NOT_FOUND"
    assert problem["requestId"] == response.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "/a/../b", "javascript:x", '/a"><script>', "/" + "a" * 190 + "/é", "a"]
)
async def test_a_prefix_that_is_not_home_assistant_s_is_refused(server: Server, prefix: str) -> None:
    headers = {**INGRESS, "X-Ingress-Path": prefix}
    async with server.client.get(f"{server.ingress_url}/", headers=headers) as response:
        assert response.status == 422
        assert f'href="{prefix}' not in await response.text()


@pytest.mark.parametrize("name", [*INGRESS, "X_Remote_User_Id"])
async def test_an_identity_that_comes_twice_is_refused(server: Server, name: str) -> None:
    first = name.replace("_", "-")
    twice = f"{first}: {INGRESS[first]}\r\n{name}: {INGRESS[first]}\r\n"
    head = f"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{twice}\r\n"
    assert (await server.raw(head.encode(), port=server.ingress_port)).startswith(b"HTTP/1.1 422 ")


async def test_ingress_without_a_user_is_nobody(server: Server) -> None:
    async with server.client.post(f"{server.ingress_url}/graphql", json={"query": VIEWER}) as response:
        assert (await response.json())["data"]["server"]["viewer"] is None


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


async def web_socket(server: Server, *extra: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        b"GET /graphql HTTP/1.1\r\nHost: nas\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + b"".join(extra) + b"\r\n"
    )
    return reader, writer, await reader.readuntil(b"\r\n\r\n")


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
