"""One answer for all who ask the same at the same time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

MAX_SHARED = 256


class Shared:
    """What an event is about, read once for all who follow it."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, asyncio.Future[Any]] = OrderedDict()

    async def get(self, key: Hashable, load: Callable[[], Awaitable[Any]]) -> Any:
        """What ``load`` gave the first who asked; a failure is not kept."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = asyncio.ensure_future(load())
            if len(self._known) > MAX_SHARED:
                self._known.popitem(last=False)
        try:
            return await asyncio.shield(found)
        except BaseException:
            if found.done() and self._known.get(key) is found:
                del self._known[key]
            raise
