"""A button that has every library looked through."""

from __future__ import annotations

from homeassistant.components.button import ButtonEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .coordinator import FoyerCoordinator
from .entity import FoyerEntity
from .scanning import scan

PARALLEL_UPDATES = 1


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback) -> None:
    """Add it; MQTT's device has one too, so it is off by default where MQTT is set up."""
    async_add_entities([ScanButton(entry.runtime_data, shown="mqtt" not in hass.config.components)])


class ScanButton(FoyerEntity, ButtonEntity):
    """Scans all libraries."""

    def __init__(self, coordinator: FoyerCoordinator, *, shown: bool) -> None:
        super().__init__(coordinator, "scan")
        self._attr_entity_registry_enabled_default = shown

    async def async_press(self) -> None:
        """Start the scans."""
        await scan(self.coordinator, list(self.coordinator.libraries.values()), full=False)
