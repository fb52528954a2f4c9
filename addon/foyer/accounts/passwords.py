"""Passwords: Argon2id (RFC 9106) on one thread beside the event loop, with a short queue.

The cost is OWASP's second choice (19 MiB, two passes): 21 ms here. Argon2's own default takes 115 ms and 64 MiB each,
which a handful of strangers could use to stop a small machine.
"""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from foyer.errors import RateLimitedError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from argon2 import PasswordHasher

T = TypeVar("T")

QUEUE_LIMIT = 16
MIN_LENGTH = 8
MAX_BYTES = 512


def check_rules(password: str, *, name: str) -> None:
    """Raise ``ValidationError`` for a password that is too short, too long or the user's own name."""
    problem = None
    if len(password) < MIN_LENGTH:
        problem = f"Use at least {MIN_LENGTH} characters."
    elif len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        problem = f"Use at most {MAX_BYTES} bytes."
    elif password.casefold() == name.casefold():
        problem = "Use something else than the name."
    if problem is not None:
        raise ValidationError(f"The password does not do. {problem}", fields={"password": problem})


class Passwords:
    """Hashes and checks passwords; everything here takes about 20 ms of a thread."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="argon2")
        self._waiting = 0
        self._hasher: PasswordHasher | None = None
        self._decoy = ""

    async def hash(self, password: str) -> str:
        """The encoded hash to keep."""
        return await self._run(lambda: self._loaded().hash(_bytes(password)))

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Whether a password is right. For an unknown user (``None``) it takes as long and says no."""
        return await self._run(lambda: self._verify(encoded, password))

    def is_outdated(self, encoded: str) -> bool:
        """Whether a hash was made with other costs than today's."""
        return self._loaded().check_needs_rehash(encoded)

    def close(self) -> None:
        """Let the thread go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= QUEUE_LIMIT:
            raise RateLimitedError("Too many people are signing in. Try again in a moment.", retry_after=2.0)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1

    def _verify(self, encoded: str | None, password: str) -> bool:
        from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415 - see _loaded

        hasher = self._loaded()
        try:
            hasher.verify(encoded or self._decoy, _bytes(password))
        except (Argon2Error, InvalidHashError):
            return False
        return encoded is not None

    def _loaded(self) -> PasswordHasher:
        if self._hasher is None:
            from argon2 import PasswordHasher  # noqa: PLC0415 - 4 MB that a server without sign-ins never needs

            hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
            self._decoy = hasher.hash(secrets.token_bytes(16))
            self._hasher = hasher
        return self._hasher


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")[: MAX_BYTES + 1]
