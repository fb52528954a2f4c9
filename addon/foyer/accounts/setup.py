"""The first run: making the first administrator without a default password."""

from __future__ import annotations

import hmac
import secrets

from tortoise.exceptions import IntegrityError

from foyer.accounts.audit import AuditAction, AuditLog
from foyer.accounts.directory import Directory
from foyer.accounts.news import UserNews
from foyer.accounts.passwords import Passwords, check_rules
from foyer.accounts.sessions import LoginSessions, Tokens
from foyer.accounts.throttle import LoginThrottle
from foyer.accounts.tokens import digest
from foyer.accounts.users import clean_display_name, clean_name
from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.errors import ConflictError, UnauthenticatedError
from foyer.events.topics import UserEventKind
from foyer.ids import UserId

SETTING = "accounts.setup_token"
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without letters and digits that look alike: somebody reads it from a log."""


class Setup:
    """Whether there is an administrator yet, and how the first one comes to be."""

    def __init__(
        self,
        database: Database,
        *,
        directory: Directory,
        passwords: Passwords,
        sessions: LoginSessions,
        throttle: LoginThrottle,
        audit: AuditLog,
        news: UserNews,
    ) -> None:
        self._database = database
        self._directory = directory
        self._passwords = passwords
        self._sessions = sessions
        self._throttle = throttle
        self._audit = audit
        self._news = news
        self._done = False

    async def is_required(self) -> bool:
        """Whether nobody has an account yet."""
        if not self._done:
            self._done = not await self._directory.is_empty()
        return not self._done

    async def new_token(self) -> str | None:
        """A fresh setup token in place of any earlier one, or ``None`` when there is an account already.

        120 bits in six groups; only its hash is kept.
        """
        if not await self.is_required():
            return None
        token = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(6))
        await self._database.note(SETTING, f'"{digest(token).hex()}"')
        return token

    async def complete(
        self, *, name: str, password: str, token: str, device: str, address: str | None, display_name: str = ""
    ) -> Tokens:
        """Make the first administrator and sign in.

        Raises ``UnauthenticatedError`` for a wrong token, ``ConflictError`` when somebody was first, and
        ``ValidationError`` for a name or password that does not do.
        """
        if not await self.is_required():
            raise _too_late()
        self._throttle.begin("setup token", address)
        await self._require(token)
        name = clean_name(name)
        check_rules(password, name=name)
        encoded = await self._passwords.hash(password)
        user_id = await create_first(
            self._database, name=name, display_name=clean_display_name(display_name) or name, password_hash=encoded
        )
        if user_id is None:
            raise _too_late()
        await self._database.execute("DELETE FROM setting WHERE key = ?", (SETTING,))
        self._directory.forget()
        self._throttle.succeed("setup token", address)
        user = await self._directory.get(user_id)
        if user is None:
            raise _too_late()
        await self._audit.record(AuditAction.SETUP, user_id=user_id, address=address, name=name)
        self._news.tell(UserEventKind.CREATED, user)
        return await self._sessions.open(user, device=device, address=address)

    async def _require(self, token: str) -> None:
        kept = await self._database.noted(SETTING)
        given = digest(token.strip().upper()).hex()
        if not hmac.compare_digest(str(kept).strip('"'), given):
            raise UnauthenticatedError("The setup token is wrong. The newest one is in the server's log.")


async def create_first(
    database: Database,
    *,
    name: str,
    display_name: str,
    password_hash: str | None,
    home_assistant_id: str | None = None,
    by_hand: bool = True,
) -> UserId | None:
    """Add an administrator in one statement if there is no user at all; ``None`` when somebody was first.

    Without ``by_hand`` the role follows Home Assistant's list of users once that is there.
    """
    try:
        _, rows = await database.writer.execute_query(
            "INSERT INTO user (name, display_name, role, role_by_hand, password_hash, home_assistant_id, created_at) "
            "SELECT ?, ?, 'admin', ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM user) RETURNING id",
            [name, display_name, int(by_hand), password_hash, home_assistant_id, to_instant(now())],
        )
    except IntegrityError:
        return None
    return UserId(rows[0]["id"]) if rows else None


def _too_late() -> ConflictError:
    return ConflictError("This server has been set up already. Sign in instead.")
