"""The audit log: who did what of consequence, from where."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

import orjson

from foyer.accounts.principal import Principal
from foyer.db.database import Database
from foyer.db.fields import now, to_instant

RETENTION = timedelta(days=365)


class AuditAction(StrEnum):
    """What is written down."""

    SETUP = "setup"
    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - not a password
    SESSION_REVOKED = "session_revoked"
    USER_CREATED = "user_created"
    USER_UPDATED = "user_updated"
    USER_DELETED = "user_deleted"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - not a password
    API_KEY_CREATED = "api_key_created"
    API_KEY_REVOKED = "api_key_revoked"
    LIBRARY_CREATED = "library_created"
    LIBRARY_UPDATED = "library_updated"
    LIBRARY_DELETED = "library_deleted"
    FILE_UPLOADED = "file_uploaded"
    SETTINGS_CHANGED = "settings_changed"
    SESSION_STOPPED = "session_stopped"


class AuditLog:
    """Adds lines and forgets old ones; never a secret among the details."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self,
        action: AuditAction,
        *,
        by: Principal | None = None,
        user_id: int | None = None,
        subject: str | None = None,
        address: str | None = None,
        **details: object,
    ) -> None:
        """Write down an action; ``subject`` is the global id or name of what it was done to."""
        who = by.user_id if by is not None else user_id
        await self._database.execute(
            # The user may be gone by now, and the command line is nobody's account.
            "INSERT INTO audit (at, user_id, action, subject, address, details) "
            "VALUES (?, (SELECT id FROM user WHERE id = ?), ?, ?, ?, ?)",
            (
                to_instant(now()),
                who,
                action.value,
                subject,
                address or (by.address if by is not None else None),
                orjson.dumps(details, default=str).decode(),
            ),
        )

    async def trim(self) -> int:
        """Forget what is older than ``RETENTION``; returns how many lines went."""
        return await self._database.execute("DELETE FROM audit WHERE at < ?", (to_instant(now() - RETENTION),))
