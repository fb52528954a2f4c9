"""A backup as the Supervisor makes it, and a server that starts from it with everything in it."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path, PurePath
from typing import Any

import pytest
import yaml

from tests.e2e.server import Server

ROOT = Path(__file__).parents[2]
FACTS = (
    "{ server { id viewer { name } } libraries(first: 9) { nodes { name itemCount } } "
    "users(first: 9) { nodes { name role } } "
    "continueWatching(first: 9) { nodes { title userState { positionSeconds } } } "
    "settings(first: 100) { nodes { key value } } }"
)
START = (
    "mutation($input: StartPlaybackInput!) { startPlayback(input: $input) { "
    "... on StartPlaybackPayload { session { id } } ... on UserError { message } } }"
)
STOP = (
    "mutation($input: StopPlaybackInput!) { stopPlayback(input: $input) { __typename ... on UserError { message } } }"
)
BUSY = "jobs.keep_days"
"""The setting somebody changes all the time."""
PAYLOAD = "{ __typename ... on UserError { message } }"


async def command(action: str, data: Path) -> None:
    """One of the actions the add-on runs around a backup and at its start."""
    arguments = ("-m", "foyer.cli.backup", action, "--data", str(data))
    done = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.DEVNULL)
    assert await done.wait() == 0, action


def copy(data: Path, target: Path) -> list[str]:
    """What the Supervisor puts into a backup, and takes out again at a restore."""
    excluded = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))["backup_exclude"]

    def left_out(folder: str, names: list[str]) -> set[str]:
        paths = {
            name: PurePath("/data/addons/data/a0d7b954_foyer", Path(folder).relative_to(data), name) for name in names
        }
        return {name for name, path in paths.items() if any(path.match(pattern) for pattern in excluded)}

    shutil.copytree(data, target, ignore=left_out)
    return sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())


async def change(server: Server, name: str, wanted: Any) -> Any:
    """A mutation that has to succeed."""
    kind = f"{name[0].upper()}{name[1:]}Input"
    done = await server.ask(f"mutation($input: {kind}!) {{ {name}(input: $input) {PAYLOAD} }}", {"input": wanted})
    assert done[name]["__typename"].endswith("Payload"), done
    return done[name]


async def furnish(server: Server, films: Path) -> str:
    """Users, a library, a film half watched, a setting and an API key, which is returned."""
    await server.set_up()
    await server.add_library("Films", "MOVIES", films)
    await change(server, "createUser", {"name": "grace", "password": "another battery", "role": "USER"})
    settings = [{"key": "server.name", "value": '"The cinema"'}, {"key": "playback.resume_min_duration", "value": "0"}]
    await change(server, "updateSettings", {"values": settings})
    items = await server.ask("{ items(first: 9) { nodes { id title } } }")
    film = next(item["id"] for item in items["items"]["nodes"] if item["title"] == "The Direct Film")
    wanted = {"item": film, "method": "DIRECT_PLAY", "client": "Test", "device": "Sofa"}
    session = (await server.ask(START, {"input": wanted}))["startPlayback"]["session"]["id"]
    await server.ask(STOP, {"input": {"session": session, "positionSeconds": 15}})
    made = await server.ask(
        'mutation { createApiKey(input: {name: "script", scopes: [READ]}) { ... on CreateApiKeyPayload { secret } } }'
    )
    return str(made["createApiKey"]["secret"])


async def facts(server: Server, key: str | None = None) -> Any:
    found = await server.ask(FACTS, token=key)
    found["server"].pop("viewer")
    found["settings"] = {one["key"]: one["value"] for one in found["settings"]["nodes"] if one["key"] != BUSY}
    return found


async def check(data: Path, films: Path, before: Any, key: str) -> None:
    """Start from a restored folder as the container does, and find everything."""
    await command("restore", data)
    async with Server(data, "--media", str(films.parent)) as server:
        assert server.setup_code is None
        server.token = await server.log_in()
        assert await facts(server) == before
        viewer = await server.ask("{ server { viewer { name } } }", token=key)
        assert viewer["server"]["viewer"]["name"] == "ada"


async def test_a_backup_of_a_busy_server_holds_everything(tmp_path: Path, films: Path) -> None:
    """Somebody writes all the time; what was there when the backup began is in it, whole."""
    data = tmp_path / "data"
    async with Server(data, "--media", str(films.parent)) as server:
        key = await furnish(server, films)
        before = await facts(server)

        async def write() -> None:
            for number in range(10_000):
                values = [{"key": BUSY, "value": str(10 + number % 50)}]
                await change(server, "updateSettings", {"values": values})

        writing = asyncio.create_task(write())
        await asyncio.sleep(0.2)
        await command("create", data)
        names = await asyncio.to_thread(copy, data, tmp_path / "restored")
        await command("discard", data)
        assert not writing.done()
        writing.cancel()
        await asyncio.wait({writing})
    assert not [name for name in names if name.startswith(("foyer.db", "cache", "foyer.lock"))]
    assert not (data / "backup" / "foyer.snapshot").exists()
    await check(tmp_path / "restored", films, before, key)


@pytest.mark.parametrize("is_killed", [False, True], ids=["stopped", "killed"])
async def test_a_backup_of_a_server_that_does_not_run_holds_everything(
    tmp_path: Path, films: Path, is_killed: bool
) -> None:
    """Home Assistant runs nothing before the backup of an add-on that is stopped."""
    data = tmp_path / "data"
    async with Server(data, "--media", str(films.parent)) as server:
        key = await furnish(server, films)
        before = await facts(server)
        await (server.kill() if is_killed else server.stop())
        await command("keep", data)
        await asyncio.to_thread(copy, data, tmp_path / "restored")
        await check(tmp_path / "restored", films, before, key)
