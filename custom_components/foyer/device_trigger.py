"""Device triggers: for the server everything that happens, for a player what happens on it.

What is told late, after a connection was away, triggers nothing: a light that dims an hour after the film is a
nuisance.
"""

from __future__ import annotations

from typing import Any, Final

import voluptuous as vol
from homeassistant.components.device_automation import DEVICE_TRIGGER_BASE_SCHEMA, InvalidDeviceAutomationConfig
from homeassistant.const import CONF_DEVICE_ID, CONF_DOMAIN, CONF_PLATFORM, CONF_TYPE
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import TriggerActionType, TriggerInfo
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN, event_signal
from .devices import entries_of
from .models import Happening

PLAYBACK: Final = {f"playback_{name}": name for name in ("started", "paused", "resumed", "stopped", "finished")} | {
    "credits_reached": "credits"
}
LIBRARY: Final = {"item_added": "item_added", "scan_finished": "scan_finished"}

TRIGGER_SCHEMA = DEVICE_TRIGGER_BASE_SCHEMA.extend({vol.Required(CONF_TYPE): vol.In({*PLAYBACK, *LIBRARY})})


async def async_get_triggers(hass: HomeAssistant, device_id: str) -> list[dict[str, str]]:
    """Those of a device."""
    _, player = _place(hass, device_id)
    types = PLAYBACK if player else {**PLAYBACK, **LIBRARY}
    return [
        {CONF_PLATFORM: "device", CONF_DEVICE_ID: device_id, CONF_DOMAIN: DOMAIN, CONF_TYPE: name} for name in types
    ]


async def async_attach_trigger(
    hass: HomeAssistant, config: ConfigType, action: TriggerActionType, trigger_info: TriggerInfo
) -> CALLBACK_TYPE:
    """Run ``action`` whenever it happens, across reloads of the entry."""
    entry_id, player = _place(hass, config[CONF_DEVICE_ID])
    kind: str = config[CONF_TYPE]
    topic, wanted = ("playback", PLAYBACK[kind]) if kind in PLAYBACK else ("library", LIBRARY[kind])
    job = HassJob(action)

    @callback
    def happened(happening: Happening) -> None:
        if (happening.topic, happening.type) != (topic, wanted) or happening.replayed:
            return
        if player is not None and happening.player != player:
            return
        told: dict[str, Any] = {
            **trigger_info["trigger_data"],
            **config,
            "description": f"Foyer: {kind.replace('_', ' ')}",
            "event": happening.data,
        }
        hass.async_run_hass_job(job, {"trigger": told})

    return async_dispatcher_connect(hass, event_signal(entry_id), happened)


def _place(hass: HomeAssistant, device_id: str) -> tuple[str, str | None]:
    """The entry of a device, and which player it is unless it is the server."""
    device = dr.async_get(hass).async_get(device_id)
    for entry_id in entries_of(device) if device else ():
        entry = hass.config_entries.async_get_entry(entry_id)
        if device is not None and entry is not None and entry.domain == DOMAIN:
            prefix = f"{entry.unique_id}_player_"
            names = [name for domain, name in device.identifiers if domain == DOMAIN]
            return entry_id, next((name.removeprefix(prefix) for name in names if name.startswith(prefix)), None)
    raise InvalidDeviceAutomationConfig(f"The device {device_id} is none of Foyer's.")
