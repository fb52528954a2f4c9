"""Items as they are read: pages by keyset, items by id. Visibility and library access are part of every query."""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from foyer.db.fields import from_instant
from foyer.db.reader import Reader
from foyer.errors import NotFoundError
from foyer.ids import ItemId, LibraryId
from foyer.library.filters import (
    TOP_KINDS,
    Condition,
    ItemFilter,
    ItemKind,
    compile_filter,
    marks,
    mentions_kinds,
)
from foyer.library.orders import DEFAULT_ORDER, Order, after, columns, decode_cursor, encode_cursor, order_by
from foyer.library.viewer import Viewer

MAX_PAGE = 500
TOTAL_CAP = 10_000
FEW = 2_000
"""A condition that this many items meet is read from its own index, and sorted, instead of walking the order's."""
_MAX_BRANCHES = 64

ITEM_COLUMNS = (
    "i.id, i.library_id, i.kind, i.parent_id, i.series_id, i.title, i.sort_title, i.original_title, i.year, "
    "i.premiered, i.tagline, i.overview, i.season_number, i.number, i.last_number, i.absolute_number, i.position, "
    "i.duration_ms, i.height, i.hdr, i.community_rating, i.content_rating, i.added_at, i.updated_at, i.hidden"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """An item's own facts; what it is related to is read in batches (``foyer.library.details``)."""

    id: ItemId
    library_id: LibraryId
    kind: ItemKind
    parent_id: ItemId | None
    series_id: ItemId | None
    title: str
    sort_title: str
    original_title: str | None
    year: int | None
    premiered: str | None
    """ISO 8601 date."""
    tagline: str | None
    overview: str | None
    season_number: int | None
    number: int | None
    last_number: int | None
    """Last episode of a file that holds several."""
    absolute_number: int | None
    position: int
    """What children are ordered by within their parent."""
    duration_ms: int | None
    height: int | None
    hdr: str | None
    community_rating: float | None
    content_rating: str | None
    added_at: datetime
    updated_at: datetime
    hidden: bool
    """No file of it is at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """A page of items with a cursor for each, in order."""

    items: tuple[ItemRow, ...]
    cursors: tuple[str, ...]
    has_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """A question for items. Without any kind in the filter it is for what a grid shows (``TOP_KINDS``)."""

    filter: ItemFilter = field(default_factory=ItemFilter)
    orders: tuple[Order, ...] = DEFAULT_ORDER
    after: str | None = None
    first: int = 50


def item_row(row: sqlite3.Row) -> ItemRow:
    """An item from a row with ``ITEM_COLUMNS``."""
    values = dict(zip(_NAMES, row, strict=False))
    values["kind"] = ItemKind(values["kind"])
    values["added_at"] = from_instant(values["added_at"])
    values["updated_at"] = from_instant(values["updated_at"])
    values["hidden"] = bool(values["hidden"])
    return ItemRow(**values)


_NAMES = tuple(name.strip().removeprefix("i.") for name in ITEM_COLUMNS.split(","))


class Items:
    """Reads items for a viewer. Each call is one trip to the reading connection."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def page(self, query: ItemQuery, viewer: Viewer) -> ItemPage:
        """A page of items. Raises ``ValidationError`` for a bad filter, order or cursor."""
        plan = _Plan(query, viewer)
        return await self._reader.run(plan.page, label="items.page")

    async def total(self, query: ItemQuery, viewer: Viewer) -> int:
        """How many items the query finds on all its pages: exact up to ``TOTAL_CAP``, then one more than that."""
        plan = _Plan(query, viewer)
        return await self._reader.run(plan.total, label="items.total")

    async def by_ids(self, ids: Sequence[int], viewer: Viewer | None = None) -> dict[int, ItemRow]:
        """Items by id, hidden ones too; those that do not exist or are not open to the viewer are left out."""
        allowed, values = ("1", ()) if viewer is None else viewer.condition("i.library_id")
        rows = await self._reader.all(
            f"SELECT {ITEM_COLUMNS} FROM item i WHERE i.id IN ({marks(ids)}) AND {allowed}",
            (*ids, *values),
        )
        return {row["id"]: item_row(row) for row in rows}

    async def get(self, item_id: int, viewer: Viewer | None = None) -> ItemRow:
        """One item; raises ``NotFoundError`` when there is none or the viewer may not know of it."""
        found = await self.by_ids([item_id], viewer)
        if item_id not in found:
            raise NotFoundError("There is no such item.", id=item_id)
        return found[item_id]


class _Plan:
    """A compiled question: per library and kind one walk along an index, merged."""

    def __init__(self, query: ItemQuery, viewer: Viewer) -> None:
        self._filter = query.filter
        self._viewer = viewer
        self._orders = query.orders or DEFAULT_ORDER
        self._columns = columns(self._orders)
        self._first = max(0, min(query.first, MAX_PAGE))
        self._conditions = compile_filter(query.filter, viewer.user_id)
        self._after = decode_cursor(self._orders, query.after) if query.after else None
        if query.filter.kinds is not None:
            self._kinds: tuple[ItemKind, ...] = tuple(dict.fromkeys(query.filter.kinds))
        elif mentions_kinds(query.filter):
            self._kinds = tuple(ItemKind)
        else:
            self._kinds = TOP_KINDS

    def page(self, connection: sqlite3.Connection) -> ItemPage:
        """Read the page; one row more than asked says whether there is a next one."""
        sql, values = self._statement(connection, limit=self._first + 1)
        rows = connection.execute(sql, values).fetchall() if sql else []
        shown = rows[: self._first]
        width = len(_NAMES)
        return ItemPage(
            items=tuple(item_row(row) for row in shown),
            cursors=tuple(encode_cursor(self._orders, tuple(row)[width:]) for row in shown),
            has_next=len(rows) > self._first,
        )

    def total(self, connection: sqlite3.Connection) -> int:
        """Count up to one past the cap."""
        self._after = None
        inner, values = self._ids(connection, limit=TOTAL_CAP + 1, ordered=False)
        if not inner:
            return 0
        return int(
            connection.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM ({inner}) LIMIT ?)", (*values, TOTAL_CAP + 1)
            ).fetchone()[0]
        )

    def _statement(self, connection: sqlite3.Connection, *, limit: int) -> tuple[str, tuple[object, ...]]:
        inner, values = self._ids(connection, limit=limit, ordered=True)
        if not inner:
            return "", ()
        names = tuple(f"k.k{index}" for index in range(len(self._columns)))
        sql = (
            f"SELECT {ITEM_COLUMNS}, {', '.join(names)} FROM ({inner}) k JOIN item i ON i.id = k.k{len(names) - 1} "
            f"ORDER BY {order_by(self._columns, names)} LIMIT ?"
        )
        return sql, (*values, limit)

    def _ids(self, connection: sqlite3.Connection, *, limit: int, ordered: bool) -> tuple[str, tuple[object, ...]]:
        libraries = self._libraries(connection)
        if not libraries or not self._kinds or not self._first:
            return "", ()
        few = self._few(connection)
        if few is not None or len(libraries) * len(self._kinds) > _MAX_BRANCHES:
            return self._branch(libraries, self._kinds, few, limit=limit, ordered=ordered)
        parts: list[str] = []
        values: list[object] = []
        for library in libraries:
            for kind in self._kinds:
                sql, more = self._branch((library,), (kind,), None, limit=limit, ordered=ordered)
                parts.append(f"SELECT * FROM ({sql})")
                values += more
        return " UNION ALL ".join(parts), tuple(values)

    def _branch(
        self,
        libraries: tuple[int, ...],
        kinds: tuple[ItemKind, ...],
        few: Condition | None,
        *,
        limit: int,
        ordered: bool,
    ) -> tuple[str, tuple[object, ...]]:
        selected = ", ".join(f"{column.sql} AS k{index}" for index, column in enumerate(self._columns))
        join, join_values = self._join()
        plus = "" if few is None else "+"  # keeps SQLite from walking an order's index when few ids are known
        where: list[str] = []
        values: list[object] = [*join_values]
        if few is not None:
            where.append(f"i.id IN ({few.ids})")
            values += few.id_values
        where += [f"{plus}i.library_id {_equals(libraries)}", f"{plus}i.kind {_equals(kinds)}", f"{plus}i.hidden = 0"]
        values += [*libraries, *(kind.value for kind in kinds)]
        for condition in self._conditions:
            if condition is not few:
                where.append(condition.sql)
                values += condition.values
        if self._after is not None:
            sql, position = after(self._columns, self._after)
            where.append(sql)
            values += position
        tail = f" ORDER BY {order_by(self._columns)}" if ordered else ""
        return (
            f"SELECT {selected} FROM item i{join} WHERE {' AND '.join(where)}{tail} LIMIT ?",
            (*values, limit),
        )

    def _join(self) -> tuple[str, tuple[object, ...]]:
        if not any("p." in column.sql for column in self._columns):
            return "", ()
        return " LEFT JOIN play_state p ON p.user_id = ? AND p.item_id = i.id", (self._viewer.user_id,)

    def _libraries(self, connection: sqlite3.Connection) -> tuple[int, ...]:
        wanted = self._filter.libraries
        allowed = self._viewer.libraries
        if wanted is None and allowed is None:
            return tuple(
                row[0] for row in connection.execute("SELECT id FROM library WHERE removed_at IS NULL ORDER BY id")
            )
        chosen = set(wanted) if wanted is not None else set(allowed or ())
        return tuple(sorted(chosen if allowed is None else chosen & allowed))

    def _few(self, connection: sqlite3.Connection) -> Condition | None:
        """The condition that the fewest items meet, if they are few enough to sort."""
        best: tuple[int, Condition] | None = None
        for condition in self._conditions:
            if condition.ids is None:
                continue
            count = connection.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM ({condition.ids}) LIMIT ?)",
                (*condition.id_values, FEW + 1),
            ).fetchone()[0]
            if count <= FEW and (best is None or count < best[0]):
                best = (count, condition)
        return None if best is None else best[1]


def _equals(values: Sequence[object]) -> str:
    return "= ?" if len(values) == 1 else f"IN ({marks(values)})"
