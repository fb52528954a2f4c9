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
