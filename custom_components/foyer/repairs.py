"""Fixing what another API key fixes."""

from __future__ import annotations

from typing import Any

import voluptuous as vol
from homeassistant.components.repairs import RepairsFlow
from homeassistant.const import CONF_API_KEY
from homeassistant.core import HomeAssistant

from .config_flow import SECRET, check, connection


class NewKeyFlow(RepairsFlow):
    """Asks for a new API key, tries it, and keeps it."""

    def __init__(self, entry_id: str, facts: dict[str, str]) -> None:
        """``facts`` are what the issue's own text tells."""
        self._entry_id = entry_id
        self._facts = facts

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> Any:  # noqa: ARG002 - names the issue
        """Begin."""
        return await self.async_step_key()

    async def async_step_key(self, user_input: dict[str, str] | None = None) -> Any:
        """Take the key."""
        errors: dict[str, str] = {}
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="entry_gone")
        if user_input is not None:
            data = {**entry.data, **user_input}
            server, errors = await check(self.hass, data)
            if server is not None and server.id != entry.unique_id:
                errors = {"base": "another_server"}
            if not errors:
                self.hass.config_entries.async_update_entry(entry, data=data)
                self.hass.config_entries.async_schedule_reload(entry.entry_id)
                return self.async_create_entry(title="", data={})
        return self.async_show_form(
            step_id="key",
            data_schema=vol.Schema({vol.Required(CONF_API_KEY): SECRET}),
            errors=errors,
            description_placeholders={**self._facts, "name": entry.title, "url": connection(entry.data)},
        )


async def async_create_fix_flow(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    issue_id: str,  # noqa: ARG001 - all issues that can be fixed are fixed the same way
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """The way to fix an issue."""
    told = {name: str(value) for name, value in (data or {}).items()}
    return NewKeyFlow(told["entry_id"], told)
