"""Publish and follow events.

Sequence numbers are microseconds since the Unix epoch, pushed up by one where two would collide: they increase across
restarts without asking the database. Journalled events reach subscribers at once and the database within
``FLUSH_INTERVAL``; an event published inside a database transaction is published after its commit by the caller.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import orjson

from foyer.db.database import DATABASE_ERRORS, Database
from foyer.db.fields import now, to_instant
from foyer.errors import ValidationError
from foyer.events.topics import Payload, Topic

log = logging.getLogger(__name__)

FLUSH_INTERVAL = 0.05
RETENTION = timedelta(days=7)
MAX_REPLAY = 1000
QUEUE_LIMIT = 512
_TRIMMED_TO = "events.trimmed_to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact: where it stands in the stream, what it is about, and its payload."""

    seq: int
    topic: Topic
    kind: str
    payload: Payload
    conflate: str | None = None
    """Events with the same key replace each other in a subscriber's queue: only the newest progress matters."""


@dataclass(slots=True, eq=False)
class Subscription:
    """A follower's bounded queue: ``wait``, then ``take`` until it gives ``None``.

    When a follower is slow, conflatable events are replaced by newer ones first. When even state changes overflow,
    the queue is emptied and ``gap`` set: the follower takes a fresh snapshot and clears it.
    """

    topics: frozenset[Topic]
    accept: Callable[[Event], bool]
    gap: bool = False
    _queue: deque[Event] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, event: Event) -> None:
        """Take an event in if it is wanted, without ever blocking the publisher."""
        if event.topic not in self.topics or not self.accept(event):
            return
        if event.conflate is not None:
            for index, waiting in enumerate(self._queue):
                if waiting.conflate == event.conflate:
                    del self._queue[index]
                    break
        self._queue.append(event)
        if len(self._queue) > QUEUE_LIMIT:
            self._queue.clear()
            self.gap = True
        self._wake.set()

    async def wait(self) -> None:
        """Return when there is something to take, or a gap to mend."""
        if not self._queue and not self.gap:
            self._wake.clear()
            await self._wake.wait()

    def take(self) -> Event | None:
        """The next event without waiting."""
        return self._queue.popleft() if self._queue else None


class EventBus:
    """Carries facts from the rooms that know them to whoever follows, and keeps a journal for those who come back."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscriptions: set[Subscription] = set()
        self._unwritten: list[Event] = []
        self._dirty = asyncio.Event()
        self._flushing = asyncio.Lock()
        self._last_seq = 0

    @property
    def position(self) -> int:
        """The sequence number of the newest event; a snapshot taken now is complete up to it."""
        return self._last_seq or to_instant(now())

    def publish(self, topic: Topic, kind: str, payload: Payload, *, conflate: str | None = None) -> Event:
        """Tell everyone. With ``conflate`` the event is transient: not journalled, newest wins in slow queues."""
        seq = max(self._last_seq + 1, to_instant(now()))
        self._last_seq = seq
        event = Event(seq=seq, topic=topic, kind=kind, payload=payload, conflate=conflate)
        if conflate is None:
            self._unwritten.append(event)
            self._dirty.set()
        for subscription in tuple(self._subscriptions):
            subscription.offer(event)
        return event

    def go_on_from(self, seq: int) -> None:
        """Number new events above one that somebody has seen, also when the clock was set back since."""
        self._last_seq = max(self._last_seq, seq)

    @contextmanager
    def subscribe(self, *topics: Topic, accept: Callable[[Event], bool] = lambda _: True) -> Iterator[Subscription]:
        """Follow topics for the length of a ``with`` block."""
        subscription = Subscription(topics=frozenset(topics), accept=accept)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    @property
    def follower_count(self) -> int:
        """How many subscriptions are open."""
        return len(self._subscriptions)

    async def since(self, after: int, *topics: Topic) -> list[Event] | None:
        """Journalled events after a position, oldest first; ``None`` when the journal no longer reaches that far back.

        ``None`` also stands for more than ``MAX_REPLAY`` events: a fresh snapshot is cheaper for both sides.
        """
        await self.flush()
        if after < await self.horizon():
            return None
        found = await self._read(after, topics, MAX_REPLAY + 1)
        return None if len(found) > MAX_REPLAY else found

    async def page(self, after: int, *topics: Topic, limit: int) -> list[Event]:
        """The next written events after a position, oldest first, for who reads the whole journal in pages.

        What lies before ``horizon`` is gone. What was not written yet (``flush``) is on its way to subscribers.
        """
        return await self._read(after, topics, limit)

    async def horizon(self) -> int:
        """The position up to which the journal has been forgotten."""
        return int(await self._database.noted(_TRIMMED_TO) or 0)

    async def _read(self, after: int, topics: tuple[Topic, ...], limit: int) -> list[Event]:
        marks = ", ".join("?" * len(topics))
        rows = await self._database.reader.all(
            f"SELECT seq, topic, kind, payload FROM event WHERE seq > ? AND topic IN ({marks}) ORDER BY seq LIMIT ?",  # noqa: S608 - only placeholders
            (after, *topics, limit),
        )
        return [
            Event(seq=row["seq"], topic=Topic(row["topic"]), kind=row["kind"], payload=orjson.loads(row["payload"]))
            for row in rows
        ]

    async def run(self) -> None:
        """Write the journal until cancelled; what was published is on disk when this returns."""
        try:
            while True:
                await self._dirty.wait()
                await asyncio.sleep(FLUSH_INTERVAL)
                await self._flush_or_keep()
        finally:
            await self._flush_or_keep()

    async def flush(self) -> None:
        """Write what waits to be journalled; what somebody else writes at this moment is waited for."""
        async with self._flushing:
            if not self._unwritten:
                self._dirty.clear()
                return
            batch, self._unwritten = self._unwritten, []
            self._dirty.clear()
            moment = to_instant(now())
            try:
                await self._database.execute_many(
                    "INSERT OR IGNORE INTO event (seq, topic, kind, payload, at) VALUES (?, ?, ?, ?, ?)",
                    [(e.seq, e.topic.value, e.kind, orjson.dumps(e.payload).decode(), moment) for e in batch],
                )
            except BaseException:
                # Cancelled half way it may be written after all; the second time such rows are passed over.
                self._unwritten = batch + self._unwritten
                self._dirty.set()
                raise

    async def trim(self) -> int:
        """Forget what is older than ``RETENTION``; returns how many events went."""
        horizon = to_instant(now() - RETENTION)
        removed = await self._database.execute("DELETE FROM event WHERE seq < ?", (horizon,))
        if removed:
            await self._database.note(_TRIMMED_TO, str(horizon))
        return removed

    async def _flush_or_keep(self) -> None:
        try:
            await self.flush()
        except (*DATABASE_ERRORS, OSError) as error:
            # A full disk must not stop the bus: the events wait, and subscribers already have them.
            log.warning("The event journal cannot be written yet: %s", error)
            await asyncio.sleep(1)


def parse_cursor(cursor: str) -> int:
    """Read an ``EventCursor``; raises ``ValidationError`` when it is not one."""
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise ValidationError("This is not an event cursor.", fields={"after": "Use a cursor from an event."})
    return int(cursor)
