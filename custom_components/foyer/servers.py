"""Finding the loaded servers, and the one somebody means."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .coordinator import FoyerCoordinator


def loaded(hass: HomeAssistant) -> list[FoyerCoordinator]:
    """Every server whose entry is loaded, in the order they were added."""
    return [
        entry.runtime_data
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.state is ConfigEntryState.LOADED
    ]


def loaded_entry(hass: HomeAssistant, entry_id: str) -> FoyerCoordinator | None:
    """The server of an entry, when there is such an entry and it is loaded."""
    entry: ConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN or entry.state is not ConfigEntryState.LOADED:
        return None
    coordinator: FoyerCoordinator = entry.runtime_data
    return coordinator


def server_with(hass: HomeAssistant, session_id: str) -> FoyerCoordinator | None:
    """The server on which a session is open."""
    return next((one for one in loaded(hass) if session_id in one.sessions), None)
