"""A short memory of what the database says, never older than what this process itself has changed."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Remembers found values for ``ttl_s``. ``forget`` takes effect at once, also for a read that is on its way.

    The short life bounds how long a change made by another process (the command line) goes unnoticed.
    """

    def __init__(
        self,
        load: Callable[[K], Awaitable[V | None]],
        *,
        ttl_s: float = 3.0,
        size: int = 2000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._ttl = ttl_s
        self._size = size
        self._clock = clock
        self._values: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._generation = 0

    async def get(self, key: K) -> V | None:
        """The value, from memory or the database; what does not exist is asked for each time."""
        moment = self._clock()
        known = self._values.get(key)
        if known is not None and moment - known[0] < self._ttl:
            return known[1]
        generation = self._generation
        value = await self._load(key)
        if value is not None and generation == self._generation:
            self._values[key] = (moment, value)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value

    def forget(self, key: K | None = None) -> None:
        """Forget one value, or all."""
        self._generation += 1
        if key is None:
            self._values.clear()
        else:
            self._values.pop(key, None)
