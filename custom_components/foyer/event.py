"""Event entities: what happens in playback and in the libraries."""

from __future__ import annotations

from typing import Final

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .const import LIBRARY_EVENTS, PLAYBACK_EVENTS, event_signal
from .coordinator import FoyerCoordinator
from .entity import FoyerEntity
from .models import Happening

PARALLEL_UPDATES = 0

TOPICS: Final = {"playback": PLAYBACK_EVENTS, "library": LIBRARY_EVENTS}


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: ConfigEntry,
    async_add_entities: AddEntitiesCallback,
) -> None:
    """Add one for each topic."""
    coordinator: FoyerCoordinator = entry.runtime_data
    async_add_entities(FoyerEvent(coordinator, topic) for topic in TOPICS)


class FoyerEvent(FoyerEntity, EventEntity):
    """The events of one topic."""

    def __init__(self, coordinator: FoyerCoordinator, topic: str) -> None:
        super().__init__(coordinator, topic)
        self._attr_event_types = list(TOPICS[topic])
        self._topic = topic

    async def async_added_to_hass(self) -> None:
        """Listen for what happens."""
        await super().async_added_to_hass()
        signal = event_signal(self.coordinator.entry.entry_id)
        self.async_on_remove(async_dispatcher_connect(self.hass, signal, self._happened))

    @callback
    def _happened(self, happening: Happening) -> None:
        if happening.topic == self._topic:
            self._trigger_event(happening.type, {**happening.data, "replayed": happening.replayed})
            self.async_write_ha_state()
