"""Foyer, the media server that lives in your Home Assistant."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .actions import register_actions
from .cards import register_cards
from .config_flow import client_of
from .const import DOMAIN
from .coordinator import FoyerCoordinator, player_store
from .entity import server_device
from .issues import IssueKeeper
from .views import MediaView
from .websocket import register_commands

PLATFORMS = [
    Platform.BUTTON,
    Platform.EVENT,
    Platform.MEDIA_PLAYER,
    Platform.SENSOR,
    Platform.UPDATE,
]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:  # noqa: ARG001 - Home Assistant's signature
    """Set up what is there once, whatever the number of servers: actions, views, commands and cards."""
    register_actions(hass)
    register_commands(hass)
    hass.http.register_view(MediaView())
    await register_cards(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Follow one server."""
    coordinator = FoyerCoordinator(hass, entry, client_of(hass, entry.data))
    await coordinator.async_start()
    entry.runtime_data = coordinator
    dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, **server_device(coordinator))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Follow it no more."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        coordinator: FoyerCoordinator = entry.runtime_data
        await coordinator.async_stop()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Leave nothing behind."""
    IssueKeeper(hass, entry).clear()
    await player_store(hass, entry.entry_id).async_remove()


async def async_remove_config_entry_device(hass: HomeAssistant, entry: ConfigEntry, device: dr.DeviceEntry) -> bool:  # noqa: ARG001 - Home Assistant's signature
    """Let somebody remove a player that plays nothing now; it comes back when it plays again."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    coordinator: FoyerCoordinator = entry.runtime_data
    prefix = f"{coordinator.server.id}_player_"
    for domain, identifier in device.identifiers:
        if domain != DOMAIN or not identifier.startswith(prefix):
            continue
        player = identifier.removeprefix(prefix)
        if coordinator.session_of(player) is not None:
            return False
        await coordinator.async_forget_player(player)
        return True
    return False
