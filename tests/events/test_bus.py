from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.errors import ValidationError
from foyer.events.bus import MAX_REPLAY, QUEUE_LIMIT, RETENTION, EventBus, parse_cursor
from foyer.events.topics import LibraryEventKind, Topic


def publish(bus: EventBus, library: int, *, conflate: str | None = None) -> int:
    return bus.publish(Topic.LIBRARY, LibraryEventKind.LIBRARY_UPDATED, {"library_id": library}, conflate=conflate).seq


async def test_followers_get_what_they_asked_for_in_order(bus: EventBus) -> None:
    with bus.subscribe(Topic.LIBRARY) as wanted, bus.subscribe(Topic.JOBS) as other:
        seqs = [publish(bus, number) for number in range(3)]
        taken = [wanted.take() for _ in range(3)]
        assert [event.seq for event in taken if event] == seqs == sorted(set(seqs))
        assert other.take() is None
    assert bus.follower_count == 0


async def test_what_was_missed_is_replayed_from_the_journal_also_after_a_restart(
    bus: EventBus, database: Database
) -> None:
    first = publish(bus, 1)
    publish(bus, 2)
    publish(bus, 3, conflate="x")
    await bus.flush()
    later = EventBus(database)
    replayed = await later.since(first, Topic.LIBRARY)
    assert replayed is not None
    assert [event.payload for event in replayed] == [{"library_id": 2}]
    assert publish(later, 4) > replayed[-1].seq


async def test_a_slow_follower_keeps_only_the_newest_progress(bus: EventBus) -> None:
    with bus.subscribe(Topic.LIBRARY) as slow:
        publish(bus, 0)
        for number in range(1, 100):
            publish(bus, number, conflate="scan")
        assert slow.take().payload == {"library_id": 0}  # type: ignore[union-attr]
        assert slow.take().payload == {"library_id": 99}  # type: ignore[union-attr]
        assert not slow.gap


async def test_a_follower_that_is_far_behind_is_told_of_the_gap(bus: EventBus) -> None:
    with bus.subscribe(Topic.LIBRARY) as stuck:
        for number in range(QUEUE_LIMIT + 1):
            publish(bus, number)
        assert stuck.gap
        assert stuck.take() is None


async def test_a_gap_too_large_or_too_old_asks_for_a_snapshot(bus: EventBus, database: Database) -> None:
    first = publish(bus, 0)
    for number in range(MAX_REPLAY + 1):
        publish(bus, number)
    assert await bus.since(first, Topic.LIBRARY) is None
    old = to_instant(now() - RETENTION - timedelta(days=1))
    await database.execute(
        "INSERT INTO event (seq, topic, kind, payload, at) VALUES (?, 'library', 'x', '{}', ?)", (old, old)
    )
    assert await bus.trim() == 1
    assert await bus.since(old - 1, Topic.LIBRARY) is None


async def test_the_journal_is_written_behind_and_finished_on_stop(bus: EventBus, database: Database) -> None:
    writer = asyncio.create_task(bus.run())
    await asyncio.sleep(0)
    publish(bus, 1)
    writer.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writer
    assert await database.reader.value("SELECT count(*) FROM event") == 1


async def test_what_is_being_written_is_not_missing_from_the_journal(
    bus: EventBus, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_disk, may_go_on = asyncio.Event(), asyncio.Event()
    write = database.execute_many

    async def slow(sql: str, rows: Iterable[Sequence[Any]]) -> None:
        at_the_disk.set()
        await may_go_on.wait()
        await write(sql, rows)

    monkeypatch.setattr(database, "execute_many", slow)
    seq = publish(bus, 1)
    writer = asyncio.create_task(bus.flush())
    await at_the_disk.wait()
    reader = asyncio.create_task(bus.since(seq - 1, Topic.LIBRARY))
    await asyncio.sleep(0)
    await database.reader.value("SELECT 1")  # whoever reads past the writer has read by now
    may_go_on.set()
    await writer
    found = await reader
    assert found is not None
    assert [event.seq for event in found] == [seq]


@pytest.mark.parametrize("wrong", ["", "abc", "-1", "1e9", "٣", "9" * 30])
def test_only_cursors_are_cursors(wrong: str) -> None:
    with pytest.raises(ValidationError):
        parse_cursor(wrong)
