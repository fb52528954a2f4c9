"""What the dashboard cards ask."""

from __future__ import annotations

from typing import Any, Final

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant

from .browse import LISTS, items_of, source_id
from .client import FoyerError
from .coordinator import FoyerCoordinator
from .models import Item
from .servers import loaded, loaded_entry
from .views import media_path

MOST: Final = 50


def register_commands(hass: HomeAssistant) -> None:
    """Make the commands known."""
    websocket_api.async_register_command(hass, continue_watching)


@websocket_api.websocket_command(
    {
        vol.Required("type"): "foyer/continue_watching",
        vol.Optional("entry_id"): str,
        vol.Optional("list", default="continue"): vol.In(tuple(LISTS)),
        vol.Optional("limit", default=12): vol.All(vol.Coerce(int), vol.Range(min=1, max=MOST)),
    }
)
@websocket_api.async_response
async def continue_watching(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """A list of one server with everything a card draws, pictures too."""
    entry_id = msg.get("entry_id")
    coordinator = loaded_entry(hass, entry_id) if entry_id else next(iter(loaded(hass)), None)
    if coordinator is None:
        connection.send_error(msg["id"], websocket_api.const.ERR_NOT_FOUND, "This Foyer is not connected.")
        return
    try:
        items = await items_of(coordinator, msg["list"], msg["limit"], connection.user.id)
    except FoyerError as error:
        connection.send_error(msg["id"], websocket_api.const.ERR_HOME_ASSISTANT_ERROR, str(error))
        return
    connection.send_result(
        msg["id"],
        {
            "entry_id": coordinator.entry.entry_id,
            "server": coordinator.server.name,
            "items": [_drawn(coordinator, item) for item in items],
        },
    )


def _drawn(coordinator: FoyerCoordinator, item: Item) -> dict[str, Any]:
    entry_id = coordinator.entry.entry_id
    picture = item.thumb or item.poster
    return {
        "item_id": item.id,
        "media_content_id": source_id(entry_id, item.id),
        "title": item.series or item.title,
        "subtitle": f"{item.season or 0}x{item.episode:02} · {item.title}" if item.episode is not None else item.artist,
        "year": item.year,
        "duration": item.duration,
        "position": item.position,
        "progress": item.progress,
        "image": media_path(entry_id, picture) if picture else None,
    }
