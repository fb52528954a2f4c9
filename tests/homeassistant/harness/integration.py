"""Foyer's integration in the home: offered by discovery, set up with a click, and taken away again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.viewer import Viewing
from tests.homeassistant.harness.waiting import until


@asynccontextmanager
async def integration(home: Home) -> AsyncIterator[str]:
    """The integration as its owner sets it up where Home Assistant offers it; yields the entry's id."""
    await forget(home)
    home.supervisor.offer_again()
    flow = await offered(home)
    form = await home.core.get(f"config/config_entries/flow/{flow}")
    assert form["step_id"] == "hassio_confirm"
    done = await home.core.post(f"config/config_entries/flow/{flow}", {})
    assert done["type"] == "create_entry", done
    yield str(done["result"]["entry_id"])
    await forget(home)
    home.supervisor.offer_again()
    await offered(home)


async def offered(home: Home) -> str:
    """Wait until Home Assistant offers to set Foyer up, as the Supervisor told it; returns the flow's id."""
    async with home.core.connection() as owner, asyncio.timeout(30):
        while True:
            for flow in await owner.command("config_entries/flow/progress"):
                if flow["handler"] == "foyer" and flow["context"]["source"] == "hassio":
                    return str(flow["flow_id"])
            await asyncio.sleep(0.1)


async def forget(home: Home) -> None:
    """Take away what is set up of the integration, and what is offered."""
    async with home.core.connection() as owner:
        entries = await owner.command("config_entries/get", domain="foyer")
        for entry in entries:
            await home.core.request("DELETE", f"config/config_entries/entry/{entry['entry_id']}")
        # Newer versions offer again at once what was taken away.
        for _ in range(10 if entries else 1):
            for flow in await owner.command("config_entries/flow/progress"):
                if flow["handler"] == "foyer":
                    await home.core.request("DELETE", f"config/config_entries/flow/{flow['flow_id']}")
            await asyncio.sleep(0.1)


async def player_of(home: Home, viewing: Viewing) -> str:
    """The media player that the integration has made for a session, once it plays; by its entity's id."""
    found: list[str] = []

    async def is_there() -> bool:
        players = await home.core.entities("media_player.")
        found[:] = [
            name
            for name, player in players.items()
            if player["attributes"].get("session_id") == viewing.session and player["state"] == "playing"
        ]
        return bool(found)

    await until(is_there)
    return found[0]
