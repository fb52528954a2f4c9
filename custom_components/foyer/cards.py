"""Serves the dashboard cards and has the frontend load them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant

from .const import DOMAIN

CARDS: Final = Path(__file__).parent / "www" / "foyer-cards.js"


async def register_cards(hass: HomeAssistant) -> None:
    """Serve the module under a name that changes with its content, and load it where there is a frontend."""
    digest = await hass.async_add_executor_job(_digest)
    url = f"/{DOMAIN}_static/{digest}/{CARDS.name}"
    http: Any = hass.http
    try:
        from homeassistant.components.http import StaticPathConfig  # noqa: PLC0415 - came with 2024.7
    except ImportError:
        http.register_static_path(url, str(CARDS), cache_headers=True)
    else:
        await http.async_register_static_paths([StaticPathConfig(url, str(CARDS), True)])
    if "frontend" in hass.config.components:
        from homeassistant.components.frontend import add_extra_js_url  # noqa: PLC0415 - only where it is set up

        add_extra_js_url(hass, url)


def _digest() -> str:
    return hashlib.sha256(CARDS.read_bytes()).hexdigest()[:12]
