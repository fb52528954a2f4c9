"""How many subscriptions one person may hold open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from foyer.errors import CapacityError

MAX_FOLLOWED = 250
"""Subscriptions somebody may have open at once, over all their connections, WebSockets and event streams alike."""


class Places:
    """Counts who follows how much."""

    def __init__(self) -> None:
        self._taken: Counter[int] = Counter()

    @contextmanager
    def one(self, user_id: int) -> Iterator[None]:
        """Hold a place; raises ``CapacityError`` when somebody has none left."""
        if self._taken[user_id] >= MAX_FOLLOWED:
            raise CapacityError(f"{MAX_FOLLOWED} of your subscriptions are open; end some.", retry_after=5.0)
        self._taken[user_id] += 1
        try:
            yield
        finally:
            self._taken[user_id] -= 1
            self._taken += Counter()  # keeps only what is above zero
