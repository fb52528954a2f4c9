"""A few lines for Settings > System > Repairs > System information."""

from __future__ import annotations

from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .servers import loaded


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:  # noqa: ARG001 - Home Assistant's signature
    """Tell who to ask."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Whether the servers can be reached, and what they are."""
    servers = loaded(hass)
    return {
        "servers": len(servers),
        "connected": sum(one.connected for one in servers),
        "version": ", ".join(sorted({one.server.version for one in servers})) or None,
        "active_sessions": sum(len(one.sessions) for one in servers),
        "can_reach_server": (
            system_health.async_check_can_reach_url(hass, str(servers[0].client.address("health/live")))
            if servers
            else "no server"
        ),
    }
