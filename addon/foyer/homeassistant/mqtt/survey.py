"""Read what the entities show, each part only when something about it may have changed."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path
from typing import Any

from foyer import __version__
from foyer.db.database import Database
from foyer.db.fields import from_instant
from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError
from foyer.homeassistant.mqtt.machine import Machine
from foyer.homeassistant.mqtt.snapshot import Release, Snapshot, Title, Viewing
from foyer.ids import NodeKind, encode
from foyer.library.files import shown
from foyer.library.filters import PLAYABLE_KINDS
from foyer.library.service import SCAN
from foyer.settings.registry import BACKGROUND_WORK
from foyer.settings.store import Settings

MOST_VIEWINGS = 10
"""Home Assistant keeps no more than 16 KiB of attributes."""


class Part(Enum):
    """What can change by itself."""

    PLAYBACK = auto()
    LIBRARY = auto()
    SERVER = auto()
    MACHINE = auto()
    RELEASE = auto()


EVERYTHING = frozenset(Part)


async def _no_release() -> Release | None:
    return None


async def _no_problems() -> tuple[str, ...]:
    return ()


@dataclass(slots=True, kw_only=True)
class Survey:
    """Keeps the snapshot; ``close`` it."""

    database: Database
    settings: Settings
    machine: Machine
    encoders: Callable[[], int]
    """How many encoders there are now."""
    cache_bytes: Callable[[], int]
    release: Callable[[], Awaitable[Release | None]] = _no_release
    """The add-on as the Supervisor knows it; ``None`` outside an add-on."""
    problems: Callable[[], Awaitable[tuple[str, ...]]] = _no_problems
    """What is not well with the server, a sentence each."""
    _known: Snapshot = field(default_factory=Snapshot)
    _owed: frozenset[Part] = frozenset()
    """What could not be read the last time."""

    async def read(self, parts: frozenset[Part] = EVERYTHING) -> Snapshot:
        """The snapshot with these parts read again."""
        changes: dict[str, Any] = {}
        readers = {
            Part.PLAYBACK: self._playback,
            Part.LIBRARY: self._library,
            Part.SERVER: self._server,
            Part.MACHINE: self._machine,
            Part.RELEASE: self._release,
        }
        due, self._owed = parts | self._owed, frozenset()
        for found in await asyncio.gather(*(read() for part, read in readers.items() if part in due)):
            changes |= found
        self._known = replace(self._known, **changes)
        return self._known

    def close(self) -> None:
        """Let go of the machine."""
        self.machine.close()

    async def _playback(self) -> dict[str, Any]:
        return {
            **await self.database.reader.run(_playback, label="mqtt playback"),
            "is_transcoding": self.encoders() > 0,
            "cache_bytes": self.cache_bytes(),
        }

    async def _library(self) -> dict[str, Any]:
        return await self.database.reader.run(_library, label="mqtt library")

    async def _server(self) -> dict[str, Any]:
        return {
            "name": self.settings.text("server.name").strip() or "Foyer",
            "background_work": self.settings.flag(BACKGROUND_WORK),
        }

    async def _machine(self) -> dict[str, Any]:
        rows = await self.database.reader.all(
            "SELECT path FROM library_folder WHERE removed_at IS NULL AND available = 1 ORDER BY path"
        )
        folders = {Path(os.fsdecode(row["path"])): shown(row["path"]) for row in rows}
        disks, gpus, problems = await asyncio.gather(self.machine.disks(folders), self.machine.cards(), self.problems())
        return {
            "disks": disks,
            "gpus": gpus,
            "problems": problems,
            "cache_bytes": self.cache_bytes(),
            "is_transcoding": self.encoders() > 0,
        }

    async def _release(self) -> dict[str, Any]:
        try:
            release = await self.release()
        except (HomeAssistantUnavailableError, HomeAssistantRefusedError):
            self._owed |= {Part.RELEASE}
            return {}  # what was known stands until the Supervisor answers again
        return {"release": release, "version": release.version if release else __version__}


_TITLE = (
    "i.id, i.kind, i.title, i.year, i.season_number, i.number, p.title AS series, l.name AS library "
    "FROM item i LEFT JOIN item p ON p.id = i.series_id LEFT JOIN library l ON l.id = i.library_id"
)


def _title(row: sqlite3.Row) -> Title:
    return Title(
        item_id=encode(NodeKind.ITEM, row["id"]),
        item_kind=row["kind"],
        title=row["title"],
        series=row["series"],
        season=row["season_number"],
        episode=row["number"],
        year=row["year"],
        library=row["library"],
    )


def title_of(connection: sqlite3.Connection, item: int) -> Title | None:
    """An item by its row id."""
    row = connection.execute(f"SELECT {_TITLE} WHERE i.id = ?", (item,)).fetchone()
    return None if row is None else _title(row)


def _playback(connection: sqlite3.Connection) -> dict[str, Any]:
    counted = connection.execute(
        "SELECT method, count(*), sum(state <> 'paused') FROM playback_session WHERE ended_at IS NULL GROUP BY method"
    ).fetchall()
    rows = connection.execute(
        "SELECT u.name, s.state, s.method, s.device, t.* FROM playback_session s "  # noqa: S608 - constant columns
        f"JOIN user u ON u.id = s.user_id JOIN (SELECT {_TITLE}) t ON t.id = s.item_id "
        "WHERE s.ended_at IS NULL ORDER BY s.id DESC LIMIT ?",
        (MOST_VIEWINGS,),
    ).fetchall()
    return {
        "streams": {row[0]: row[1] for row in counted},
        "session_count": sum(row[1] for row in counted),
        "is_playing": any(row[2] for row in counted),
        "viewings": tuple(
            Viewing(
                user=row["name"],
                item=_title(row),
                state=row["state"],
                method=row["method"],
                device=row["device"],
            )
            for row in rows
        ),
    }


def _library(connection: sqlite3.Connection) -> dict[str, Any]:
    counts = connection.execute("SELECT kind, count(*) FROM item WHERE hidden = 0 GROUP BY kind").fetchall()
    # Through the index of each library and kind: the newest of a hundred thousand items in well under a millisecond.
    libraries = [row[0] for row in connection.execute("SELECT id FROM library WHERE removed_at IS NULL")]
    newest = max(
        (
            tuple(row)
            for library in libraries
            for kind in PLAYABLE_KINDS
            for row in connection.execute(
                "SELECT added_at, id FROM item WHERE library_id = ? AND kind = ? AND hidden = 0 "
                "ORDER BY added_at DESC, id DESC LIMIT 1",
                (library, kind.value),
            )
        ),
        default=None,
    )
    scanning = connection.execute(
        "SELECT 1 FROM job WHERE state IN ('running', 'stopping') AND kind = ? LIMIT 1", (SCAN,)
    ).fetchone()
    added = None if newest is None else title_of(connection, newest[1])
    return {
        "counts": {row[0]: row[1] for row in counts},
        "added": added,
        "added_at": None if added is None or newest is None else from_instant(newest[0]),
        "is_scanning": scanning is not None,
    }
