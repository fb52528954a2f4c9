"""Finding the loaded servers, and the one somebody means."""

from __future__ import annotations

import asyncio
from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .coordinator import FoyerCoordinator

NEWS_S: Final = 3.0
"""How long news of a session may take, in seconds: the event bus is often faster than the subscription."""


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


async def server_soon_with(hass: HomeAssistant, session_id: str) -> FoyerCoordinator | None:
    """The same for an automation that the event bus told of a session, and that is here before the news."""
    late = hass.loop.time() + NEWS_S
    while (found := server_with(hass, session_id)) is None and hass.loop.time() < late:  # noqa: ASYNC110 - news comes to many places
        await asyncio.sleep(0.05)
    return found
