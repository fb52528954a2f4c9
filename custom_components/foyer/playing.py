"""Turning an item into a URL that a certain player can play."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from homeassistant.components.media_source import Unresolvable
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from . import browse, documents
from .client import FoyerError
from .coordinator import FoyerCoordinator
from .models import Item
from .profiles import BASELINE, SPEAKERS, profile_for
from .views import media_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Playable:
    """An item, ready to be opened."""

    item: Item
    url: str
    """Relative to Home Assistant."""
    mime_type: str
    method: str


def platform_of(hass: HomeAssistant, entity_id: str | None) -> str | None:
    """The integration that provides a player."""
    entry = er.async_get(hass).async_get(entity_id) if entity_id else None
    return entry.platform if entry else None


async def resolve(hass: HomeAssistant, coordinator: FoyerCoordinator, item_id: str, target: str | None) -> Playable:
    """The best way to play an item on a player of Home Assistant; raises ``Unresolvable`` with the reason."""
    platform = platform_of(hass, target)
    if platform in SPEAKERS:
        raise Unresolvable("A speaker has no screen to show this on.")
    try:
        item = await browse.playable(coordinator, item_id)
        profile = profile_for(platform)
        info = await _ask(coordinator, item, profile)
        if not info["candidates"] and profile is not BASELINE:
            info = await _ask(coordinator, item, BASELINE)
    except FoyerError as error:
        raise Unresolvable(str(error)) from error
    if not info["candidates"]:
        reasons = [reason["message"] for method in info["rejected"] for reason in method["reasons"]]
        raise Unresolvable(" ".join(dict.fromkeys(reasons)) or "There is no way to play this.")
    best = info["candidates"][0]
    return Playable(
        item=item,
        url=media_path(coordinator.entry.entry_id, best["url"]),
        mime_type=best["mimeType"],
        method=best["method"],
    )


async def _ask(coordinator: FoyerCoordinator, item: Item, profile: dict[str, object]) -> dict[str, Any]:
    variables = {"input": {"item": item.id, "profile": profile}}
    info: dict[str, Any] = (await coordinator.client.query(documents.PLAYBACK_INFO, variables))["playbackInfo"]
    return info
