"""A player as most integrations have one: it makes the address whole, fetches it, and tells position and state."""

from __future__ import annotations

from typing import Any

from homeassistant.components import media_source
from homeassistant.components.media_player import (
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    async_process_play_media_url,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.dt import utcnow

FEATURES = (
    MediaPlayerEntityFeature.PAUSE
    | MediaPlayerEntityFeature.PLAY
    | MediaPlayerEntityFeature.PLAY_MEDIA
    | MediaPlayerEntityFeature.SEEK
    | MediaPlayerEntityFeature.STOP
    | MediaPlayerEntityFeature.TURN_OFF
    | MediaPlayerEntityFeature.VOLUME_SET
)


async def async_setup_platform(hass: Any, config: Any, add: Any, discovered: Any = None) -> None:
    """Two sets."""
    add([Television("Living room TV"), Television("Bedroom TV")])


class Television(MediaPlayerEntity):
    """One set; ``app_name`` tells what came of fetching the film."""

    _attr_should_poll = False
    _attr_supported_features = FEATURES

    def __init__(self, name: str) -> None:
        self._attr_name = name
        self._attr_unique_id = name
        self._attr_state = MediaPlayerState.IDLE
        self._attr_volume_level = 0.5

    async def async_play_media(self, media_type: str, media_id: str, **kwargs: Any) -> None:  # noqa: ARG002
        if media_source.is_media_source_id(media_id):
            media_id = (await media_source.async_resolve_media(self.hass, media_id, self.entity_id)).url
        url = async_process_play_media_url(self.hass, media_id)
        async with async_get_clientsession(self.hass).get(url, headers={"Range": "bytes=0-1023"}) as response:
            first = await response.read()
            if response.status not in (200, 206):
                raise HomeAssistantError(f"The film cannot be fetched: {response.status}")
        self._attr_app_name = f"{response.status} {response.content_type} {len(first)}"
        self._attr_media_content_id = url
        self._attr_media_title = (kwargs.get("extra") or {}).get("title")
        self._at(0)
        self._now(MediaPlayerState.PLAYING)

    async def async_media_play(self) -> None:
        self._at(self._attr_media_position or 0)
        self._now(MediaPlayerState.PLAYING)

    async def async_media_pause(self) -> None:
        since = (utcnow() - self._attr_media_position_updated_at).total_seconds()
        self._at((self._attr_media_position or 0) + since)
        self._now(MediaPlayerState.PAUSED)

    async def async_media_seek(self, position: float) -> None:
        self._at(position)
        self.async_write_ha_state()

    async def async_media_stop(self) -> None:
        self._attr_media_content_id = self._attr_media_position = self._attr_media_position_updated_at = None
        self._now(MediaPlayerState.IDLE)

    async def async_turn_off(self) -> None:
        await self.async_media_stop()
        self._now(MediaPlayerState.OFF)

    async def async_set_volume_level(self, volume: float) -> None:
        self._attr_volume_level = volume
        self.async_write_ha_state()

    def _at(self, position: float) -> None:
        self._attr_media_position = position
        self._attr_media_position_updated_at = utcnow()

    def _now(self, state: MediaPlayerState) -> None:
        self._attr_state = state
        self.async_write_ha_state()
