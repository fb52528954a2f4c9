"""Where Home Assistant is and what opens it, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from foyer.errors import ValidationError

SUPERVISOR = "http://supervisor"
_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """An MQTT broker and how to sign in to it."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    protocol: str = "3.1.1"
    """The version of MQTT: 3.1, 3.1.1 or 5."""

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read ``mqtt://user:password@host:1883`` or ``mqtts://…``; raises ``ValidationError`` for anything else."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValidationError("FOYER_MQTT_URL is not an address such as mqtt://user:password@192.168.1.5:1883.")
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "mqtts",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeAssistantAccess:
    """What Foyer was given to reach Home Assistant; with nothing given there is no link."""

    supervisor_url: str | None = None
    """The Supervisor's API, only inside an add-on."""
    core_url: str | None = None
    """Core's WebSocket API, through the Supervisor or directly."""
    token: str = field(default="", repr=False)
    """The Supervisor's token of the add-on, or a long-lived token of Core."""
    broker: Broker | None = None
    """A broker named by the environment; inside an add-on the Supervisor names one."""

    @property
    def is_absent(self) -> bool:
        """Whether there is nothing to link to."""
        return self.core_url is None and self.broker is None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read ``SUPERVISOR_TOKEN`` (with ``FOYER_SUPERVISOR_URL``) or else ``FOYER_HOMEASSISTANT_URL`` with
        ``FOYER_HOMEASSISTANT_TOKEN``, and ``FOYER_MQTT_URL``.

        Raises ``ValidationError`` for an address that is none.
        """
        broker = Broker.from_url(environ["FOYER_MQTT_URL"]) if environ.get("FOYER_MQTT_URL") else None
        if token := environ.get("SUPERVISOR_TOKEN"):
            url = environ.get("FOYER_SUPERVISOR_URL") or SUPERVISOR
            return cls(
                supervisor_url=url.rstrip("/"),
                core_url=f"{_web_socket(url, 'FOYER_SUPERVISOR_URL')}/core/websocket",
                token=token,
                broker=broker,
            )
        url, token = environ.get("FOYER_HOMEASSISTANT_URL", ""), environ.get("FOYER_HOMEASSISTANT_TOKEN", "")
        if not url and not token:
            return cls(broker=broker)
        if not url or not token:
            raise ValidationError("FOYER_HOMEASSISTANT_URL and FOYER_HOMEASSISTANT_TOKEN go together; one is missing.")
        return cls(core_url=f"{_web_socket(url, 'FOYER_HOMEASSISTANT_URL')}/api/websocket", token=token, broker=broker)


def _web_socket(url: str, name: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise ValidationError(f"{name} is not an address such as http://192.168.1.5:8123.")
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest.rstrip('/')}"
