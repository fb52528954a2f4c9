"""Reads Home Assistant's list of users: ingress says who somebody is, the list says who is an administrator."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any

from foyer.accounts.housemates import Housemates
from foyer.accounts.identity import HomeAssistantMember
from foyer.homeassistant.client import CoreClient
from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError

log = logging.getLogger(__name__)

EVERY_S = 300.0
"""The list is read so often even when Home Assistant tells of no change."""
SETTLE_S = 0.2
"""Changes come in groups."""
_EVENTS = ("user_added", "user_updated", "user_removed")
_ADMINS = "system-admin"


class HomeAssistantUsers:
    """Keeps the housemates in step with ``config/auth/list``, which only administrators' tokens may read."""

    def __init__(self, core: CoreClient, housemates: Housemates) -> None:
        self._core = core
        self._housemates = housemates
        self.problem: str | None = None
        """Why the list cannot be read although Core is connected."""
        core.on_connect(self._want)

    async def run(self) -> None:
        """Follow the list until cancelled."""
        wanted = self._housemates.wanted
        with ExitStack() as stack:
            for name in _EVENTS:
                stack.enter_context(self._core.follow("subscribe_events", lambda _event: wanted.set(), event_type=name))
            while True:
                await self._core.wait_connected()
                wanted.clear()
                try:
                    await self._read()
                except HomeAssistantUnavailableError as error:
                    log.debug("The users of Home Assistant are not known yet: %s", error.message)
                    await asyncio.sleep(SETTLE_S)
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout(EVERY_S):
                        await wanted.wait()
                await asyncio.sleep(SETTLE_S)

    async def _want(self) -> None:
        self._housemates.wanted.set()

    async def _read(self) -> None:
        try:
            found = await self._core.command("config/auth/list")
        except HomeAssistantRefusedError as error:
            self.problem = f"Who its administrators are is unknown. {error.message}"
            log.warning("%s", self.problem)
            return
        self.problem = None
        await self._housemates.update([_member(one) for one in found])


def _member(found: Mapping[str, Any]) -> HomeAssistantMember:
    """A user as Core lists them; ``system-admin`` is the group whose members administrate."""
    is_admin = bool(found.get("is_owner")) or _ADMINS in (found.get("group_ids") or ())
    return HomeAssistantMember(
        id=str(found["id"]),
        is_admin=is_admin,
        is_active=bool(found.get("is_active", True)),
        is_system=bool(found.get("system_generated")),
    )
