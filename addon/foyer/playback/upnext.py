"""What to watch now: titles begun, and the next episode of each series somebody follows."""

from __future__ import annotations

from dataclasses import dataclass

from foyer.accounts.principal import Principal
from foyer.db.database import Database
from foyer.ids import ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedItem:
    """An item with the instant that orders it, in microseconds since the Unix epoch."""

    item: ItemId
    at: int


class UpNext:
    """Pages of suggestions, newest first; each takes one statement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def continue_watching(
        self, principal: Principal, *, first: int, after: PlayedItem | None = None
    ) -> list[PlayedItem]:
        """Titles with a position to resume from, most recently played first."""
        seen, libraries = principal.visible("i.library_id")
        at, item = _bounds(after)
        rows = await self._database.reader.all(
            f"SELECT i.id AS id, p.last_played_at AS at FROM play_state p JOIN item i ON i.id = p.item_id "  # noqa: S608 - constants and placeholders
            f"WHERE p.user_id = ? AND p.position_ms > 0 AND i.hidden = 0 AND {seen} "
            f"AND (p.last_played_at, i.id) < (?, ?) ORDER BY p.last_played_at DESC, i.id DESC LIMIT ?",
            (principal.user_id, *libraries, at, item, first),
        )
        return [PlayedItem(item=ItemId(row["id"]), at=row["at"]) for row in rows]

    async def next_up(self, principal: Principal, *, first: int, after: PlayedItem | None = None) -> list[PlayedItem]:
        """The first unwatched episode behind the one last watched, a series each, most recently watched series first.

        Specials are never next, nor is an episode already begun: that one is in *continue watching*.
        """
        seen, libraries = principal.visible("n.library_id")
        at, item = _bounds(after)
        rows = await self._database.reader.all(
            f"{_NEXT} AND {seen} AND (c.at, c.id) < (?, ?) ORDER BY c.at DESC, c.id DESC LIMIT ?",
            (principal.user_id, *libraries, at, item, first),
        )
        return [PlayedItem(item=ItemId(row["id"]), at=row["at"]) for row in rows]

    async def next_in_series(self, principal: Principal, series: ItemId) -> ItemId | None:
        """The episode to play when somebody presses play on a series: begun, next, or the very first."""
        rows = await self._database.reader.all(
            "SELECT e.id, coalesce(p.watched, 0) AS watched, coalesce(p.position_ms, 0) AS position, "
            "coalesce(p.last_played_at, 0) AS at FROM item e "
            "LEFT JOIN play_state p ON p.item_id = e.id AND p.user_id = ? "
            "WHERE e.series_id = ? AND e.kind = 'episode' AND e.hidden = 0 "
            "ORDER BY e.season_number = 0, e.season_number, e.number, e.premiered, e.id",
            (principal.user_id, series),
        )
        if not rows:
            return None
        if begun := [row for row in rows if row["position"]]:
            return ItemId(max(begun, key=lambda row: row["at"])["id"])
        last = max((index for index, row in enumerate(rows) if row["watched"]), key=lambda i: rows[i]["at"], default=-1)
        unwatched = [row for row in (*rows[last + 1 :], *rows[: last + 1]) if not row["watched"]]
        return ItemId((unwatched or rows)[0]["id"])

    async def following(self, episode: ItemId) -> ItemId | None:
        """The episode after one, by season, number and air date; specials only follow specials."""
        row = await self._database.reader.first(
            "SELECT n.id FROM item e JOIN item n ON n.series_id = e.series_id AND n.kind = 'episode' "
            "AND (n.season_number = 0) = (e.season_number = 0) "
            "AND (n.season_number, coalesce(n.number, 0), coalesce(n.premiered, ''), n.id) > "
            "(e.season_number, coalesce(e.last_number, e.number, 0), coalesce(e.premiered, ''), e.id) "
            "WHERE e.id = ? AND e.kind = 'episode' AND n.hidden = 0 "
            "ORDER BY n.season_number, coalesce(n.number, 0), coalesce(n.premiered, ''), n.id LIMIT 1",
            (episode,),
        )
        return None if row is None else ItemId(row["id"])

    async def preceding(self, episode: ItemId) -> ItemId | None:
        """The episode before one, in the order of ``following``."""
        row = await self._database.reader.first(
            "SELECT n.id FROM item e JOIN item n ON n.series_id = e.series_id AND n.kind = 'episode' "
            "AND (n.season_number = 0) = (e.season_number = 0) "
            "AND (n.season_number, coalesce(n.last_number, n.number, 0), coalesce(n.premiered, ''), n.id) < "
            "(e.season_number, coalesce(e.number, 0), coalesce(e.premiered, ''), e.id) "
            "WHERE e.id = ? AND e.kind = 'episode' AND n.hidden = 0 "
            "ORDER BY n.season_number DESC, coalesce(n.number, 0) DESC, coalesce(n.premiered, '') DESC, n.id DESC "
            "LIMIT 1",
            (episode,),
        )
        return None if row is None else ItemId(row["id"])


# SQLite gives the bare columns of a max() query from the row that holds the maximum (SELECT, "Bare columns in an
# aggregate query"): the position of the episode watched last.
_NEXT = """
WITH last AS (
    SELECT e.series_id, e.season_number AS season, coalesce(e.last_number, e.number, 0) AS number,
           coalesce(e.premiered, '') AS premiered, max(p.last_played_at) AS at
    FROM play_state p JOIN item e ON e.id = p.item_id
    WHERE p.user_id = ?1 AND p.watched = 1 AND e.kind = 'episode' AND e.season_number > 0
    GROUP BY e.series_id
), candidate AS (
    SELECT last.at AS at, (
        SELECT n.id FROM item n LEFT JOIN play_state s ON s.item_id = n.id AND s.user_id = ?1
        WHERE n.series_id = last.series_id AND n.kind = 'episode' AND n.season_number > 0
          AND (n.season_number, coalesce(n.number, 0), coalesce(n.premiered, ''))
              > (last.season, last.number, last.premiered)
          AND coalesce(s.watched, 0) = 0 AND n.hidden = 0
        ORDER BY n.season_number, n.number, n.premiered, n.id LIMIT 1
    ) AS id FROM last
)
SELECT c.id AS id, c.at AS at FROM candidate c JOIN item n ON n.id = c.id
WHERE NOT EXISTS (SELECT 1 FROM play_state b WHERE b.item_id = c.id AND b.user_id = ?1 AND b.position_ms > 0)
"""


def _bounds(after: PlayedItem | None) -> tuple[int, int]:
    """The instant and id a page starts below; the largest there are for the first page."""
    return (2**63 - 1, 2**63 - 1) if after is None else (after.at, after.item)
