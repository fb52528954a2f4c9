"""For whom something is read: their state is joined, and only their libraries are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A user as the library sees them. ``libraries`` is ``None`` for those who see every library."""

    user_id: int
    libraries: frozenset[int] | None = None

    def narrowed(self, libraries: Iterable[int]) -> Viewer:
        """The same user, looking only at some of the libraries open to them."""
        wanted = frozenset(libraries)
        return Viewer(user_id=self.user_id, libraries=wanted if self.libraries is None else wanted & self.libraries)

    def condition(self, column: str) -> tuple[str, tuple[int, ...]]:
        """A SQL condition on a library-id column, with its parameters."""
        if self.libraries is None:
            return "1", ()
        return f"{column} IN ({', '.join('?' * len(self.libraries))})", tuple(sorted(self.libraries))
