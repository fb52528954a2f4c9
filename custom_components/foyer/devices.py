"""The device registry as it is in every supported version of Home Assistant.

Since 2026.8 a device belongs to one entry alone: the questions that spanned entries are deprecated, and so are the
names that went with them.
"""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr


def find(hass: HomeAssistant, entry_id: str, identifier: tuple[str, str]) -> dr.DeviceEntry | None:
    """The device of an entry."""
    registry: Any = dr.async_get(hass)
    if hasattr(registry, "async_get_device_by_identifier"):
        found: dr.DeviceEntry | None = registry.async_get_device_by_identifier(identifier, entry_id)
    else:
        found = registry.async_get_device(identifiers={identifier})
    return found


def entries_of(device: Any) -> list[str]:
    """The entries a device belongs to; one, since 2026.8."""
    single: str | None = getattr(device, "config_entry_id", None)
    return [single] if single else list(device.config_entries)
