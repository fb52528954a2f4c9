"""Following the event bus: a snapshot first, then what happens, resumable and never behind a gap without saying so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable

from foyer.api.schema.context import Context
from foyer.events.bus import Event, EventBus, Subscription, parse_cursor
from foyer.events.topics import Topic

CHECK_INTERVAL = 5.0
"""Seconds between looks at whether the follower may still follow, and with which rights."""


class Follower:
    """One subscription to one topic.

    ``accept`` says which events concern the follower; it is asked again for each event, with the rights of that
    moment. Iterating gives ``None`` where a snapshot is due and events otherwise; ``cursor`` tells where it stands.
    """

    def __init__(self, context: Context, topic: Topic, accept: Callable[[Event], bool], after: str | None) -> None:
        self._context = context
        self._bus: EventBus = context.services.bus
        self._topic = topic
        self._accept = accept
        self._after = None if after is None else parse_cursor(after)
        self._seen = 0
        self._checked = time.monotonic()

    @property
    def cursor(self) -> str:
        """Give it back as ``after`` to go on behind what was last taken."""
        return str(self._seen)

    async def events(self) -> AsyncGenerator[Event | None, None]:
        """Follow until the consumer goes, or until the follower may follow no more (then the refusal is raised)."""
        # Subscribed before anything is read: what happens meanwhile waits in the queue.
        places, user_id = self._context.services.places, self._context.principal.user_id
        with places.one(user_id), self._bus.subscribe(self._topic, accept=self._accept) as queue:
            async for event in self._catch_up(self._after):
                yield event
            while True:
                await self._wait(queue)
                if queue.gap:
                    queue.gap = False
                    async for event in self._catch_up(self._seen):
                        yield event
                while (event := queue.take()) is not None:
                    if event.seq > self._seen and self._accept(event):
                        self._seen = event.seq
                        yield event

    async def _catch_up(self, after: int | None) -> AsyncGenerator[Event | None, None]:
        """From the journal, or with a snapshot where it does not reach."""
        missed = None if after is None else await self._bus.since(after, self._topic)
        if after is None or missed is None:
            self._seen = self._bus.position
            yield None
            return
        self._seen = max(self._seen, after)
        for event in missed:
            self._seen = event.seq
            if self._accept(event):
                yield event

    async def _wait(self, queue: Subscription) -> None:
        while True:
            left = self._checked + CHECK_INTERVAL - time.monotonic()
            if left <= 0:
                await self._context.look_again()
                self._checked = time.monotonic()
                left = CHECK_INTERVAL
            try:
                async with asyncio.timeout(left):
                    await queue.wait()
            except TimeoutError:
                continue
            return
