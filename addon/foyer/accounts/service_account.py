"""The account that Home Assistant's integration works with, and its key, which nobody has to copy."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import orjson

from foyer.accounts.directory import Directory, User
from foyer.accounts.keyring import Keyring
from foyer.accounts.keys import ApiKeys
from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role, Scope
from foyer.accounts.tokens import API_KEY_PREFIX
from foyer.accounts.users import Users
from foyer.db.database import Database
from foyer.errors import ConflictError, UnavailableError
from foyer.ids import UserId

SETTING = "homeassistant.account"
NAME = "Home Assistant"
SCOPES = (Scope.READ, Scope.PLAY, Scope.WRITE)
_NAMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    user_id: UserId
    generation: int


class ServiceAccount:
    """Makes the account when it is first needed, and its key again whenever somebody revoked it.

    The key is not kept: it is made from the server's own secret and the number of times it was made, so that a restart
    finds the same one while the database holds its hash only, as of every key.
    """

    def __init__(
        self, database: Database, keyring: Keyring, *, directory: Directory, users: Users, keys: ApiKeys
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._directory = directory
        self._users = users
        self._keys = keys

    async def key(self, by: Principal) -> str:
        """The key that is good now; ``by`` is who makes it if it must be made.

        Raises ``UnavailableError`` when an administrator has disabled the account.
        """
        kept = await self._load()
        user = None if kept is None else await self._directory.get(kept.user_id)
        generation = 0 if kept is None else kept.generation
        if user is None:
            user = await self._create(by)
        if user.disabled:
            raise UnavailableError(f"The account {user.name}, which its integration uses, is disabled.")
        if kept is not None:
            secret = self._secret(generation)
            found = await self._keys.find(secret)
            if found is not None and found.user_id == user.id:
                return secret
        generation += 1
        secret = self._secret(generation)
        await self._keys.keep(by, user.id, name="Integration", scopes=SCOPES, secret=secret)
        await self._save(_Kept(user_id=user.id, generation=generation))
        return secret

    async def is_of(self, user_id: UserId) -> bool:
        """Whether a user is this account."""
        kept = await self._load()
        return kept is not None and kept.user_id == user_id

    def _secret(self, generation: int) -> str:
        derived = self._keyring.derive(f"home-assistant-key-{generation}")
        return API_KEY_PREFIX + base64.urlsafe_b64encode(derived).rstrip(b"=").decode()

    async def _create(self, by: Principal) -> User:
        for number in range(1, _NAMES + 1):
            name = NAME if number == 1 else f"{NAME} {number}"
            try:
                return await self._users.create(by, name=name, password=None, role=Role.MANAGER)
            except ConflictError:
                continue  # somebody is called like that
        raise UnavailableError(f"There are {_NAMES} users called {NAME}; its integration finds no name.")

    async def _load(self) -> _Kept | None:
        found = await self._database.noted(SETTING)
        if found is None:
            return None
        kept = orjson.loads(found)
        return _Kept(user_id=UserId(kept["user_id"]), generation=kept["generation"])

    async def _save(self, kept: _Kept) -> None:
        value = orjson.dumps({"user_id": kept.user_id, "generation": kept.generation}).decode()
        await self._database.note(SETTING, value)
