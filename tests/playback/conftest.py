"""A small household: users, a film and a series, straight in a real database."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from foyer.accounts.principal import Principal, Via
from foyer.accounts.roles import PERMISSIONS, Role
from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.events.bus import EventBus
from foyer.ids import ItemId, UserId
from foyer.playback.progress import ProgressService
from foyer.settings.store import Settings

HOUR_MS = 3_600_000


@dataclass
class Household:
    database: Database
    film: ItemId = field(init=False)
    series: ItemId = field(init=False)
    episodes: list[ItemId] = field(default_factory=list)

    async def person(self, name: str, role: Role = Role.USER, libraries: frozenset[int] | None = None) -> Principal:
        row = await self.database.writer.execute_insert(
            "INSERT INTO user (name, display_name, role, created_at) VALUES (?, ?, ?, ?)",
            [name, name, role.value, to_instant(now())],
        )
        return Principal(
            user_id=UserId(row),
            name=name,
            role=role,
            permissions=PERMISSIONS[role],
            all_libraries=libraries is None,
            libraries=libraries or frozenset(),
            via=Via.TOKEN,
        )

    async def item(self, kind: str, title: str, *, playable: bool = True, **columns: object) -> ItemId:
        moment = to_instant(now())
        fields = {
            "library_id": 1,
            "kind": kind,
            "identity": f"{title}-{columns.get('season_number')}-{columns.get('number')}",
            "title": title,
            "sort_title": title.lower(),
            "duration_ms": HOUR_MS,
            "added_at": moment,
            "updated_at": moment,
            **columns,
        }
        marks = ", ".join("?" * len(fields))
        row = ItemId(
            await self.database.writer.execute_insert(
                f"INSERT INTO item ({', '.join(fields)}) VALUES ({marks})", list(fields.values())
            )
        )
        if playable:
            file = await self.database.writer.execute_insert(
                "INSERT INTO media_file (library_id, folder_id, path, size, mtime_ns, state, duration_ms, added_at) "
                "VALUES (1, 1, ?, 1, 1, 'ok', ?, ?)",
                [f"/media/{row}.mkv".encode(), HOUR_MS, moment],
            )
            await self.database.execute("INSERT INTO item_file (item_id, file_id) VALUES (?, ?)", (row, file))
        return row


@pytest.fixture
async def household(database: Database) -> Household:
    moment = to_instant(now())
    await database.execute("INSERT INTO library (id, name, kind, created_at) VALUES (1, 'All', 'movies', ?)", (moment,))
    await database.execute("INSERT INTO library_folder (id, library_id, path) VALUES (1, 1, ?)", (b"/media",))
    house = Household(database)
    house.film = await house.item("movie", "The Film")
    house.series = await house.item("series", "The Series", playable=False)
    for season, number in ((0, 1), (1, 1), (1, 2), (2, 1)):
        house.episodes.append(
            await house.item(
                "episode", f"Episode {season}x{number}", series_id=house.series, season_number=season, number=number
            )
        )
    return house


@pytest.fixture
def progress(database: Database, bus: EventBus, settings: Settings) -> ProgressService:
    return ProgressService(database, bus, settings)
