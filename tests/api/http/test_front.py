"""The two doors, against what strangers and browsers send through them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from foyer.accounts.identity import HomeAssistantUser
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


async def test_a_foreign_page_changes_nothing(server: Server) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", **INGRESS}
    for url in (server.url, server.ingress_url):
        async with server.client.post(f"{url}/graphql", json={"query": VIEWER}, headers=headers) as response:
            assert response.status == 403
    assert await server.core.accounts.directory.is_empty()


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


async def test_only_the_integrations_key_asks_for_somebody_else(server: Server) -> None:
    accounts = server.core.accounts
    await accounts.ingress_principal(HomeAssistantUser(id="abc123", name="paula", display_name="Paula"))
    _, headers = await server.sign_in("Bert", Role.USER)
    key = await accounts.home_assistant_key()
    asked = {"X-Foyer-On-Behalf-Of": "abc123"}
    own = {"Authorization": f"Bearer {key}"}
    assert (await server.graphql(VIEWER, {**own, **asked}))["data"]["server"]["viewer"]["name"] == "paula"
    assert (await server.graphql(VIEWER, own))["data"]["server"]["viewer"]["name"] == "Home Assistant"
    assert (await server.graphql(VIEWER, {**headers, **asked}))["data"]["server"]["viewer"] is None
    assert (await server.graphql(VIEWER, asked))["data"]["server"]["viewer"] is None
