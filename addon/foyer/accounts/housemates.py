"""The people of Home Assistant: who of them is an administrator and who was switched off, kept in step here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from foyer.accounts.audit import AuditAction, AuditLog
from foyer.accounts.directory import Directory, User
from foyer.accounts.identity import HomeAssistantMember
from foyer.accounts.news import UserNews
from foyer.accounts.roles import Role
from foyer.accounts.users import ANOTHER_ADMIN
from foyer.db.database import Database
from foyer.events.topics import UserEventKind
from foyer.ids import NodeKind, encode

log = logging.getLogger(__name__)

PATIENCE_S = 3.0
"""How long somebody who comes for the first time waits for Home Assistant to say who they are."""


class Housemates:
    """What Home Assistant's list of users says, as long as there is a link to it.

    A role that Foyer gave because of the list follows the list; one chosen by hand stays. Somebody whom Home Assistant
    switched off or no longer knows may not enter, by whatever way.
    """

    def __init__(self, database: Database, directory: Directory, audit: AuditLog, news: UserNews) -> None:
        self._database = database
        self._directory = directory
        self._audit = audit
        self._news = news
        self._members: dict[str, HomeAssistantMember] = {}
        self._updated = asyncio.Event()
        self.is_expected = False
        """Whether there is a link that will bring the list."""
        self.wanted = asyncio.Event()
        """Set when somebody came whom the list does not name: it is to be read again."""

    async def find(self, external: str) -> HomeAssistantMember | None:
        """What the list says of somebody; ``None`` when it cannot be had soon or does not name them."""
        if not self.is_expected or external in self._members:
            return self._members.get(external)
        self._updated.clear()
        self.wanted.set()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._updated.wait()
        except TimeoutError:
            log.warning("Home Assistant did not say in time who its administrators are.")
        return self._members.get(external)

    async def update(self, members: Sequence[HomeAssistantMember]) -> None:
        """Take in the whole list as it is now. One without an active administrator is no list of a household."""
        if not any(member.is_admin and member.is_active and not member.is_system for member in members):
            log.warning("Home Assistant's list of users names no administrator; it is not used.")
            return
        self._members = {member.id: member for member in members}
        self._updated.set()
        users = [user for user in await self._directory.all() if user.home_assistant_id is not None]
        found = [(user, self._members.get(user.home_assistant_id or "")) for user in users]
        # New administrators come first: the last one stays one until then.
        for user, member in sorted(found, key=lambda pair: pair[1] is None or not pair[1].is_admin):
            await self._keep_in_step(user, member)

    async def _keep_in_step(self, user: User, member: HomeAssistantMember | None) -> None:
        is_here = member is not None and member.is_active
        changed = await self._database.execute(
            "UPDATE user SET left_home_assistant = ?1, version = version + 1 WHERE id = ?2 "
            "AND left_home_assistant <> ?1",
            (int(not is_here), user.id),
        )
        if member is not None and member.is_active:
            role = Role.ADMIN if member.is_admin else Role.USER
            changed += await self._database.execute(
                "UPDATE user SET role = ?1, version = version + 1 WHERE id = ?2 AND role_by_hand = 0 AND role <> ?1 "  # noqa: S608 - a constant
                f"AND (?1 = 'admin' OR {ANOTHER_ADMIN})",
                (role.value, user.id),
            )
        if not changed:
            return
        self._directory.forget()
        after = await self._directory.get(user.id)
        if after is None:
            return
        log.info("Home Assistant changed a user", extra={"user": after.name, "role": after.role.value})
        await self._audit.record(
            AuditAction.USER_UPDATED,
            user_id=after.id,
            subject=encode(NodeKind.USER, after.id),
            name=after.name,
            role=after.role.value,
            disabled=after.disabled,
            home_assistant=True,
        )
        self._news.tell(UserEventKind.UPDATED, after)
