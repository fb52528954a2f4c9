"""Subscriptions: what each shows, to whom, and what a slow follower gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from foyer.errors import ValidationError
from foyer.events.bus import QUEUE_LIMIT
from foyer.events.topics import JobEventKind, LibraryEventKind, Topic
from foyer.ids import ItemId, NodeKind, encode
from foyer.jobs.context import JobContext
from foyer.jobs.model import JobKind, Lane
from foyer.jobs.worker import JobWorker
from foyer.library.service import SCAN
from foyer.playback.commands import CommandKind
from foyer.playback.reasons import PlayMethod
from foyer.playback.sessions import Opening
from tests.api.schema.conftest import House

JOBS = (
    "subscription($after:EventCursor,$kinds:[String!]){jobEvents(after:$after,kinds:$kinds)"
    "{cursor kind job{id title progress{done fraction}}}}"
)
LIBRARIES = "subscription{libraryEvents{kind itemId library{name} item{title}}}"
PLAYBACK = (
    "subscription{playbackEvents{kind itemId session{id user{name} item{title}} command{kind text} "
    "userState{favourite}}}"
)


@asynccontextmanager
async def following(house: House, who: str, query: str, **variables: Any) -> AsyncIterator[Any]:
    stream = await house.schema.subscribe(query, variable_values=variables, context_value=await house.context(who))
    try:
        yield stream
    finally:
        await stream.aclose()
        assert house.services.bus.follower_count == 0


async def take(stream: Any) -> dict[str, Any]:
    async with asyncio.timeout(5):
        result = await anext(stream)
    assert not result.errors, result.errors
    event: dict[str, Any] = next(iter(result.data.values()))
    return event


async def nothing_comes(stream: Any) -> None:
    waiting = asyncio.ensure_future(anext(stream))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done, done
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def _started(stream: Any, house: House) -> asyncio.Future[Any]:
    """Ask for the first event, and wait until the follower is in place."""
    first = asyncio.ensure_future(take(stream))
    async with asyncio.timeout(5):
        while not house.services.bus.follower_count:
            await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    return first


async def test_jobs_of_others_are_not_announced(house: House) -> None:
    me = house.principals["user"].user_id
    async with following(house, "user", JOBS) as stream:
        first = await _started(stream, house)
        await house.services.jobs.enqueue(SCAN, title="Somebody's", dedupe_key="a")
        await house.services.jobs.enqueue(SCAN, title="Mine", dedupe_key="b", user_id=me)
        assert (await first)["job"]["title"] == "Mine"


async def test_only_the_kinds_and_ids_asked_for_are_announced(house: House) -> None:
    async with following(house, "admin", JOBS, kinds=["library.remove"]) as stream:
        first = await _started(stream, house)
        await house.services.jobs.enqueue(SCAN, title="Scan")
        await house.services.jobs.enqueue("library.remove", title="Remove")
        assert (await first)["job"]["title"] == "Remove"


async def test_progress_is_told_while_a_job_runs_and_its_end_is_never_lost(house: House) -> None:
    async def count(context: JobContext) -> None:
        for done in range(2000):
            await context.progress(done, 2000, unit="steps")
            await asyncio.sleep(0.0005)

    house.services.jobs.register(JobKind(name="test.count", lane=Lane.IO, handler=count))
    worker = asyncio.create_task(JobWorker(house.services.jobs, {Lane.IO: 1}).run())
    try:
        async with following(house, "admin", JOBS) as stream:
            first = await _started(stream, house)
            await house.services.jobs.enqueue("test.count", title="Count")
            events = [await first]
            while events[-1]["kind"] != "FINISHED":
                events.append(await take(stream))
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    kinds = [event["kind"] for event in events]
    assert kinds[:2] == ["CREATED", "CHANGED"]
    assert kinds[-1] == "FINISHED"
    progress = [event["job"]["progress"]["done"] for event in events if event["kind"] == "PROGRESS"]
    assert progress == sorted(progress)
    assert 2 <= len(progress) <= 40  # four a second, not two thousand


async def test_a_slow_follower_misses_progress_but_no_change(house: House) -> None:
    bus, jobs = house.services.bus, house.services.jobs
    job = await jobs.enqueue(SCAN, title="Long")
    async with following(house, "admin", JOBS) as stream:
        assert (await take(stream))["kind"] == "SNAPSHOT"
        for _ in range(QUEUE_LIMIT + 200):  # nobody takes anything meanwhile
            jobs.announce(JobEventKind.CHANGED, job)
        await bus.flush()
        seen = [await take(stream) for _ in range(QUEUE_LIMIT + 200)]
    assert {event["kind"] for event in seen} == {"CHANGED"}
    cursors = [int(event["cursor"]) for event in seen]
    assert cursors == sorted(set(cursors))


async def test_a_hopelessly_slow_follower_gets_a_new_snapshot(house: House) -> None:
    jobs = house.services.jobs
    job = await jobs.enqueue(SCAN, title="Long")
    async with following(house, "admin", JOBS) as stream:
        assert (await take(stream))["kind"] == "SNAPSHOT"
        for _ in range(1600):
            jobs.announce(JobEventKind.CHANGED, job)
        assert (await take(stream))["kind"] == "SNAPSHOT"
        jobs.announce(JobEventKind.CHANGED, job)
        assert (await take(stream))["kind"] == "CHANGED"


async def test_libraries_are_shown_and_followed_as_far_as_they_are_open(house: House) -> None:
    bus = house.services.bus
    async with following(house, "guest", LIBRARIES) as stream:
        event = await take(stream)
        assert (event["kind"], event["library"]["name"]) == ("SNAPSHOT", "Films")
        bus.publish(Topic.LIBRARY, LibraryEventKind.ITEM_ADDED, {"library_id": 2, "item_id": 40})
        bus.publish(Topic.LIBRARY, LibraryEventKind.ITEM_ADDED, {"library_id": 1, "item_id": 1})
        event = await take(stream)
        assert event["itemId"] == encode(NodeKind.ITEM, 1)
        assert event["item"]["title"].startswith("The ")
        bus.publish(Topic.LIBRARY, LibraryEventKind.ITEM_REMOVED, {"library_id": 1, "item_id": 99_999})
        gone = await take(stream)
        assert (gone["item"], gone["itemId"]) == (None, encode(NodeKind.ITEM, 99_999))


async def test_an_event_shows_what_is_true_when_it_is_told(house: House) -> None:
    async with following(house, "admin", LIBRARIES) as stream:
        names = [(await take(stream))["library"]["name"] for _ in range(4)]
        assert names == ["Films", "Home", "Music", "Series"]
        await house.services.libraries.update(1, name="Cinema")
        assert (await take(stream))["library"]["name"] == "Cinema"


async def test_playback_is_told_to_its_owner_and_to_those_who_may_watch_over_it(house: House) -> None:
    sessions, owner = house.services.sessions, house.principals["user"]
    opening = Opening(item_id=ItemId(1), file_id=None, duration_ms=5_400_000, method=PlayMethod.REMUX)
    async with (
        following(house, "user", PLAYBACK) as own,
        following_more(house, "manager") as watching,
        following_more(house, "viewer") as stranger,
    ):
        first = [asyncio.ensure_future(take(stream)) for stream in (own, watching)]
        unheard = asyncio.ensure_future(anext(stranger))
        await asyncio.sleep(0.1)
        session = await sessions.start(owner, opening)
        for event in await asyncio.gather(*first):
            assert (event["kind"], event["session"]["user"]["name"]) == ("STARTED", "user")
        await sessions.command(house.principals["manager"], session.id, CommandKind.MESSAGE, text="Hello")
        command = await take(own)
        assert (command["kind"], command["command"]) == ("COMMAND", {"kind": "MESSAGE", "text": "Hello"})
        await house.services.progress.set_favourite(owner, ItemId(1), favourite=True)
        changed = await take(own)
        assert (changed["kind"], changed["userState"]) == ("STATE_CHANGED", {"favourite": True})
        await sessions.stop(owner, session.id, 1000)
        assert (await take(watching))["kind"] == "STOPPED"  # neither the command nor the state is theirs to see
        assert not unheard.done()
        unheard.cancel()
        await asyncio.gather(unheard, return_exceptions=True)


@asynccontextmanager
async def following_more(house: House, who: str) -> AsyncIterator[Any]:
    stream = await house.schema.subscribe(PLAYBACK, context_value=await house.context(who))
    yield stream
    await stream.aclose()


async def test_open_sessions_come_first(house: House) -> None:
    owner = house.principals["user"]
    opening = Opening(item_id=ItemId(1), file_id=None, duration_ms=None, method=PlayMethod.REMUX)
    await house.services.sessions.start(owner, opening)
    async with following(house, "manager", PLAYBACK) as stream:
        event = await take(stream)
        assert (event["kind"], event["session"]["item"]["title"]) == ("SNAPSHOT", "The Night 0")
    async with following(house, "viewer", PLAYBACK) as stream:
        await nothing_comes(stream)


async def test_a_cursor_that_is_none_is_refused(house: House) -> None:
    stream = await house.schema.subscribe(
        JOBS, variable_values={"after": "-1"}, context_value=await house.context("admin")
    )
    result = await anext(stream)
    await stream.aclose()
    assert result.errors
    assert (result.errors[0].extensions or {})["code"] == ValidationError.code


@pytest.mark.parametrize("who", ["admin", "user"])
async def test_rights_are_looked_at_again_while_following(
    house: House, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foyer.api.schema.following.CHECK_INTERVAL", 0.05)
    local = house.services.accounts.local_principal()
    principal = house.principals[who]
    async with following(house, who, LIBRARIES) as stream:
        for _ in range(4):
            await take(stream)
        version = (await house.services.accounts.users.get(local, principal.user_id)).version
        if who == "admin":
            await house.services.accounts.users.create(local, name="second", password=None, role=principal.role)
        await house.services.accounts.users.update(
            local, principal.user_id, expected_version=version, all_libraries=False, libraries=[1]
        )
        waiting = asyncio.ensure_future(take(stream))
        await asyncio.sleep(0.3)
        bus = house.services.bus
        bus.publish(Topic.LIBRARY, LibraryEventKind.SCAN_STARTED, {"library_id": 3})
        bus.publish(Topic.LIBRARY, LibraryEventKind.SCAN_STARTED, {"library_id": 1})
        assert (await waiting)["library"]["name"] == "Films"
