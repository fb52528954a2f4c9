"""What can go wrong between Foyer and Home Assistant."""

from __future__ import annotations

from foyer.errors import UnavailableError


class HomeAssistantUnavailableError(UnavailableError):
    """Home Assistant is not linked, not reachable, or does not answer in time; nothing is known of the effect."""


class HomeAssistantRefusedError(UnavailableError):
    """Home Assistant answered, and said no; ``details["reason"]`` is its own code, such as ``not_found``."""

    status = 502

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"Home Assistant refused: {message.rstrip('.') or reason}.", reason=reason)
        self.reason = reason
