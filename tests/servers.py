"""Whole servers for tests: in the test's own event loop with real sockets, or as a process that can be killed."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role
from foyer.app import App
from foyer.core import Core
from foyer.settings.options import Options

PASSWORD = "correct horse"
INGRESS = {
    "X-Ingress-Path": "/api/hassio_ingress/abcDEF123",
    "X-Remote-User-Id": "0123456789abcdef",
    "X-Remote-User-Name": "paula",
    "X-Remote-User-Display-Name": "Paula P.",
}


@dataclass(kw_only=True)
class Server:
    """A running server and a client for it."""

    app: App
    core: Core
    client: aiohttp.ClientSession
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The public listener."""
        assert self.app.public is not None
        return f"http://127.0.0.1:{self.app.public.port}"

    @property
    def ingress_url(self) -> str:
        """The ingress listener."""
        assert self.app.ingress is not None
        return f"http://127.0.0.1:{self.app.ingress.port}"

    @property
    def port(self) -> int:
        assert self.app.public is not None
        return self.app.public.port

    @property
    def ingress_port(self) -> int:
        assert self.app.ingress is not None
        return self.app.ingress.port

    async def sign_in(self, name: str = "Anna", role: Role = Role.ADMIN) -> tuple[Principal, dict[str, str]]:
        """A new user, and the headers of their requests."""
        accounts = self.core.accounts
        await accounts.users.create(accounts.local_principal(), name=name, password=PASSWORD, role=role)
        tokens = await accounts.sessions.login(name, PASSWORD, device="Test", address="127.0.0.1")
        principal = await accounts.authenticate(tokens.access_token)
        return principal, {"Authorization": f"Bearer {tokens.access_token}"}

    async def graphql(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
        """Run an operation and return the whole answer."""
        body = {"query": query, "variables": variables}
        async with self.client.post(f"{self.url}/graphql", json=body, headers=headers or {}) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def raw(self, data: bytes, *, port: int | None = None, limit: float = 10) -> bytes:
        """Send bytes and return everything that comes back until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port or self.port)
        try:
            writer.write(data)
            await writer.drain()
            async with asyncio.timeout(limit):
                return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def running(folder: Path, **options: Any) -> AsyncIterator[Server]:
    """A server on free ports of the loopback address."""
    settings: dict[str, Any] = {
        "data": folder / "data",
        "cache": folder / "cache",
        "host": "127.0.0.1",
        "ingress_host": "127.0.0.1",
        "port": 0,
        "ingress_port": 0,
        "ingress_peers": frozenset({"127.0.0.1"}),
        **options,
    }
    app = App(Options(**settings))
    stop = asyncio.Event()
    task = asyncio.create_task(app.run(stop))
    try:
        async with asyncio.timeout(30):
            while not app.health.is_ready:
                if task.done():
                    await task
                await asyncio.sleep(0.01)
        assert app.core is not None
        async with aiohttp.ClientSession() as client:
            yield Server(app=app, core=app.core, client=client)
    finally:
        stop.set()
        await task


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(kw_only=True)
class ServerProcess:
    """``foyer serve`` as a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    ingress_port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ingress_url(self) -> str:
        return f"http://127.0.0.1:{self.ingress_port}"

    def setup_code(self) -> str:
        """The code the server printed in its log."""
        found = re.findall(r"setup code: ([A-Z0-9-]{29})", self.log.read_text())
        return str(found[-1])

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@asynccontextmanager
async def process(folder: Path, *arguments: str, **environment: str) -> AsyncIterator[ServerProcess]:
    """Start ``foyer serve`` and wait until it is ready; it is killed in the end if it still runs."""
    port, ingress_port = free_port(), free_port()
    log = folder / "server.log"
    command = [sys.executable, "-m", "foyer", "serve", "--data", str(folder / "data"), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--ingress-port", str(ingress_port), *arguments]
    with log.open("ab") as output:
        started = subprocess.Popen(  # noqa: ASYNC220 - it only starts it
            command, stdout=output, stderr=output, env={**os.environ, "FOYER_INGRESS_PEERS": "127.0.0.1", **environment}
        )
    server = ServerProcess(process=started, port=port, ingress_port=ingress_port, log=log)
    try:
        await _ready(server)
        yield server
    finally:
        if started.poll() is None:
            server.kill()


async def _ready(server: ServerProcess) -> None:
    async with asyncio.timeout(30), aiohttp.ClientSession() as client:
        while True:
            assert server.process.poll() is None, server.log.read_text()
            try:
                async with client.get(f"{server.url}/health/ready") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.05)
