"""Ways through the graph: seasons, episodes, neighbours, an artist's videos, what is new, genres."""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from foyer.db.reader import Reader
from foyer.errors import NotFoundError
from foyer.library.details import LabelKind, LabelRow
from foyer.library.filters import IdSet, ItemFilter, ItemKind, marks
from foyer.library.items import ITEM_COLUMNS, ItemPage, ItemQuery, ItemRow, Items, item_row
from foyer.library.orders import Order, OrderField
from foyer.library.viewer import Viewer

_BY_NUMBER = (Order(field=OrderField.NUMBER),)
_NEWEST = (Order(field=OrderField.LATEST, descending=True),)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPage:
    """A page of labels with how many items carry each."""

    labels: tuple[LabelRow, ...]
    counts: tuple[int, ...]
    has_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The episodes before and after one; specials only follow specials."""

    previous: ItemRow | None = None
    next: ItemRow | None = None


def seasons_query(series_id: int, *, first: int = 100, after: str | None = None) -> ItemQuery:
    """The seasons of a series; specials (season 0) come first by number."""
    wanted = ItemFilter(series=series_id, kinds=(ItemKind.SEASON,))
    return ItemQuery(filter=wanted, orders=_BY_NUMBER, first=first, after=after)


def episodes_query(season_id: int, *, first: int = 100, after: str | None = None) -> ItemQuery:
    """The episodes of a season in order."""
    wanted = ItemFilter(parent=season_id, kinds=(ItemKind.EPISODE,))
    return ItemQuery(filter=wanted, orders=_BY_NUMBER, first=first, after=after)


def artist_videos_query(artist_id: int, *, first: int = 50, after: str | None = None) -> ItemQuery:
    """The music videos of an artist by title."""
    wanted = ItemFilter(artists=IdSet(any=(artist_id,)), kinds=(ItemKind.MUSIC_VIDEO,))
    return ItemQuery(filter=wanted, first=first, after=after)


async def latest(
    items: Items, viewer: Viewer, *, library: int | None = None, first: int = 20, after: str | None = None
) -> ItemPage:
    """What came last. A batch of new episodes shows its series once, as new as its newest episode."""
    wanted = ItemFilter(libraries=None if library is None else (library,))
    return await items.page(ItemQuery(filter=wanted, orders=_NEWEST, first=first, after=after), viewer)


async def neighbours(reader: Reader, ids: Sequence[int]) -> dict[int, Neighbours]:
    """The visible episodes before and after each of some episodes, in one statement."""
    listed = marks(ids)
    same = (
        "n.series_id = e.series_id AND n.kind = 'episode' AND n.hidden = 0 "
        "AND (n.season_number = 0) = (e.season_number = 0)"
    )
    place = "(n.season_number, n.position, n.id) {} (e.season_number, e.position, e.id)"
    order = "ORDER BY n.season_number {0}, n.position {0}, n.id {0} LIMIT 1"
    rows = await reader.all(
        f"SELECT {ITEM_COLUMNS}, x.of_item, x.side FROM ("
        f"SELECT e.id AS of_item, 'next' AS side, (SELECT n.id FROM item n WHERE {same} AND {place.format('>')} "
        f"{order.format('ASC')}) AS found FROM item e WHERE e.id IN ({listed}) AND e.kind = 'episode' "
        f"UNION ALL SELECT e.id, 'previous', (SELECT n.id FROM item n WHERE {same} AND {place.format('<')} "
        f"{order.format('DESC')}) FROM item e WHERE e.id IN ({listed}) AND e.kind = 'episode'"
        ") x JOIN item i ON i.id = x.found",
        (*ids, *ids),
    )
    found = dict.fromkeys(ids, Neighbours())
    for row in rows:
        side = {row["side"]: item_row(row)}
        found[row["of_item"]] = replace(found[row["of_item"]], **side)
    return found


async def label_page(
    reader: Reader,
    viewer: Viewer,
    *,
    kind: LabelKind = LabelKind.GENRE,
    library: int | None = None,
    first: int = 100,
    after: tuple[str, int] | None = None,
) -> LabelPage:
    """Labels by name that at least one visible item carries; ``after`` is a name and id."""
    allowed, values = (viewer if library is None else viewer.narrowed([library])).condition("c.library_id")
    name, row_id = after or ("", 0)
    rows = await reader.all(
        "SELECT b.id, b.name, (SELECT sum(c.items) FROM label_count c "
        f"WHERE c.label_id = b.id AND {allowed}) AS items FROM label b "
        "WHERE b.kind = ? AND (b.name, b.id) > (? COLLATE NOCASE, ?) AND items > 0 ORDER BY b.name, b.id LIMIT ?",
        (*values, kind.value, name, row_id, first + 1),
    )
    shown = rows[:first]
    return LabelPage(
        labels=tuple(LabelRow(id=row["id"], name=row["name"]) for row in shown),
        counts=tuple(row["items"] for row in shown),
        has_next=len(rows) > first,
    )


async def labels_by_ids(reader: Reader, ids: Sequence[int], kind: LabelKind) -> dict[int, LabelRow]:
    """Labels of one kind by id, in one statement."""
    rows = await reader.all(f"SELECT id, name FROM label WHERE kind = ? AND id IN ({marks(ids)})", (kind.value, *ids))
    return {row["id"]: LabelRow(id=row["id"], name=row["name"]) for row in rows}


async def label_counts(reader: Reader, ids: Sequence[int], viewer: Viewer) -> dict[int, int]:
    """How many items open to the viewer carry each label, in one statement."""
    allowed, values = viewer.condition("library_id")
    rows = await reader.all(
        f"SELECT label_id, sum(items) AS items FROM label_count WHERE label_id IN ({marks(ids)}) AND {allowed} "
        "GROUP BY label_id",
        (*ids, *values),
    )
    return dict.fromkeys(ids, 0) | {row["label_id"]: row["items"] for row in rows}


async def label(reader: Reader, label_id: int, kind: LabelKind) -> LabelRow:
    """One label; raises ``NotFoundError``."""
    found = await labels_by_ids(reader, [label_id], kind)
    if label_id not in found:
        raise NotFoundError("There is no such label.", id=label_id)
    return found[label_id]
