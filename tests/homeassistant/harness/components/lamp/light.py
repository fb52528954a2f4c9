"""A lamp with a dimmer."""

from __future__ import annotations

from typing import Any

from homeassistant.components.light import ATTR_BRIGHTNESS, ColorMode, LightEntity


async def async_setup_platform(hass: Any, config: Any, add: Any, discovered: Any = None) -> None:
    """One of them."""
    add([Lamp()])


class Lamp(LightEntity):
    """On at full brightness until told otherwise."""

    _attr_name = "Lamp"
    _attr_unique_id = "lamp"
    _attr_should_poll = False
    _attr_color_mode = ColorMode.BRIGHTNESS
    _attr_supported_color_modes = frozenset({ColorMode.BRIGHTNESS})
    _attr_is_on = True
    _attr_brightness = 255

    async def async_turn_on(self, **kwargs: Any) -> None:
        self._attr_is_on = True
        self._attr_brightness = kwargs.get(ATTR_BRIGHTNESS, self._attr_brightness)
        self.async_write_ha_state()

    async def async_turn_off(self, **kwargs: Any) -> None:  # noqa: ARG002
        self._attr_is_on = False
        self.async_write_ha_state()
