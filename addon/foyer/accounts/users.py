"""Create, change and remove users. There is always an administrator who can enter."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from tortoise.exceptions import IntegrityError

from foyer.accounts.audit import AuditAction, AuditLog
from foyer.accounts.directory import Directory, User
from foyer.accounts.news import UserNews
from foyer.accounts.passwords import Passwords, check_rules
from foyer.accounts.principal import Principal, Via
from foyer.accounts.roles import PERMISSIONS, Permission, Role
from foyer.accounts.sessions import LoginSessions
from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.errors import ConflictError, ForbiddenError, NotFoundError, ValidationError
from foyer.events.topics import UserEventKind
from foyer.ids import NodeKind, UserId, encode

MAX_NAME = 64

ANOTHER_ADMIN = (
    "EXISTS (SELECT 1 FROM user AS o WHERE o.role = 'admin' AND o.disabled = 0 "
    "AND o.left_home_assistant = 0 AND o.id <> user.id)"
)
"""SQL about a row of ``user``: there is an administrator besides, who can enter."""


def clean_name(name: str) -> str:
    """A name as it is kept (NFC, no space at the ends); raises ``ValidationError`` for one that cannot be used."""
    name = unicodedata.normalize("NFC", name).strip()
    problem = None
    if not 1 <= len(name) <= MAX_NAME:
        problem = f"Use 1 to {MAX_NAME} characters."
    elif not name.isprintable() or "  " in name:
        problem = "Use letters, digits and signs only."
    if problem is not None:
        raise ValidationError(f"The name does not do. {problem}", fields={"name": problem})
    return name


def clean_display_name(display_name: str) -> str:
    """A display name as it is kept: one line, at most 100 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in display_name).split())[:100]


class Users:
    """What administrators do with users, and users with themselves. Every method checks the principal's rights."""

    def __init__(
        self,
        database: Database,
        *,
        directory: Directory,
        passwords: Passwords,
        sessions: LoginSessions,
        audit: AuditLog,
        news: UserNews,
    ) -> None:
        self._database = database
        self._directory = directory
        self._passwords = passwords
        self._sessions = sessions
        self._audit = audit
        self._news = news

    async def all(self, principal: Principal) -> list[User]:
        """Everybody, by name."""
        principal.require(Permission.MANAGE_USERS)
        return await self._directory.all()

    async def get(self, principal: Principal, user_id: UserId) -> User:
        """One user; others than oneself only for those who manage users."""
        if user_id != principal.user_id:
            principal.require(Permission.MANAGE_USERS)
        return await self._existing(user_id)

    async def create(
        self,
        principal: Principal,
        *,
        name: str,
        password: str | None,
        role: Role,
        display_name: str = "",
        all_libraries: bool = True,
        libraries: Iterable[int] = (),
    ) -> User:
        """Add a user. Raises ``ValidationError`` for bad input and ``ConflictError`` when the name is taken."""
        principal.require(Permission.MANAGE_USERS)
        _require_not_above(principal, role)
        name = clean_name(name)
        if password is not None:
            check_rules(password, name=name)
        await self._require_free(name)
        encoded = None if password is None else await self._passwords.hash(password)
        try:
            async with self._database.transaction() as connection:
                user_id = await connection.execute_insert(
                    "INSERT INTO user (name, display_name, role, password_hash, all_libraries, created_at) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        name,
                        clean_display_name(display_name) or name,
                        role.value,
                        encoded,
                        int(all_libraries),
                        to_instant(now()),
                    ],
                )
                for library in sorted(set(libraries)):
                    await connection.execute_insert(
                        "INSERT INTO user_library (user_id, library_id) VALUES (?, ?)", [user_id, library]
                    )
        except IntegrityError as error:
            raise _integrity(error, name) from error
        return await self._after(principal, AuditAction.USER_CREATED, UserId(user_id))

    async def update(
        self,
        principal: Principal,
        user_id: UserId,
        *,
        expected_version: int,
        display_name: str | None = None,
        role: Role | None = None,
        disabled: bool | None = None,
        all_libraries: bool | None = None,
        libraries: Iterable[int] | None = None,
    ) -> User:
        """Change what is given. Raises ``ConflictError`` when the user changed since ``expected_version``.

        The last administrator can be neither demoted nor disabled. Disabling ends every session at once. A changed
        role is from now on nobody's but this house's: what Home Assistant says of the user does not change it any more.
        """
        principal.require(Permission.MANAGE_USERS)
        before = await self._existing(user_id)
        _require_not_above(principal, before.role)
        is_new_role = role is not None and role is not before.role
        role = before.role if role is None else role
        _require_not_above(principal, role)
        stays_admin = role is Role.ADMIN and not (before.disabled if disabled is None else disabled)
        try:
            shown = before.display_name if display_name is None else clean_display_name(display_name) or before.name
            async with self._database.transaction() as connection:
                changed, _ = await connection.execute_query(
                    "UPDATE user SET display_name = ?, role = ?, role_by_hand = (role_by_hand OR ?), "  # noqa: S608 - a constant
                    "disabled = ifnull(?, disabled), all_libraries = ?, version = version + 1 "
                    "WHERE id = ? AND version = ? "
                    f"AND (? OR role <> 'admin' OR disabled = 1 OR {ANOTHER_ADMIN})",
                    [
                        shown,
                        role.value,
                        int(is_new_role),
                        None if disabled is None else int(disabled),
                        int(before.all_libraries if all_libraries is None else all_libraries),
                        user_id,
                        expected_version,
                        int(stays_admin),
                    ],
                )
                if changed and libraries is not None:
                    await connection.execute_query("DELETE FROM user_library WHERE user_id = ?", [user_id])
                    for library in sorted(set(libraries)):
                        await connection.execute_insert(
                            "INSERT INTO user_library (user_id, library_id) VALUES (?, ?)", [user_id, library]
                        )
        except IntegrityError as error:
            raise _integrity(error, before.name) from error
        self._directory.forget()
        if not changed:
            raise await self._why_unchanged(user_id, expected_version)
        if disabled and not before.disabled:
            await self._sessions.revoke_all(user_id)
        return await self._after(principal, AuditAction.USER_UPDATED, user_id)

    async def delete(self, principal: Principal, user_id: UserId) -> None:
        """Remove a user with sessions, keys and watched state; never the last administrator."""
        principal.require(Permission.MANAGE_USERS)
        user = await self._existing(user_id)
        _require_not_above(principal, user.role)
        changed = await self._database.execute(
            f"DELETE FROM user WHERE id = ? AND (role <> 'admin' OR disabled = 1 OR {ANOTHER_ADMIN})",  # noqa: S608 - a constant
            (user_id,),
        )
        self._directory.forget()
        self._sessions.forget()
        if not changed:
            await self._existing(user_id)
            raise _last_admin()
        await self._audit.record(AuditAction.USER_DELETED, by=principal, subject=_subject(user_id), name=user.name)
        self._news.tell(UserEventKind.DELETED, user)

    async def change_password(
        self, principal: Principal, user_id: UserId, *, new: str, current: str | None = None
    ) -> User:
        """Set a password and end every other session of the user.

        For oneself the current one is needed, where there is one; those who manage users may set anybody's. An API key
        can set nobody's above its own rights, and not its owner's.
        """
        user = await self._existing(user_id) if user_id == principal.user_id else await self.get(principal, user_id)
        if user_id == principal.user_id and principal.via is not Via.LOCAL:
            if principal.via is Via.API_KEY:
                raise ForbiddenError("An API key may not change its owner's password.")
            await self._require_current(user, current, principal.address)
        else:
            _require_not_above(principal, user.role)
        check_rules(new, name=user.name)
        encoded = await self._passwords.hash(new)
        await self._database.execute(
            "UPDATE user SET password_hash = ?, version = version + 1 WHERE id = ?", (encoded, user_id)
        )
        await self._sessions.revoke_all(user_id, keep=principal.login_session)
        return await self._after(principal, AuditAction.PASSWORD_CHANGED, user_id)

    async def _require_current(self, user: User, current: str | None, address: str | None) -> None:
        if user.has_password and not await self._sessions.is_password(user, current or "", address):
            problem = "This is not your present password."
            raise ValidationError(problem, fields={"currentPassword": problem})

    async def _require_free(self, name: str) -> None:
        """SQLite compares without capitals in ASCII only; two names that look the same help nobody but a liar."""
        folded = unicodedata.normalize("NFKC", name).casefold()
        for user in await self._directory.all():
            if unicodedata.normalize("NFKC", user.name).casefold() == folded:
                raise _taken(name)

    async def _existing(self, user_id: UserId) -> User:
        user = await self._directory.get(user_id)
        if user is None:
            raise NotFoundError("There is no such user.", id=user_id)
        return user

    async def _why_unchanged(self, user_id: UserId, expected_version: int) -> Exception:
        user = await self._existing(user_id)
        if user.version != expected_version:
            return ConflictError(
                "Somebody else changed this user in the meantime. Load it again.", version=user.version
            )
        return _last_admin()

    async def _after(self, principal: Principal, action: AuditAction, user_id: UserId) -> User:
        self._directory.forget()
        user = await self._existing(user_id)
        await self._audit.record(
            action,
            by=principal,
            subject=_subject(user_id),
            name=user.name,
            role=user.role.value,
            disabled=user.disabled,
        )
        self._news.tell(UserEventKind.CREATED if action is AuditAction.USER_CREATED else UserEventKind.UPDATED, user)
        return user


def _require_not_above(principal: Principal, role: Role) -> None:
    """Nobody, and above all no narrow API key, hands out or takes over more than they have themselves."""
    if not PERMISSIONS[role] <= principal.permissions:
        raise ForbiddenError("You may not manage users who may do more than you.", role=role.value)


def _subject(user_id: UserId) -> str:
    return encode(NodeKind.USER, user_id)


def _taken(name: str) -> ConflictError:
    return ConflictError(f"There is already a user called {name}.", fields={"name": "This name is taken."})


def _last_admin() -> ConflictError:
    return ConflictError("This is the last administrator. Make somebody else an administrator first.")


def _integrity(error: IntegrityError, name: str) -> ConflictError | ValidationError:
    if "FOREIGN KEY" in str(error):
        problem = "One of the libraries does not exist."
        return ValidationError(problem, fields={"libraries": problem})
    return _taken(name)
