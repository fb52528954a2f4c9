from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from foyer.api.schema.errors import ErrorCode
from foyer.homeassistant import client as module
from foyer.homeassistant import connection
from foyer.homeassistant.client import CoreClient
from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError
from tests.homeassistant.standins import TOKEN, StandInCore, core


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(module, "LONGEST_WAIT_S", 0.05)


@asynccontextmanager
async def connected(peer: StandInCore, token: str = TOKEN) -> AsyncIterator[CoreClient]:
    """A client at work, connected or not."""
    client = CoreClient(f"{peer.url.replace('http', 'ws')}/api/websocket", token)
    async with aiohttp.ClientSession() as http:
        task = asyncio.create_task(client.run(http))
        try:
            if token == peer.token:
                async with asyncio.timeout(10):
                    await client.wait_started()
            yield client
        finally:
            task.cancel()
            await asyncio.wait({task})
            assert task.cancelled(), task.exception()


async def test_commands_are_answered_refused_or_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async with core() as peer, connected(peer) as client:
        assert client.version == "2024.3.3"
        await client.fire("foyer_playback", {"type": "started"})
        assert peer.fired == [("foyer_playback", {"type": "started"})]
        await client.call_service("light", "turn_on", {"brightness": 3}, target={"entity_id": "light.sofa"})
        assert peer.received[-1] == {
            "id": peer.received[-1]["id"],
            "type": "call_service",
            "domain": "light",
            "service": "turn_on",
            "service_data": {"brightness": 3},
            "target": {"entity_id": "light.sofa"},
        }
        with pytest.raises(HomeAssistantRefusedError, match="Integration not found") as refused:
            await client.command("manifest/get", integration="nothing")
        assert refused.value.reason == "not_found"
        monkeypatch.setattr(connection, "COMMAND_TIMEOUT_S", 0.05)
        peer.is_silent = True
        with pytest.raises(HomeAssistantUnavailableError, match="in time"):
            await client.command("get_config")


async def test_a_restarted_core_is_found_again_and_hears_every_subscription() -> None:
    heard: list[object] = []
    connections: list[str | None] = []
    async with core() as peer, connected(peer) as client:

        async def greet() -> None:
            connections.append(client.version)

        client.on_connect(greet)
        with client.follow("subscribe_events", heard.append, event_type="doorbell"):
            await peer.until(lambda: any(one.get("event_type") == "doorbell" for one in peer.received))
            await peer.emit("doorbell", {"rings": 1})
            waiting = asyncio.create_task(client.command("no_answer"))
            peer.is_silent = True
            await peer.until(lambda: bool(peer.commands("no_answer")))
            await peer.stop()
            with pytest.raises(HomeAssistantUnavailableError, match="ended"):
                await waiting
            with pytest.raises(HomeAssistantUnavailableError):
                await client.command("get_config")
            assert not client.is_started
            peer.is_silent, peer.version = False, "2026.11.0"
            peer.received.clear()
            await peer.start()
            await peer.until(lambda: any(one.get("event_type") == "doorbell" for one in peer.received))
            await peer.emit("doorbell", {"rings": 2})
            await peer.emit("window", {"rings": 3})
            async with asyncio.timeout(5):
                while len(heard) < 2 or len(connections) < 2:
                    await asyncio.sleep(0.01)
        await peer.until(lambda: bool(peer.commands("unsubscribe_events")))
        assert [one["data"]["rings"] for one in heard] == [1, 2]  # type: ignore[index]
        assert connections == ["2024.3.3", "2026.11.0"]


def subscribed(peer: StandInCore, event_type: str) -> bool:
    return any(one.get("event_type") == event_type for one in peer.received)


async def test_a_subscription_that_core_takes_late_is_heard_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[object] = []
    async with core() as peer, connected(peer) as client:
        monkeypatch.setattr(connection, "COMMAND_TIMEOUT_S", 0.05)
        peer.slow = "doorbell"
        client.follow("subscribe_events", heard.append, event_type="doorbell")
        await peer.until(lambda: subscribed(peer, "doorbell"))
        with pytest.raises(HomeAssistantUnavailableError, match="in time"):
            await client.command("get_config")
        peer.go_on.set()
        await peer.until(lambda: any(one.get("event_type") == "doorbell" for _, one in peer.subscriptions.values()))
        await peer.emit("doorbell", {"rings": 1})
        async with asyncio.timeout(5):
            while not heard:
                await asyncio.sleep(0.01)


async def test_who_stops_following_while_core_takes_the_subscription_ends_no_other() -> None:
    async with core() as peer, connected(peer) as client:
        follow = client.follow("subscribe_events", lambda _: None, event_type="doorbell")
        await peer.until(lambda: subscribed(peer, "doorbell"))
        await client.command("get_config")
        peer.received.clear()
        peer.slow = "doorbell"
        await peer.drop()
        await peer.until(lambda: subscribed(peer, "doorbell"))
        follow.close()
        peer.go_on.set()
        await peer.until(lambda: bool(peer.commands("unsubscribe_events")))
        await client.command("get_config")
        (asked,) = [one["id"] for one in peer.received if one.get("event_type") == "doorbell"]
        assert [one["subscription"] for one in peer.commands("unsubscribe_events")] == [asked]


async def test_core_counts_as_started_only_when_it_says_so() -> None:
    async with core(state="STARTING") as peer, aiohttp.ClientSession() as http:
        client = CoreClient(f"{peer.url.replace('http', 'ws')}/api/websocket", TOKEN)
        task = asyncio.create_task(client.run(http))
        await peer.until(lambda: len(peer.commands("get_config")) == 2)
        assert client.is_connected
        assert not client.is_started
        await peer.emit("homeassistant_started", {})
        async with asyncio.timeout(5):
            await client.wait_started()
        task.cancel()
        await asyncio.wait({task})


async def test_a_greeting_in_the_name_of_a_core_that_is_away_is_no_connection(caplog: pytest.LogCaptureFixture) -> None:
    async with core(is_hollow=True) as peer, aiohttp.ClientSession() as http:
        client = CoreClient(f"{peer.url.replace('http', 'ws')}/api/websocket", TOKEN)
        greeted: list[bool] = []

        async def greet() -> None:
            greeted.append(True)

        client.on_connect(greet)
        task = asyncio.create_task(client.run(http))
        await peer.until(lambda: peer.greetings >= 4)
        assert not client.is_connected
        assert not greeted
        assert caplog.text.count("It is tried again") == 1
        peer.is_hollow = False
        async with asyncio.timeout(5):
            await client.wait_started()
        task.cancel()
        await asyncio.wait({task})


def test_the_codes_of_errors_are_those_of_the_api() -> None:
    errors = [HomeAssistantUnavailableError("Away."), HomeAssistantRefusedError("not_found", "Not found.")]
    assert {ErrorCode(error.code) for error in errors} == {ErrorCode.UNAVAILABLE}
    assert str(errors[1]) == "Home Assistant refused: Not found."


async def test_a_refused_token_is_tried_again_seldom_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async with core() as peer, connected(peer, token="an old one") as client:
        await peer.until(lambda: peer.greetings == 1)
        async with asyncio.timeout(5):
            while not client.is_refused:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        assert peer.greetings == 1
        assert client.problem == "Home Assistant does not take Foyer's token."


async def test_the_same_token_works_once_core_takes_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFUSED_WAIT_S", 0.02)
    async with core(token="another") as peer, connected(peer, token=TOKEN) as client:
        await peer.until(lambda: peer.greetings > 2)
        peer.token = TOKEN
        async with asyncio.timeout(5):
            await client.wait_connected()
        assert not client.is_refused


async def test_a_follower_that_fails_does_not_end_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    def fail(event: object) -> None:
        raise RuntimeError("a mistake")

    async with core() as peer, connected(peer) as client:
        client.follow("subscribe_events", fail, event_type="doorbell")
        await peer.until(lambda: any(one.get("event_type") == "doorbell" for one in peer.received))
        await peer.emit("doorbell", {})
        assert (await client.command("get_config"))["state"] == "RUNNING"
    assert "a mistake" in caplog.text


async def test_without_an_address_nothing_is_tried() -> None:
    client = CoreClient(None)
    async with aiohttp.ClientSession() as http:
        await client.run(http)
    with pytest.raises(HomeAssistantUnavailableError, match="not connected"):
        await client.command("get_config")
