"""A whole home: a broker, a stand-in Supervisor, the real Core, and Foyer as the add-on behind ingress."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.server import Server
from tests.homeassistant.harness.broker import Mosquitto
from tests.homeassistant.harness.core import HomeAssistantCore
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.people import Person
from tests.homeassistant.harness.places import version
from tests.homeassistant.harness.room import ROOM
from tests.homeassistant.harness.supervisor import CORE_TOKEN, BrokerService, StandInSupervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What runs in the house, but for add-ons."""

    supervisor: StandInSupervisor
    core: HomeAssistantCore
    broker: Mosquitto

    @property
    def addon_environment(self) -> dict[str, str]:
        """What a Supervisor gives an add-on's container."""
        return {"SUPERVISOR_TOKEN": self.supervisor.addon.token, "FOYER_SUPERVISOR_URL": self.supervisor.url}

    async def panel(self, who: Person | None = None) -> Panel:
        """The add-on through Core's ingress, as that user; the owner unless somebody else is named."""
        return await Panel.open(self.core, who or self.core.owner)


@asynccontextmanager
async def home(folder: Path) -> AsyncIterator[Home]:
    """Everything, running; Home Assistant's configuration lies in ``folder``."""
    async with Mosquitto(folder / "broker") as broker, StandInSupervisor(core_version=version()) as supervisor:
        supervisor.broker = BrokerService(host="127.0.0.1", port=broker.port)
        environment = {"SUPERVISOR": supervisor.address, "SUPERVISOR_TOKEN": CORE_TOKEN}
        if version() >= "2026":
            socket = folder / "homeassistant" / "core.sock"
            environment["SUPERVISOR_CORE_API_SOCKET"] = str(socket)
            supervisor.core.enter_by(socket)
        core = HomeAssistantCore(folder / "homeassistant", environment=environment, more=ROOM)
        supervisor.core.url = core.url
        async with core:
            yield Home(supervisor=supervisor, core=core, broker=broker)


@asynccontextmanager
async def foyer(house: Home, data: Path, *arguments: str) -> AsyncIterator[Server]:
    """Foyer as the add-on of the home: Core's ingress leads to it."""
    async with Server(data, *arguments, environment=house.addon_environment) as server:
        before = house.supervisor.addon.target
        house.supervisor.addon.target = f"http://127.0.0.1:{server.ingress_port}"
        try:
            yield server
        finally:
            house.supervisor.addon.target = before
