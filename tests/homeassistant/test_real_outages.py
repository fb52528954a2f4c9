"""What happens to playback and events while Home Assistant, its Supervisor or Foyer are away."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field

import pytest_asyncio

from tests.e2e.server import Server
from tests.homeassistant.harness.films import LONG
from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.marks import REAL
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.viewer import Television, Viewing, find

pytestmark = REAL


@dataclass(kw_only=True)
class Evening:
    """Somebody who pauses and resumes a film again and again, and what Foyer acknowledged of it."""

    viewing: Viewing
    told: list[tuple[str, float]] = field(default_factory=list)
    is_enough: bool = False

    async def go_on(self) -> None:
        """Until it is enough; every step has to succeed at once."""
        try:
            while not self.is_enough:
                await self.step()
                await asyncio.sleep(0.05)
        finally:
            self.is_enough = True

    async def step(self) -> None:
        """Pause and resume, and fetch some of the film."""
        for state, kind in (("PAUSED", "paused"), ("PLAYING", "resumed")):
            position = round(self.viewing.position + 0.05, 2)
            async with asyncio.timeout(5):
                await self.viewing.beat(state, position)
                self.told.append((kind, position))
                async with self.viewing.way.request(
                    "GET", self.viewing.url, headers={"Range": "bytes=0-65535"}
                ) as answer:
                    assert len(await answer.read()) == 65536

    async def until_told(self, more: int) -> None:
        """Wait until so many more steps were taken."""
        wanted = len(self.told) + more
        async with asyncio.timeout(60):
            while len(self.told) < wanted and not self.is_enough:
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def television(home: Home, foyer: Server) -> Television:
    return await Television.sign_in(foyer, await home.panel(), "television")


async def begun(television: Television) -> Evening:
    """A film that has just been started."""
    return Evening(viewing=await Viewing.start(television, await find(television, LONG), device="Television"))


@asynccontextmanager
async def evening(television: Television) -> AsyncIterator[Evening]:
    """A film is paused and resumed all the time; in the end it is stopped."""
    now = await begun(television)
    watching = asyncio.create_task(now.go_on())
    try:
        await now.until_told(4)
        yield now
        await now.until_told(4)
    finally:
        now.is_enough = True
        await watching
    await now.viewing.stop()


def heard(home: Home, session: str) -> list[tuple[str, float]]:
    """What was on Core's bus of a session, each once; an event that came twice has to have the number it had before."""
    events = [event for event in home.core.witnessed() if event.get("session_id") == session]
    numbers = [event["seq"] for event in events]
    assert numbers == sorted(numbers)
    once = {event["seq"]: event for event in events}
    return [(event["type"], event["position"]) for event in once.values()]


async def all_heard(home: Home, watched: Evening) -> int:
    """Wait until Core heard of the end; every event has to be there, in order. Returns how many came twice."""
    session = watched.viewing.session
    async with asyncio.timeout(60):
        while not [kind for kind, _ in heard(home, session) if kind == "stopped"]:
            await asyncio.sleep(0.1)
    events = heard(home, session)
    assert [event for event in events if event[0] in {"paused", "resumed"}] == watched.told
    assert events[0][0] == "started"
    assert events[-1][0] == "stopped"
    return len([event for event in home.core.witnessed() if event.get("session_id") == session]) - len(events)


async def test_core_is_killed_and_comes_back(home: Home, television: Television) -> None:
    async with evening(television) as watched:
        home.core.kill()
        await watched.until_told(20)
        await home.core.start()
    assert await all_heard(home, watched) <= 1


async def test_core_takes_no_step_for_a_while(home: Home, television: Television) -> None:
    async with evening(television) as watched:
        home.core.freeze()
        await asyncio.sleep(12)
        home.core.thaw()
    assert await all_heard(home, watched) <= 1


async def test_the_supervisor_is_away(home: Home, television: Television) -> None:
    async with evening(television) as watched:
        await home.supervisor.stop()
        await watched.until_told(20)
        await home.supervisor.start()
    assert await all_heard(home, watched) <= 1


async def test_the_add_on_gets_another_token(home: Home, foyer: Server, television: Television) -> None:
    watched = await begun(television)
    await watched.step()
    home.supervisor.addon.token = "addon-token-2"
    # Whoever is connected stays so; a new connection needs the new token.
    await home.supervisor.stop()
    await home.supervisor.start()
    panel = await home.panel()
    async with asyncio.timeout(30):
        while "token" not in await link_says(panel):
            await asyncio.sleep(0.1)
    for _ in range(5):
        await watched.step()
    await foyer.stop()
    foyer.environment = home.addon_environment  # as the Supervisor does: a token lives as long as the container
    await foyer.start()
    await watched.step()
    await watched.viewing.stop()
    assert await all_heard(home, watched) <= 1


async def test_foyer_is_killed_while_core_is_away(home: Home, foyer: Server, television: Television) -> None:
    watched = await begun(television)
    await watched.step()
    home.core.kill()
    for _ in range(5):
        await watched.step()
    await journalled(foyer, watched)
    await foyer.kill()
    await foyer.start()
    await watched.step()
    await home.core.start()
    await watched.viewing.stop()
    assert await all_heard(home, watched) <= 1


async def link_says(panel: Panel) -> str:
    """What the health page says of the link to Home Assistant."""
    checks = (await panel.ask("{ health { checks { name message } } }"))["health"]["checks"]
    return next(str(check["message"]) for check in checks if check["name"] == "Home Assistant")


async def journalled(foyer: Server, watched: Evening) -> None:
    """Wait until what was told is on the disk, which takes a moment more than to tell it."""
    last = round(watched.told[-1][1] * 1000)
    async with asyncio.timeout(10):
        while True:
            with closing(sqlite3.connect(foyer.data / "foyer.db")) as database:
                if database.execute(JOURNALLED, [last]).fetchone():
                    return
            await asyncio.sleep(0.05)


JOURNALLED = """
SELECT 1 FROM event WHERE topic = 'playback' AND json_extract(payload, '$.position_ms') = ?
AND json_extract(payload, '$.session_id') = (SELECT max(id) FROM playback_session)
"""
