"""What belongs to items, read in batches: each function is one statement for any number of items."""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from foyer.db.fields import from_instant
from foyer.db.reader import Reader
from foyer.library.filters import marks
from foyer.library.items import ITEM_COLUMNS, ItemRow, item_row
from foyer.library.viewer import Viewer


class LabelKind(StrEnum):
    """Sorts of names an item carries."""

    GENRE = "genre"
    TAG = "tag"
    STUDIO = "studio"


class ArtworkKind(StrEnum):
    """What a picture is for: 2:3 posters, 16:9 thumbs, wide backdrops, transparent logos."""

    POSTER = "poster"
    THUMB = "thumb"
    BACKDROP = "backdrop"
    LOGO = "logo"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow:
    """A genre, tag or studio."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRow:
    """What a person did for an item."""

    person_id: int
    name: str
    role: str
    character: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalIdRow:
    """The id another catalogue gives an item."""

    provider: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtworkRow:
    """A picture of an item; ``content_hash`` names its bytes (``foyer.library.artwork``)."""

    id: int
    item_id: int
    kind: ArtworkKind
    source: str
    content_hash: str
    width: int | None
    height: int | None
    color: str | None
    """Average colour as ``#rrggbb``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildCounts:
    """How much is in a series, season or artist, without what is hidden."""

    seasons: int = 0
    episodes: int = 0
    unwatched: int = 0
    """Episodes the viewer has not watched."""
    videos: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStateRow:
    """What a user did with an item."""

    position_ms: int = 0
    watched: bool = False
    play_count: int = 0
    favourite: bool = False
    rating: int | None = None
    last_played_at: datetime | None = None


NO_STATE = UserStateRow()


async def labels_of_items(reader: Reader, ids: Sequence[int], kind: LabelKind) -> dict[int, list[LabelRow]]:
    """The labels of one kind of items, by name."""
    rows = await reader.all(
        "SELECT l.item_id, b.id, b.name FROM item_label l JOIN label b ON b.id = l.label_id "
        f"WHERE l.item_id IN ({marks(ids)}) AND b.kind = ? ORDER BY l.item_id, b.name",
        (*ids, kind.value),
    )
    found: dict[int, list[LabelRow]] = {item: [] for item in ids}
    for row in rows:
        found[row["item_id"]].append(LabelRow(id=row["id"], name=row["name"]))
    return found


async def genres_of_items(reader: Reader, ids: Sequence[int]) -> dict[int, list[LabelRow]]:
    """The genres of items, by name."""
    return await labels_of_items(reader, ids, LabelKind.GENRE)


async def credits_of_items(reader: Reader, ids: Sequence[int]) -> dict[int, list[CreditRow]]:
    """The people of items, in billing order."""
    rows = await reader.all(
        "SELECT c.item_id, c.person_id, p.name, c.role, c.character FROM credit c JOIN person p ON p.id = c.person_id "
        f"WHERE c.item_id IN ({marks(ids)}) ORDER BY c.item_id, c.position, c.id",
        tuple(ids),
    )
    found: dict[int, list[CreditRow]] = {item: [] for item in ids}
    for row in rows:
        found[row["item_id"]].append(
            CreditRow(person_id=row["person_id"], name=row["name"], role=row["role"], character=row["character"])
        )
    return found


async def external_ids_of_items(reader: Reader, ids: Sequence[int]) -> dict[int, list[ExternalIdRow]]:
    """The ids other catalogues give items, by provider."""
    rows = await reader.all(
        f"SELECT item_id, provider, value FROM external_id WHERE item_id IN ({marks(ids)}) ORDER BY item_id, provider",
        tuple(ids),
    )
    found: dict[int, list[ExternalIdRow]] = {item: [] for item in ids}
    for row in rows:
        found[row["item_id"]].append(ExternalIdRow(provider=row["provider"], value=row["value"]))
    return found


async def artists_of_items(reader: Reader, ids: Sequence[int]) -> dict[int, list[ItemRow]]:
    """The artists of music videos, in billing order."""
    rows = await reader.all(
        f"SELECT {ITEM_COLUMNS}, l.item_id AS of_item FROM item_artist l JOIN item i ON i.id = l.artist_id "
        f"WHERE l.item_id IN ({marks(ids)}) ORDER BY l.item_id, l.position, l.id",
        tuple(ids),
    )
    found: dict[int, list[ItemRow]] = {item: [] for item in ids}
    for row in rows:
        found[row["of_item"]].append(item_row(row))
    return found


async def artwork_of_items(reader: Reader, ids: Sequence[int]) -> dict[int, dict[ArtworkKind, ArtworkRow]]:
    """The best picture of each kind of items: what the user chose, then local, embedded and generated ones."""
    rows = await reader.all(
        "SELECT id, item_id, kind, source, content_hash, width, height, color FROM artwork "
        f"WHERE item_id IN ({marks(ids)}) "
        "ORDER BY item_id, CASE source WHEN 'generated' THEN 2 WHEN 'embedded' THEN 1 ELSE 0 END DESC, id DESC",
        tuple(ids),
    )
    found: dict[int, dict[ArtworkKind, ArtworkRow]] = {item: {} for item in ids}
    for row in rows:
        kind = ArtworkKind(row["kind"])
        found[row["item_id"]][kind] = ArtworkRow(
            id=row["id"],
            item_id=row["item_id"],
            kind=kind,
            source=row["source"],
            content_hash=row["content_hash"],
            width=row["width"],
            height=row["height"],
            color=row["color"],
        )
    return found


async def child_counts(reader: Reader, ids: Sequence[int], viewer: Viewer) -> dict[int, ChildCounts]:
    """What series, seasons and artists hold; zeros for anything else."""
    listed = marks(ids)
    unwatched = (
        "sum(NOT EXISTS (SELECT 1 FROM play_state s WHERE s.user_id = ? AND s.item_id = e.id AND s.watched = 1))"
    )
    rows = await reader.all(
        f"SELECT e.series_id AS id, 0 AS seasons, count(*) AS episodes, {unwatched} AS unwatched, 0 AS videos "
        f"FROM item e WHERE e.series_id IN ({listed}) AND e.kind = 'episode' AND e.hidden = 0 GROUP BY e.series_id "
        "UNION ALL SELECT e.series_id, count(*), 0, 0, 0 "
        f"FROM item e WHERE e.series_id IN ({listed}) AND e.kind = 'season' AND e.hidden = 0 GROUP BY e.series_id "
        f"UNION ALL SELECT e.parent_id, 0, count(*), {unwatched}, 0 "
        f"FROM item e WHERE e.parent_id IN ({listed}) AND e.kind = 'episode' AND e.hidden = 0 GROUP BY e.parent_id "
        "UNION ALL SELECT l.artist_id, 0, 0, 0, count(*) FROM item_artist l JOIN item v ON v.id = l.item_id "
        f"WHERE l.artist_id IN ({listed}) AND v.hidden = 0 GROUP BY l.artist_id",
        (viewer.user_id, *ids, *ids, viewer.user_id, *ids, *ids),
    )
    found: dict[int, ChildCounts] = dict.fromkeys(ids, ChildCounts())
    for row in rows:
        counts = found[row["id"]]
        found[row["id"]] = ChildCounts(
            seasons=counts.seasons + row["seasons"],
            episodes=counts.episodes + row["episodes"],
            unwatched=counts.unwatched + row["unwatched"],
            videos=counts.videos + row["videos"],
        )
    return found


async def user_states(reader: Reader, ids: Sequence[int], viewer: Viewer) -> dict[int, UserStateRow]:
    """The viewer's state of items; ``NO_STATE`` where there is none."""
    rows = await reader.all(
        "SELECT item_id, position_ms, watched, play_count, favourite, rating, last_played_at FROM play_state "
        f"WHERE user_id = ? AND item_id IN ({marks(ids)})",
        (viewer.user_id, *ids),
    )
    found = dict.fromkeys(ids, NO_STATE)
    for row in rows:
        played = row["last_played_at"]
        found[row["item_id"]] = UserStateRow(
            position_ms=row["position_ms"],
            watched=bool(row["watched"]),
            play_count=row["play_count"],
            favourite=bool(row["favourite"]),
            rating=row["rating"],
            last_played_at=None if played is None else from_instant(played),
        )
    return found
