"""People who come through Home Assistant: they have an account from their first visit on."""

from __future__ import annotations

import logging

from tortoise.exceptions import IntegrityError

from foyer.accounts.audit import AuditAction, AuditLog
from foyer.accounts.directory import Directory, User
from foyer.accounts.housemates import Housemates
from foyer.accounts.identity import HomeAssistantUser
from foyer.accounts.news import UserNews
from foyer.accounts.roles import Role
from foyer.accounts.setup import create_first
from foyer.accounts.users import MAX_NAME, clean_display_name
from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.errors import ForbiddenError, UnauthenticatedError
from foyer.events.topics import UserEventKind
from foyer.ids import NodeKind, UserId, encode

log = logging.getLogger(__name__)

ATTEMPTS = 50


class Arrivals:
    """Finds or makes the account of a Home Assistant user.

    Ingress says who somebody is but not whether they are an administrator: that comes from the list of housemates.
    Where there is none, the very first person to enter becomes the administrator (on an add-on that is whoever
    installed it and opened its panel) and everybody later is an ordinary user.
    """

    def __init__(
        self, database: Database, directory: Directory, housemates: Housemates, audit: AuditLog, news: UserNews
    ) -> None:
        self._database = database
        self._directory = directory
        self._housemates = housemates
        self._audit = audit
        self._news = news

    async def user(self, person: HomeAssistantUser) -> User:
        """The account of a person, made now if this is their first visit.

        Raises ``ForbiddenError`` for a stranger whom Home Assistant has switched off.
        """
        known = await self._directory.by_home_assistant_id(person.id)
        if known is not None:
            return known
        name = _name(person)
        created = await self._create(person, name)
        self._directory.forget()
        user = await self._directory.by_home_assistant_id(person.id)
        if user is None:
            raise UnauthenticatedError("The account could not be made. Open the panel again.")
        if created is not None:
            log.info("Made an account for a Home Assistant user", extra={"user": user.name, "role": user.role.value})
            await self._audit.record(
                AuditAction.USER_CREATED,
                user_id=user.id,
                subject=encode(NodeKind.USER, user.id),
                name=user.name,
                role=user.role.value,
                home_assistant=True,
            )
            self._news.tell(UserEventKind.CREATED, user)
        return user

    async def _create(self, person: HomeAssistantUser, name: str) -> UserId | None:
        display_name = clean_display_name(person.display_name) or name
        member = await self._housemates.find(person.id)
        if member is None:
            first = await create_first(
                self._database,
                name=name,
                display_name=display_name,
                password_hash=None,
                home_assistant_id=person.id,
                by_hand=not self._housemates.is_expected,
            )
            if first is not None:
                return first
        elif not member.is_active:
            raise ForbiddenError("Home Assistant has switched this account off.")
        role = Role.ADMIN if member is not None and member.is_admin else Role.USER
        taken = {user.name.casefold() for user in await self._directory.all()}
        for number in range(1, ATTEMPTS + 1):
            # A local account of the same name is somebody else until they say otherwise.
            candidate = name if number == 1 else f"{name} {number}"
            if candidate.casefold() in taken:
                continue
            try:
                return UserId(
                    await self._database.writer.execute_insert(
                        "INSERT INTO user (name, display_name, role, home_assistant_id, created_at) "
                        "VALUES (?, ?, ?, ?, ?)",
                        [candidate, display_name, role.value, person.id, to_instant(now())],
                    )
                )
            except IntegrityError:
                # Taken a moment ago: the name by somebody else, or the person by another request of theirs.
                self._directory.forget()
                if await self._directory.by_home_assistant_id(person.id) is not None:
                    return None
        return None


def _name(person: HomeAssistantUser) -> str:
    name = clean_display_name(person.name) or clean_display_name(person.display_name)
    return (name or f"Home Assistant {person.id[:8]}")[: MAX_NAME - 4].strip()
