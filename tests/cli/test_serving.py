"""``foyer serve`` as a process: started twice, used beside the command line, told to stop, killed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import aiohttp

from foyer.accounts.keyring import Keyring
from foyer.accounts.media_tokens import MediaPurpose, MediaTokens
from tests.servers import PASSWORD, free_port, process


async def post(
    client: aiohttp.ClientSession, url: str, query: str, token: str | None = None, **variables: object
) -> object:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with client.post(
        f"{url}/graphql", json={"query": query, "variables": variables}, headers=headers
    ) as response:
        return await response.json()


def command(data: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "foyer", *arguments, "--data", str(data)],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def run(data: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(command, data, *arguments, typed=typed)


async def test_the_code_in_the_log_makes_the_first_account(tmp_path: Path) -> None:
    async with process(tmp_path) as server, aiohttp.ClientSession() as client:
        answer = await post(
            client,
            server.url,
            "mutation($i: CompleteSetupInput!) { completeSetup(input: $i) { __typename } }",
            i={"name": "Anna", "password": PASSWORD, "setupToken": server.setup_code()},
        )
    assert answer == {"data": {"completeSetup": {"__typename": "CompleteSetupPayload"}}}
    assert PASSWORD not in server.log.read_text()


async def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with process(tmp_path) as server:
        second = await run(tmp_path / "data", "serve", "--port", "0", "--ingress-port", "0")
        assert second.returncode == 1
        assert f"process {server.process.pid}" in second.stderr
        assert "Traceback" not in second.stderr
        async with aiohttp.ClientSession() as client, client.get(f"{server.url}/health/live") as response:
            assert response.status == 200


async def test_a_taken_port_is_told_without_a_traceback(tmp_path: Path) -> None:
    async with process(tmp_path) as server:
        other = await run(tmp_path / "other", "serve", "--port", str(server.port), "--ingress-port", "0")
    assert other.returncode == 1
    assert f"Port {server.port} is already in use" in other.stderr
    assert "Traceback" not in other.stderr


async def test_the_command_line_works_beside_a_running_server(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with process(tmp_path) as server, aiohttp.ClientSession() as client:
        assert (await run(data, "user", "add", "anna", "--role", "admin", typed=f"{PASSWORD}\n")).returncode == 0
        key = (await run(data, "token", "create", "script")).stdout.strip()
        answer = await post(client, server.url, "{ server { setupRequired viewer { name } } }", key)
        assert answer == {"data": {"server": {"setupRequired": False, "viewer": {"name": "anna"}}}}
        doctor = await run(data, "doctor", "--port", str(server.port), "--ingress-port", str(server.ingress_port))
        assert doctor.returncode == 0, doctor.stdout
        assert "in use, by the server that runs" in doctor.stdout


async def test_whoever_started_it_is_told_when_it_is_ready(tmp_path: Path) -> None:
    """Over a descriptor, which is closed then and belongs to none of the programs the server starts."""
    port = free_port()
    told, tells = os.pipe()
    command = [sys.executable, "-m", "foyer", "serve", "--data", str(tmp_path / "data"), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--ingress-port", "-1"]
    server = subprocess.Popen(  # noqa: ASYNC220 - it only starts it
        command, stderr=subprocess.DEVNULL, pass_fds=(tells,), env={**os.environ, "FOYER_READY_FD": str(tells)}
    )
    os.close(tells)
    try:
        async with asyncio.timeout(30):
            assert await asyncio.to_thread(os.read, told, 10) == b"\n"
            assert await asyncio.to_thread(os.read, told, 10) == b""
        async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}/health/ready") as response:
            assert response.status == 200
    finally:
        os.close(told)
        server.kill()
        await asyncio.to_thread(server.wait)


async def test_a_descriptor_nobody_listens_on_stops_no_start(tmp_path: Path) -> None:
    async with process(tmp_path, "--ready-fd", "999") as server:
        assert server.process.poll() is None
    assert "Nobody could be told over descriptor 999" in server.log.read_text()


async def test_a_stop_ends_open_streams_and_the_process_within_two_seconds(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with process(tmp_path) as server, aiohttp.ClientSession() as client:
        await run(data, "user", "add", "anna", "--role", "admin", typed=f"{PASSWORD}\n")
        key = (await run(data, "token", "create", "script")).stdout.strip()
        headers = {"Authorization": f"Bearer {key}"}
        web = await client.ws_connect(f"{server.url}/graphql", protocols=["graphql-transport-ws"], headers=headers)
        await web.send_json({"type": "connection_init"})
        assert (await web.receive_json())["type"] == "connection_ack"
        query = {"query": "subscription { jobEvents { kind } }"}
        await web.send_json({"id": "1", "type": "subscribe", "payload": query})
        events = await client.post(
            f"{server.url}/graphql", json=query, headers={**headers, "Accept": "text/event-stream"}
        )
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(server.process.wait, 10)
        assert status == 0
        assert time.monotonic() - began < 2
        assert (await web.receive()).data == 1001
        events.close()
    assert "Stopped" in server.log.read_text()
    assert "Traceback" not in server.log.read_text()


async def test_a_killed_server_starts_again_with_everything_it_had_answered_for(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with process(tmp_path) as server, aiohttp.ClientSession() as client:
        await run(data, "user", "add", "anna", "--role", "admin", typed=f"{PASSWORD}\n")
        key = (await run(data, "token", "create", "script")).stdout.strip()
        create = "mutation($i: CreateUserInput!) { createUser(input: $i) { __typename } }"
        for number in range(20):
            user = {"name": f"user{number}", "displayName": "U", "password": PASSWORD, "role": "USER"}
            answer = await post(client, server.url, create, key, i={**user, "allLibraries": True})
            assert answer == {"data": {"createUser": {"__typename": "CreateUserPayload"}}}
        server.kill()
    kept = sqlite3.connect(data / "foyer.db")
    assert kept.execute("SELECT count(*) FROM user").fetchone() == (21,)
    kept.close()
    async with process(tmp_path) as server, aiohttp.ClientSession() as client:
        answer = await post(client, server.url, "{ server { viewer { name } } }", key)
        assert answer == {"data": {"server": {"viewer": {"name": "anna"}}}}


async def test_the_bytes_of_a_film_are_the_file_s_own(tmp_path: Path) -> None:
    """On the event loop a server really has."""
    data, film = tmp_path / "data", tmp_path / "film.mp4"
    content = random.Random(3).randbytes(20_000_000)
    film.write_bytes(content)
    await run(data, "user", "add", "anna", typed=f"{PASSWORD}\n")
    with closing(sqlite3.connect(data / "foyer.db")) as connection, connection:
        connection.execute("INSERT INTO library (name, kind, created_at) VALUES ('Films', 'movies', 0)")
        connection.execute("INSERT INTO library_folder (library_id, path) VALUES (1, ?)", (str(tmp_path).encode(),))
        connection.execute(
            "INSERT INTO media_file (library_id, folder_id, path, size, mtime_ns, state, added_at) "
            "VALUES (1, 1, ?, ?, 0, 'ok', 0)",
            (str(film).encode(), len(content)),
        )
    token = MediaTokens(Keyring.open(data)).issue(MediaPurpose.DIRECT, user_id=1, subject=1)
    async with process(tmp_path) as server, aiohttp.ClientSession() as client:
        url = f"{server.url}/media/direct/{token}/file.mp4"
        async with client.get(url) as response:
            assert await response.read() == content
        for start in (0, 1, 9_999_999, 19_999_999):
            async with client.get(url, headers={"Range": f"bytes={start}-"}) as response:
                assert response.status == 206
                assert await response.read() == content[start:]


async def test_being_killed_while_starting_is_harmless(tmp_path: Path) -> None:
    free_ports = ("--port", "0", "--ingress-port", "0")
    for delay in (0.05, 0.15, 0.3, 0.6):
        started = subprocess.Popen(  # noqa: ASYNC220 - it only starts it
            [sys.executable, "-m", "foyer", "serve", "--data", str(tmp_path / "data"), *free_ports],
            stderr=subprocess.DEVNULL,
        )
        await asyncio.sleep(delay)
        started.kill()
        await asyncio.to_thread(started.wait)
    async with process(tmp_path) as server:
        assert server.process.poll() is None
