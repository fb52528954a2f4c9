"""Names and numbers the whole integration shares."""

from __future__ import annotations

from typing import Final

DOMAIN: Final = "foyer"
MANUFACTURER: Final = "Foyer"

CONF_SERVER_ID: Final = "server_id"

MIN_API_VERSION: Final = 1
MAX_API_VERSION: Final = 1
"""The versions of Foyer's API this integration speaks."""

NEEDED_PERMISSIONS: Final = ("PLAY", "SEARCH", "VIEW_SESSIONS", "CONTROL_SESSIONS", "MANAGE_LIBRARIES")
"""What the key must be able to use for everything to work; without one of them a repair tells which."""
REQUIRED_PERMISSIONS: Final = ("PLAY", "SEARCH")
"""Without these there is nothing to show and nothing to play."""

PLAYER_KEPT_DAYS: Final = 60
"""A player that was not heard of for so long is forgotten."""
KEY_WARNING_DAYS: Final = 14
"""A key that ends within so many days is worth a repair."""

PLAYBACK_EVENTS: Final = ("started", "paused", "resumed", "seeked", "stopped", "finished", "credits")
PLAYBACK_KINDS: Final = {"credits_reached": "credits"}
"""What Foyer's API calls otherwise than its events on the bus, whose names are used here."""
PLAYBACK_UNTOLD: Final = ("snapshot", "progress", "command", "state_changed")
"""Kinds that change entities, or concern players, but are no events for automations."""
LIBRARY_EVENTS: Final = (
    "item_added",
    "item_updated",
    "item_removed",
    "items_changed",
    "scan_started",
    "scan_finished",
    "library_created",
    "library_updated",
    "library_deleted",
)


def event_signal(entry_id: str) -> str:
    """The dispatcher signal that carries a ``Happening`` of one server."""
    return f"{DOMAIN}_event_{entry_id}"


def player_identifier(server_id: str, player: str) -> tuple[str, str]:
    """How the device registry knows a player."""
    return (DOMAIN, f"{server_id}_player_{player}")
