"""Search: what is typed so far, best first, with what was probably meant when it finds little."""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from foyer.db.reader import Reader
from foyer.errors import ValidationError
from foyer.library.filters import ItemKind, marks
from foyer.library.items import ITEM_COLUMNS, ItemRow, item_row
from foyer.library.titles import fold
from foyer.library.viewer import Viewer
from foyer.library.words import alike, is_known

MAX_HITS = 500
"""Results that can be paged through; nobody reads on, they type another letter."""
MAX_LENGTH = 200
FEW = 5
"""With fewer hits than this, suggestions are looked for."""
_MANY = 400
"""More matches than this are not all ranked: those by title first, then as many as fit."""
_BY_TITLE = 250
_MAX_WORDS = 8
_MAX_SUGGESTIONS = 3
_WORD = re.compile(r"[^\W_]+")
_WEIGHTS = "10.0, 6.0, 4.0, 3.0, 2.0, 1.0, 0.0"
"""Of title, original title, series or artists, people, labels, overview; where an item is counts for nothing."""
_TEXT = "{title original context people labels overview}"
_TITLE_TEXT = "{title original}"

_KIND_BOOST = {
    ItemKind.SERIES: 3.0,
    ItemKind.MOVIE: 3.0,
    ItemKind.ARTIST: 3.0,
    ItemKind.MUSIC_VIDEO: 2.0,
    ItemKind.HOME_VIDEO: 1.0,
    ItemKind.EPISODE: 0.0,
}
_EXACT, _TITLE_PREFIX, _TITLE_WORDS, _TITLE = 100.0, 60.0, 30.0, 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What a search found: ids best first (at most ``MAX_HITS``), and how many there are of each kind.

    Counts are exact up to 400 matches, then lower bounds.
    """

    ids: tuple[int, ...] = ()
    facets: Mapping[ItemKind, int] = field(default_factory=dict)
    is_complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """A page of results; ``next_offset`` continues, ``total`` counts what can be paged through."""

    items: tuple[ItemRow, ...]
    offset: int
    next_offset: int | None
    total: int


class Search:
    """Finds items by text. Each call is one trip to the reading connection."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def hits(self, text: str, viewer: Viewer, kinds: Sequence[ItemKind] | None = None) -> Hits:
        """What matches every word of a text, the last as a beginning. Raises ``ValidationError`` when too long."""
        query = _Query(text, viewer, kinds)
        return await self._reader.run(query.hits, label="search.hits")

    async def page(self, hits: Hits, *, first: int = 20, offset: int = 0) -> SearchPage:
        """The items of a part of the hits, in their order."""
        ids = hits.ids[max(0, offset) : max(0, offset) + max(0, first)]
        rows = await self._reader.all(f"SELECT {ITEM_COLUMNS} FROM item i WHERE i.id IN ({marks(ids)})", ids)
        found = {row["id"]: item_row(row) for row in rows}
        end = max(0, offset) + len(ids)
        return SearchPage(
            items=tuple(found[item] for item in ids if item in found),
            offset=max(0, offset),
            next_offset=end if end < len(hits.ids) else None,
            total=len(hits.ids),
        )

    async def suggestions(self, text: str, viewer: Viewer, kinds: Sequence[ItemKind] | None = None) -> list[str]:
        """Spellings that find something the viewer may see, best first; ``[]`` when every word is known."""
        query = _Query(text, viewer, kinds)
        return await self._reader.run(query.suggestions, label="search.suggestions")


class _Query:
    def __init__(self, text: str, viewer: Viewer, kinds: Sequence[ItemKind] | None) -> None:
        if len(text) > MAX_LENGTH:
            raise ValidationError(f"Search for at most {MAX_LENGTH} letters.", fields={"text": "Too long."})
        self._folded = fold(text)
        self._words = _WORD.findall(self._folded)[:_MAX_WORDS]
        allowed, values = viewer.condition("i.library_id")
        self._where = f"i.hidden = 0 AND i.kind <> 'season' AND {allowed}"
        self._values: tuple[object, ...] = values
        if kinds is not None:
            self._where += f" AND i.kind IN ({marks(kinds)})"
            self._values += tuple(kind.value for kind in kinds)
        self._place = _place(viewer, kinds)

    def hits(self, connection: sqlite3.Connection) -> Hits:
        if not self._words:
            return Hits()
        match = self._match(_TEXT, self._words)
        found = self._matching(connection, match, _MANY + 1)
        is_complete = len(found) <= _MANY
        ranks: dict[int, float] = {}
        if is_complete and found:
            rows = connection.execute(
                f"SELECT rowid, bm25(item_search, {_WEIGHTS}) FROM item_search WHERE item_search MATCH ? LIMIT ?",
                (match, 4 * _MANY),
            )
            ranks = {row[0]: -row[1] for row in rows}
        elif not is_complete:
            by_title = self._matching(connection, self._match(_TITLE_TEXT, self._words), _BY_TITLE)
            found = self._titled(connection) | by_title | found
        scored = [(self._score(title, kind) + ranks.get(item, 0.0), item) for item, (kind, title) in found.items()]
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        return Hits(
            ids=tuple(item for _, item in scored[:MAX_HITS]),
            facets=dict(Counter(kind for kind, _ in found.values()).most_common()),
            is_complete=is_complete,
        )

    def suggestions(self, connection: sqlite3.Connection) -> list[str]:
        choices: list[list[str]] = [[]]
        for word in self._words:
            options = [word] if is_known(connection, word) else [*alike(connection, word)[:_MAX_SUGGESTIONS]]
            if not options:
                return []
            choices = [[*choice, option] for choice in choices for option in options][: 2 * _MAX_SUGGESTIONS]
        spelt = [
            choice
            for choice in choices
            if choice != self._words and self._matching(connection, self._match(_TEXT, choice), 1)
        ]
        return [" ".join(choice) for choice in spelt[:_MAX_SUGGESTIONS]]

    def _matching(self, connection: sqlite3.Connection, match: str, limit: int) -> dict[int, tuple[ItemKind, str]]:
        rows = connection.execute(
            "SELECT i.id, i.kind, i.folded_title FROM item_search s CROSS JOIN item i ON i.id = s.rowid "
            f"WHERE item_search MATCH ? AND {self._where} LIMIT ?",
            (match, *self._values, limit),
        )
        return {row[0]: (ItemKind(row[1]), row[2]) for row in rows}

    def _match(self, columns: str, words: Sequence[str]) -> str:
        """An FTS5 expression: every word, the last as a beginning. Quoted, so that nothing typed is syntax."""
        text = " AND ".join([*(f'"{word}"' for word in words[:-1]), f'"{words[-1]}"*'])
        return f"{columns} : ({text}){self._place}"

    def _titled(self, connection: sqlite3.Connection) -> dict[int, tuple[ItemKind, str]]:
        """Items whose title begins with the whole text, shortest first."""
        rows = connection.execute(
            "SELECT i.id, i.kind, i.folded_title FROM item i INDEXED BY item_folded "
            f"WHERE i.folded_title BETWEEN ? AND ? AND {self._where} ORDER BY i.folded_title LIMIT ?",
            (self._folded, f"{self._folded}\U0010ffff", *self._values, _BY_TITLE),
        )
        return {row[0]: (ItemKind(row[1]), row[2]) for row in rows}

    def _score(self, title: str, kind: ItemKind) -> float:
        """How well a title answers: itself, its beginning, its words, then anything else; shorter ones first."""
        score = _KIND_BOOST.get(kind, 0.0) - min(len(title), 100) / 50
        if title == self._folded:
            return score + _EXACT
        if title.startswith(self._folded):
            return score + _TITLE_PREFIX
        if self._words[0] not in title:
            return score
        parts = _WORD.findall(title)
        if set(self._words) <= set(parts):
            return score + _TITLE_WORDS
        *whole, start = self._words
        if start in title and set(whole) <= set(parts) and any(part.startswith(start) for part in parts):
            return score + _TITLE
        return score


def _place(viewer: Viewer, kinds: Sequence[ItemKind] | None) -> str:
    """Where to look, as FTS5 words of the column ``place``; empty for everywhere."""
    parts = []
    if viewer.libraries is not None:
        parts.append([f'"l{library}"' for library in sorted(viewer.libraries)] or ['"nowhere"'])
    if kinds is not None:
        parts.append([f'"k{kind.value.replace("_", "")}"' for kind in kinds] or ['"nothing"'])
    return "".join(f" AND place : ({' OR '.join(part)})" for part in parts)
