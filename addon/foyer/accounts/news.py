"""Tell the house what happens to accounts: automations greet people and warn of strangers."""

from __future__ import annotations

from foyer.accounts.directory import User
from foyer.events.bus import EventBus
from foyer.events.topics import Topic, UserEventKind, UserPayload


class UserNews:
    """Publishes what happened to a user."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus

    def tell(self, kind: UserEventKind, user: User, *, device: str | None = None) -> None:
        """Say that something happened to a user as they are now; ``device`` is what they signed in on."""
        payload: UserPayload = {
            "user_id": user.id,
            "name": user.name,
            "role": user.role.value,
            "disabled": user.disabled,
        }
        if device is not None:
            payload["device"] = device
        self._bus.publish(Topic.USER, kind, payload)
