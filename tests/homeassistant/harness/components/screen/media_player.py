"""The screen's player. The attribute ``media_artist`` tells how many frames it has shown of what it plays."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import Any

from homeassistant.components import media_source
from homeassistant.components.media_player import (
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    async_process_play_media_url,
)
from homeassistant.util.dt import utcnow

FEATURES = (
    MediaPlayerEntityFeature.PAUSE
    | MediaPlayerEntityFeature.PLAY
    | MediaPlayerEntityFeature.PLAY_MEDIA
    | MediaPlayerEntityFeature.SEEK
    | MediaPlayerEntityFeature.STOP
)


async def async_setup_platform(hass: Any, config: Any, add: Any, discovered: Any = None) -> None:
    """One screen."""
    add([Screen()])


class Screen(MediaPlayerEntity):
    """An ffmpeg at a time; paused it takes no step, a seek is another one."""

    _attr_name = "Kitchen screen"
    _attr_unique_id = "kitchen-screen"
    _attr_should_poll = False
    _attr_supported_features = FEATURES
    _attr_state = MediaPlayerState.IDLE

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None

    async def async_play_media(self, media_type: str, media_id: str, **kwargs: Any) -> None:  # noqa: ARG002
        if media_source.is_media_source_id(media_id):
            resolved = await media_source.async_resolve_media(self.hass, media_id, self.entity_id)
            media_id, media_type = resolved.url, resolved.mime_type
        self._attr_media_content_id = async_process_play_media_url(self.hass, media_id)
        self._attr_media_content_type = media_type
        await self._play_from(0)

    async def async_media_seek(self, position: float) -> None:
        await self._play_from(position)

    async def async_media_pause(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)
            self._now(MediaPlayerState.PAUSED)

    async def async_media_play(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._now(MediaPlayerState.PLAYING)

    async def async_media_stop(self) -> None:
        await self._end()
        self._attr_media_content_id = None
        self._now(MediaPlayerState.IDLE)

    async def async_will_remove_from_hass(self) -> None:
        await self._end()

    async def _play_from(self, position: float) -> None:
        await self._end()
        self._process = await asyncio.create_subprocess_exec(
            *("ffmpeg", "-nostdin", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.25"),
            # To seek in HLS, ffmpeg leaves out what comes before a keyframe behind the position.
            *(("-ss", str(position)) if position else ()),
            *("-re", "-i", self._attr_media_content_id, "-f", "null", "-"),
            stdout=asyncio.subprocess.PIPE,
        )
        self._attr_media_position = position
        self._attr_media_artist = "0"
        self._now(MediaPlayerState.BUFFERING)
        self._watching = self.hass.async_create_background_task(self._watch(self._process, position), "screen")

    async def _watch(self, process: asyncio.subprocess.Process, start: float) -> None:
        """Follow ffmpeg's report until it ends, by itself or by somebody."""
        async for line in process.stdout:
            name, _, value = line.decode().strip().partition("=")
            if name == "frame":
                self._attr_media_artist = value
            elif name == "out_time_us" and value.isdigit():
                self._attr_media_position = start + int(value) / 1e6
            elif name == "progress" and self._attr_state is not MediaPlayerState.PAUSED:
                self._now(MediaPlayerState.PLAYING)
        failed = await process.wait() != 0
        self._process = None
        self._attr_media_title = "It failed" if failed else None
        self._now(MediaPlayerState.IDLE)

    async def _end(self) -> None:
        process, watching = self._process, self._watching
        self._process = self._watching = None
        if watching is not None:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    def _now(self, state: MediaPlayerState) -> None:
        self._attr_state = state
        self._attr_media_position_updated_at = utcnow()
        self.async_write_ha_state()
