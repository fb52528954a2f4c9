"""The two doors, against what strangers and browsers send through them."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import aiohttp
import pytest

from foyer.accounts.roles import Role
from tests.servers import INGRESS, Server, running

VIEWER = "{ server { ingress viewer { name role } } }"


async def test_headers_of_an_identity_mean_nothing_on_the_public_port(server: Server) -> None:
    answer = await server.graphql(VIEWER, INGRESS)
    assert answer["data"]["server"] == {"ingress": False, "viewer": None}
    assert await server.core.accounts.directory.is_empty()


async def test_a_page_on_the_public_port_is_never_put_under_a_made_up_prefix(server: Server) -> None:
    async with server.client.get(f"{server.url}/", headers=INGRESS) as response:
        assert '<base href="/">' in await response.text()


async def test_ingress_knows_who_it_is(server: Server) -> None:
    async with server.client.post(f"{server.ingress_url}/graphql", json={"query": VIEWER}, headers=INGRESS) as response:
        answer = await response.json()
    assert answer["data"]["server"] == {"ingress": True, "viewer": {"name": "paula", "role": "ADMIN"}}


async def test_ingress_without_a_user_is_nobody(server: Server) -> None:
    async with server.client.post(f"{server.ingress_url}/graphql", json={"query": VIEWER}) as response:
        assert (await response.json())["data"]["server"]["viewer"] is None


@pytest.mark.parametrize("name", [*INGRESS, "X_Remote_User_Id"])
async def test_an_identity_that_comes_twice_is_refused(server: Server, name: str) -> None:
    first = name.replace("_", "-")
    twice = f"{first}: {INGRESS[first]}\r\n{name}: {INGRESS[first]}\r\n"
    head = f"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{twice}\r\n"
    assert (await server.raw(head.encode(), port=server.ingress_port)).startswith(b"HTTP/1.1 422 ")


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "/a/../b", "javascript:x", '/a"><script>', "/" + "a" * 190 + "/é", "a"]
)
async def test_a_prefix_that_is_not_home_assistant_s_is_refused(server: Server, prefix: str) -> None:
    headers = {**INGRESS, "X-Ingress-Path": prefix}
    async with server.client.get(f"{server.ingress_url}/", headers=headers) as response:
        assert response.status == 422
        assert f'href="{prefix}' not in await response.text()


@pytest.mark.parametrize(
    "path", ["/", "/graphql", "/media/hls/x/master.m3u8", "/assets/x", "/health", "/metrics", "/x"]
)
async def test_a_foreign_peer_gets_nothing_from_the_ingress_port(tmp_path: Path, path: str) -> None:
    async with running(tmp_path, ingress_peers=frozenset({"172.30.32.2"})) as server:
        for method in ("GET", "POST", "HEAD", "OPTIONS"):
            async with server.client.request(method, f"{server.ingress_url}{path}", headers=INGRESS) as response:
                assert response.status == 403
        assert await server.core.accounts.directory.is_empty()


async def test_a_foreign_peer_opens_no_web_socket_on_the_ingress_port(tmp_path: Path) -> None:
    async with running(tmp_path, ingress_peers=frozenset({"172.30.32.2"})) as server:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await server.client.ws_connect(
                f"{server.ingress_url}/graphql", headers=INGRESS, protocols=["graphql-transport-ws"]
            )
        assert caught.value.status == 403


async def test_the_container_s_own_health_check_may_look(tmp_path: Path) -> None:
    async with running(tmp_path, ingress_peers=frozenset({"172.30.32.2"})) as server:
        async with server.client.get(f"{server.ingress_url}/health/ready", headers=INGRESS) as response:
            assert response.status == 200
        async with server.client.get(f"{server.ingress_url}/health/../graphql") as response:
            assert response.status == 403
        assert await server.core.accounts.directory.is_empty()


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


async def test_a_foreign_page_changes_nothing(server: Server) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", **INGRESS}
    for url in (server.url, server.ingress_url):
        async with server.client.post(f"{url}/graphql", json={"query": VIEWER}, headers=headers) as response:
            assert response.status == 403
    assert await server.core.accounts.directory.is_empty()


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


async def test_unread_bodies_leave_no_connection_behind(server: Server) -> None:
    async def stray() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = b"POST /nothing HTTP/1.1\r\nHost: nas\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head + b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
        for _ in range(40):
            writer.write(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
        await asyncio.sleep(0.3)
        writer.close()

    await asyncio.gather(*(stray() for _ in range(10)))
    assert server.app.public is not None
    async with asyncio.timeout(10):
        while server.app.public.connection_count:
            await asyncio.sleep(0.05)


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


async def test_strangers_are_held_to_a_rate_and_residents_are_not(server: Server) -> None:
    _, headers = await server.sign_in()
    statuses = []
    for _ in range(150):
        async with server.client.post(f"{server.url}/graphql", json={"query": "{ server { name } }"}) as response:
            statuses.append(response.status)
            if response.status == 429:
                assert int(response.headers["Retry-After"]) >= 1
                break
    assert statuses[-1] == 429
    assert len(statuses) > 50
    assert (await server.graphql(VIEWER, headers))["data"]["server"]["viewer"]["name"] == "Anna"


async def test_a_closed_account_is_out_at_once_on_an_open_connection(server: Server) -> None:
    principal, headers = await server.sign_in("Bert", Role.USER)
    assert (await server.graphql(VIEWER, headers))["data"]["server"]["viewer"]["name"] == "Bert"
    accounts = server.core.accounts
    user = await accounts.users.get(accounts.local_principal(), principal.user_id)
    await accounts.users.update(accounts.local_principal(), user.id, expected_version=user.version, disabled=True)
    assert (await server.graphql(VIEWER, headers))["data"]["server"]["viewer"] is None
