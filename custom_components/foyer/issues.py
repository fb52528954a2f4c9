"""Repairs: what the owner has to put right, told while it lasts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .const import DOMAIN, KEY_WARNING_DAYS, MAX_API_VERSION, MIN_API_VERSION, NEEDED_PERMISSIONS
from .models import Library, Server

KEY_ISSUES: Final = ("key_expires", "missing_permission")
"""Those that another API key repairs; ``repairs.py`` asks for it."""


class IssueKeeper:
    """Raises the issues of one entry and takes them back."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._folders: set[str] = set()

    def check_version(self, server: Server) -> bool:
        """Whether this integration and the server speak the same API."""
        old, new = server.api_version < MIN_API_VERSION, server.api_version > MAX_API_VERSION
        facts = {"name": server.name, "version": server.version}
        self._set("server_too_old", old, facts, severity=ir.IssueSeverity.ERROR)
        self._set("server_too_new", new, facts, severity=ir.IssueSeverity.ERROR)
        return not (old or new)

    def check_key(self, server: Server, keys: list[dict[str, Any]], secret: str) -> None:
        """Whether the key may do what is needed, and for how long it may."""
        missing = [name for name in NEEDED_PERMISSIONS if name not in server.permissions]
        facts = {"name": server.name, "permissions": ", ".join(missing).lower().replace("_", " ")}
        self._set("missing_permission", bool(missing), facts, fixable=True)
        own = next((key for key in keys if key["prefix"] and secret.startswith(key["prefix"])), None)
        end = dt_util.parse_datetime(own["expiresAt"]) if own and own["expiresAt"] else None
        soon = end is not None and end < dt_util.utcnow() + timedelta(days=KEY_WARNING_DAYS)
        facts = {"name": server.name, "date": dt_util.as_local(end).date().isoformat() if end else ""}
        self._set("key_expires", soon, facts, fixable=True)

    def check_libraries(self, libraries: Iterable[Library]) -> None:
        """Whether every library's folders are there."""
        found: set[str] = set()
        for library in libraries:
            if library.missing:
                key = f"folder_missing_{library.id}"
                facts = {"library": library.name, "folders": ", ".join(library.missing)}
                self._set(key, True, facts, translation="folder_missing")
                found.add(key)
        for gone in self._folders - found:
            self._set(gone, False, {})
        self._folders = found

    def clear(self) -> None:
        """Take back everything; the entry is unloaded."""
        for key in ("server_too_old", "server_too_new", *KEY_ISSUES, *self._folders):
            self._set(key, False, {})
        self._folders = set()

    def _set(
        self,
        key: str,
        wrong: bool,
        facts: dict[str, str],
        *,
        translation: str | None = None,
        fixable: bool = False,
        severity: ir.IssueSeverity = ir.IssueSeverity.WARNING,
    ) -> None:
        issue = f"{key}_{self._entry.entry_id}"
        if not wrong:
            ir.async_delete_issue(self._hass, DOMAIN, issue)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue,
            data={"entry_id": self._entry.entry_id, **facts},
            is_fixable=fixable,
            is_persistent=False,
            severity=severity,
            translation_key=translation or key,
            translation_placeholders=facts,
        )
