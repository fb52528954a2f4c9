from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.events.bus import EventBus
from foyer.events.topics import SystemEventKind, Topic
from foyer.homeassistant import client, connection, outbox
from foyer.homeassistant.client import CoreClient
from foyer.homeassistant.outbox import Outbox
from foyer.homeassistant.payloads import Facts
from tests.homeassistant.standins import TOKEN, Message, RefusalError, StandInCore, core


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(client, "LONGEST_WAIT_S", 0.05)
    monkeypatch.setattr(outbox, "PAUSE_S", 0.02)


@asynccontextmanager
async def sending(
    peer: StandInCore, database: Database, bus: EventBus, *, wanted: bool = True
) -> AsyncIterator[Outbox]:
    """An outbox at work, as in one life of Foyer; its position is kept in the database."""
    link = CoreClient(f"{peer.url.replace('http', 'ws')}/api/websocket", TOKEN)
    box = Outbox(database, bus, link, Facts(database.reader, "srv"), is_wanted=lambda: wanted)
    async with aiohttp.ClientSession() as http:
        tasks = [asyncio.create_task(link.run(http)), asyncio.create_task(box.run())]
        try:
            async with asyncio.timeout(10):
                while not bus.follower_count:
                    await asyncio.sleep(0.01)
            yield box
        finally:
            for task in reversed(tasks):  # as the link does it: first its parts, then the connection
                task.cancel()
                await asyncio.wait({task})
            assert all(task.cancelled() for task in tasks)


LATE_S = 2
"""Longer than a busy machine takes to send what has just happened."""


def say(bus: EventBus, *numbers: int) -> None:
    for number in numbers:
        bus.publish(Topic.SYSTEM, SystemEventKind.SETTINGS_CHANGED, {"message": str(number)})


def heard(peer: StandInCore) -> list[int]:
    return [int(data["message"]) for _, data in peer.fired]


async def test_events_arrive_in_order_and_only_those_for_home_assistant(database: Database, bus: EventBus) -> None:
    async with core() as peer, sending(peer, database, bus):
        say(bus, 1, 2)
        bus.publish(Topic.JOBS, "created", {"job_id": 1, "kind": "scan", "state": "queued"})
        bus.publish(Topic.SYSTEM, "busy", {"message": "0"}, conflate="busy")
        say(bus, 3)
        await peer.until(lambda: len(peer.fired) == 3)
        assert heard(peer) == [1, 2, 3]
        assert {kind for kind, _ in peer.fired} == {"foyer_system"}
        assert not any(data["replayed"] for _, data in peer.fired)
        assert [data["seq"] for _, data in peer.fired] == sorted(data["seq"] for _, data in peer.fired)


async def test_what_happens_while_core_is_away_comes_once_in_order_and_says_that_it_is_late(
    database: Database, bus: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LATE_US", LATE_S * 1_000_000)
    async with core() as peer, sending(peer, database, bus):
        say(bus, 1)
        await peer.until(lambda: len(peer.fired) == 1)
        await peer.stop()
        say(bus, *range(2, 200))
        await asyncio.sleep(LATE_S)
        await peer.start()
        await peer.until(lambda: len(peer.fired) >= 199)
        say(bus, 200)
        await peer.until(lambda: len(peer.fired) >= 200)
        assert heard(peer) == [*range(1, 201)]
        assert [data["replayed"] for _, data in peer.fired] == [False, *[True] * 198, False]


async def test_what_waited_for_a_busy_core_says_that_it_is_late(
    database: Database, bus: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LATE_US", LATE_S * 1_000_000)
    async with core(slow="foyer_system") as peer, sending(peer, database, bus):
        say(bus, 1, 2)
        await peer.until(lambda: bool(peer.commands("fire_event")))
        await asyncio.sleep(LATE_S)
        peer.go_on.set()
        await peer.until(lambda: len(peer.fired) == 2)
        assert [data["replayed"] for _, data in peer.fired] == [False, True]


async def test_a_moment_without_a_connection_is_no_replay(database: Database, bus: EventBus) -> None:
    async with core() as peer, sending(peer, database, bus):
        say(bus, 1)
        await peer.until(lambda: len(peer.fired) == 1)
        await peer.drop()
        say(bus, 2)
        await peer.until(lambda: len(peer.fired) == 2)
        assert [data["replayed"] for _, data in peer.fired] == [False, False]


async def test_a_core_that_is_still_starting_hears_nothing_before_it_can_act_on_it(
    database: Database, bus: EventBus
) -> None:
    async with core() as peer, sending(peer, database, bus):
        say(bus, 1)
        await peer.until(lambda: len(peer.fired) == 1)
        peer.state = "STARTING"
        peer.received.clear()
        await peer.drop()
        await peer.until(lambda: bool(peer.commands("get_config")))
        say(bus, 2)
        await asyncio.sleep(0.1)
        assert heard(peer) == [1]
        await peer.emit("homeassistant_started", {})
        await peer.until(lambda: len(peer.fired) == 2)
        assert heard(peer) == [1, 2]


async def test_a_restart_of_foyer_goes_on_where_it_was(database: Database, bus: EventBus) -> None:
    async with core() as peer:
        say(bus, 0)  # before there was a link: not for Home Assistant
        async with sending(peer, database, bus):
            say(bus, 1)
            await peer.until(lambda: len(peer.fired) == 1)
        say(bus, 2)
        await bus.flush()
        again = EventBus(database)
        async with sending(peer, database, again):
            say(again, 3)
            await peer.until(lambda: len(peer.fired) == 3)
        assert heard(peer) == [1, 2, 3]


async def test_more_than_fits_into_memory_is_taken_from_the_journal(database: Database, bus: EventBus) -> None:
    async with core() as peer, sending(peer, database, bus):
        say(bus, *range(1500))
        await peer.until(lambda: len(peer.fired) >= 1500, limit=60)
        assert heard(peer) == [*range(1500)]


async def test_a_core_that_hangs_slows_nobody_down_and_hears_each_event_once(
    database: Database, bus: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "COMMAND_TIMEOUT_S", 0.05)
    async with core() as peer, sending(peer, database, bus):
        say(bus, 1)
        await peer.until(lambda: len(peer.fired) == 1)
        peer.is_silent = True
        say(bus, 2, 3, 4)
        await peer.until(lambda: len(peer.commands("fire_event")) == 2)
        await asyncio.sleep(0.2)
        assert len(peer.commands("fire_event")) == 2, "it is not sent again while the connection lives"
        peer.is_silent = False
        await peer.drop()
        await peer.until(lambda: len(peer.fired) == 4)
        assert heard(peer) == [1, 2, 3, 4]


async def test_a_token_without_the_right_is_told_and_nothing_is_lost(
    database: Database, bus: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(command: Message) -> None:
        raise RefusalError("unauthorized", "Unauthorized")

    monkeypatch.setattr(outbox, "NOT_ALLOWED_PAUSE_S", 0.02)
    async with core() as peer, sending(peer, database, bus) as box:
        await asyncio.sleep(0)
        peer.handlers["fire_event"] = refuse
        say(bus, 1)
        async with asyncio.timeout(5):
            while box.problem is None:
                await asyncio.sleep(0.01)
        assert "may not" in box.problem
        del peer.handlers["fire_event"]
        await peer.until(lambda: len(peer.fired) == 1)
        async with asyncio.timeout(5):
            while box.problem is not None:
                await asyncio.sleep(0.01)


async def test_nothing_is_sent_or_kept_for_later_when_it_is_not_wanted(database: Database, bus: EventBus) -> None:
    async with core() as peer:
        async with sending(peer, database, bus, wanted=False) as box:
            say(bus, 1)
            async with asyncio.timeout(5):
                while box._position < bus.position:
                    await asyncio.sleep(0.01)
        async with sending(peer, database, bus):
            say(bus, 2)
            await peer.until(lambda: bool(peer.fired))
        assert heard(peer) == [2]


async def test_a_clock_that_was_set_back_hides_nothing(database: Database, bus: EventBus) -> None:
    tomorrow = to_instant(now()) + 86_400_000_000
    await database.execute(
        "INSERT INTO setting (key, value, updated_at) VALUES (?, ?, 0)", (outbox.POSITION, str(tomorrow))
    )
    async with core() as peer, sending(peer, database, bus):
        await peer.until(lambda: bool(peer.commands("get_config")))
        say(bus, 1, 2)
        await peer.until(lambda: len(peer.fired) == 2)
        assert [data["seq"] for _, data in peer.fired] == [tomorrow + 1, tomorrow + 2]
