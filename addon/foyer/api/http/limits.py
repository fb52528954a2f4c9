"""Limits on what one asker can make the server do: requests a second, and bytes of a body."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

BODY_TIMEOUT_S = 30.0

Receive = Callable[[], Awaitable[dict[str, Any]]]


class BodyTooLargeError(Exception):
    """A request brought more bytes than it may."""


class BodyTooSlowError(Exception):
    """A request body did not arrive in time."""


class RateLimiter:
    """A token bucket for each key, for the most recent keys only."""

    def __init__(
        self, *, rate: float, burst: float, keys: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._keys = keys
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one; returns 0.0, or the seconds after which there is one again."""
        moment = self._clock()
        level, then = self._buckets.pop(key, (self._burst, moment))
        level = min(self._burst, level + (moment - then) * self._rate)
        wait = 0.0 if level >= 1 else (1 - level) / self._rate
        self._buckets[key] = (level - 1 if not wait else level, moment)
        while len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        return wait


def limited(receive: Receive, limit: int, *, timeout_s: float | None = None) -> Receive:
    """A receive that counts a body's bytes, also of chunked ones, and gives up on slow ones.

    Raises ``BodyTooLargeError`` or ``BodyTooSlowError`` from the call that goes too far.
    """
    total = 0
    complete = False
    deadline: float | None = None

    async def counted() -> dict[str, Any]:
        nonlocal total, complete, deadline
        if complete:
            return await receive()
        loop = asyncio.get_running_loop()
        deadline = deadline or loop.time() + (BODY_TIMEOUT_S if timeout_s is None else timeout_s)
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError as error:
            raise BodyTooSlowError from error
        if message["type"] != "http.request":
            return message
        total += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if total > limit:
            raise BodyTooLargeError
        return message

    return counted
