"""Everything behind a screen but the screen: real services on a real database, and Core stood in for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from foyer.accounts.principal import Principal, Via
from foyer.accounts.roles import Role
from foyer.accounts.service import Accounts
from foyer.db.database import Database
from foyer.events.bus import EventBus
from foyer.homeassistant import client
from foyer.homeassistant.client import CoreClient
from foyer.homeassistant.screens import directory, showing, stage
from foyer.homeassistant.screens.addresses import Addresses
from foyer.homeassistant.screens.model import PlayOn, Screen, screen_row
from foyer.homeassistant.screens.room import ScreenRoom
from foyer.ids import ItemId, PlaybackSessionId
from foyer.playback.links import MediaLinks
from foyer.playback.progress import ProgressService
from foyer.playback.service import PlaybackService
from foyer.playback.sessions import PlaybackSessions, PlaybackState, SessionView
from foyer.playback.upnext import UpNext
from foyer.settings.store import Settings
from tests.api.schema.conftest import Streams
from tests.api.schema.house import furnish
from tests.homeassistant.players import Home, home
from tests.homeassistant.standins import TOKEN

SOFA, BED = "media_player.sofa", "media_player.bed"
BASE = "http://192.168.1.5:8096"


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing wait for longer than a test likes."""
    for module, name, value in (
        (client, "FIRST_WAIT_S", 0.02),
        (client, "LONGEST_WAIT_S", 0.05),
        (directory, "SETTLE_S", 0.02),
        (stage, "LOOK_EVERY_S", 0.02),
        (showing, "IDLE_GRACE_S", 0.1),
    ):
        monkeypatch.setattr(module, name, value)


@dataclass
class Foyer:
    """Everything behind a ``ScreenRoom``, which can be stopped and built anew on the same data."""

    peer: Home
    database: Database
    bus: EventBus
    settings: Settings
    accounts: Accounts
    streams: Streams = field(default_factory=Streams)
    ports: dict[str, int | None] = field(default_factory=dict)
    room: ScreenRoom = field(init=False)
    sessions: PlaybackSessions = field(init=False)
    core: CoreClient = field(init=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ScreenRoom]:
        """A server's life, from its start to its end."""
        progress, upnext = ProgressService(self.database, self.bus, self.settings), UpNext(self.database)
        self.core = CoreClient(self.peer.url.replace("http", "ws") + "/api/websocket", TOKEN)
        self.sessions = PlaybackSessions(self.database, self.bus, progress, self.streams)

        async def ports() -> dict[str, int | None]:
            return self.ports

        self.room = ScreenRoom(
            self.core,
            database=self.database,
            bus=self.bus,
            people=self.accounts.directory,
            sessions=self.sessions,
            playback=PlaybackService(self.database, progress, upnext, MediaLinks(self.accounts.media_tokens)),
            upnext=upnext,
            addresses=Addresses(
                self.core,
                public_url=lambda: self.settings.text("homeassistant.public_url"),
                ports=ports,
                port=8096,
            ),
            tokens=self.accounts.media_tokens,
        )
        async with aiohttp.ClientSession() as http:
            tasks = [asyncio.create_task(self.core.run(http)), asyncio.create_task(self.room.run())]
            try:
                yield self.room
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)

    async def person(self, name: str, role: Role = Role.USER) -> Principal:
        made = await self.accounts.users.create(self.accounts.local_principal(), name=name, password=None, role=role)
        return made.principal(Via.TOKEN)

    async def item(self, kind: str, place: int = 0) -> ItemId:
        rows = await self.database.reader.all(
            "SELECT i.id FROM item i JOIN item_file l ON l.item_id = i.id JOIN media_file f ON f.id = l.file_id "
            "WHERE i.kind = ? AND f.state = 'ok' GROUP BY i.id ORDER BY i.id LIMIT 1 OFFSET ?",
            (kind, place),
        )
        return ItemId(rows[0]["id"])

    async def session(self, session: PlaybackSessionId) -> SessionView:
        (found,) = await self.sessions.get_many([session])
        return found

    async def is_over(self, session: PlaybackSessionId) -> bool:
        return (await self.session(session)).state is PlaybackState.STOPPED

    async def watched_until(self, who: Principal, item: ItemId, position_ms: int) -> None:
        progress = ProgressService(self.database, self.bus, self.settings)
        await progress.record(who.user_id, item, position_ms, 5_400_000, was_watched=False)

    async def resumes_near(self, who: Principal, item: ItemId, position_ms: int) -> bool:
        return abs(await self.resume_ms(who, item) - position_ms) < 3_000

    async def resume_ms(self, who: Principal, item: ItemId) -> int:
        return await ProgressService(self.database, self.bus, self.settings).resume_position(who.user_id, item)


@asynccontextmanager
async def cinema(database: Database, bus: EventBus, settings: Settings, tmp_path: Path) -> AsyncIterator[Foyer]:
    """A house with films, and a Home Assistant with players."""
    await database.write(furnish)
    await settings.update({"homeassistant.public_url": BASE})
    accounts = Accounts(database, tmp_path, bus)
    async with home() as peer:
        yield Foyer(peer, database, bus, settings, accounts)
    accounts.close()


async def until(is_so: Callable[[], Any], *, limit: float = 10) -> None:
    """Wait for something, or for an answer to be true."""
    async with asyncio.timeout(limit):
        while True:
            found = is_so()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.01)


async def screen(foyer: Foyer, entity_id: str = SOFA) -> Screen:
    """A screen, once it is known."""
    await until(lambda: any(one.entity_id == entity_id for one in foyer.room.all()))
    found = foyer.room.directory.by_entity(entity_id)
    assert found is not None
    return found


def on(entity_id: str, item: ItemId, position_ms: int | None = None) -> PlayOn:
    return PlayOn(screen=screen_row(entity_id), item=item, position_ms=position_ms)
