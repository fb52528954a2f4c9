"""What all entities of a server share."""

from __future__ import annotations

from typing import Any, cast

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity

from . import devices
from .const import DOMAIN, MANUFACTURER, player_identifier
from .coordinator import FoyerCoordinator
from .models import Player


class FoyerEntity(Entity):
    """Belongs to the server itself; is told of every change and unavailable while the connection is away."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, coordinator: FoyerCoordinator, key: str) -> None:
        self.coordinator = coordinator
        self._attr_unique_id = f"{coordinator.server.id}_{key}"
        self._attr_translation_key = key
        self._attr_device_info = server_device(coordinator)

    @property
    def available(self) -> bool:
        """Whether the connection stands."""
        return self.coordinator.connected

    async def async_added_to_hass(self) -> None:
        """Listen from now on."""
        self.async_on_remove(self.coordinator.async_add_listener(self.async_write_ha_state))


def server_device(coordinator: FoyerCoordinator) -> DeviceInfo:
    """The server as a device."""
    return DeviceInfo(
        configuration_url=str(coordinator.client.base),
        entry_type=DeviceEntryType.SERVICE,
        identifiers={(DOMAIN, coordinator.server.id)},
        manufacturer=MANUFACTURER,
        model="Media server",
        name=coordinator.server.name,
        sw_version=coordinator.server.version,
    )


def player_device(coordinator: FoyerCoordinator, player: Player) -> DeviceInfo:
    """A player as a device that hangs on its server."""
    info: dict[str, Any] = {
        "identifiers": {player_identifier(coordinator.server.id, player.key)},
        "manufacturer": MANUFACTURER,
        "model": player.client or None,
        "name": player.name,
    }
    if "via_device_id" in DeviceInfo.__annotations__:  # 2026.8; the tuple is deprecated since
        server = devices.find(coordinator.hass, coordinator.entry.entry_id, (DOMAIN, coordinator.server.id))
        info["via_device_id"] = server.id if server else None
    else:
        info["via_device"] = (DOMAIN, coordinator.server.id)
    made: DeviceInfo = cast("Any", DeviceInfo)(**info)
    return made
