"""The users there are, as everything else sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row

from foyer.accounts.principal import Principal, Via
from foyer.accounts.recent import Recent
from foyer.accounts.roles import Role, Scope, effective
from foyer.db.database import Database
from foyer.db.fields import from_instant
from foyer.ids import ApiKeyId, LoginSessionId, UserId

COLUMNS = (
    "id, name, display_name, role, home_assistant_id, password_hash IS NOT NULL AS has_password, all_libraries, "
    "(disabled OR left_home_assistant) AS disabled, version, created_at, last_seen_at, "
    "(SELECT group_concat(library_id) FROM user_library WHERE user_id = user.id) AS libraries"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with an account."""

    id: UserId
    name: str
    display_name: str
    role: Role
    disabled: bool
    home_assistant_id: str | None
    has_password: bool
    all_libraries: bool
    libraries: frozenset[int]
    version: int
    created_at: datetime
    last_seen_at: datetime | None

    def principal(
        self,
        via: Via,
        *,
        address: str | None = None,
        scopes: frozenset[Scope] | None = None,
        login_session: LoginSessionId | None = None,
        api_key: ApiKeyId | None = None,
    ) -> Principal:
        """The user as somebody who asks for something."""
        return Principal(
            user_id=self.id,
            name=self.name,
            role=self.role,
            permissions=effective(self.role, scopes),
            all_libraries=self.all_libraries,
            libraries=self.libraries,
            via=via,
            address=address,
            login_session=login_session,
            api_key=api_key,
        )


def from_row(row: Row) -> User:
    """A user from a row with ``COLUMNS``."""
    return User(
        id=UserId(row["id"]),
        name=row["name"],
        display_name=row["display_name"],
        role=Role(row["role"]),
        disabled=bool(row["disabled"]),
        home_assistant_id=row["home_assistant_id"],
        has_password=bool(row["has_password"]),
        all_libraries=bool(row["all_libraries"]),
        libraries=frozenset(map(int, row["libraries"].split(","))) if row["libraries"] else frozenset(),
        version=row["version"],
        created_at=from_instant(row["created_at"]),
        last_seen_at=None if row["last_seen_at"] is None else from_instant(row["last_seen_at"]),
    )


class Directory:
    """Finds users; what this process changes is seen at once, what another changes within seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_id: Recent[UserId, User] = Recent(self._load)
        self._by_home_assistant_id: Recent[str, User] = Recent(self._load_by_home_assistant_id)

    async def get(self, user_id: UserId) -> User | None:
        """The user with an id."""
        return await self._by_id.get(user_id)

    async def by_home_assistant_id(self, external: str) -> User | None:
        """The user who stands for somebody in Home Assistant."""
        return await self._by_home_assistant_id.get(external)

    async def by_name(self, name: str) -> User | None:
        """The user with a name, whatever its capitals; always read anew."""
        row = await self._database.reader.first(f"SELECT {COLUMNS} FROM user WHERE name = ?", (name,))  # noqa: S608 - constant
        return None if row is None else from_row(row)

    async def all(self) -> list[User]:
        """Everybody, by name."""
        rows = await self._database.reader.all(f"SELECT {COLUMNS} FROM user ORDER BY name, id")  # noqa: S608 - constant
        return [from_row(row) for row in rows]

    async def is_empty(self) -> bool:
        """Whether nobody has an account yet."""
        return await self._database.reader.first("SELECT 1 FROM user LIMIT 1") is None

    def forget(self) -> None:
        """Somebody's account has changed."""
        self._by_id.forget()
        self._by_home_assistant_id.forget()

    async def _load(self, user_id: UserId) -> User | None:
        row = await self._database.reader.first(f"SELECT {COLUMNS} FROM user WHERE id = ?", (user_id,))  # noqa: S608 - constant
        return None if row is None else from_row(row)

    async def _load_by_home_assistant_id(self, external: str) -> User | None:
        sql = f"SELECT {COLUMNS} FROM user WHERE home_assistant_id = ?"  # noqa: S608 - constant
        row = await self._database.reader.first(sql, (external,))
        return None if row is None else from_row(row)
