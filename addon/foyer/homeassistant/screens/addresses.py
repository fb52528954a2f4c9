"""Where a screen reaches Foyer's signed links: the first of three ways that is there."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from foyer.errors import UnavailableError
from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError
from foyer.homeassistant.screens.directory import Core

log = logging.getLogger(__name__)

NO_WAY = (
    "Screens cannot reach Foyer. Publish port 8096 in the add-on's configuration, or set up the Foyer integration in "
    "Home Assistant, or enter Foyer's address under Settings, Address for screens."
)

Ports = Callable[[], Awaitable[Mapping[str, int | None]]]


class Addresses:
    """Turns a link of Foyer's into an address that a screen can open.

    In this order: the address in the settings; the host's address with the port that the add-on publishes; Foyer's
    integration, which passes the bytes on at Home Assistant's own address.
    """

    def __init__(self, core: Core, *, public_url: Callable[[], str], ports: Ports, port: int) -> None:
        """``ports`` asks the Supervisor for the published ports; ``port`` is the one that Foyer listens on."""
        self._core = core
        self._public_url = public_url
        self._ports = ports
        self._port = port

    async def of(self, path: str) -> str:
        """The address of a signed path; raises ``UnavailableError`` that says what to do when there is no way."""
        if base := self._public_url():
            return f"{base.rstrip('/')}/{path}"
        published, host = await self._published(), None
        if published is not None:
            host = await self._host()
        if host is not None:
            return f"http://{host}:{published}/{path}"
        if (entry := await self._entry()) is not None:
            # Without an address of its own Core puts the right one in front of a path.
            return f"{await self._internal_url() or ''}/api/foyer/{entry}/{path}"
        raise UnavailableError(NO_WAY)

    async def _published(self) -> int | None:
        try:
            return (await self._ports()).get(f"{self._port}/tcp")
        except (HomeAssistantUnavailableError, HomeAssistantRefusedError) as error:
            log.info("Whether Foyer's port is published is not known: %s", error.message)
            return None

    async def _host(self) -> str | None:
        """The address of the machine on the network of the house."""
        network = await self._ask("network")
        adapters = network.get("adapters") if isinstance(network, Mapping) else None
        for adapter in sorted(_mappings(adapters), key=lambda one: not one.get("default")):
            for address in _mappings(adapter.get("ipv4")):
                if _is_reachable(str(address.get("address"))):
                    return str(address["address"])
        host = urlsplit(await self._internal_url() or "").hostname
        return f"[{host}]" if host and ":" in host else host

    async def _internal_url(self) -> str | None:
        """Home Assistant's own address in the house, where it is known."""
        for command, key in (("network/url", "internal"), ("get_config", "internal_url")):
            found = await self._ask(command)
            value = found.get(key) if isinstance(found, Mapping) else None
            if isinstance(value, str) and value:
                return value.rstrip("/")
        return None

    async def _entry(self) -> str | None:
        """The loaded entry of Foyer's integration."""
        for entry in _mappings(await self._ask("config_entries/get", domain="foyer")):
            if entry.get("domain") == "foyer" and entry.get("state") == "loaded":
                return str(entry["entry_id"])
        return None

    async def _ask(self, command: str, **fields: Any) -> Any:
        """An answer, or nothing from a Core that does not know the question."""
        try:
            return await self._core.command(command, **fields)
        except HomeAssistantRefusedError:
            return None


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _is_reachable(text: str) -> bool:
    """Whether other machines may find something at an address: not a loopback, and no network of containers."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local or address in _CONTAINERS)


_CONTAINERS = ipaddress.ip_network("172.30.32.0/23")
"""The network of the Supervisor's add-ons."""
