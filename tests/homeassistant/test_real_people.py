"""People and programs of a real Home Assistant: its administrators, whom it switched off, and its integration."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.e2e.server import Server
from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.marks import REAL
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.people import Person

pytestmark = REAL

ROLE = "{ server { viewer { role } } }"


async def role(panel: Panel) -> str:
    """What somebody is in Foyer; empty when Foyer does not let them in."""
    async with panel.request("POST", "graphql", json={"query": ROLE}) as answer:
        told: dict[str, Any] = await answer.json()
    viewer = told["data"]["server"]["viewer"]
    return str(viewer["role"]) if viewer else ""


async def until(wanted: str, ask: Callable[[], Awaitable[str]]) -> None:
    """Wait until an answer is as wanted."""
    async with asyncio.timeout(10):
        while (found := await ask()) != wanted:
            assert found is not None
            await asyncio.sleep(0.05)


@asynccontextmanager
async def changed(home: Home, who: Person, **fields: object) -> AsyncIterator[None]:
    """An ordinary user is something else in Home Assistant for a while."""
    async with home.core.connection() as owner:
        await owner.command("config/auth/update", user_id=who.id, **fields)
        try:
            yield
        finally:
            await owner.command("config/auth/update", user_id=who.id, group_ids=["system-users"], is_active=True)


async def test_administrators_are_those_of_home_assistant(home: Home, foyer: Server) -> None:
    owner, guest = await home.panel(), await home.panel(home.core.guest)
    assert await role(owner) == "ADMIN"
    await until("USER", lambda: role(guest))
    async with changed(home, home.core.guest, group_ids=["system-admin"]):
        await until("ADMIN", lambda: role(guest))
    await until("USER", lambda: role(guest))
    assert await role(owner) == "ADMIN"


async def test_who_is_switched_off_there_may_not_enter_here_on_an_open_page(home: Home, foyer: Server) -> None:
    # Home Assistant forgets the tokens of whom it switches off: nobody else of the tests may need them.
    lodger = await home.panel(home.core.lodger)
    await until("USER", lambda: role(lodger))
    async with changed(home, home.core.lodger, is_active=False):
        await until("", lambda: role(lodger))
    await until("USER", lambda: role(lodger))


async def test_the_integration_is_offered_with_an_address_and_a_key_that_work(home: Home, foyer: Server) -> None:
    async with home.core.connection() as owner:
        async with asyncio.timeout(20):
            while True:
                flows = await owner.command("config_entries/flow/progress")
                found = [flow for flow in flows if flow["handler"] == "foyer"]
                entries = await owner.command("config_entries/get", domain="foyer")
                if found or entries:
                    break
                await asyncio.sleep(0.1)
        assert entries or found[0]["context"]["source"] == "hassio"
    (announced,) = [one["config"] for one in home.supervisor.discovery.values() if one["service"] == "foyer"]
    url = f"http://{announced['host']}:{announced['port']}/graphql"
    headers = {"Authorization": f"Bearer {announced['api_key']}"}
    query = {"query": "{ server { id viewer { name role } } }"}
    async with home.core.http.post(url, json=query, headers=headers) as answer:
        told = (await answer.json())["data"]
    assert told["server"]["id"] == announced["server_id"]
    assert told["server"]["viewer"] == {"name": "Home Assistant", "role": "MANAGER"}
