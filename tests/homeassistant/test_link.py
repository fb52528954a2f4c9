from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from foyer.api.health import HealthState
from foyer.homeassistant import client, link
from foyer.homeassistant.link import HomeAssistantLink, LinkState
from foyer.settings.homeassistant import HomeAssistantAccess
from tests.homeassistant.standins import TOKEN, StandInSupervisor, supervisor
from tests.servers import running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(client, "LONGEST_WAIT_S", 0.05)
    monkeypatch.setattr(link, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(link, "LONGEST_PAUSE_S", 0.05)


def access(peer: StandInSupervisor) -> HomeAssistantAccess:
    return HomeAssistantAccess.from_environment({"SUPERVISOR_TOKEN": TOKEN, "FOYER_SUPERVISOR_URL": peer.url})


async def test_a_link_to_nothing_opens_nothing_and_says_so() -> None:
    absent = HomeAssistantLink(HomeAssistantAccess())
    absent.add("part", asyncio.Event().wait)  # type: ignore[arg-type]  # it must not be started
    async with asyncio.timeout(1):
        await absent.run()
    assert absent.status().state is LinkState.ABSENT
    assert await absent.broker() is None


async def test_a_part_that_fails_is_started_again_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    starts: list[str] = []

    async def fails() -> None:
        starts.append("fails")
        raise RuntimeError("a mistake")

    async def steady() -> None:
        starts.append("steady")
        await asyncio.Event().wait()

    async with supervisor() as peer:
        whole = HomeAssistantLink(access(peer))
        whole.add("fails", fails)
        whole.add("steady", steady)
        task = asyncio.create_task(whole.run())
        async with asyncio.timeout(5):
            await whole.core.wait_started()
            while starts.count("fails") < 3:
                await asyncio.sleep(0.01)
        assert whole.status().state is LinkState.CONNECTED
        task.cancel()
        await asyncio.wait({task})
    assert starts.count("steady") == 1
    assert "The part fails of the link to Home Assistant failed" in caplog.text


async def test_the_server_lives_with_and_without_home_assistant(tmp_path: Path) -> None:
    async with supervisor() as peer, running(tmp_path, homeassistant=access(peer)) as server:

        async def check() -> tuple[HealthState, str]:
            state, _ = await server.app.health.run()
            assert state is not HealthState.DOWN
            found = await server.app.health.checks["Home Assistant"]()
            return found.state, found.message

        await peer.until(lambda: bool(peer.commands("get_config")))
        async with asyncio.timeout(5):
            while await check() != (HealthState.OK, "Connected to version 2024.3.3."):
                await asyncio.sleep(0.01)
        await peer.stop()
        async with asyncio.timeout(5):
            while (await check())[0] is not HealthState.DEGRADED:
                await asyncio.sleep(0.01)
        async with server.client.get(f"{server.url}/health/ready") as response:
            assert response.status == 200
        await peer.start()
        async with asyncio.timeout(5):
            while (await check())[0] is not HealthState.OK:
                await asyncio.sleep(0.01)


async def test_the_server_says_that_it_runs_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        found = await server.app.health.checks["Home Assistant"]()
    assert (found.state, found.message) == (HealthState.ABSENT, "Foyer runs without Home Assistant.")
