"""What goes over the wire below HTTP's meaning: strictness, slowness, and the end of a server."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import pytest

from foyer.api.http import listener as module
from foyer.errors import UnavailableError
from tests.servers import running

HEAD = b"GET /health/live HTTP/1.1\r\nHost: nas\r\n"


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
