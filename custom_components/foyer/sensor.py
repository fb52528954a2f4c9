"""Counts that are pushed. Foyer's MQTT device has the same, so they are off by default where MQTT is set up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .coordinator import FoyerCoordinator
from .entity import FoyerEntity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class FoyerSensorDescription(SensorEntityDescription):
    """A count and how to take it."""

    value: Callable[[FoyerCoordinator], int]


def _method(name: str) -> Callable[[FoyerCoordinator], int]:
    return lambda coordinator: sum(one.method == name for one in coordinator.sessions.values())


SENSORS: Final = (
    FoyerSensorDescription(
        key="active_sessions",
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda coordinator: len(coordinator.sessions),
    ),
    *(
        FoyerSensorDescription(
            key=f"streams_{name.lower()}", state_class=SensorStateClass.MEASUREMENT, value=_method(name)
        )
        for name in ("DIRECT_PLAY", "REMUX", "TRANSCODE")
    ),
)


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback) -> None:
    """Add the counts of the server, and one for each library as libraries come; those of gone ones go."""
    coordinator: FoyerCoordinator = entry.runtime_data
    shown = "mqtt" not in hass.config.components
    async_add_entities(FoyerSensor(coordinator, description, shown=shown) for description in SENSORS)
    registry = er.async_get(hass)
    known: set[str] = set()

    @callback
    def look() -> None:
        present = set(coordinator.libraries)
        if not coordinator.connected or present == known:
            return
        async_add_entities(LibrarySensor(coordinator, one, shown=shown) for one in sorted(present - known))
        known.clear()
        known.update(present)
        # Also those of libraries that went while Home Assistant was not there.
        prefix, wanted = _library_id(coordinator, ""), {_library_id(coordinator, one) for one in present}
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
            if entity.unique_id.startswith(prefix) and entity.unique_id not in wanted:
                registry.async_remove(entity.entity_id)

    look()
    entry.async_on_unload(coordinator.async_add_listener(look))


class FoyerSensor(FoyerEntity, SensorEntity):
    """A count of the whole server."""

    entity_description: FoyerSensorDescription

    def __init__(self, coordinator: FoyerCoordinator, description: FoyerSensorDescription, *, shown: bool) -> None:
        super().__init__(coordinator, description.key)
        self.entity_description = description
        self._attr_entity_registry_enabled_default = shown

    @property
    def native_value(self) -> int:
        """The count now."""
        return self.entity_description.value(self.coordinator)


class LibrarySensor(FoyerEntity, SensorEntity):
    """How many items a library holds."""

    _attr_state_class = SensorStateClass.MEASUREMENT

    def __init__(self, coordinator: FoyerCoordinator, library: str, *, shown: bool) -> None:
        super().__init__(coordinator, f"library_{library}")
        self._attr_unique_id = _library_id(coordinator, library)
        self._attr_translation_key = "library_items"
        self._attr_translation_placeholders = {"library": coordinator.libraries[library].name}
        self._attr_entity_registry_enabled_default = shown
        self._library = library

    @property
    def available(self) -> bool:
        """Whether the library is still there."""
        return super().available and self._library in self.coordinator.libraries

    @property
    def native_value(self) -> int | None:
        """How many there are now."""
        library = self.coordinator.libraries.get(self._library)
        return library.item_count if library else None


def _library_id(coordinator: FoyerCoordinator, library: str) -> str:
    return f"{coordinator.server.id}_library_{library}"
