"""What a report of a problem needs, without what is secret or private."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import HomeAssistant

from . import documents
from .client import FoyerError
from .coordinator import FoyerCoordinator
from .models import Library

SECRET: Final = {
    CONF_API_KEY, CONF_URL, "unique_id", "id", "user", "user_id", "account", "viewer", "viewer_id", "device", "title",
    "series", "artist", "poster", "thumb", "path", "library", "name", "message", "key", "series_id", "library_id",
}  # fmt: skip


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: ConfigEntry,
) -> dict[str, Any]:
    """The entry, the server and what plays."""
    coordinator: FoyerCoordinator = entry.runtime_data
    try:
        health = (await coordinator.client.query(documents.HEALTH))["health"]
        health["checks"] = {check["name"]: check["state"] for check in health["checks"]}
    except FoyerError as error:
        health = {"error": type(error).__name__}
    server = asdict(coordinator.server)
    server["permissions"] = sorted(server["permissions"])
    return {
        "entry": async_redact_data(dict(entry.data), SECRET),
        "connected": coordinator.connected,
        "server": async_redact_data(server, SECRET),
        "health": health,
        "sessions": [async_redact_data(asdict(one), SECRET) for one in coordinator.sessions.values()],
        "libraries": [_library(one) for one in coordinator.libraries.values()],
        "players": [async_redact_data(asdict(one), SECRET) for one in coordinator.players.values()],
    }


def _library(library: Library) -> dict[str, Any]:
    # Redaction looks into lists, not into tuples.
    folders = [{"available": one.available, "problem": one.problem is not None} for one in library.folders]
    redacted: dict[str, Any] = async_redact_data({**asdict(library), "folders": folders}, SECRET)
    return redacted
