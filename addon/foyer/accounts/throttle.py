"""Back-off and lock-out for guesses, per name and address.

Every try counts before it is checked, so that a thousand at once are not a thousand free ones; a right password clears
the pair it came from. Three counters keep each other honest: one pair is slowed down early, one address that tries many
names later, and one name that is tried from many addresses last, so that strangers cannot easily lock somebody out.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from foyer.errors import RateLimitedError

FREE_OF_PAIR = 5
FREE_OF_ADDRESS = 30
FREE_OF_NAME = 100
FIRST_DELAY_S = 2.0
LONGEST_DELAY_S = 15 * 60.0
FORGET_AFTER_S = 60 * 60.0
REMEMBERED = 20_000


@dataclass(slots=True)
class _Tries:
    count: int = 0
    last: float = 0.0
    blocked_until: float = 0.0


class LoginThrottle:
    """Counts tries in memory; a restart forgives."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def begin(self, name: str, address: str | None) -> None:
        """Count a try; raises ``RateLimitedError`` with ``retry_after`` while the pair, address or name must wait."""
        moment = self._clock()
        keys = _keys(name, address)
        wait = max((self._get(key).blocked_until - moment for key, _ in keys), default=0.0)
        if wait > 0:
            raise RateLimitedError("Too many attempts. Wait before you try again.", retry_after=round(wait, 1))
        for key, free in keys:
            self._count(self._get(key), free, moment)
        while len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)

    def succeed(self, name: str, address: str | None) -> None:
        """Forget the tries of this pair, and take back the one that was right from the others."""
        (pair, _), *others = _keys(name, address)
        self._tries.pop(pair, None)
        for key, _ in others:
            if (tries := self._tries.get(key)) is not None:
                tries.count = max(0, tries.count - 1)

    def _get(self, key: str) -> _Tries:
        moment = self._clock()
        tries = self._tries.get(key)
        if tries is None or moment - tries.last > FORGET_AFTER_S:
            tries = self._tries[key] = _Tries(last=moment)
        self._tries.move_to_end(key)
        return tries

    def _count(self, tries: _Tries, free: int, moment: float) -> None:
        tries.count += 1
        tries.last = moment
        if tries.count >= free:
            delay = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(30, tries.count - free))
            tries.blocked_until = moment + delay


def _keys(name: str, address: str | None) -> tuple[tuple[str, int], ...]:
    name = name.casefold()[:100]
    where = address or "-"
    return (
        (f"pair:{where}:{name}", FREE_OF_PAIR),
        (f"address:{where}", FREE_OF_ADDRESS),
        (f"name:{name}", FREE_OF_NAME),
    )
