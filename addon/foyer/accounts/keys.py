"""API keys: scoped secrets for scripts and dashboards, shown once and kept as a hash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from foyer.accounts.audit import AuditAction, AuditLog
from foyer.accounts.directory import Directory
from foyer.accounts.principal import Principal, Via
from foyer.accounts.recent import Recent
from foyer.accounts.roles import Permission, Scope
from foyer.accounts.tokens import SHOWN_PREFIX, digest, new_api_key
from foyer.db.database import Database
from foyer.db.fields import from_instant, now, to_instant
from foyer.errors import ConflictError, ForbiddenError, NotFoundError, ValidationError
from foyer.ids import ApiKeyId, NodeKind, UserId, encode

MAX_PER_USER = 50
_COLUMNS = "id, user_id, name, prefix, scopes, created_at, last_used_at, expires_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret."""

    id: ApiKeyId
    user_id: UserId
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class ApiKeys:
    """Creates, lists, finds and revokes keys."""

    def __init__(self, database: Database, directory: Directory, audit: AuditLog) -> None:
        self._database = database
        self._directory = directory
        self._audit = audit
        self._by_digest: Recent[bytes, ApiKey] = Recent(self._load)

    async def create(
        self,
        principal: Principal,
        *,
        name: str,
        scopes: Iterable[Scope],
        expires_at: datetime | None = None,
        user_id: UserId | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key and return it with its secret, which cannot be shown again.

        A key never makes keys: it could outlive itself or widen its scopes. Only the machine's own command line makes
        keys for somebody else.
        """
        if principal.via is Via.API_KEY:
            raise ForbiddenError("An API key cannot make API keys. Sign in for that.")
        owner = principal.user_id if user_id is None else user_id
        if owner != principal.user_id and principal.via is not Via.LOCAL:
            raise ForbiddenError("API keys can only be made for yourself.")
        if await self._directory.get(owner) is None:
            raise NotFoundError("There is no such user.", id=owner)
        chosen = _check(name, scopes, expires_at)
        if len(await self._of(owner)) >= MAX_PER_USER:
            raise ConflictError(f"There are {MAX_PER_USER} API keys already. Revoke one first.")
        secret = new_api_key()
        return await self._insert(principal, owner, name.strip(), chosen, secret, expires_at), secret

    async def keep(
        self, principal: Principal, owner: UserId, *, name: str, scopes: Iterable[Scope], secret: str
    ) -> ApiKey:
        """Make a secret that the server itself has derived a key of one of its own accounts; for the machine only."""
        if principal.via is not Via.LOCAL:
            raise ForbiddenError("Only the server itself makes such a key.")
        return await self._insert(principal, owner, name, frozenset(scopes), secret, None)

    async def _insert(
        self,
        principal: Principal,
        owner: UserId,
        name: str,
        scopes: frozenset[Scope],
        secret: str,
        expires_at: datetime | None,
    ) -> ApiKey:
        key_id = ApiKeyId(
            await self._database.writer.execute_insert(
                "INSERT INTO api_key (user_id, name, prefix, secret_hash, scopes, created_at, expires_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    owner,
                    name,
                    secret[:SHOWN_PREFIX],
                    digest(secret),
                    ",".join(sorted(scope.value for scope in scopes)),
                    to_instant(now()),
                    None if expires_at is None else to_instant(expires_at),
                ],
            )
        )
        subject = encode(NodeKind.API_KEY, key_id)
        await self._audit.record(
            AuditAction.API_KEY_CREATED, by=principal, subject=subject, name=name, scopes=sorted(scopes)
        )
        key = await self._load(digest(secret))
        if key is None:
            raise NotFoundError("The API key was revoked at once.", id=key_id)
        return key

    async def of(self, principal: Principal, user_id: UserId | None = None) -> list[ApiKey]:
        """A user's keys, newest first; of others only for those who manage users."""
        wanted = principal.user_id if user_id is None else user_id
        if wanted != principal.user_id:
            principal.require(Permission.MANAGE_USERS)
        return await self._of(wanted)

    async def revoke(self, principal: Principal, key_id: ApiKeyId) -> None:
        """Remove a key, with effect at once; raises ``NotFoundError`` for one that is not the principal's to remove."""
        owner = await self._database.reader.value("SELECT user_id FROM api_key WHERE id = ?", (key_id,))
        is_own = owner == principal.user_id and (principal.via is not Via.API_KEY or principal.api_key == key_id)
        if owner is None or not (is_own or principal.may(Permission.MANAGE_USERS)):
            raise NotFoundError("There is no such API key.", id=key_id)
        await self._database.execute("DELETE FROM api_key WHERE id = ?", (key_id,))
        self._by_digest.forget()
        subject = encode(NodeKind.API_KEY, key_id)
        await self._audit.record(AuditAction.API_KEY_REVOKED, by=principal, subject=subject)

    async def find(self, secret: str) -> ApiKey | None:
        """The key a secret belongs to, unless it has expired."""
        key = await self._by_digest.get(digest(secret))
        if key is None or (key.expires_at is not None and key.expires_at <= now()):
            return None
        return key

    def forget(self) -> None:
        """Keys were removed elsewhere in this process."""
        self._by_digest.forget()

    async def _of(self, user_id: UserId) -> list[ApiKey]:
        rows = await self._database.reader.all(
            f"SELECT {_COLUMNS} FROM api_key WHERE user_id = ? ORDER BY id DESC",  # noqa: S608 - constant columns
            (user_id,),
        )
        return [_view(dict(row)) for row in rows]

    async def _load(self, secret_hash: bytes) -> ApiKey | None:
        row = await self._database.reader.first(
            f"SELECT {_COLUMNS} FROM api_key WHERE secret_hash = ?",  # noqa: S608 - constant columns
            (secret_hash,),
        )
        return None if row is None else _view(dict(row))


def _check(name: str, scopes: Iterable[Scope], expires_at: datetime | None) -> frozenset[Scope]:
    chosen = frozenset(scopes)
    problems: dict[str, str] = {}
    if not 1 <= len(name.strip()) <= 100 or not name.isprintable():
        problems["name"] = "Use 1 to 100 characters."
    if not chosen:
        problems["scopes"] = "Choose at least one scope."
    if expires_at is not None and expires_at <= now():
        problems["expiresAt"] = "Choose a moment in the future."
    if problems:
        raise ValidationError("The API key cannot be made like this.", fields=problems)
    return chosen


def _view(row: dict[str, object]) -> ApiKey:
    def moment(key: str) -> datetime | None:
        return None if row[key] is None else from_instant(int(str(row[key])))

    return ApiKey(
        id=ApiKeyId(int(str(row["id"]))),
        user_id=UserId(int(str(row["user_id"]))),
        name=str(row["name"]),
        prefix=str(row["prefix"]),
        scopes=frozenset(Scope(scope) for scope in str(row["scopes"]).split(",")),
        created_at=from_instant(int(str(row["created_at"]))),
        last_used_at=moment("last_used_at"),
        expires_at=moment("expires_at"),
    )
