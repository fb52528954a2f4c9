from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foyer.accounts.roles import Role, Scope
from foyer.api.health import Health, HealthCheck, HealthState
from tests.servers import Server, running


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path) as started:
        yield started


async def test_probes_are_open_to_everybody(server: Server) -> None:
    for path in ("/health/live", "/health/ready"):
        async with server.client.get(f"{server.url}{path}") as response:
            assert (response.status, await response.json()) == (200, {"status": "ok"})


async def test_a_server_that_loads_is_alive_and_not_ready(server: Server) -> None:
    server.app.health.is_ready = False
    async with server.client.get(f"{server.url}/health/ready") as response:
        assert response.status == 503
    async with server.client.get(f"{server.url}/health/live") as response:
        assert response.status == 200


@pytest.mark.parametrize("path", ["/health", "/metrics"])
async def test_what_is_inside_is_for_those_who_may_look(server: Server, path: str) -> None:
    async with server.client.get(f"{server.url}{path}") as response:
        assert response.status == 401
    _, headers = await server.sign_in("Bert", Role.USER)
    async with server.client.get(f"{server.url}{path}", headers=headers) as response:
        assert response.status == 403
    admin, _ = await server.sign_in()
    _, key = await server.core.accounts.keys.create(admin, name="prometheus", scopes=[Scope.READ])
    async with server.client.get(f"{server.url}{path}", headers={"Authorization": f"Bearer {key}"}) as response:
        assert response.status == 200


async def test_every_part_says_how_it_is(server: Server) -> None:
    _, headers = await server.sign_in()
    async with server.client.get(f"{server.url}/health", headers=headers) as response:
        document = await response.json()
    assert document["state"] in {"ok", "degraded"}
    assert {check["name"] for check in document["checks"]} >= {"database", "data", "cache", "ffmpeg", "folders"}
    assert next(check for check in document["checks"] if check["name"] == "database")["state"] == "ok"


async def test_a_folder_that_is_away_is_named(server: Server) -> None:
    _, headers = await server.sign_in()
    library = await server.core.database.writer.execute_insert(
        "INSERT INTO library (name, kind, created_at) VALUES ('Films', 'movies', 0)", []
    )
    await server.core.database.execute(
        "INSERT INTO library_folder (library_id, path, available) VALUES (?, ?, 0)", (library, b"/mnt/away")
    )
    async with server.client.get(f"{server.url}/health", headers=headers) as response:
        document = await response.json()
    assert document["state"] == "degraded"
    assert any("/mnt/away" in check["message"] for check in document["checks"])


async def test_metrics_are_what_prometheus_reads(server: Server) -> None:
    _, headers = await server.sign_in()
    for _ in range(3):
        async with server.client.get(f"{server.url}/nothing/{'x' * 50}", headers=headers):
            pass
    async with server.client.get(f"{server.url}/metrics", headers=headers) as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = await response.text()
    sample = re.compile(r'foyer_[a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+\})? -?[0-9.e+-]+(?:Inf)?')
    for line in text.splitlines():
        assert line.startswith("# ") or sample.fullmatch(line), line
    assert 'foyer_http_responses_total{route="other",class="4xx"} 3' in text
    assert "xxxx" not in text
    buckets = [float(n) for n in re.findall(r'duration_seconds_bucket\{route="other",le="[^"]+"\} (\d+)', text)]
    assert buckets == sorted(buckets)
    resident = float(re.findall(r"^foyer_resident_memory_bytes (\S+)", text, re.MULTILINE)[0])
    assert resident > 10_000_000


async def test_a_part_that_hangs_or_fails_is_down_and_the_rest_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foyer.api.health.CHECK_TIMEOUT_S", 0.05)

    async def well() -> HealthCheck:
        return HealthCheck(name="well", state=HealthState.OK, message="Fine.")

    async def hangs() -> HealthCheck:
        await asyncio.sleep(60)
        return await well()

    async def fails() -> HealthCheck:
        raise RuntimeError("broken")

    state, found = await Health(checks={"well": well, "hangs": hangs, "fails": fails}).run()
    assert state is HealthState.DOWN
    assert [one.state for one in found] == [HealthState.OK, HealthState.DOWN, HealthState.DOWN]


async def test_a_cache_that_cannot_be_used_is_down(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        _, headers = await server.sign_in()
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        (tmp_path / "cache").write_text("in the way")
        async with server.client.get(f"{server.url}/health", headers=headers) as response:
            assert response.status == 503
            document = await response.json()
    assert next(check for check in document["checks"] if check["name"] == "cache")["state"] == "down"
