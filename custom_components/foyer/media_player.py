"""A media player for every device somebody plays on with Foyer: it comes with its first session and stays."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

import aiohttp
from homeassistant.components import media_source
from homeassistant.components.media_player import (
    BrowseMedia,
    MediaPlayerDeviceClass,
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
    MediaType,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.util import dt as dt_util

from . import browse
from .commands import refusals, require_session, send, wrong
from .coordinator import FoyerCoordinator
from .entity import FoyerEntity, player_device
from .models import Item, Player, Session

PARALLEL_UPDATES = 0

_STATES: Final = {
    "PLAYING": MediaPlayerState.PLAYING,
    "PAUSED": MediaPlayerState.PAUSED,
    "BUFFERING": MediaPlayerState.BUFFERING,
}
_TYPES: Final = {
    "MOVIE": MediaType.MOVIE,
    "EPISODE": MediaType.TVSHOW,
    "MUSIC_VIDEO": MediaType.VIDEO,
    "HOME_VIDEO": MediaType.VIDEO,
}
_PLAYING: Final = (
    MediaPlayerEntityFeature.PLAY
    | MediaPlayerEntityFeature.PAUSE
    | MediaPlayerEntityFeature.STOP
    | MediaPlayerEntityFeature.SEEK
    | MediaPlayerEntityFeature.NEXT_TRACK
    | MediaPlayerEntityFeature.PREVIOUS_TRACK
    | MediaPlayerEntityFeature.VOLUME_SET
    | MediaPlayerEntityFeature.PLAY_MEDIA
)
_BROWSING: Final = MediaPlayerEntityFeature.BROWSE_MEDIA | getattr(
    MediaPlayerEntityFeature, "SEARCH_MEDIA", MediaPlayerEntityFeature(0)
)  # searching came with 2025.6
PICTURE_LIMIT: Final = 8 * 1024 * 1024


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: ConfigEntry,
    async_add_entities: AddEntitiesCallback,
) -> None:
    """Add the players there are, and every other as it comes."""
    coordinator: FoyerCoordinator = entry.runtime_data
    coordinator.async_on_new_player(lambda player: async_add_entities([FoyerPlayer(coordinator, player)]))


class FoyerPlayer(FoyerEntity, MediaPlayerEntity):
    """One person in one program on one device."""

    _attr_device_class = MediaPlayerDeviceClass.TV
    _attr_media_image_remotely_accessible = False
    _attr_name = None

    def __init__(self, coordinator: FoyerCoordinator, player: Player) -> None:
        super().__init__(coordinator, f"player_{player.key}")
        self._attr_translation_key = "player"
        self._attr_device_info = player_device(coordinator, player)
        self._player = player.key

    @property
    def _session(self) -> Session | None:
        return self.coordinator.session_of(self._player)

    @property
    def _item(self) -> Item | None:
        return self._session.item if self._session else None

    @property
    def state(self) -> MediaPlayerState:
        """What it does; idle while it plays nothing."""
        session = self._session
        return _STATES.get(session.state, MediaPlayerState.IDLE) if session else MediaPlayerState.IDLE

    @property
    def supported_features(self) -> MediaPlayerEntityFeature:
        """Everything needs something that plays, but looking around does not."""
        return _BROWSING | _PLAYING if self._session else _BROWSING

    @property
    def media_content_id(self) -> str | None:
        """The item's id in Foyer."""
        return self._item.id if self._item else None

    @property
    def media_content_type(self) -> MediaType | None:
        """What kind of thing plays."""
        return _TYPES.get(self._item.kind, MediaType.VIDEO) if self._item else None

    @property
    def media_title(self) -> str | None:
        """Its title."""
        return self._item.title if self._item else None

    @property
    def media_series_title(self) -> str | None:
        """The series an episode is of."""
        return self._item.series if self._item else None

    @property
    def media_season(self) -> str | None:
        """The season's number."""
        return _text(self._item.season) if self._item else None

    @property
    def media_episode(self) -> str | None:
        """The episode's number."""
        return _text(self._item.episode) if self._item else None

    @property
    def media_artist(self) -> str | None:
        """Who plays in a music video."""
        return self._item.artist if self._item else None

    @property
    def media_duration(self) -> int | None:
        """In seconds."""
        return int(self._session.duration) if self._session and self._session.duration else None

    @property
    def media_position(self) -> int | None:
        """In seconds, at ``media_position_updated_at``."""
        return int(self._session.position) if self._session else None

    @property
    def media_position_updated_at(self) -> datetime | None:
        """When the position was told."""
        return min(self._session.updated_at, dt_util.utcnow()) if self._session else None

    @property
    def app_name(self) -> str | None:
        """The program that plays."""
        return self._session.client if self._session else None

    @property
    def media_image_url(self) -> str | None:
        """Where the picture is for Home Assistant itself; browsers get it through Home Assistant."""
        picture = self._picture
        return str(self.coordinator.client.address(picture)) if picture else None

    @property
    def media_image_hash(self) -> str | None:
        """Another one for another picture."""
        return hashlib.sha256(self._picture.encode()).hexdigest()[:16] if self._picture else None

    @property
    def _picture(self) -> str | None:
        return (self._item.poster or self._item.thumb) if self._item else None

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        """Who watches, and how it reaches the player."""
        session = self._session
        if session is None:
            return {}
        return {
            "user": session.user,
            "session_id": session.id,
            "item_id": session.item.id,
            "library": session.item.library,
            "method": session.method.lower(),
        }

    async def async_get_media_image(self) -> tuple[bytes | None, str | None]:
        """The picture's bytes."""
        if (picture := self._picture) is None:
            return None, None
        client = self.coordinator.client
        try:
            async with client.session.get(
                client.address(picture), timeout=aiohttp.ClientTimeout(total=10), allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    return None, None
                found = bytearray()
                async for chunk in answer.content.iter_any():
                    found += chunk
                    if len(found) > PICTURE_LIMIT:
                        return None, None
                return bytes(found), answer.content_type
        except (aiohttp.ClientError, TimeoutError):
            return None, None

    async def async_media_play(self) -> None:
        """Go on."""
        await send(self.coordinator, require_session(self._session), "PLAY")

    async def async_media_pause(self) -> None:
        """Pause."""
        await send(self.coordinator, require_session(self._session), "PAUSE")

    async def async_media_stop(self) -> None:
        """Stop; Foyer ends the session whether or not the player obeys."""
        await send(self.coordinator, require_session(self._session), "STOP")

    async def async_media_seek(self, position: float) -> None:
        """Jump to a position in seconds."""
        await send(self.coordinator, require_session(self._session), "SEEK", position=position)

    async def async_media_next_track(self) -> None:
        """Play what comes next."""
        await send(self.coordinator, require_session(self._session), "NEXT")

    async def async_media_previous_track(self) -> None:
        """Play what came before."""
        await send(self.coordinator, require_session(self._session), "PREVIOUS")

    async def async_set_volume_level(self, volume: float) -> None:
        """Set the loudness, 0 to 1."""
        await send(self.coordinator, require_session(self._session), "SET_VOLUME", volume=volume)

    async def async_play_media(
        self,
        media_type: MediaType | str,  # noqa: ARG002 - the id says it all
        media_id: str,
        **kwargs: Any,  # noqa: ARG002 - nothing can be announced or queued
    ) -> None:
        """Play an item of this server instead of what is open."""
        session = require_session(self._session)
        try:
            entry_id, item_id = browse.item_of(media_id)
        except ValueError as error:
            raise wrong("no_such_item") from error
        if entry_id not in (None, self.coordinator.entry.entry_id):
            raise wrong("another_server")
        with refusals():
            item = await browse.playable(self.coordinator, item_id)
        await send(self.coordinator, session, "PLAY_ITEM", item=item.id)

    async def async_browse_media(
        self,
        media_content_type: MediaType | str | None = None,  # noqa: ARG002 - the id says it all
        media_content_id: str | None = None,
    ) -> BrowseMedia:
        """What this server has."""
        return await media_source.async_browse_media(
            self.hass, media_content_id or browse.source_id(self.coordinator.entry.entry_id)
        )

    async def async_search_media(self, query: Any) -> Any:
        """What this server has of a name (Home Assistant 2025.6 and later)."""
        with refusals():
            return await browse.search(self.coordinator, query)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
