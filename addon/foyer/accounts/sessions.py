"""Signing in: login sessions with rotating refresh tokens (RFC 9700 §4.14)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from foyer.accounts.audit import AuditAction, AuditLog
from foyer.accounts.directory import COLUMNS, Directory, User, from_row
from foyer.accounts.news import UserNews
from foyer.accounts.passwords import Passwords
from foyer.accounts.principal import Principal, Via
from foyer.accounts.recent import Recent
from foyer.accounts.roles import Permission
from foyer.accounts.throttle import LoginThrottle
from foyer.accounts.tokens import AccessTokens, RefreshToken, RefreshTokens, digest
from foyer.db.database import Database
from foyer.db.fields import from_instant, now, to_instant
from foyer.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from foyer.events.topics import UserEventKind
from foyer.ids import LoginSessionId, NodeKind, UserId, encode

LIFETIME = timedelta(days=30)
"""Counted from the last renewal."""
REPEAT_GRACE = timedelta(seconds=20)
"""How long a renewal may be repeated: its answer got lost, or two tabs asked at once."""
MAX_PER_USER = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a client gets when it signs in or renews."""

    access_token: str
    refresh_token: str
    expires_at: datetime
    """When the access token ends."""
    user: User
    login_session: LoginSessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSession:
    """A device somebody is signed in on."""

    id: LoginSessionId
    user_id: UserId
    device: str
    address: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


_SESSION = "id, user_id, device, address, created_at, last_used_at, expires_at"


class LoginSessions:
    """Opens, renews, lists and ends sessions."""

    def __init__(
        self,
        database: Database,
        *,
        directory: Directory,
        passwords: Passwords,
        throttle: LoginThrottle,
        access: AccessTokens,
        refresh: RefreshTokens,
        audit: AuditLog,
        news: UserNews,
    ) -> None:
        self._database = database
        self._directory = directory
        self._passwords = passwords
        self._throttle = throttle
        self._access = access
        self._refresh = refresh
        self._audit = audit
        self._news = news
        self._owners: Recent[LoginSessionId, UserId] = Recent(self._load_owner)

    async def login(self, name: str, password: str, *, device: str, address: str | None) -> Tokens:
        """Sign in with a password.

        Raises ``UnauthenticatedError`` for a wrong pair (the same for an unknown name, after the same time),
        ``ForbiddenError`` for a disabled account, ``RateLimitedError`` after too many tries.
        """
        self._throttle.begin(name, address)
        row = await self._database.reader.first(
            f"SELECT {COLUMNS}, password_hash FROM user WHERE name = ?",  # noqa: S608 - constant columns
            (name.strip(),),
        )
        encoded: str | None = None if row is None else row["password_hash"]
        if not await self._passwords.verify(encoded, password) or row is None or encoded is None:
            await self._audit.record(AuditAction.LOGIN_FAILED, subject=name[:100], address=address)
            raise UnauthenticatedError("The name or the password is wrong.")
        self._throttle.succeed(name, address)
        user = from_row(row)
        if user.disabled:
            raise ForbiddenError("This account is disabled. Ask an administrator.")
        await self._renew_hash(user, encoded, password)
        tokens = await self.open(user, device=device, address=address)
        await self._audit.record(AuditAction.LOGIN, user_id=user.id, address=address, device=device[:100])
        self._news.tell(UserEventKind.SIGNED_IN, user, device=device.strip()[:100])
        return tokens

    async def is_password(self, user: User, password: str, address: str | None) -> bool:
        """Whether this is a user's present password; counts as a try."""
        self._throttle.begin(user.name, address)
        encoded = await self._database.reader.value("SELECT password_hash FROM user WHERE id = ?", (user.id,))
        right = await self._passwords.verify(None if encoded is None else str(encoded), password)
        if right:
            self._throttle.succeed(user.name, address)
        return right

    async def open(self, user: User, *, device: str, address: str | None) -> Tokens:
        """Open a session for somebody who has proved who they are."""
        moment = now()
        async with self._database.transaction() as connection:
            session = LoginSessionId(
                await connection.execute_insert(
                    "INSERT INTO login_session (user_id, refresh_hash, device, address, created_at, last_used_at, "
                    "expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [
                        user.id,
                        secrets.token_bytes(32),
                        device.strip()[:100] or "Unknown device",
                        address,
                        to_instant(moment),
                        to_instant(moment),
                        to_instant(moment + LIFETIME),
                    ],
                )
            )
            first = self._refresh.first(session)
            text = self._refresh.write(first)
            await connection.execute_query(
                "UPDATE login_session SET refresh_hash = ? WHERE id = ?", [digest(text), session]
            )
            await connection.execute_query(
                "DELETE FROM login_session WHERE user_id = ? AND id NOT IN "
                "(SELECT id FROM login_session WHERE user_id = ? ORDER BY last_used_at DESC, id DESC LIMIT ?)",
                [user.id, user.id, MAX_PER_USER],
            )
        self._owners.forget()
        return self._tokens(user, session, text)

    async def refresh(self, refresh_token: str, *, address: str | None) -> Tokens:
        """Renew a session; the token given is used up.

        Raises ``UnauthenticatedError`` for anything but the current token. An older one means that two parties hold
        the chain, so the session ends for both.
        """
        token = self._refresh.read(refresh_token)
        following = token.next()
        text = self._refresh.write(following)
        moment = now()
        changed = await self._database.execute(
            "UPDATE login_session SET previous_hash = refresh_hash, refresh_hash = ?, last_used_at = ?, "
            "expires_at = ?, address = coalesce(?, address) "
            "WHERE id = ? AND refresh_hash = ? AND revoked_at IS NULL AND expires_at > ?",
            (
                digest(text),
                to_instant(moment),
                to_instant(moment + LIFETIME),
                address,
                token.login_session,
                digest(refresh_token),
                to_instant(moment),
            ),
        )
        if not changed and not await self._is_repeated(token, refresh_token, moment):
            raise await self._reused(token, address)
        user = await self._owner(token.login_session)
        return self._tokens(user, token.login_session, text)

    async def logout(self, refresh_token: str) -> None:
        """End the session of a refresh token, also of one just used up; raises ``UnauthenticatedError``."""
        token = self._refresh.read(refresh_token)
        known = await self._database.reader.value(
            "SELECT user_id FROM login_session WHERE id = ? AND (refresh_hash = ? OR previous_hash = ?)",
            (token.login_session, digest(refresh_token), digest(refresh_token)),
        )
        if known is None:
            raise UnauthenticatedError("The session has ended already.")
        await self._end("id = ?", (token.login_session,))
        await self._audit.record(AuditAction.LOGOUT, user_id=int(str(known)))

    async def of(self, principal: Principal, user_id: UserId | None = None) -> list[LoginSession]:
        """The open sessions of a user, newest first; of others only for those who manage users."""
        wanted = principal.user_id if user_id is None else user_id
        if wanted != principal.user_id:
            principal.require(Permission.MANAGE_USERS)
        rows = await self._database.reader.all(
            f"SELECT {_SESSION} FROM login_session WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ? "  # noqa: S608 - constant columns
            "ORDER BY last_used_at DESC, id DESC",
            (wanted, to_instant(now())),
        )
        return [
            LoginSession(
                id=LoginSessionId(row["id"]),
                user_id=UserId(row["user_id"]),
                device=row["device"],
                address=row["address"],
                created_at=from_instant(row["created_at"]),
                last_used_at=from_instant(row["last_used_at"]),
                expires_at=from_instant(row["expires_at"]),
            )
            for row in rows
        ]

    async def revoke(self, principal: Principal, session: LoginSessionId) -> None:
        """End a session; raises ``NotFoundError`` for one that is not the principal's to end."""
        if principal.via is Via.API_KEY:
            principal.require(Permission.MANAGE_USERS)
        owner = await self._database.reader.value(
            "SELECT user_id FROM login_session WHERE id = ? AND revoked_at IS NULL", (session,)
        )
        if owner is None or (owner != principal.user_id and not principal.may(Permission.MANAGE_USERS)):
            raise NotFoundError("There is no such session.", id=session)
        await self._end("id = ?", (session,))
        subject = encode(NodeKind.LOGIN_SESSION, session)
        await self._audit.record(AuditAction.SESSION_REVOKED, by=principal, subject=subject)

    async def revoke_all(self, user_id: UserId, *, keep: LoginSessionId | None = None) -> None:
        """End every session of a user, but for one."""
        await self._end("user_id = ? AND id IS NOT ?", (user_id, keep))

    async def owner(self, session: LoginSessionId) -> UserId | None:
        """Whose open session it is, or ``None`` when it has ended."""
        return await self._owners.get(session)

    def forget(self) -> None:
        """Sessions were changed elsewhere in this process."""
        self._owners.forget()

    async def trim(self) -> int:
        """Remove sessions that ended a month ago or more; returns how many went."""
        horizon = to_instant(now() - LIFETIME)
        return await self._database.execute(
            "DELETE FROM login_session WHERE expires_at < ? OR revoked_at < ?", (horizon, horizon)
        )

    def _tokens(self, user: User, session: LoginSessionId, refresh_token: str) -> Tokens:
        access, expires = self._access.issue(user.id, session)
        return Tokens(
            access_token=access, refresh_token=refresh_token, expires_at=expires, user=user, login_session=session
        )

    async def _owner(self, session: LoginSessionId) -> User:
        user_id = await self.owner(session)
        user = None if user_id is None else await self._directory.get(user_id)
        if user is None:
            raise UnauthenticatedError("The session has ended. Sign in again.")
        if user.disabled:
            raise ForbiddenError("This account is disabled. Ask an administrator.")
        return user

    async def _is_repeated(self, token: RefreshToken, text: str, moment: datetime) -> bool:
        """Whether the token was current until a moment ago."""
        row = await self._database.reader.first(
            "SELECT last_used_at FROM login_session WHERE id = ? AND previous_hash = ? AND revoked_at IS NULL",
            (token.login_session, digest(text)),
        )
        return row is not None and moment - from_instant(row["last_used_at"]) <= REPEAT_GRACE

    async def _reused(self, token: RefreshToken, address: str | None) -> UnauthenticatedError:
        ended = await self._end("id = ?", (token.login_session,))
        if ended:
            subject = encode(NodeKind.LOGIN_SESSION, token.login_session)
            await self._audit.record(AuditAction.TOKEN_REUSED, subject=subject, address=address)
        return UnauthenticatedError("The session has ended. Sign in again.", reason="revoked")

    async def _end(self, condition: str, parameters: tuple[object, ...]) -> int:
        changed = await self._database.execute(
            f"UPDATE login_session SET revoked_at = ? WHERE revoked_at IS NULL AND {condition}",  # noqa: S608 - conditions are written above
            (to_instant(now()), *parameters),
        )
        self._owners.forget()
        return changed

    async def _load_owner(self, session: LoginSessionId) -> UserId | None:
        row = await self._database.reader.first(
            "SELECT user_id FROM login_session WHERE id = ? AND revoked_at IS NULL AND expires_at > ?",
            (session, to_instant(now())),
        )
        return None if row is None else UserId(row["user_id"])

    async def _renew_hash(self, user: User, encoded: str, password: str) -> None:
        if self._passwords.is_outdated(encoded):
            await self._database.execute(
                "UPDATE user SET password_hash = ? WHERE id = ? AND password_hash = ?",
                (await self._passwords.hash(password), user.id, encoded),
            )
