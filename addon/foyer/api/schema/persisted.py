"""Operations known by the hash of their text: those that are shipped, and those that clients register."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from foyer.errors import FoyerError, NotFoundError, ValidationError

SHIPPED = "operations.json"
"""In this package: SHA-256 to text of every operation in graphql/operations, written by ``script/schema``."""
MAX_REGISTERED = 256
MAX_CHARACTERS = 16 * 1024


class OperationUnknownError(NotFoundError):
    """The hash names no operation; the client sends the text along and both know it from then on."""


@cache
def shipped_operations() -> dict[str, str]:
    """The operations of graphql/operations by hash; read-only."""
    found: dict[str, str] = orjson.loads(files("foyer.api.schema").joinpath(SHIPPED).read_bytes())
    return found


def hash_of(text: str) -> str:
    """The name of an operation: SHA-256 of its UTF-8 text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


class PersistedOperations:
    """Finds operations by hash. Only those who are logged in may register, the least recently used going first."""

    def __init__(self) -> None:
        self._registered: OrderedDict[str, str] = OrderedDict()

    def resolve(self, query: str | None, extensions: dict[str, Any] | None, *, may_register: bool) -> str | None:
        """The text to run.

        Raises ``OperationUnknownError`` for an unknown hash and ``ValidationError`` for a hash that is not the text's.
        """
        wanted = (extensions or {}).get("persistedQuery")
        if not isinstance(wanted, dict):
            return query
        name = wanted.get("sha256Hash")
        if not isinstance(name, str):
            raise ValidationError("A persisted query needs its sha256Hash.")
        if query is None:
            return self._find(name)
        if hash_of(query) != name:
            raise ValidationError("The sha256Hash is not that of the query.")
        if may_register and len(query) <= MAX_CHARACTERS and name not in shipped_operations():
            self._registered[name] = query
            if len(self._registered) > MAX_REGISTERED:
                self._registered.popitem(last=False)
        return query

    def _find(self, name: str) -> str:
        if (text := shipped_operations().get(name)) is not None:
            return text
        if name not in self._registered:
            raise OperationUnknownError("PersistedQueryNotFound")
        self._registered.move_to_end(name)
        return self._registered[name]


def persisted_extensions(error: FoyerError) -> dict[str, Any]:
    """The extensions of a refusal; clients of automatic persisted queries look for this code before they register."""
    code = "PERSISTED_QUERY_NOT_FOUND" if isinstance(error, OperationUnknownError) else error.code
    return {"code": code}
