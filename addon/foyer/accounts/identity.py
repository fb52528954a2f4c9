"""Who another system says somebody is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeAssistantUser:
    """A Home Assistant user, as its ingress names them."""

    id: str
    """Stable for as long as the user exists there."""
    name: str
    """The login name; empty when there is none."""
    display_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeAssistantMember:
    """A line of Home Assistant's list of users."""

    id: str
    is_admin: bool
    """The owner, or one of the administrators."""
    is_active: bool
    is_system: bool = False
    """Not a person: what Home Assistant made for itself, such as the Supervisor's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressIdentity:
    """What Home Assistant's ingress says about a request."""

    user: HomeAssistantUser | None
    """``None`` for the Supervisor's own requests."""
    base_path: str
    """The prefix the browser sees, without a slash at its end; empty for none."""
