from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from foyer.accounts.roles import Role
from foyer.homeassistant import client, discovery
from foyer.settings.homeassistant import HomeAssistantAccess
from tests.homeassistant.standins import TOKEN, StandInSupervisor, supervisor
from tests.servers import Server, free_port, running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(client, "LONGEST_WAIT_S", 0.05)
    monkeypatch.setattr(discovery, "SETTLE_S", 0.01)
    monkeypatch.setattr(discovery, "RETRY_S", 0.05)


@asynccontextmanager
async def at_home(peer: StandInSupervisor, folder: Path, port: int = 0) -> AsyncIterator[Server]:
    access = HomeAssistantAccess.from_environment({"SUPERVISOR_TOKEN": TOKEN, "FOYER_SUPERVISOR_URL": peer.url})
    async with running(folder, homeassistant=access, port=port) as server:
        yield server


async def asked(peer: StandInSupervisor, times: int) -> None:
    """Wait until Core was asked for the integration so often."""
    await peer.until(lambda: len(peer.commands("manifest/get")) >= times)


async def test_the_server_is_announced_with_a_key_that_opens_it(tmp_path: Path) -> None:
    async with supervisor(integrations={"foyer"}) as peer, at_home(peer, tmp_path) as server:
        await asked(peer, 1)
        assert peer.announcements == [], "nobody has set it up yet"
        await server.sign_in()
        await peer.until(lambda: bool(peer.announcements))
        config = dict(peer.announcements[0]["config"])
        principal = await server.core.accounts.authenticate(config.pop("api_key"))
        assert principal.role is Role.MANAGER
        assert config == {
            "host": "172.30.33.4",
            "port": server.port,
            "server_id": server.core.accounts.server_id,
            "name": "Foyer",
        }


async def test_a_restart_announces_nothing_new_and_a_new_name_does(tmp_path: Path) -> None:
    port = free_port()
    async with supervisor(integrations={"foyer"}) as peer:
        async with at_home(peer, tmp_path, port) as server:
            await server.sign_in()
            await peer.until(lambda: bool(peer.announcements))
        posts = peer.posts
        async with at_home(peer, tmp_path, port) as server:
            await peer.until(lambda: peer.posts > posts)
            assert len(peer.announcements) == 1
            await server.core.settings.update({"server.name": "Den"})
            await peer.until(lambda: len(peer.announcements) == 2)
    assert peer.announcements[1]["config"]["name"] == "Den"
    assert peer.announcements[0]["config"]["api_key"] == peer.announcements[1]["config"]["api_key"]


async def test_without_the_integration_core_is_left_in_peace_until_it_comes(tmp_path: Path) -> None:
    async with supervisor() as peer, at_home(peer, tmp_path) as server:
        await server.sign_in()
        await asked(peer, 2)
        assert peer.posts == 0
        peer.integrations.add("foyer")
        await peer.stop()
        await peer.start()
        await peer.until(lambda: bool(peer.announcements))


async def test_the_integration_that_is_loaded_later_is_noticed(tmp_path: Path) -> None:
    async with supervisor() as peer, at_home(peer, tmp_path) as server:
        await server.sign_in()
        await asked(peer, 2)
        await peer.until(lambda: any(one.get("event_type") == "component_loaded" for one in peer.received))
        peer.integrations.add("foyer")
        await peer.emit("component_loaded", {"component": "light"})
        await peer.emit("component_loaded", {"component": "foyer"})
        await peer.until(lambda: bool(peer.announcements))


async def test_a_disabled_account_is_said_and_not_worked_around(tmp_path: Path) -> None:
    async with supervisor(integrations={"foyer"}) as peer, at_home(peer, tmp_path) as server:
        await server.sign_in()
        await peer.until(lambda: bool(peer.announcements))
        admin = server.core.accounts.local_principal()
        (service,) = [one for one in await server.core.accounts.users.all(admin) if one.name == "Home Assistant"]
        await server.core.accounts.users.update(admin, service.id, expected_version=service.version, disabled=True)
        async with asyncio.timeout(5):
            while "disabled" not in (await server.app.health.checks["Home Assistant"]()).message:
                await asyncio.sleep(0.01)
