"""A real Foyer in a process of its own, as a user starts it, and the few things tests do to it from outside."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import aiohttp

OPERATIONS = Path(__file__).parents[2] / "graphql" / "operations"
PASSWORD = "correct horse battery"


class Server:
    """``foyer serve`` on ports the system chose. Use as an async context manager."""

    def __init__(self, data: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.arguments = arguments
        self.environment = environment or {}
        self.port = 0
        self.ingress_port = 0
        self.setup_code: str | None = None
        self.token: str | None = None
        self.log: list[str] = []
        self.process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._http: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def http(self) -> aiohttp.ClientSession:
        assert self._http is not None
        return self._http

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        try:
            await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self.http.close()

    async def start(self) -> None:
        self._ready.clear()
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "foyer",
            "serve",
            *("--data", str(self.data), "--host", "127.0.0.1"),
            *("--port", str(self.port), "--ingress-port", str(self.ingress_port)),
            *self.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "FOYER_INGRESS_PEERS": "127.0.0.1", "PYTHONUNBUFFERED": "1", **self.environment},
            start_new_session=True,
        )
        self._reader = asyncio.create_task(self._follow_log())
        async with asyncio.timeout(30):
            await self._ready.wait()
            while not await self._answers():
                await asyncio.sleep(0.05)

    async def stop(self) -> int:
        """Ask it to stop, as a service manager does, and return its exit status."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> int:
        """kill -9, of the server alone: what it started has to notice by itself."""
        return await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        await self.start()

    def children(self) -> list[str]:
        """The command lines of every process below the server."""
        assert self.process is not None
        return [command for _, command in _descendants(self.process.pid)]

    def encoders(self) -> list[str]:
        """The ffmpeg processes at work."""
        return [command for command in self.children() if re.search(r"(^|/)ffmpeg[^/ ]* ", command)]

    async def set_up(self, name: str = "ada") -> str:
        """Make the first account; later requests are made by it."""
        answer = await self.ask(
            "mutation($input: CompleteSetupInput!) { completeSetup(input: $input) { __typename "
            "... on CompleteSetupPayload { tokens { accessToken } } ... on UserError { message } } }",
            {"input": {"name": name, "password": PASSWORD, "setupToken": self.setup_code}},
        )
        self.token = answer["completeSetup"]["tokens"]["accessToken"]
        return self.token

    async def log_in(self, name: str = "ada") -> str:
        """Sign in with a password and return an access token."""
        answer = await self.ask(
            "mutation($input: LoginInput!) { login(input: $input) { "
            "... on LoginPayload { tokens { accessToken } } ... on UserError { message } } }",
            {"input": {"name": name, "password": PASSWORD, "device": "test"}},
        )
        return str(answer["login"]["tokens"]["accessToken"])

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, token: str | None = None) -> Any:
        """The data of a GraphQL operation; errors fail the test."""
        body = await self.post(query, variables, token)
        assert not body.get("errors"), body["errors"]
        return body["data"]

    async def post(self, query: str, variables: Mapping[str, Any] | None = None, token: str | None = None) -> Any:
        token = token or self.token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        payload = {"query": query, "variables": dict(variables or {})}
        async with self.http.post(f"{self.url}graphql", json=payload, headers=headers) as response:
            return await response.json()

    async def add_library(self, name: str, kind: str, folder: Path) -> str:
        """Create a library and wait until it is scanned; returns its id."""
        answer = await self.ask(
            "mutation($input: CreateLibraryInput!) { createLibrary(input: $input) { __typename "
            "... on CreateLibraryPayload { library { id } job { id } } ... on UserError { message } } }",
            {"input": {"name": name, "kind": kind, "folders": [str(folder)]}},
        )
        created = answer["createLibrary"]
        assert created["__typename"] == "CreateLibraryPayload", created
        await self.finished(created["job"]["id"])
        return str(created["library"]["id"])

    async def finished(self, job: str, *, within_s: float = 60) -> str:
        """Wait for a job to end and return its state."""
        async with asyncio.timeout(within_s):
            while True:
                found = await self.ask("query($id: ID!) { job(id: $id) { state error { message } } }", {"id": job})
                state = str(found["job"]["state"])
                if state in {"SUCCEEDED", "FAILED", "CANCELLED"}:
                    return state
                await asyncio.sleep(0.1)

    async def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        try:
            async with asyncio.timeout(15):
                status = await self.process.wait()
        except TimeoutError:
            raise AssertionError("the server does not end:\n" + "\n".join(self.log[-40:])) from None
        if self._reader is not None:
            await self._reader
        self.process = None
        return status

    async def _answers(self) -> bool:
        assert self.process is not None
        if self.process.returncode is not None:
            raise AssertionError("the server ended:\n" + "\n".join(self.log[-40:]))
        try:
            async with self.http.get(f"{self.url}health/ready") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def _follow_log(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        async for raw in self.process.stdout:
            line = raw.decode(errors="replace").rstrip()
            self.log.append(line)
            if found := re.search(r"Listening listener=public port=(\d+)", line):
                self.port = int(found[1])
            if found := re.search(r"Listening listener=ingress port=(\d+)", line):
                self.ingress_port = int(found[1])
                self._ready.set()
            if found := re.search(r"setup code: (\S+)", line):
                self.setup_code = found[1]
        self._ready.set()


def _descendants(pid: int) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found += [(int(child), command), *_descendants(int(child))]
    return found
