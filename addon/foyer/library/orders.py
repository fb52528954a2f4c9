"""Orders of item pages, and the opaque cursors that continue one exactly where it stopped."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

import orjson

from foyer.errors import ValidationError

MAX_ORDERS = 3


class OrderField(StrEnum):
    """What a page is sorted by. Items that lack it come as if it were the smallest value."""

    TITLE = "title"
    ADDED_AT = "added_at"
    PREMIERED = "premiered"
    YEAR = "year"
    DURATION = "duration"
    COMMUNITY_RATING = "community_rating"
    LAST_PLAYED_AT = "last_played_at"
    NUMBER = "number"
    LATEST = "latest"
    """When it came; a series is as new as its newest episode. Not offered by the API as a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One level of sorting."""

    field: OrderField
    descending: bool = False


DEFAULT_ORDER = (Order(field=OrderField.TITLE),)

EXPRESSIONS: dict[OrderField, tuple[str, ...]] = {
    OrderField.TITLE: ("i.sort_title",),
    OrderField.ADDED_AT: ("i.added_at",),
    OrderField.PREMIERED: ("ifnull(i.premiered, '')",),
    OrderField.YEAR: ("ifnull(i.year, 0)",),
    OrderField.DURATION: ("ifnull(i.duration_ms, 0)",),
    OrderField.COMMUNITY_RATING: ("ifnull(i.community_rating, 0.0)",),
    OrderField.LAST_PLAYED_AT: ("ifnull(p.last_played_at, 0)",),
    OrderField.LATEST: ("max(i.latest_at, i.added_at)",),
    OrderField.NUMBER: ("ifnull(i.season_number, 0)", "i.position"),
}
"""Written as in the indexes of migration 2, so that SQLite recognises them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One expression of a compiled order; ``i`` is the item, ``p`` the viewer's state of it."""

    sql: str
    descending: bool


def columns(orders: tuple[Order, ...]) -> tuple[Column, ...]:
    """The expressions of an order, ending with the id so that no two items are equal.

    Raises ``ValidationError`` for more than three levels.
    """
    if len(orders) > MAX_ORDERS:
        raise ValidationError(f"Order by at most {MAX_ORDERS} fields.", fields={"orderBy": "Too many fields."})
    orders = orders or DEFAULT_ORDER
    found = [Column(sql=sql, descending=order.descending) for order in orders for sql in EXPRESSIONS[order.field]]
    return (*found, Column(sql="i.id", descending=orders[0].descending))


def order_by(wanted: tuple[Column, ...], names: tuple[str, ...] | None = None) -> str:
    """The ORDER BY list of an order, over other column names where the expressions have been selected already."""
    shown = names or tuple(column.sql for column in wanted)
    return ", ".join(f"{sql} DESC" if column.descending else sql for sql, column in zip(shown, wanted, strict=True))


def after(wanted: tuple[Column, ...], position: tuple[object, ...]) -> tuple[str, tuple[object, ...]]:
    """A condition that holds for what follows a position, with its values.

    In one direction it is a row comparison, which an index answers; in mixed directions it is spelt out behind a first
    bound that an index can use.
    """
    if len({column.descending for column in wanted}) == 1:
        sign = "<" if wanted[0].descending else ">"
        listed = ", ".join(column.sql for column in wanted)
        return f"({listed}) {sign} ({', '.join('?' * len(wanted))})", position
    alternatives = []
    values: list[object] = [position[0]]
    for depth, column in enumerate(wanted):
        equal = [f"{earlier.sql} = ?" for earlier in wanted[:depth]]
        alternatives.append(" AND ".join([*equal, f"{column.sql} {'<' if column.descending else '>'} ?"]))
        values += position[: depth + 1]
    bound = f"{wanted[0].sql} {'<=' if wanted[0].descending else '>='} ?"
    return f"{bound} AND (({') OR ('.join(alternatives)}))", tuple(values)


def encode_cursor(orders: tuple[Order, ...], position: tuple[object, ...]) -> str:
    """An opaque cursor for a row's position in an order."""
    return base64.urlsafe_b64encode(orjson.dumps([_signature(orders), *position])).rstrip(b"=").decode()


def decode_cursor(orders: tuple[Order, ...], cursor: str) -> tuple[object, ...]:
    """Read a cursor; raises ``ValidationError`` when it is not one of this order."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        signature, *position = orjson.loads(raw)
    except (binascii.Error, ValueError, TypeError) as error:
        raise _refusal() from error
    fits = len(position) == len(columns(orders)) and all(
        isinstance(value, str | int | float) and not isinstance(value, bool) for value in position
    )
    if signature != _signature(orders) or not fits or not isinstance(position[-1], int):
        raise _refusal()
    return tuple(position)


def _refusal() -> ValidationError:
    return ValidationError("This is not a cursor of this list.", fields={"after": "Use a cursor from the same list."})


def _signature(orders: tuple[Order, ...]) -> str:
    return ",".join(f"{'-' if order.descending else ''}{order.field}" for order in orders or DEFAULT_ORDER)
