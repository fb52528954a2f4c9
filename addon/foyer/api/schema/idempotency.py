"""The same request twice does the work once: answers kept for a while under a key the client chose."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from foyer.accounts.principal import Principal
from foyer.errors import ValidationError

T = TypeVar("T")
KEEP_SECONDS = 3600.0
MAX_KEPT = 1000
MAX_KEY = 200


class Idempotency:
    """Remembers what was done under which key, for each user; a failure is not remembered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._done: OrderedDict[tuple[int, str], tuple[float, asyncio.Future[Any]]] = OrderedDict()

    async def once(self, principal: Principal, key: str | None, do: Callable[[], Awaitable[T]]) -> T:
        """What ``do`` returned the first time; without a key it is simply done."""
        if key is None:
            return await do()
        if not 0 < len(key) <= MAX_KEY:
            raise ValidationError("The key does not do.", fields={"idempotencyKey": f"Use 1 to {MAX_KEY} characters."})
        self._forget_old()
        name = (principal.user_id, key)
        if name in self._done:
            known: T = await asyncio.shield(self._done[name][1])
            return known
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._done[name] = (self._clock(), answer)
        try:
            result = await do()
        except BaseException as error:
            self._done.pop(name, None)  # many others may have pushed it out
            answer.set_exception(error) if isinstance(error, Exception) else answer.cancel()
            if isinstance(error, Exception):
                answer.exception()  # seen here; whoever waits sees it too
            raise
        answer.set_result(result)
        return result

    def _forget_old(self) -> None:
        horizon = self._clock() - KEEP_SECONDS
        while self._done and (len(self._done) >= MAX_KEPT or next(iter(self._done.values()))[0] < horizon):
            self._done.popitem(last=False)
