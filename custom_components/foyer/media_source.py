"""Foyer as a media source: its libraries in every media browser, its films on every player."""

from __future__ import annotations

from typing import Any

from homeassistant.components.media_player import BrowseError
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant

from . import browse
from .browse import Place
from .client import FoyerError
from .const import DOMAIN
from .playing import resolve
from .servers import loaded, loaded_entry


async def async_get_media_source(hass: HomeAssistant) -> FoyerMediaSource:
    """The source of all servers."""
    return FoyerMediaSource(hass)


class FoyerMediaSource(MediaSource):
    """Every loaded server."""

    name = "Foyer"

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(DOMAIN)
        self._hass = hass

    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """A URL for the player that asks; it works for a day, without signing in."""
        try:
            place = Place.read(item.identifier)
        except ValueError as error:
            raise Unresolvable(str(error)) from error
        if place.kind != "item":
            raise Unresolvable("This is no item of Foyer.")
        coordinator = loaded_entry(self._hass, place.entry_id)
        if coordinator is None:
            raise Unresolvable("This Foyer is not connected.")
        found = await resolve(self._hass, coordinator, place.id, item.target_media_player)
        return PlayMedia(found.url, found.mime_type)

    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """What is at a place."""
        return await browse.browse(self._hass, item.identifier)

    async def async_search_media(self, item: MediaSourceItem, query: Any) -> Any:
        """What the servers have of a name (Home Assistant versions that search media sources)."""
        try:
            place = Place.read(item.identifier)
            one = loaded_entry(self._hass, place.entry_id) if place.entry_id else None
            servers = [one] if one else [] if place.entry_id else loaded(self._hass)
            answers = [await browse.search(server, query) for server in servers]
        except (FoyerError, ValueError) as error:
            raise BrowseError(str(error)) from error
        if not answers:
            raise BrowseError("This Foyer is not connected.")
        answers[0].result.extend(one for answer in answers[1:] for one in answer.result)
        return answers[0]
