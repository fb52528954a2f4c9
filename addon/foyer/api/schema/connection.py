"""Lists as pages: keyset cursors that stay right while rows come and go."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, TypeVar

import orjson
import strawberry

from foyer.api.schema.fields import resolved
from foyer.errors import ValidationError

MAX_FIRST = 100
MAX_COUNT = 10_000
"""Counting stops here; nobody pages that far, and it keeps a count cheap."""

T = TypeVar("T")
SortKey = tuple[str | int | float | None, ...]

First = Annotated[int, strawberry.argument(description="How many, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="The `endCursor` of the page before.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a list is wanted: at most ``first`` rows behind the row with the sort key ``after``."""

    first: int
    after: SortKey | None

    @classmethod
    def read(cls, first: int, after: str | None) -> Window:
        """Check the arguments of a list; raises ``ValidationError``."""
        return cls(first=page_size(first), after=None if after is None else decode_cursor(after))


def encode_cursor(key: Sequence[str | int | float | None]) -> str:
    """The cursor of a row: base64url of its sort values and id as JSON."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key))).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> SortKey:
    """Read a cursor; raises ``ValidationError`` for anything that is none."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise no_cursor() from error
    if not isinstance(values, list) or not all(isinstance(value, str | int | float | None) for value in values):
        raise no_cursor()
    return tuple(values)


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows behind `endCursor`.")
    has_previous_page: bool = strawberry.field(description="Whether something stands before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first entry.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last entry; give it as `after`.")


@strawberry.type(description="An entry of a page with its place in the list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The entry's place; give it as `after` to go on behind it.")
    node: T = strawberry.field(description="The entry.")


Count = Callable[[], Awaitable[int]]


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    nodes: list[T] = strawberry.field(description="The entries, without their cursors.")
    cursors: strawberry.Private[Sequence[str]]
    more: strawberry.Private[bool]
    behind: strawberry.Private[bool]
    count: strawberry.Private[Count | None] = None

    @resolved("The entries with their cursors.")
    def edges(self) -> list[Edge[T]]:
        return [Edge(cursor=cursor, node=node) for cursor, node in zip(self.cursors, self.nodes, strict=True)]

    @resolved("Where this page lies in the list.")
    def page_info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self.more,
            has_previous_page=self.behind,
            start_cursor=self.cursors[0] if self.cursors else None,
            end_cursor=self.cursors[-1] if self.cursors else None,
        )

    @resolved(
        "How many there are: exact up to 10,000, then 10,000; null where it is not known cheaply. "
        "Costs a statement of its own, so ask only when it is shown."
    )
    async def total_count(self) -> int | None:
        return None if self.count is None else min(MAX_COUNT, await self.count())


def page(
    window: Window,
    rows: Sequence[Any],
    convert: Callable[[Any], Any],
    key: Callable[[Any], SortKey],
    count: Count | None = None,
) -> Connection[Any]:
    """A connection from rows that were read with one more than ``window.first``, which tells whether more follows."""
    kept = rows[: window.first]
    return Connection(
        nodes=[convert(row) for row in kept],
        cursors=[encode_cursor(key(row)) for row in kept],
        more=len(rows) > window.first,
        behind=window.after is not None,
        count=count,
    )


def list_page(
    window: Window,
    rows: Sequence[Any],
    convert: Callable[[Any], Any],
    key: Callable[[Any], SortKey],
) -> Connection[Any]:
    """A connection over a list that is short enough to be read whole; ``key`` rises along it when sorted."""
    ordered = sorted(rows, key=key)
    start = 0
    if window.after is not None:
        try:
            start = bisect_right(ordered, window.after, key=key)
        except TypeError as error:
            raise no_cursor() from error

    async def count() -> int:
        return len(ordered)

    found = page(window, ordered[start : start + window.first + 1], convert, key, count)
    return replace(found, behind=start > 0)


def row_key(window: Window) -> int | None:
    """The cursor of a list that is ordered by id alone; raises ``ValidationError`` for another list's."""
    match window.after:
        case None:
            return None
        case (int(row),):
            return row
    raise no_cursor()


def page_size(first: int) -> int:
    """Check how many are asked for; raises ``ValidationError``."""
    if not 1 <= first <= MAX_FIRST:
        problem = f"Use 1 to {MAX_FIRST}, not {first}."
        raise ValidationError(f"A page holds 1 to {MAX_FIRST} entries.", fields={"first": problem})
    return first


def no_cursor() -> ValidationError:
    """The refusal of a cursor of some other list."""
    return ValidationError("This is not a cursor of this list.", fields={"after": "Use a cursor from a page."})
