"""Runs inside Home Assistant: writes every event of Foyer on its bus into a file, which a kill cannot take back."""

import json
from pathlib import Path

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.typing import ConfigType

TYPES = ("foyer_playback", "foyer_library", "foyer_transcode", "foyer_user", "foyer_system")


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Listen from the first moment on."""
    path = Path(hass.config.path("witness.jsonl"))
    file = await hass.async_add_executor_job(lambda: path.open("a", buffering=1))

    @callback
    def note(event: Event) -> None:
        file.write(json.dumps({"event_type": event.event_type, **event.data}) + "\n")

    for each in TYPES:
        hass.bus.async_listen(each, note)
    return True
