"""The integration in a real Home Assistant Core: found, set up, in command of players, and a source for others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.e2e.server import Server
from tests.homeassistant.harness.films import DEEP, LONG
from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.integration import integration, player_of
from tests.homeassistant.harness.marks import REAL
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.viewer import Viewing, find

pytestmark = REAL

SCREEN = "media_player.kitchen_screen"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def entry(home: Home, foyer: Server) -> AsyncIterator[str]:
    """The id of the integration's entry."""
    async with integration(home) as entry_id:
        yield entry_id


async def test_what_was_discovered_is_loaded_after_a_click(home: Home, entry: str) -> None:
    async with home.core.connection() as owner:
        (found,) = await owner.command("config_entries/get", domain="foyer")
    assert (found["entry_id"], found["state"]) == (entry, "loaded")


async def test_a_player_is_controlled_from_home_assistant(home: Home, entry: str, panel: Panel) -> None:
    viewing = await Viewing.start(panel, await find(panel, LONG), device="Den")
    await viewing.beat("PLAYING", 5)
    player = await player_of(home, viewing)
    assert (await home.core.state(player) or {})["attributes"]["media_title"] == LONG
    await home.core.call("media_player", "media_pause", entity_id=player)
    assert [command["kind"] for command in await viewing.beat("PLAYING", 6)] == ["PAUSE"]
    await viewing.beat("PAUSED", 6)
    await home.core.wait_state(player, "paused")
    await home.core.call("media_player", "media_seek", entity_id=player, seek_position=42)
    (seek,) = await viewing.beat("PAUSED", 6)
    assert (seek["kind"], seek["positionSeconds"]) == ("SEEK", 42)
    await home.core.call("media_player", "media_stop", entity_id=player)
    await home.core.wait_state(player, "idle")


async def test_libraries_are_browsed_to_a_film(home: Home, entry: str) -> None:
    async with home.core.connection() as owner:
        place = f"media-source://foyer/{entry}"
        for title in ("Films", LONG):
            found = await owner.command("media_source/browse_media", media_content_id=place)
            (child,) = [child for child in found["children"] if child["title"].startswith(title)]
            place = child["media_content_id"]
    assert child["can_play"]


async def test_a_screen_of_the_house_plays_what_it_is_given(home: Home, entry: str, panel: Panel) -> None:
    await play(home, entry, await find(panel, LONG))
    await shown(home, 20)
    await home.core.call("media_player", "media_seek", entity_id=SCREEN, seek_position=60)
    playing = await shown(home, 10)
    assert playing["media_position"] > 60
    await home.core.call("media_player", "media_pause", entity_id=SCREEN)
    await home.core.wait_state(SCREEN, "paused")
    await home.core.call("media_player", "media_stop", entity_id=SCREEN)
    await home.core.wait_state(SCREEN, "idle")


async def test_a_screen_plays_what_has_to_be_converted(home: Home, entry: str, panel: Panel) -> None:
    await play(home, entry, await find(panel, DEEP))
    await shown(home, 20)
    await home.core.call("media_player", "media_stop", entity_id=SCREEN)
    await home.core.wait_state(SCREEN, "idle")


async def play(home: Home, entry: str, item: str) -> None:
    """Have the screen play an item of the media source."""
    source = f"media-source://foyer/{entry}/{item}"
    film = {"entity_id": SCREEN, "media_content_id": source, "media_content_type": "video"}
    await home.core.call("media_player", "play_media", **film)


async def shown(home: Home, frames: int) -> dict[str, Any]:
    """Wait until the screen has decoded so many frames since it began or jumped; returns its attributes."""
    found: dict[str, Any] | None = None
    try:
        async with asyncio.timeout(40):
            while True:
                found = await home.core.state(SCREEN)
                if found is not None and int(found["attributes"].get("media_artist", 0)) >= frames:
                    return dict(found["attributes"])
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{found}\n{home.core.log_tail()}") from None
