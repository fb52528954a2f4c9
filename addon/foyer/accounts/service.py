"""Everything about accounts behind one door."""

from __future__ import annotations

from pathlib import Path

from foyer.accounts.arrivals import Arrivals
from foyer.accounts.audit import AuditLog
from foyer.accounts.directory import Directory, User
from foyer.accounts.housemates import Housemates
from foyer.accounts.identity import HomeAssistantUser
from foyer.accounts.keyring import Keyring
from foyer.accounts.keys import ApiKeys
from foyer.accounts.media_tokens import MediaGrant, MediaPurpose, MediaTokens
from foyer.accounts.news import UserNews
from foyer.accounts.passwords import Passwords
from foyer.accounts.presence import Presence
from foyer.accounts.principal import Principal, Via
from foyer.accounts.roles import Permission, Role, Scope
from foyer.accounts.service_account import ServiceAccount
from foyer.accounts.sessions import LoginSessions
from foyer.accounts.setup import Setup
from foyer.accounts.throttle import LoginThrottle
from foyer.accounts.tokens import API_KEY_PREFIX, AccessTokens, RefreshTokens
from foyer.accounts.users import Users
from foyer.db.database import Database
from foyer.errors import ForbiddenError, UnauthenticatedError
from foyer.events.bus import EventBus
from foyer.ids import UserId


class Accounts:
    """Who there is (``users``), how they sign in (``sessions``, ``keys``, ``setup``) and who asks now."""

    def __init__(self, database: Database, data: Path, bus: EventBus) -> None:
        keyring = Keyring.open(data)
        self.server_id = keyring.derive("server-id").hex()[:32]
        """Which server this is: the same as long as its data folder is, and no secret."""
        self._passwords = Passwords()
        self._access = AccessTokens(keyring)
        throttle = LoginThrottle()
        news = UserNews(bus)
        self.audit = AuditLog(database)
        self.directory = Directory(database)
        self.media_tokens = MediaTokens(keyring)
        self.sessions = LoginSessions(
            database,
            directory=self.directory,
            passwords=self._passwords,
            throttle=throttle,
            access=self._access,
            refresh=RefreshTokens(keyring),
            audit=self.audit,
            news=news,
        )
        self.keys = ApiKeys(database, self.directory, self.audit)
        self.users = Users(
            database,
            directory=self.directory,
            passwords=self._passwords,
            sessions=self.sessions,
            audit=self.audit,
            news=news,
        )
        self.setup = Setup(
            database,
            directory=self.directory,
            passwords=self._passwords,
            sessions=self.sessions,
            throttle=throttle,
            audit=self.audit,
            news=news,
        )
        self.presence = Presence(database)
        self._service_account = ServiceAccount(
            database, keyring, directory=self.directory, users=self.users, keys=self.keys
        )
        self.housemates = Housemates(database, self.directory, self.audit, news)
        self._arrivals = Arrivals(database, self.directory, self.housemates, self.audit, news)

    async def authenticate(
        self, bearer: str, *, address: str | None = None, on_behalf_of: str | None = None
    ) -> Principal:
        """Who a bearer token or API key stands for.

        ``on_behalf_of`` is a user of Home Assistant, for whom its integration's key, and no other, may look and play.
        Raises ``UnauthenticatedError`` when it is not valid (any more) and ``ForbiddenError`` for a disabled account.
        Ended sessions, revoked keys and changed accounts count from the next call on.
        """
        if bearer.startswith(API_KEY_PREFIX):
            return await self._by_key(bearer, address, on_behalf_of)
        if on_behalf_of is not None:
            raise _not_for_others()
        claims = self._access.read(bearer)
        if await self.sessions.owner(claims.login_session) != claims.user_id:
            raise UnauthenticatedError("The session has ended. Sign in again.", reason="revoked")
        user = await self._enabled(claims.user_id)
        self.presence.saw_user(user.id)
        return user.principal(Via.TOKEN, address=address, login_session=claims.login_session)

    async def ingress_principal(self, person: HomeAssistantUser, *, address: str | None = None) -> Principal:
        """Who somebody is that Home Assistant vouches for; their account is made on the first visit."""
        user = await self._arrivals.user(person)
        if user.disabled:
            raise _disabled()
        self.presence.saw_user(user.id)
        return user.principal(Via.INGRESS, address=address)

    async def media_grant(self, token: str, purpose: MediaPurpose) -> tuple[MediaGrant, Principal]:
        """What a media token opens, and for whom; the caller still checks the library.

        Raises ``ForbiddenError`` for a bad token, a disabled account, or one that may no longer play, look or
        upload.
        """
        grant = self.media_tokens.read(token, purpose)
        user = await self.directory.get(grant.user_id)
        if user is None or user.disabled:
            raise _disabled()
        principal = user.principal(Via.TOKEN)
        if purpose is MediaPurpose.UPLOAD:
            principal.require(Permission.MANAGE_LIBRARIES)
        elif purpose is not MediaPurpose.IMAGE:
            principal.require(Permission.PLAY)
        return grant, principal

    async def home_assistant_key(self) -> str | None:
        """The key of Home Assistant's integration; ``None`` before the first account, which is to be a person's.

        Raises ``UnavailableError`` when an administrator has disabled its account.
        """
        if await self.setup.is_required():
            return None
        return await self._service_account.key(self.local_principal())

    def local_principal(self) -> Principal:
        """The person at the machine itself: the command line may do everything, and is nobody's account."""
        nobody = UserId(0)
        return Principal(
            user_id=nobody,
            name="command line",
            role=Role.ADMIN,
            permissions=frozenset(Permission),
            all_libraries=True,
            libraries=frozenset(),
            via=Via.LOCAL,
        )

    def close(self) -> None:
        """Let threads go."""
        self._passwords.close()

    async def _by_key(self, secret: str, address: str | None, on_behalf_of: str | None) -> Principal:
        key = await self.keys.find(secret)
        if key is None:
            raise UnauthenticatedError("The API key is not valid.", reason="invalid")
        user = await self._enabled(key.user_id)
        self.presence.saw_key(key.id)
        scopes = key.scopes
        if on_behalf_of is not None:
            if not await self._service_account.is_of(user.id):
                raise _not_for_others()
            user = await self._housemate(on_behalf_of)
            scopes &= {Scope.READ, Scope.PLAY}
        return user.principal(Via.API_KEY, address=address, scopes=scopes, api_key=key.id)

    async def _housemate(self, external: str) -> User:
        user = await self.directory.by_home_assistant_id(external)
        if user is None:
            raise ForbiddenError("This user of Home Assistant has not opened Foyer yet.", reason="stranger")
        if user.disabled:
            raise _disabled()
        self.presence.saw_user(user.id)
        return user

    async def _enabled(self, user_id: UserId) -> User:
        user = await self.directory.get(user_id)
        if user is None:
            raise UnauthenticatedError("The account is gone. Sign in with another.", reason="revoked")
        if user.disabled:
            raise _disabled()
        return user


def _not_for_others() -> ForbiddenError:
    return ForbiddenError("Only Home Assistant's integration may ask on somebody's behalf.", reason="not_for_others")


def _disabled() -> ForbiddenError:
    return ForbiddenError("This account is disabled. Ask an administrator.")
