"""Claims of an identity that nobody may make: on the public port by any means, on the ingress port by another peer."""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Callable

import aiohttp
import orjson
import pytest
import pytest_asyncio

from tests.servers import INGRESS, Server, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEWER = "{ server { ingress viewer { name } } }"
NOBODY = {"data": {"server": {"ingress": False, "viewer": None}}}
Spelling = Callable[[str], str]
SPELLINGS: tuple[Spelling, ...] = (
    str.title,
    str.lower,
    str.upper,
    lambda name: name.replace("-", "_"),
    lambda name: name.replace("-", "_").upper(),
)
FORWARDED = {
    "X-Forwarded-For": "172.30.32.2",
    "X-Forwarded-Host": "homeassistant.local",
    "X-Forwarded-Proto": "https",
    "Forwarded": "for=172.30.32.2;host=homeassistant.local",
    "X-Real-IP": "172.30.32.2",
    "Remote-Addr": "172.30.32.2",
    "X-Hass-Source": "core.ingress",
    "X-Original-URL": "/metrics",
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Its ingress listener believes the Supervisor only, which no test can be."""
    folder = tmp_path_factory.mktemp("spoofing")
    async with running(folder, ingress_peers=frozenset({"172.30.32.2"})) as started:
        yield started
        assert await started.core.accounts.directory.is_empty()


def _lines(*headers: tuple[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers)


def _post(lines: str) -> bytes:
    body = orjson.dumps({"query": VIEWER})
    head = f"POST /graphql HTTP/1.1\r\nHost: nas\r\nConnection: close\r\nContent-Type: application/json\r\n{lines}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _upgrade(lines: str, word: str = "websocket") -> bytes:
    key = base64.b64encode(bytes(16)).decode()
    return (
        f"GET /graphql HTTP/1.1\r\nHost: nas\r\nConnection: Upgrade\r\nUpgrade: {word}\r\n{lines}"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("spell", SPELLINGS)
async def test_no_spelling_is_believed_on_the_public_port(server: Server, spell: Spelling) -> None:
    claims = [(spell(name), value) for name, value in (INGRESS | FORWARDED).items()]
    for lines in (_lines(*claims), _lines(*claims, *claims), _lines(*reversed(claims))):
        answer = await server.raw(_post(lines))
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        assert orjson.loads(answer.partition(b"\r\n\r\n")[2]) == NOBODY


@pytest.mark.parametrize("pair", list(itertools.combinations(SPELLINGS, 2)))
async def test_two_spellings_at_once_are_not_believed_either(server: Server, pair: tuple[Spelling, Spelling]) -> None:
    claims = [(spell(name), value) for name, value in INGRESS.items() for spell in pair]
    answer = await server.raw(_post(_lines(*claims)))
    assert orjson.loads(answer.partition(b"\r\n\r\n")[2]) == NOBODY


@pytest.mark.parametrize(
    "name", ["X-Remote-User-Id ", "X-Remote-User-Id\t", " X-Remote-User-Id", "X-Remote-User-Id\x00"]
)
async def test_a_name_with_blanks_is_no_header(server: Server, name: str) -> None:
    answer = await server.raw(_post(f"{name}: 0123456789abcdef\r\n"))
    assert (
        answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 415 "))
        or orjson.loads(answer.partition(b"\r\n\r\n")[2]) == NOBODY
    )


@pytest.mark.parametrize("spell", SPELLINGS)
async def test_a_web_socket_of_the_public_port_believes_nothing(server: Server, spell: Spelling) -> None:
    claims = {spell(name): value for name, value in (INGRESS | FORWARDED).items()}
    async with server.client.ws_connect(
        f"{server.url}/graphql", headers=claims, protocols=["graphql-transport-ws"]
    ) as ws:
        await ws.send_json({"type": "connection_init", "payload": {**claims, "headers": claims}})
        assert (await ws.receive_json())["type"] == "connection_ack"
        await ws.send_json({"id": "1", "type": "subscribe", "payload": {"query": VIEWER}})
        assert (await ws.receive_json())["payload"] == NOBODY


async def test_an_event_stream_of_the_public_port_believes_nothing(server: Server) -> None:
    headers = INGRESS | FORWARDED | {"Accept": "text/event-stream"}
    asked = {"query": VIEWER}
    url = f"{server.url}/graphql"
    for request in (
        server.client.get(url, params=asked, headers=headers),
        server.client.post(url, json=asked, headers=headers),
    ):
        async with request as answer:
            events = (await answer.text()).split("\r\n")
        assert orjson.loads(next(line[6:] for line in events if line.startswith("data: {"))) == NOBODY


async def test_a_made_up_address_does_not_hide_the_true_one(server: Server) -> None:
    attempt = 'mutation{login(input:{name:"nobody",password:"wrong"}){__typename}}'
    async with server.client.post(f"{server.url}/graphql", json={"query": attempt}, headers=FORWARDED) as answer:
        assert answer.status == 200
    rows = await server.core.database.reader.all("SELECT DISTINCT address FROM audit")
    assert [row["address"] for row in rows] == ["127.0.0.1"]


# ---------------------------------------------------------------- the ingress port, from elsewhere


@pytest.mark.parametrize("word", ["websocket", "WebSocket", "WEBSOCKET"])
async def test_another_peer_upgrades_nothing_on_the_ingress_port(server: Server, word: str) -> None:
    for lines in ("", _lines(*INGRESS.items()), _lines(*FORWARDED.items()), _lines(*(INGRESS | FORWARDED).items())):
        answer = await server.raw(_upgrade(lines, word), port=server.ingress_port)
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/graphql?query=%7Bserver%7Bname%7D%7D"),
        ("PATCH", "/media/upload/AAAA"),
        ("DELETE", "/media/upload/AAAA"),
        ("HEAD", "/media/upload/AAAA"),
        ("GET", "/media/direct/AAAA/file.mp4"),
        ("GET", "/health"),
        ("GET", "/healthy"),
        ("GET", "//health/live"),
        ("GET", "/%68ealth/../metrics"),
    ],
)
async def test_another_peer_gets_nothing_whatever_it_says(server: Server, method: str, path: str) -> None:
    head = _lines(*(INGRESS | FORWARDED | {"Accept": "text/event-stream"}).items())
    request = f"{method} {path} HTTP/1.1\r\nHost: nas\r\nConnection: close\r\nContent-Length: 0\r\n{head}\r\n"
    answer = await server.raw(request.encode(), port=server.ingress_port)
    assert answer.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 404 ") if "ealth" in path else b"HTTP/1.1 403 "), answer


async def test_a_kept_connection_wins_no_trust(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.ingress_port)
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: nas\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    await reader.readuntil(b"}")
    writer.write(_post(_lines(*INGRESS.items())))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 403 ")
    writer.close()


async def test_a_body_in_pieces_is_not_taken_from_another_peer(server: Server) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"x" * 65_536

    headers = INGRESS | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    try:
        async with server.client.patch(f"{server.ingress_url}/media/upload/A", data=body(), headers=headers) as answer:
            assert answer.status == 403
    except aiohttp.ClientOSError:
        pass  # it was sent away before it had sent everything
