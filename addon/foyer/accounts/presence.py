"""When users and keys were last seen: kept in memory and written now and then, never on a request's way."""

from __future__ import annotations

from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.ids import ApiKeyId, UserId

WRITE_INTERVAL_S = 60.0


class Presence:
    """Notes who came by."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._users: dict[UserId, int] = {}
        self._keys: dict[ApiKeyId, int] = {}

    def saw_user(self, user_id: UserId) -> None:
        """Somebody asked for something."""
        self._users[user_id] = to_instant(now())

    def saw_key(self, key_id: ApiKeyId) -> None:
        """A key was used."""
        self._keys[key_id] = to_instant(now())

    async def save(self) -> None:
        """Write what was seen since the last time."""
        users, self._users = self._users, {}
        keys, self._keys = self._keys, {}
        if users:
            rows = [(moment, user_id) for user_id, moment in users.items()]
            await self._database.execute_many("UPDATE user SET last_seen_at = ? WHERE id = ?", rows)
        if keys:
            rows_of_keys = [(moment, key_id) for key_id, moment in keys.items()]
            await self._database.execute_many("UPDATE api_key SET last_used_at = ? WHERE id = ?", rows_of_keys)
