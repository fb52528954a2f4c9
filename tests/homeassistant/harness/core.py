"""A real Home Assistant Core in a process of its own: started, asked, stopped, killed, and made slow."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.homeassistant.harness.connection import CoreSocket
from tests.homeassistant.harness.people import Person, seed, seed_http
from tests.homeassistant.harness.places import COMPONENTS, INTEGRATION, installed, version
from tests.homeassistant.harness.program import Program
from tests.servers import free_port

SETTINGS = """\
homeassistant:
  name: Test home
  latitude: 52.37
  longitude: 4.89
  elevation: 0
  unit_system: metric
  currency: EUR
  country: NL
  time_zone: UTC
  internal_url: http://127.0.0.1:{port}
  external_url: http://127.0.0.1:{port}
  media_dirs:
    local: {folder}/media
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
websocket_api:
config:
frontend:
  themes:
    Night Cinema:
      primary-color: "#d1345b"
      primary-background-color: "#10131a"
      primary-text-color: "#f2f2f2"
      card-background-color: "#1b2030"
diagnostics:
media_player:
  - platform: television
  - platform: screen
media_source:
automation: !include automations.yaml
script: !include scripts.yaml
logger:
  default: info
witness:
"""
STARTING_SECONDS = 60


class HomeAssistantCore(Program):
    """Home Assistant with a folder of its own on a free port. Use as an async context manager.

    ``owner`` may everything, ``guest`` and ``lodger`` are ordinary users; all have a long-lived access token.
    """

    def __init__(self, folder: Path, *, environment: dict[str, str], more: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.owner = Person.new("olivia", "Olivia Owner", is_owner=True)
        self.guest = Person.new("gus", "Gus Guest")
        self.lodger = Person.new("lou", "Lou Lodger")
        self.log = folder / "home-assistant.out"
        self._environment = environment
        self._more = more
        self._http: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def http(self) -> aiohttp.ClientSession:
        assert self._http is not None
        return self._http

    async def __aenter__(self) -> Self:
        self._furnish()
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        try:
            await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.stop()
        finally:
            await self.http.close()

    async def start(self) -> None:
        """Start and wait until everything is set up."""
        await self.launch()
        await self.wait_running()

    async def launch(self) -> None:
        """Only start."""
        command = [str(installed() / "bin" / "hass"), "--config", str(self.folder), "--skip-pip"]
        environment = {**os.environ, "LANG": "C.UTF-8", **self._environment}
        # The environment's own; and start with the bytecode that is there, which takes a third of the time.
        for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it only starts it
                command, cwd=self.folder, stdout=output, stderr=output, env=environment, start_new_session=True
            )

    async def wait_running(self) -> None:
        """Wait until Home Assistant says that it runs, which it does after the last integration is set up."""
        async with asyncio.timeout(STARTING_SECONDS):
            while True:
                assert self._process is not None
                assert self._process.poll() is None, self.log_tail()
                try:
                    if (await self.get("config"))["state"] == "RUNNING":
                        return
                except (aiohttp.ClientError, TimeoutError):
                    pass
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """End it as its owner does; what has not ended after twenty seconds is killed."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self._process.wait, 20)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def log_tail(self, lines: int = 40) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    async def request(self, method: str, path: str, body: Any = None, *, who: Person | None = None) -> Any:
        """A request to its REST API; the answer has to be good."""
        headers = {"Authorization": f"Bearer {(who or self.owner).token}"}
        limit = aiohttp.ClientTimeout(total=30)
        async with self.http.request(
            method, f"{self.url}/api/{path}", json=body, headers=headers, timeout=limit
        ) as answer:
            assert answer.status < 300 or answer.status == 404, (
                f"{method} {path}: {answer.status} {await answer.text()}"
            )
            return await answer.json() if answer.content_type == "application/json" else await answer.text()

    async def get(self, path: str) -> Any:
        return await self.request("GET", path)

    async def post(self, path: str, body: Any = None) -> Any:
        return await self.request("POST", path, body)

    async def state(self, entity_id: str) -> dict[str, Any] | None:
        """The state of an entity and its attributes, if there is one."""
        found = await self.get(f"states/{entity_id}")
        return found if isinstance(found, dict) and "state" in found else None

    async def wait_state(self, entity_id: str, wanted: str, *, within_s: float = 20) -> dict[str, Any]:
        """Wait until an entity has a state."""
        found: dict[str, Any] | None = None
        try:
            async with asyncio.timeout(within_s):
                while (found := await self.state(entity_id)) is None or found["state"] != wanted:
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{entity_id} did not become {wanted}: {found}") from None
        return found

    async def entities(self, domain: str = "") -> dict[str, dict[str, Any]]:
        """Every entity of a domain with its state, by id."""
        return {each["entity_id"]: each for each in await self.get("states") if each["entity_id"].startswith(domain)}

    async def call(self, domain: str, service: str, **data: Any) -> None:
        """Call a service and wait until it is done."""
        await self.post(f"services/{domain}/{service}", data)

    async def automate(self, name: str, automation: dict[str, Any]) -> None:
        """Add an automation as its editor does, or replace the one of that name; it is on when this returns."""
        await self.post(f"config/automation/config/{name}", {"alias": name, "mode": "queued", "max": 100} | automation)
        await self.wait_state(f"automation.{name}", "on")

    @asynccontextmanager
    async def connection(self, who: Person | None = None) -> AsyncIterator[CoreSocket]:
        """Its WebSocket API, signed in."""
        async with (
            self.http.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as socket,
            CoreSocket(socket) as connection,
        ):
            await connection.sign_in((who or self.owner).token)
            yield connection

    def witnessed(self) -> list[dict[str, Any]]:
        """Every event of Foyer that was on the bus, in order, over all starts."""
        path = self.folder / "witness.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def _furnish(self) -> None:
        components = self.folder / "custom_components"
        components.mkdir(parents=True, exist_ok=True)
        (self.folder / "media").mkdir(exist_ok=True)
        shutil.copytree(INTEGRATION, components / "foyer", ignore=shutil.ignore_patterns("__pycache__"))
        for component in COMPONENTS.iterdir():
            _install(component, components / component.name)
        settings = SETTINGS.format(port=self.port, folder=self.folder)
        (self.folder / "configuration.yaml").write_text(settings + self._more)
        (self.folder / "automations.yaml").write_text("[]\n")
        (self.folder / "scripts.yaml").write_text("{}\n")
        seed(self.folder / ".storage", [self.owner, self.guest, self.lodger])
        if version() >= "2026":
            seed_http(self.folder / ".storage", self.port)


def _install(component: Path, target: Path) -> None:
    """Put a test's integration where Core looks for them; here it is no package, as no test is."""
    shutil.copytree(component, target)
    if (target / "component.py").exists():
        (target / "component.py").rename(target / "__init__.py")
