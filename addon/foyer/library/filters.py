"""Item filters as values, compiled to SQL conditions in which every value is a placeholder.

The shapes are those of ``ItemFilter`` in the GraphQL contract; ids are row ids here.
"""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from foyer.errors import ValidationError
from foyer.library.titles import fold
from foyer.media.info import HdrKind

MAX_DEPTH = 4
MAX_VALUES = 200


class ItemKind(StrEnum):
    """What an item is in the graph; the values are those of ``item.kind``."""

    MOVIE = "movie"
    SERIES = "series"
    SEASON = "season"
    EPISODE = "episode"
    MUSIC_VIDEO = "music_video"
    ARTIST = "artist"
    HOME_VIDEO = "home_video"


TOP_KINDS = (ItemKind.MOVIE, ItemKind.SERIES, ItemKind.MUSIC_VIDEO, ItemKind.HOME_VIDEO)
"""What a grid shows when no kind is asked for."""
PLAYABLE_KINDS = (ItemKind.MOVIE, ItemKind.EPISODE, ItemKind.MUSIC_VIDEO, ItemKind.HOME_VIDEO)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFilter:
    """Conditions on a text, compared without case and accents; all that are given must hold."""

    eq: str | None = None
    any_of: tuple[str, ...] | None = None
    contains: str | None = None
    starts_with: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """An inclusive range of numbers, open where ``None``. ``below`` is an exclusive upper end."""

    gte: float | None = None
    lte: float | None = None
    below: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdSet:
    """Conditions on the labels an item carries, by row id."""

    any: tuple[int, ...] | None = None
    all: tuple[int, ...] | None = None
    none: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Which items; everything given must hold. ``added_at`` is in microseconds since the epoch.

    ``watched`` of a series or season means that every episode at hand is watched.
    """

    and_: tuple[ItemFilter, ...] = ()
    or_: tuple[ItemFilter, ...] = ()
    not_: ItemFilter | None = None
    kinds: tuple[ItemKind, ...] | None = None
    libraries: tuple[int, ...] | None = None
    title: TextFilter | None = None
    year: Range | None = None
    genres: IdSet | None = None
    tags: IdSet | None = None
    artists: IdSet | None = None
    parent: int | None = None
    series: int | None = None
    added_at: Range | None = None
    duration_ms: Range | None = None
    community_rating: Range | None = None
    height: Range | None = None
    hdr: tuple[HdrKind, ...] | None = None
    watched: bool | None = None
    in_progress: bool | None = None
    favourite: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A piece of SQL on ``i`` (the item) and its values.

    ``ids`` is a query for the ids of all items that meet it, where there is one: when few do, a page is read from
    those instead of walking an index past everything else.
    """

    sql: str
    values: tuple[object, ...] = ()
    ids: str | None = None
    id_values: tuple[object, ...] = field(default=())


def compile_filter(wanted: ItemFilter, user_id: int) -> list[Condition]:
    """The conditions of a filter, all of which must hold, without its outermost kinds and libraries.

    Raises ``ValidationError`` when it is nested too deeply or lists too many values.
    """
    _check(wanted, 1)
    return list(_conditions(wanted, user_id, outermost=True))


def mentions_kinds(wanted: ItemFilter) -> bool:
    """Whether any part of a filter says which kinds."""
    inner = (*wanted.and_, *wanted.or_, *((wanted.not_,) if wanted.not_ else ()))
    return wanted.kinds is not None or any(mentions_kinds(part) for part in inner)


def _check(wanted: ItemFilter, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValidationError(f"A filter may be nested {MAX_DEPTH} deep.", fields={"filter": "Nested too deeply."})
    inner = (*wanted.and_, *wanted.or_, *((wanted.not_,) if wanted.not_ else ()))
    lists: list[Sequence[object] | None] = [inner, wanted.kinds, wanted.libraries, wanted.hdr]
    for ids in (wanted.genres, wanted.tags, wanted.artists):
        lists += [ids.any, ids.all, ids.none] if ids else []
    lists += [wanted.title.any_of] if wanted.title else []
    if any(values is not None and len(values) > MAX_VALUES for values in lists):
        raise ValidationError(f"A filter may list {MAX_VALUES} values.", fields={"filter": "Too many values."})
    for part in inner:
        _check(part, depth + 1)


def _conditions(wanted: ItemFilter, user_id: int, *, outermost: bool) -> Iterator[Condition]:
    if not outermost and wanted.kinds is not None:
        yield _one_of("i.kind", [kind.value for kind in wanted.kinds])
    if not outermost and wanted.libraries is not None:
        yield _one_of("i.library_id", wanted.libraries)
    yield from _facts(wanted)
    for ids in (wanted.genres, wanted.tags):
        yield from _linked(ids, "item_label", "label_id")
    yield from _linked(wanted.artists, "item_artist", "artist_id")
    yield from _state(wanted, user_id)
    yield from _combinations(wanted, user_id)


def _facts(wanted: ItemFilter) -> Iterator[Condition]:
    if wanted.parent is not None:
        yield _by_column("parent_id", wanted.parent)
    if wanted.series is not None:
        yield _by_column("series_id", wanted.series)
    yield from _text(wanted.title)
    for column, limits in (
        ("i.year", wanted.year),
        ("i.added_at", wanted.added_at),
        ("i.duration_ms", wanted.duration_ms),
        ("i.community_rating", wanted.community_rating),
        ("i.height", wanted.height),
    ):
        yield from _range(column, limits)
    if wanted.hdr is not None:
        yield _one_of("i.hdr", [kind.value for kind in wanted.hdr])


def _combinations(wanted: ItemFilter, user_id: int) -> Iterator[Condition]:
    for part in wanted.and_:
        yield _all(list(_conditions(part, user_id, outermost=False)))
    if wanted.or_:
        yield _any([_all(list(_conditions(part, user_id, outermost=False))) for part in wanted.or_])
    if wanted.not_ is not None:
        inner = _all(list(_conditions(wanted.not_, user_id, outermost=False)))
        yield Condition(sql=f"ifnull(NOT ({inner.sql}), 1)", values=inner.values)


def _all(parts: list[Condition]) -> Condition:
    return _joined(parts, " AND ", "1")


def _any(parts: list[Condition]) -> Condition:
    return _joined(parts, " OR ", "0")


def _joined(parts: list[Condition], word: str, nothing: str) -> Condition:
    values = tuple(value for part in parts for value in part.values)
    return Condition(sql=f"({word.join(part.sql for part in parts) or nothing})", values=values)


def marks(values: Sequence[object]) -> str:
    """Placeholders for a list of values."""
    return ", ".join("?" * len(values))


def _one_of(column: str, values: Sequence[object]) -> Condition:
    return Condition(sql=f"{column} IN ({marks(values)})", values=tuple(values))


def _by_column(column: str, value: int) -> Condition:
    return Condition(
        sql=f"i.{column} = ?", values=(value,), ids=f"SELECT id FROM item WHERE {column} = ?", id_values=(value,)
    )


def _range(column: str, limits: Range | None) -> Iterator[Condition]:
    if limits is None:
        return
    for sign, value in ((">=", limits.gte), ("<=", limits.lte), ("<", limits.below)):
        if value is not None:
            yield Condition(sql=f"{column} {sign} ?", values=(value,))


def _text(wanted: TextFilter | None) -> Iterator[Condition]:
    if wanted is None:
        return
    if wanted.eq is not None:
        yield _titles("= ?", (fold(wanted.eq),))
    if wanted.any_of is not None:
        yield _titles(f"IN ({marks(wanted.any_of)})", tuple(fold(text) for text in wanted.any_of))
    if wanted.contains:
        yield Condition(sql="instr(i.folded_title, ?) > 0", values=(fold(wanted.contains),))
    if wanted.starts_with:
        start = fold(wanted.starts_with)
        yield _titles("BETWEEN ? AND ?", (start, f"{start}\U0010ffff"))


def _titles(test: str, values: tuple[object, ...]) -> Condition:
    return Condition(
        sql=f"i.folded_title {test}",
        values=values,
        ids=f"SELECT id FROM item WHERE folded_title {test} AND hidden = 0",
        id_values=values,
    )


def _linked(wanted: IdSet | None, table: str, column: str) -> Iterator[Condition]:
    if wanted is None:
        return
    exists = f"EXISTS (SELECT 1 FROM {table} l WHERE l.item_id = i.id AND l.{column} IN ({{}}))"
    if wanted.any is not None:
        listed = marks(wanted.any)
        yield Condition(
            sql=exists.format(listed),
            values=wanted.any,
            ids=f"SELECT item_id FROM {table} WHERE {column} IN ({listed})",
            id_values=wanted.any,
        )
    for value in wanted.all or ():
        yield Condition(
            sql=exists.format("?"),
            values=(value,),
            ids=f"SELECT item_id FROM {table} WHERE {column} = ?",
            id_values=(value,),
        )
    if wanted.none:
        yield Condition(sql=f"NOT {exists.format(marks(wanted.none))}", values=wanted.none)


_WATCHED = "EXISTS (SELECT 1 FROM play_state s WHERE s.user_id = ? AND s.item_id = {} AND s.watched = 1)"
_EPISODES_WATCHED = (
    "EXISTS (SELECT 1 FROM item e WHERE e.{0} = i.id AND e.kind = 'episode' AND e.hidden = 0) AND NOT EXISTS "
    "(SELECT 1 FROM item e WHERE e.{0} = i.id AND e.kind = 'episode' AND e.hidden = 0 AND NOT "
    + _WATCHED.format("e.id")
    + ")"
)
WATCHED_SQL = (
    f"CASE i.kind WHEN 'series' THEN {_EPISODES_WATCHED.format('series_id')} "
    f"WHEN 'season' THEN {_EPISODES_WATCHED.format('parent_id')} ELSE {_WATCHED.format('i.id')} END"
)
"""Takes the user's id three times."""


def _state(wanted: ItemFilter, user_id: int) -> Iterator[Condition]:
    if wanted.watched is not None:
        sign = "" if wanted.watched else "NOT "
        yield Condition(sql=f"{sign}({WATCHED_SQL})", values=(user_id,) * 3)
    for flag, test in ((wanted.in_progress, "position_ms > 0"), (wanted.favourite, "favourite = 1")):
        if flag is None:
            continue
        ids = f"SELECT item_id FROM play_state WHERE user_id = ? AND {test}"
        exists = f"EXISTS (SELECT 1 FROM play_state s WHERE s.user_id = ? AND s.item_id = i.id AND s.{test})"
        if flag:
            yield Condition(sql=exists, values=(user_id,), ids=ids, id_values=(user_id,))
        else:
            yield Condition(sql=f"NOT {exists}", values=(user_id,))
