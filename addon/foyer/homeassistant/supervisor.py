"""The Supervisor's HTTP API, as far as an add-on may use it.

Source: https://developers.home-assistant.io/docs/api/supervisor/endpoints. Every answer is an envelope:
``{"result": "ok", "data": …}`` or ``{"result": "error", "message": …}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError
from foyer.settings.homeassistant import Broker

TIMEOUT_S = 10.0
_NO_SERVICE = {"400", "404"}
"""How the Supervisor says that nobody offers a service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddonInfo:
    """What the Supervisor knows of this add-on."""

    slug: str
    """With the repository's prefix, such as ``a1b2c3d4_foyer``."""
    version: str
    version_latest: str
    hostname: str
    """Its name on the network of add-ons."""
    ip_address: str
    ports: Mapping[str, int | None]
    """Published port of the host for each ``8096/tcp``; ``None`` where it is not published."""


class Supervisor:
    """One add-on's way to the Supervisor.

    Every call raises ``HomeAssistantUnavailableError`` when there is no answer and ``HomeAssistantRefusedError`` when
    the answer is no.
    """

    def __init__(self, http: aiohttp.ClientSession, token: str, url: str) -> None:
        self._http = http
        self._token = token
        self._url = url

    async def addon(self) -> AddonInfo:
        """What the Supervisor knows of this add-on."""
        found = await self._call("GET", "/addons/self/info")
        return AddonInfo(
            slug=str(found["slug"]),
            version=str(found["version"]),
            version_latest=str(found.get("version_latest") or found["version"]),
            hostname=str(found.get("hostname") or ""),
            ip_address=str(found.get("ip_address") or ""),
            ports=found.get("network") or {},
        )

    async def broker(self) -> Broker | None:
        """The broker that another add-on or the owner offers; ``None`` when there is none."""
        try:
            found = await self._call("GET", "/services/mqtt")
        except HomeAssistantRefusedError as error:
            if error.reason not in _NO_SERVICE:
                raise
            return None
        if not found.get("host"):
            return None
        return Broker(
            host=str(found["host"]),
            port=int(found.get("port") or 1883),
            username=found.get("username") or None,
            password=found.get("password") or None,
            tls=bool(found.get("ssl")),
            protocol=str(found.get("protocol") or "3.1.1"),
        )

    async def announce(self, config: Mapping[str, object]) -> None:
        """Offer the service ``foyer`` to Home Assistant.

        The same configuration again does not bother Core; another replaces it and is pushed.
        """
        await self._call("POST", "/discovery", {"service": "foyer", "config": dict(config)})

    async def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        try:
            async with self._http.request(
                method,
                f"{self._url}{path}",
                json=body,
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            ) as response:
                status = response.status
                answer = await response.json(content_type=None)
        except TimeoutError as error:
            raise HomeAssistantUnavailableError("The Supervisor does not answer in time.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise HomeAssistantUnavailableError(f"The Supervisor cannot be reached: {error}.") from error
        except ValueError:
            answer = None
        if status in {502, 503, 504}:
            raise HomeAssistantUnavailableError(f"The Supervisor cannot answer now (status {status}).")
        if status >= 400 or not isinstance(answer, dict) or answer.get("result") == "error":
            said = answer.get("message") if isinstance(answer, dict) else None
            raise HomeAssistantRefusedError(str(status), str(said or f"{method} {path} gave status {status}"))
        data = answer.get("data")
        return data if isinstance(data, dict) else {}
