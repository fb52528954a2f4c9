"""Put files into the item graph: find or make what they show, and keep what a user did when a name changes.

Everything here runs inside one transaction on the writing connection (``Database.write``).
"""

# ruff: noqa: S608 - every value is a placeholder; only constants of this room are formatted in

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

import orjson

from foyer.library.filters import ItemKind
from foyer.library.identities import ItemSpec, Meaning
from foyer.library.titles import fold, sort_title
from foyer.library.words import learn_words


@dataclass(slots=True)
class GraphChanges:
    """What a transaction did to the graph, for events and for what has to be computed anew."""

    added: dict[int, ItemKind] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    """Items whose files changed."""
    moved: dict[int, int] = field(default_factory=dict)
    """From an item that may now be empty to the one that took its place."""


class Graph:
    """Writes one library's graph over one transaction."""

    def __init__(self, connection: sqlite3.Connection, library_id: int, moment: int) -> None:
        self._connection = connection
        self._library = library_id
        self._moment = moment
        self._known: dict[tuple[ItemKind, str], int] = {}
        self.changes = GraphChanges()

    def place(self, file_id: int, meaning: Meaning) -> None:
        """Link a file to what it shows, and only to that.

        When its name changed, the item it showed alone takes the new name, so that whatever a user did with it stays;
        otherwise what they did is carried over to the item it shows now.
        """
        before = self._links(file_id)
        if meaning.extra is not None:
            targets = self._owner(meaning)
        else:
            spare = [item for item in before if self._shows_only(item, file_id)]
            targets = [self._item(spec, spare) for spec in meaning.items]
        self._relink(file_id, targets, meaning, before)
        for item in targets:
            self._describe(item, meaning)

    def _links(self, file_id: int) -> list[int]:
        """What a file showed until now, in any library."""
        rows = self._connection.execute(
            "SELECT i.id, l.extra IS NULL FROM item_file l JOIN item i ON i.id = l.item_id WHERE l.file_id = ? "
            "ORDER BY i.position, i.id",
            (file_id,),
        ).fetchall()
        self.changes.touched.update(row[0] for row in rows)
        return [row[0] for row in rows if row[1]]

    def _shows_only(self, item: int, file_id: int) -> bool:
        """Whether an item of this library has no other file, so that it may take another name."""
        row = self._connection.execute(
            "SELECT 1 FROM item WHERE id = ? AND library_id = ? AND NOT EXISTS "
            "(SELECT 1 FROM item_file WHERE item_id = ?1 AND file_id <> ?3)",
            (item, self._library, file_id),
        ).fetchone()
        return row is not None

    def _relink(self, file_id: int, targets: list[int], meaning: Meaning, before: list[int]) -> None:
        kept = set(targets)
        for row in self._connection.execute("SELECT item_id FROM item_file WHERE file_id = ?", (file_id,)).fetchall():
            if row[0] in kept:
                continue
            self._connection.execute("DELETE FROM item_file WHERE item_id = ? AND file_id = ?", (row[0], file_id))
            self.changes.touched.add(row[0])
            if targets and row[0] in before:
                self._remember_move(row[0], targets[0])
        self._connection.executemany(
            "INSERT INTO item_file (item_id, file_id, part, edition, version, extra) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (item_id, file_id) DO UPDATE SET part = excluded.part, edition = excluded.edition, "
            "version = excluded.version, extra = excluded.extra",
            [
                (item, file_id, meaning.part, meaning.edition, meaning.version, meaning.extra)
                for item in dict.fromkeys(targets)
            ],
        )
        self.changes.touched.update(targets)

    def _remember_move(self, old: int, new: int) -> None:
        if old != new:
            self.changes.moved[old] = new

    def _owner(self, meaning: Meaning) -> list[int]:
        for kind, identity in meaning.owner:
            if (found := self._find(kind, identity)) is not None:
                return [found]
        for kind, identity in meaning.owner:
            # A trailer's name rarely says the year its film's folder does.
            row = self._connection.execute(
                "SELECT id FROM item WHERE library_id = ? AND kind = ? AND identity BETWEEN ? AND ? LIMIT 2",
                (self._library, kind.value, identity.partition("|")[0] + "|", identity.partition("|")[0] + "|~"),
            ).fetchall()
            if len(row) == 1:
                return [row[0][0]]
        return []

    def _find(self, kind: ItemKind, identity: str) -> int | None:
        known = self._known.get((kind, identity))
        if known is not None:
            return known
        row = self._connection.execute(
            "SELECT id FROM item WHERE library_id = ? AND kind = ? AND identity = ?",
            (self._library, kind.value, identity),
        ).fetchone()
        if row is None:
            return None
        self._known[kind, identity] = row[0]
        return int(row[0])

    def _item(self, spec: ItemSpec, spare: list[int]) -> int:
        parents = [self._item(parent, []) for parent in spec.parents]
        found = self._find(spec.kind, spec.identity)
        if found is not None:
            self._complete(found, spec)
            if found in spare:
                spare.remove(found)
        elif (renamed := self._take_spare(spec, spare)) is not None:
            self._rename(renamed, spec, parents)
            found = renamed
        else:
            found = self._insert(spec, parents)
        self._known[spec.kind, spec.identity] = found
        self._set_artists(found, spec)
        return found

    def _take_spare(self, spec: ItemSpec, spare: list[int]) -> int | None:
        for index, item in enumerate(spare):
            row = self._connection.execute("SELECT kind FROM item WHERE id = ?", (item,)).fetchone()
            if row is not None and row[0] == spec.kind:
                return spare.pop(index)
        return None

    def _insert(self, spec: ItemSpec, parents: list[int]) -> int:
        cursor = self._connection.execute(
            "INSERT INTO item (library_id, kind, identity, title, sort_title, folded_title, year, premiered, "
            "season_number, number, last_number, absolute_number, position, parent_id, series_id, added_at, "
            "updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(self._library, spec.kind.value, spec.identity, spec.title),
                *(sort_title(spec.title), fold(spec.title), spec.year, spec.premiered),
                *(spec.season_number, spec.number, spec.last_number, spec.absolute_number, spec.position),
                *(parents[-1] if parents else None, parents[0] if parents else None, self._moment, self._moment),
            ),
        )
        item = int(cursor.lastrowid or 0)
        self.changes.added[item] = spec.kind
        self.changes.touched.add(item)
        if spec.kind is not ItemKind.SEASON:
            learn_words(self._connection, spec.title)
        return item

    def _rename(self, item: int, spec: ItemSpec, parents: list[int]) -> None:
        row = self._connection.execute(
            "SELECT kind, identity, parent_id, series_id, locked_fields FROM item WHERE id = ?", (item,)
        ).fetchone()
        self._known.pop((ItemKind(row["kind"]), row["identity"]), None)
        for old, new in ((row["parent_id"], parents[-1:]), (row["series_id"], parents[:1])):
            if old is not None and new and old != new[0]:
                self._remember_move(old, new[0])
                self.changes.touched.add(old)
        locked = set(orjson.loads(row["locked_fields"]))
        changes: dict[str, object] = {
            "identity": spec.identity,
            "parent_id": parents[-1] if parents else None,
            "series_id": parents[0] if parents else None,
            "season_number": spec.season_number,
            "number": spec.number,
            "last_number": spec.last_number,
            "absolute_number": spec.absolute_number,
            "position": spec.position,
            "updated_at": self._moment,
        }
        if "title" not in locked:
            changes |= {"title": spec.title, "sort_title": sort_title(spec.title), "folded_title": fold(spec.title)}
            learn_words(self._connection, spec.title)
        if "year" not in locked:
            changes["year"] = spec.year
        if "premiered" not in locked and spec.premiered is not None:
            changes["premiered"] = spec.premiered
        assignments = ", ".join(f"{column} = ?" for column in changes)
        self._connection.execute(f"UPDATE item SET {assignments} WHERE id = ?", (*changes.values(), item))
        self.changes.touched.add(item)

    def _complete(self, item: int, spec: ItemSpec) -> None:
        """Fill in what is not known yet; what is known stays."""
        if spec.year is None and spec.premiered is None and spec.last_number is None and spec.absolute_number is None:
            return
        self._connection.execute(
            "UPDATE item SET year = ifnull(year, ?1), premiered = ifnull(premiered, ?2), "
            "last_number = ifnull(last_number, ?3), absolute_number = ifnull(absolute_number, ?4) WHERE id = ?5 AND "
            "((year IS NULL AND ?1 IS NOT NULL) OR (premiered IS NULL AND ?2 IS NOT NULL) "
            "OR (last_number IS NULL AND ?3 IS NOT NULL) OR (absolute_number IS NULL AND ?4 IS NOT NULL))",
            (spec.year, spec.premiered, spec.last_number, spec.absolute_number, item),
        )

    def _set_artists(self, item: int, spec: ItemSpec) -> None:
        if spec.kind is not ItemKind.MUSIC_VIDEO:
            return
        wanted = [self._item(artist, []) for artist in spec.artists]
        rows = self._connection.execute(
            "SELECT artist_id FROM item_artist WHERE item_id = ? ORDER BY position", (item,)
        ).fetchall()
        present = [row[0] for row in rows]
        if present == wanted:
            return
        self._connection.execute("DELETE FROM item_artist WHERE item_id = ?", (item,))
        self._connection.executemany(
            "INSERT INTO item_artist (item_id, artist_id, position) VALUES (?, ?, ?)",
            [(item, artist, position) for position, artist in enumerate(wanted)],
        )
        self.changes.touched.update(present, wanted)

    def _describe(self, item: int, meaning: Meaning) -> None:
        """Labels and catalogue ids a file brings; they are added, never taken away."""
        if meaning.extra is not None:
            return
        row = self._connection.execute("SELECT kind, series_id FROM item WHERE id = ?", (item,)).fetchone()
        self._connection.executemany(
            "INSERT OR IGNORE INTO external_id (item_id, provider, value) VALUES (?, ?, ?)",
            [(row["series_id"] or item, provider, value) for provider, value in meaning.ids.items()],
        )
        for genre in meaning.genres:
            self._connection.execute("INSERT OR IGNORE INTO label (kind, name) VALUES ('genre', ?)", (genre,))
            self._connection.execute(
                "INSERT OR IGNORE INTO item_label (item_id, label_id) "
                "SELECT ?, id FROM label WHERE kind = 'genre' AND name = ?",
                (item, genre),
            )
