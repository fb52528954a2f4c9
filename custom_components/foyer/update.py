"""Which version of Foyer runs. Installing is the Supervisor's or the owner's."""

from __future__ import annotations

from homeassistant.components.update import UpdateDeviceClass, UpdateEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .coordinator import FoyerCoordinator
from .entity import FoyerEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: ConfigEntry,
    async_add_entities: AddEntitiesCallback,
) -> None:
    """Add it."""
    async_add_entities([FoyerUpdate(entry.runtime_data)])


class FoyerUpdate(FoyerEntity, UpdateEntity):
    """The server's version."""

    _attr_device_class = UpdateDeviceClass.FIRMWARE
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, coordinator: FoyerCoordinator) -> None:
        super().__init__(coordinator, "server")

    @property
    def installed_version(self) -> str:
        """What runs."""
        return self.coordinator.server.version

    @property
    def latest_version(self) -> str:
        """The newest the server knows of; it asks nobody on the internet, so that is itself."""
        return self.coordinator.server.version
