from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from foyer.accounts.identity import HomeAssistantUser
from foyer.accounts.roles import Role
from foyer.accounts.service import Accounts
from foyer.db.database import Database
from foyer.errors import ForbiddenError
from foyer.events.bus import EventBus
from foyer.homeassistant import client, users
from foyer.homeassistant.client import CoreClient
from foyer.homeassistant.users import HomeAssistantUsers
from tests.homeassistant.standins import TOKEN, Message, RefusalError, StandInCore, core


def listed(id_: str, *groups: str, owner: bool = False, active: bool = True) -> Message:
    """A user as ``config/auth/list`` shows them."""
    return {
        "id": id_,
        "username": id_,
        "name": id_.title(),
        "is_owner": owner,
        "is_active": active,
        "local_only": False,
        "system_generated": False,
        "group_ids": list(groups),
        "credentials": [{"type": "homeassistant"}],
    }


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(users, "SETTLE_S", 0.01)


@asynccontextmanager
async def following(
    peer: StandInCore, database: Database, bus: EventBus, folder: Path
) -> AsyncIterator[tuple[Accounts, HomeAssistantUsers]]:
    accounts = Accounts(database, folder, bus)
    accounts.housemates.is_expected = True
    link = CoreClient(f"{peer.url.replace('http', 'ws')}/api/websocket", TOKEN)
    follower = HomeAssistantUsers(link, accounts.housemates)
    async with aiohttp.ClientSession() as http:
        tasks = [asyncio.create_task(link.run(http)), asyncio.create_task(follower.run())]
        try:
            yield accounts, follower
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            accounts.close()


async def arrive(accounts: Accounts, id_: str) -> Role:
    person = HomeAssistantUser(id=id_, name=id_, display_name=id_)
    return (await accounts.ingress_principal(person)).role


async def until_role(accounts: Accounts, id_: str, role: Role) -> None:
    async with asyncio.timeout(5):
        while await arrive(accounts, id_) is not role:
            await asyncio.sleep(0.01)


async def test_administrators_of_home_assistant_are_so_here_and_changes_follow(
    database: Database, bus: EventBus, tmp_path: Path
) -> None:
    people = [listed("olga", "system-admin", owner=True), listed("kid", "system-users")]
    async with core(users=people) as peer, following(peer, database, bus, tmp_path) as (accounts, _):
        assert await arrive(accounts, "kid") is Role.USER
        assert await arrive(accounts, "olga") is Role.ADMIN
        peer.users[1] = listed("kid", "system-admin")
        await peer.until(lambda: any(one.get("event_type") == "user_updated" for one in peer.received))
        await peer.emit("user_updated", {"user_id": "kid"})
        await until_role(accounts, "kid", Role.ADMIN)
        peer.users[1] = listed("kid", "system-admin", active=False)
        await peer.emit("user_updated", {"user_id": "kid"})
        async with asyncio.timeout(5):
            with pytest.raises(ForbiddenError):
                while True:
                    await arrive(accounts, "kid")
                    await asyncio.sleep(0.01)


async def test_what_changed_while_core_was_away_is_noticed(database: Database, bus: EventBus, tmp_path: Path) -> None:
    people = [listed("olga", owner=True), listed("kid")]
    async with core(users=people) as peer, following(peer, database, bus, tmp_path) as (accounts, _):
        assert await arrive(accounts, "kid") is Role.USER
        await peer.stop()
        peer.users[1] = listed("kid", "system-admin")
        await peer.start()
        await until_role(accounts, "kid", Role.ADMIN)


async def test_a_token_that_may_not_read_the_list_is_told_and_harms_nobody(
    database: Database, bus: EventBus, tmp_path: Path
) -> None:
    def refuse(command: Message) -> None:
        raise RefusalError("unauthorized", "Unauthorized")

    async with core() as peer:
        peer.handlers["config/auth/list"] = refuse
        async with following(peer, database, bus, tmp_path) as (_, follower):
            async with asyncio.timeout(5):
                while follower.problem is None:
                    await asyncio.sleep(0.01)
            assert "administrators" in follower.problem
