"""Filters and orders of items as they are asked for, turned into the library's own."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import strawberry

from foyer.api.schema.enums import expose
from foyer.api.schema.kinds import HdrKind, ItemKind
from foyer.api.schema.scalars import DateTimeRange, FloatRange, IdSetFilter, IntRange, StringFilter
from foyer.db.fields import to_instant
from foyer.errors import ValidationError
from foyer.ids import NodeKind, decode_as
from foyer.library.filters import IdSet, ItemFilter, Range, TextFilter
from foyer.library.orders import Order, OrderField

MAX_DEPTH = 4


@strawberry.input(
    name="ItemFilter",
    description="Which items are wanted. All conditions given must hold; `and`, `or` and `not` nest up to 4 deep.",
)
class ItemFilterInput:
    and_: list[ItemFilterInput] | None = strawberry.field(default=None, name="and", description="All of these hold.")
    or_: list[ItemFilterInput] | None = strawberry.field(default=None, name="or", description="One of these holds.")
    not_: ItemFilterInput | None = strawberry.field(default=None, name="not", description="This does not hold.")
    kinds: list[ItemKind] | None = strawberry.field(
        default=None, description="Of one of these kinds; without any, what a grid shows (no seasons or episodes)."
    )
    libraries: list[strawberry.ID] | None = strawberry.field(default=None, description="In one of these libraries.")
    title: StringFilter | None = strawberry.field(default=None, description="By title, without case and accents.")
    year: IntRange | None = strawberry.field(default=None, description="By the year it came out.")
    genres: IdSetFilter | None = strawberry.field(default=None, description="By genre.")
    tags: IdSetFilter | None = strawberry.field(default=None, description="By tag.")
    added_at: DateTimeRange | None = strawberry.field(default=None, description="By when it was added.")
    duration_seconds: FloatRange | None = strawberry.field(default=None, description="By how long it plays.")
    community_rating: FloatRange | None = strawberry.field(default=None, description="By what others think of it.")
    height: IntRange | None = strawberry.field(default=None, description="By the lines of its best version.")
    hdr: list[HdrKind] | None = strawberry.field(default=None, description="With one of these dynamic ranges.")
    watched: bool | None = strawberry.field(
        default=None, description="Whether you have seen it; of a series or season, every episode."
    )
    in_progress: bool | None = strawberry.field(default=None, description="Whether you have begun it.")
    favourite: bool | None = strawberry.field(default=None, description="Whether it is one of your favourites.")


class ItemOrderField(StrEnum):
    """What items can be sorted by."""

    TITLE = "title"
    ADDED_AT = "added_at"
    PREMIERED = "premiered"
    YEAR = "year"
    DURATION = "duration"
    COMMUNITY_RATING = "community_rating"
    LAST_PLAYED_AT = "last_played_at"
    NUMBER = "number"


class SortDirection(StrEnum):
    """Up or down."""

    ASC = "asc"
    DESC = "desc"


expose(
    ItemOrderField,
    "What items can be sorted by; those that lack it count as the smallest.",
    {
        ItemOrderField.TITLE: "By title, without a leading article.",
        ItemOrderField.ADDED_AT: "By when it came into the library.",
        ItemOrderField.PREMIERED: "By the day it came out.",
        ItemOrderField.YEAR: "By the year it came out.",
        ItemOrderField.DURATION: "By how long it plays.",
        ItemOrderField.COMMUNITY_RATING: "By what others think of it.",
        ItemOrderField.LAST_PLAYED_AT: "By when you last watched it.",
        ItemOrderField.NUMBER: "By season and episode number.",
    },
)
expose(
    SortDirection,
    "Which way a list is sorted.",
    {SortDirection.ASC: "The smallest first.", SortDirection.DESC: "The largest first."},
)


@strawberry.input(description="One level of sorting; the id decides between equals.")
class ItemOrder:
    field: ItemOrderField = strawberry.field(description="What to sort by.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which way.")


def orders(given: Iterable[ItemOrder] | None) -> tuple[Order, ...]:
    """The library's orders."""
    return tuple(
        Order(field=OrderField(one.field.value), descending=one.direction is SortDirection.DESC) for one in given or ()
    )


def item_filter(given: ItemFilterInput | None, depth: int = 1) -> ItemFilter:
    """The library's filter; raises ``ValidationError`` when it is nested too deeply, ``NotFoundError`` for no ids."""
    if given is None:
        return ItemFilter()
    if depth > MAX_DEPTH:
        raise ValidationError(f"A filter may be nested {MAX_DEPTH} deep.", fields={"filter": "Nested too deeply."})
    added = given.added_at
    return ItemFilter(
        and_=tuple(item_filter(one, depth + 1) for one in given.and_ or ()),
        or_=tuple(item_filter(one, depth + 1) for one in given.or_ or ()),
        not_=None if given.not_ is None else item_filter(given.not_, depth + 1),
        kinds=None if given.kinds is None else tuple(given.kinds),
        libraries=rows(NodeKind.LIBRARY, given.libraries),
        title=_text(given.title),
        year=_range(given.year),
        genres=_ids(NodeKind.GENRE, given.genres),
        tags=_ids(NodeKind.TAG, given.tags),
        added_at=None
        if added is None
        else Range(
            gte=None if added.gte is None else to_instant(added.gte),
            below=None if added.lt is None else to_instant(added.lt),
        ),
        duration_ms=_range(given.duration_seconds, scale=1000),
        community_rating=_range(given.community_rating),
        height=_range(given.height),
        hdr=None if given.hdr is None else tuple(given.hdr),
        watched=given.watched,
        in_progress=given.in_progress,
        favourite=given.favourite,
    )


def rows(kind: NodeKind, ids: Iterable[str] | None) -> tuple[int, ...] | None:
    """Row ids from global ids of one kind."""
    return None if ids is None else tuple(decode_as(kind, one) for one in ids)


def _ids(kind: NodeKind, given: IdSetFilter | None) -> IdSet | None:
    if given is None:
        return None
    return IdSet(any=rows(kind, given.any), all=rows(kind, given.all), none=rows(kind, given.none))


def _text(given: StringFilter | None) -> TextFilter | None:
    if given is None:
        return None
    any_of = None if given.in_ is None else tuple(given.in_)
    return TextFilter(eq=given.eq, any_of=any_of, contains=given.contains, starts_with=given.starts_with)


def _range(given: IntRange | FloatRange | None, scale: int = 1) -> Range | None:
    if given is None:
        return None
    return Range(
        gte=None if given.gte is None else given.gte * scale, lte=None if given.lte is None else given.lte * scale
    )
