"""Foyer through the ingress of a real Home Assistant Core."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.e2e.server import Server
from tests.homeassistant.harness.films import DEEP, LONG
from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.ingress import COLLECTED_BYTES
from tests.homeassistant.harness.marks import REAL
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.viewer import CREATE, Viewing, find

pytestmark = REAL

DELETE = "mutation($input: DeleteLibraryInput!) { deleteLibrary(input: $input) { __typename } }"
WHO = "{ server { ingress viewer { name displayName homeAssistant } } }"


async def test_the_panel_opens_without_a_sign_in(panel: Panel) -> None:
    async with panel.request("GET", "") as answer:
        page = await answer.text()
    assert answer.status == 200
    assert f'<base href="{panel.prefix}"' in page
    server = (await panel.ask(WHO))["server"]
    assert server == {
        "ingress": True,
        "viewer": {"name": "olivia", "displayName": "Olivia Owner", "homeAssistant": True},
    }


async def test_every_link_of_the_page_leads_through_ingress(panel: Panel) -> None:
    async with panel.request("GET", "") as answer:
        page = await answer.text()
    links = re.findall(r'(?:src|href)="([^"#]+)"', page.replace(f'<base href="{panel.prefix}"', ""))
    assert links
    for link in links:
        assert not link.startswith(("/", "http"))
        async with panel.request("GET", link.removeprefix("./")) as answer:
            assert answer.status == 200, link


async def test_everybody_is_who_home_assistant_says(home: Home, foyer: Server) -> None:
    guest = await home.panel(home.core.guest)
    spoofed = {"X-Remote-User-Id": home.core.owner.id, "X-Remote-User-Name": "olivia"}
    async with guest.request("POST", "graphql", json={"query": WHO}, headers=spoofed) as answer:
        viewer = (await answer.json())["data"]["server"]["viewer"]
    assert viewer["displayName"] == "Gus Guest"


async def test_an_ordinary_user_of_home_assistant_is_one_here(home: Home, foyer: Server, tmp_path: Path) -> None:
    guest = await home.panel(home.core.guest)
    refused = await guest.ask(CREATE, input={"name": "Mine", "kind": "MOVIES", "folders": [str(tmp_path)]})
    assert refused["createLibrary"]["__typename"] == "Forbidden"


async def test_identity_headers_on_the_public_port_are_ignored(home: Home, foyer: Server) -> None:
    spoofed = {
        "X-Ingress-Path": "/api/hassio_ingress/abc",
        "X-Remote-User-Id": home.core.owner.id,
        "X-Remote-User-Name": "olivia",
    }
    async with foyer.http.post(f"{foyer.url}graphql", json={"query": WHO}, headers=spoofed) as answer:
        server = (await answer.json())["data"]["server"]
    assert server == {"ingress": False, "viewer": None}


async def test_without_an_ingress_session_nobody_gets_in(home: Home, panel: Panel) -> None:
    async with home.core.http.get(panel.url) as answer:
        assert answer.status == 401
    async with home.core.http.get(panel.url, headers={"Cookie": "ingress_session=made-up"}) as answer:
        assert answer.status == 401


async def test_subscriptions_pass_over_a_websocket(panel: Panel, tmp_path: Path) -> None:
    async with panel.websocket("graphql", protocols=["graphql-transport-ws"]) as socket:
        assert socket.protocol == "graphql-transport-ws"
        await socket.send_json({"type": "connection_init"})
        assert (await socket.receive_json(timeout=10))["type"] == "connection_ack"
        query = "subscription { libraryEvents { kind library { name } } }"
        await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": query}})
        created = await panel.ask(CREATE, input={"name": "Later", "kind": "MOVIES", "folders": [str(tmp_path)]})
        assert created["createLibrary"]["__typename"] == "CreateLibraryPayload", created
        while "Later" not in json.dumps(heard := await socket.receive_json(timeout=10)):
            assert heard["type"] == "next"
    await panel.ask(DELETE, input={"library": created["createLibrary"]["library"]["id"]})


async def test_a_film_is_sent_in_ranges(panel: Panel) -> None:
    viewing = await Viewing.start(panel, await find(panel, LONG))
    assert viewing.method == "DIRECT_PLAY"
    async with panel.request("GET", viewing.url, headers={"Range": "bytes=0-"}) as answer:
        whole = await answer.read()
        assert answer.status == 206
        assert answer.headers["Content-Range"] == f"bytes 0-{len(whole) - 1}/{len(whole)}"
    assert len(whole) > COLLECTED_BYTES
    for first, last in ((0, 99), (1_000_000, 1_065_535), (len(whole) - 10, len(whole) - 1)):
        async with panel.request("GET", viewing.url, headers={"Range": f"bytes={first}-{last}"}) as answer:
            assert answer.status == 206
            assert await answer.read() == whole[first : last + 1]
    async with panel.request("GET", viewing.url, headers={"Range": f"bytes={len(whole)}-"}) as answer:
        assert answer.status == 416
    await viewing.stop()


async def test_a_converted_film_is_sent_in_segments(panel: Panel) -> None:
    viewing = await Viewing.start(panel, await find(panel, DEEP))
    assert viewing.method == "TRANSCODE"
    base = viewing.url.rpartition("/")[0]
    async with panel.request("GET", viewing.url) as answer:
        assert answer.status == 200
        assert answer.content_type == "application/vnd.apple.mpegurl"
        master = await answer.text()
    variant = next(line for line in master.splitlines() if line and not line.startswith("#"))
    async with panel.request("GET", f"{base}/{variant}") as answer:
        playlist = await answer.text()
    folder = f"{base}/{variant}".rpartition("/")[0]
    init = re.search(r'#EXT-X-MAP:URI="([^"]+)"', playlist)
    assert init is not None
    names = [init[1], *(line for line in playlist.splitlines() if line and not line.startswith("#"))][:3]
    parts = []
    for name in names:
        async with panel.request("GET", f"{folder}/{name}") as answer:
            assert answer.status == 200
            parts.append(await answer.read())
    assert parts[0][4:8] == b"ftyp"
    assert all(b"moof" in part for part in parts[1:])
    await viewing.stop()
