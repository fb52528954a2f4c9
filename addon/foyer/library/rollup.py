"""What follows from files: whether items are visible, how long and how large they are, and which are left empty.

Everything here runs inside one transaction on the writing connection (``Database.write``).
"""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from foyer.events.topics import ItemWas
from foyer.library.filters import marks

_CHUNK = 500

_ABOVE = (
    "SELECT parent_id FROM item WHERE id IN ({0}) AND parent_id IS NOT NULL "
    "UNION SELECT series_id FROM item WHERE id IN ({0}) AND series_id IS NOT NULL "
    "UNION SELECT artist_id FROM item_artist WHERE item_id IN ({0})"
)
_FILES = "item_file l JOIN media_file f ON f.id = l.file_id WHERE l.item_id = item.id AND l.extra IS NULL"
_NOMINAL = "CASE WHEN s.width >= s.height THEN max(s.height, s.width * 9 / 16) ELSE s.width END"
_LEAF_FACTS = f"""
UPDATE item SET hidden = x.hidden, duration_ms = x.duration_ms, height = x.height, hdr = x.hdr FROM (
    SELECT item.id,
        NOT EXISTS (SELECT 1 FROM {_FILES} AND f.state <> 'missing') AS hidden,
        (SELECT max(total) FROM (SELECT sum(f.duration_ms) AS total FROM {_FILES} AND f.state = 'ok'
            GROUP BY ifnull(l.edition, ''), ifnull(l.version, ''), CASE WHEN l.part IS NULL THEN f.id ELSE 0 END)
        ) AS duration_ms,
        (SELECT max({_NOMINAL}) FROM media_stream s WHERE s.kind = 'video' AND s.is_attached_picture = 0
            AND s.file_id IN (SELECT f.id FROM {_FILES} AND f.state = 'ok')) AS height,
        (SELECT max(s.hdr) FROM media_stream s WHERE s.kind = 'video' AND s.hdr IS NOT NULL AND s.hdr <> 'sdr'
            AND s.file_id IN (SELECT f.id FROM {_FILES} AND f.state = 'ok')) AS hdr
    FROM item WHERE item.id IN ({{0}}) AND item.kind IN ('movie', 'episode', 'music_video', 'home_video')
) AS x WHERE item.id = x.id AND (item.hidden <> x.hidden OR (x.hidden = 0 AND (item.duration_ms IS NOT x.duration_ms
    OR item.height IS NOT x.height OR item.hdr IS NOT x.hdr)))
"""
_GROUP_FACTS = """
UPDATE item SET hidden = x.hidden FROM (
    SELECT item.id, CASE item.kind
        WHEN 'season' THEN NOT EXISTS (SELECT 1 FROM item e WHERE e.parent_id = item.id AND e.hidden = 0)
        WHEN 'series' THEN NOT EXISTS (SELECT 1 FROM item e WHERE e.series_id = item.id AND e.kind = 'episode'
            AND e.hidden = 0)
        ELSE NOT EXISTS (SELECT 1 FROM item_artist l JOIN item v ON v.id = l.item_id WHERE l.artist_id = item.id
            AND v.hidden = 0)
    END AS hidden
    FROM item WHERE item.id IN ({0}) AND item.kind IN ('season', 'series', 'artist')
) AS x WHERE item.id = x.id AND item.hidden <> x.hidden
"""
_EMPTY = """
SELECT id, kind FROM item WHERE id IN ({0})
AND NOT EXISTS (SELECT 1 FROM item_file l WHERE l.item_id = item.id AND l.extra IS NULL)
AND NOT EXISTS (SELECT 1 FROM item e WHERE e.parent_id = item.id)
AND NOT EXISTS (SELECT 1 FROM item e WHERE e.series_id = item.id)
AND NOT EXISTS (SELECT 1 FROM item_artist l WHERE l.artist_id = item.id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What an item was that people do not see any more."""

    kind: str
    was: ItemWas


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledUp:
    """What came of it."""

    removed: dict[int, str]
    """Items that are gone, with their kind."""
    vanished: dict[int, Gone]
    """Items that people saw before and do not see any more, removed or hidden."""
    returned: set[int]
    """Items that were hidden and are there again."""


def roll_up(connection: sqlite3.Connection, touched: Iterable[int], moved: Mapping[int, int]) -> RolledUp:
    """Bring everything up to date that depends on the files of ``touched`` items, and clear away empty ones.

    ``moved`` leads from items that lost a file to those that took it: what users did follows. An empty item that a
    user has done something with is kept out of sight, so that it is known again when a file comes back; any other is
    removed, with the season, series and artist it leaves empty.
    """
    items = list(touched)
    above = _related(connection, items)
    concerned = sorted({*items, *above})
    before = _seen(connection, concerned)
    for chunk in _chunks(items):
        connection.execute(_LEAF_FACTS.format(marks(chunk)), chunk)
    _carry_over(connection, moved)
    removed: dict[int, str] = {}
    for _ in range(3):  # an episode leaves its season empty, a season its series
        removed |= _remove_empty(connection, [item for item in concerned if item not in removed])
    for chunk in _chunks([item for item in concerned if item not in removed]):
        connection.execute(_GROUP_FACTS.format(marks(chunk)), chunk)
    after = _visible(connection, concerned)
    return RolledUp(
        removed=removed,
        vanished={item: was for item, was in before.items() if item not in after},
        returned=after - before.keys(),
    )


def _seen(connection: sqlite3.Connection, items: list[int]) -> dict[int, Gone]:
    """Which of the items people see, and what they are called."""
    found: dict[int, Gone] = {}
    for chunk in _chunks(items):
        rows = connection.execute(
            "SELECT i.id, i.kind, i.title, i.year, i.series_id, s.title, i.season_number, i.number FROM item i "
            f"LEFT JOIN item s ON s.id = i.series_id WHERE i.hidden = 0 AND i.id IN ({marks(chunk)})",
            chunk,
        )
        for item, kind, title, year, series_id, series, season, episode in rows:
            was = ItemWas(title=title, year=year, series_id=series_id, series=series, season=season, episode=episode)
            found[item] = Gone(kind=kind, was=was)
    return found


def _visible(connection: sqlite3.Connection, items: list[int]) -> set[int]:
    found: set[int] = set()
    for chunk in _chunks(items):
        rows = connection.execute(f"SELECT id FROM item WHERE hidden = 0 AND id IN ({marks(chunk)})", chunk)
        found.update(row[0] for row in rows)
    return found


def _related(connection: sqlite3.Connection, items: list[int]) -> list[int]:
    found: set[int] = set()
    for chunk in _chunks(items):
        found.update(row[0] for row in connection.execute(_ABOVE.format(marks(chunk)), chunk * 3))
    return sorted(found)


def _carry_over(connection: sqlite3.Connection, moved: Mapping[int, int]) -> None:
    """Give what users did with an item that lost its last file to the one that shows it now."""
    for old, new in moved.items():
        if not connection.execute(_EMPTY.format("?"), (old,)).fetchone() and not _has_no_visible_child(connection, old):
            continue
        connection.execute(
            "INSERT INTO play_state (user_id, item_id, position_ms, watched, play_count, favourite, rating, "
            "last_played_at, updated_at) SELECT user_id, ?, position_ms, watched, play_count, favourite, rating, "
            "last_played_at, updated_at FROM play_state WHERE item_id = ? "
            "ON CONFLICT (user_id, item_id) DO UPDATE SET watched = max(watched, excluded.watched), "
            "favourite = max(favourite, excluded.favourite), play_count = max(play_count, excluded.play_count), "
            "position_ms = CASE WHEN position_ms = 0 THEN excluded.position_ms ELSE position_ms END, "
            "rating = ifnull(rating, excluded.rating), "
            "last_played_at = max(ifnull(last_played_at, 0), ifnull(excluded.last_played_at, 0))",
            (new, old),
        )
        connection.execute("DELETE FROM play_state WHERE item_id = ?", (old,))


def _has_no_visible_child(connection: sqlite3.Connection, item: int) -> bool:
    row = connection.execute(
        "SELECT i.kind IN ('series', 'season') AND NOT EXISTS (SELECT 1 FROM item e WHERE e.kind = 'episode' "
        "AND (e.series_id = i.id OR e.parent_id = i.id)) FROM item i WHERE i.id = ?",
        (item,),
    ).fetchone()
    return bool(row and row[0])


def _remove_empty(connection: sqlite3.Connection, items: list[int]) -> dict[int, str]:
    removed: dict[int, str] = {}
    for chunk in _chunks(items):
        for item, kind in connection.execute(_EMPTY.format(marks(chunk)), chunk).fetchall():
            used = connection.execute("SELECT 1 FROM play_state WHERE item_id = ? LIMIT 1", (item,)).fetchone()
            if used:
                connection.execute("UPDATE item SET hidden = 1 WHERE id = ? AND hidden = 0", (item,))
            else:
                connection.execute("DELETE FROM item WHERE id = ?", (item,))
                removed[item] = kind
    return removed


def _chunks(items: list[int]) -> Iterable[list[int]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
