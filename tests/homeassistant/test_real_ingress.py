"""Foyer through the ingress of a real Home Assistant Core."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.server import Server
from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.marks import REAL

pytestmark = REAL

WHO = "{ server { ingress viewer { name displayName homeAssistant } } }"


async def test_the_panel_opens_without_a_sign_in(home: Home, foyer: Server) -> None:
    panel = await home.panel()
    async with panel.request("GET", "") as answer:
        page = await answer.text()
    assert answer.status == 200
    assert f'<base href="{panel.prefix}"' in page
    server = (await panel.ask(WHO))["server"]
    assert server == {
        "ingress": True,
        "viewer": {"name": "olivia", "displayName": "Olivia Owner", "homeAssistant": True},
    }


async def test_everybody_is_who_home_assistant_says(home: Home, foyer: Server) -> None:
    guest = await home.panel(home.core.guest)
    spoofed = {"X-Remote-User-Id": home.core.owner.id, "X-Remote-User-Name": "olivia"}
    async with guest.request("POST", "graphql", json={"query": WHO}, headers=spoofed) as answer:
        viewer = (await answer.json())["data"]["server"]["viewer"]
    assert viewer["displayName"] == "Gus Guest"


async def test_without_an_ingress_session_nobody_gets_in(home: Home, foyer: Server) -> None:
    panel = await home.panel()
    async with home.core.http.get(panel.url) as answer:
        assert answer.status == 401
    async with home.core.http.get(panel.url, headers={"Cookie": "ingress_session=made-up"}) as answer:
        assert answer.status == 401


async def test_subscriptions_pass_over_a_websocket(home: Home, foyer: Server, tmp_path: Path) -> None:
    panel = await home.panel()
    async with panel.websocket("graphql", protocols=["graphql-transport-ws"]) as socket:
        assert socket.protocol == "graphql-transport-ws"
        await socket.send_json({"type": "connection_init"})
        assert (await socket.receive_json(timeout=10))["type"] == "connection_ack"
        query = "subscription { libraryEvents { kind library { name } } }"
        await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": query}})
        create = (
            "mutation($input: CreateLibraryInput!) { createLibrary(input: $input) { __typename "
            "... on UserError { message } } }"
        )
        created = await panel.ask(create, input={"name": "Films", "kind": "MOVIES", "folders": [str(tmp_path)]})
        assert created["createLibrary"]["__typename"] == "CreateLibraryPayload", created
        heard = json.dumps(await socket.receive_json(timeout=10))
    assert "Films" in heard
