"""Access tokens (JWT, RFC 7519 and RFC 9068), refresh tokens, and the secrets of API keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from foyer.accounts.keyring import Keyring
from foyer.errors import UnauthenticatedError
from foyer.ids import LoginSessionId, UserId

ACCESS_LIFETIME = timedelta(minutes=15)
ISSUER = "foyer"
AUDIENCE = "foyer-api"
TYPE = "at+jwt"
ALGORITHM = "HS256"
LEEWAY_S = 5

API_KEY_PREFIX = "foyer_"
SHOWN_PREFIX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClaims:
    """What a valid access token says."""

    user_id: UserId
    login_session: LoginSessionId
    expires_at: datetime


class AccessTokens:
    """Issues and reads access tokens."""

    def __init__(self, keyring: Keyring, *, clock: Callable[[], float] = time.time) -> None:
        self._key = keyring.derive("access-token")
        self._clock = clock

    def issue(self, user_id: UserId, login_session: LoginSessionId) -> tuple[str, datetime]:
        """A fresh token and when it ends."""
        import jwt  # noqa: PLC0415 - not needed by the command line

        issued = int(self._clock())
        expires = issued + ACCESS_LIFETIME // timedelta(seconds=1)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": login_session,
            "iat": issued,
            "exp": expires,
        }
        token = jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"typ": TYPE})
        return token, datetime.fromtimestamp(expires, UTC)

    def read(self, token: str) -> AccessClaims:
        """What a token says; raises ``UnauthenticatedError`` when it is not ours, was changed, or has ended."""
        import jwt  # noqa: PLC0415 - as above

        if len(token) > 2048:
            raise _invalid()
        try:
            complete = jwt.decode_complete(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub", "sid"], "verify_exp": False, "verify_iat": False},
            )
            if complete["header"].get("typ") != TYPE:
                raise _invalid()
            payload = complete["payload"]
            claims = AccessClaims(
                user_id=UserId(int(payload["sub"])),
                login_session=LoginSessionId(int(payload["sid"])),
                expires_at=datetime.fromtimestamp(int(payload["exp"]), UTC),
            )
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, OSError) as error:
            raise _invalid() from error
        if claims.expires_at.timestamp() + LEEWAY_S < self._clock():
            raise UnauthenticatedError("The sign-in has expired. Renew it.", reason="expired")
        return claims


def _invalid() -> UnauthenticatedError:
    return UnauthenticatedError("The credentials are not valid. Sign in again.", reason="invalid")


_REFRESH = struct.Struct(">QI8s")
_MAC_SIZE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """One link of a chain: the session, which renewal it is, and what makes the chain its own."""

    login_session: LoginSessionId
    generation: int
    nonce: bytes

    def next(self) -> RefreshToken:
        """The link after this one. It is always the same, so that a renewal whose answer was lost can be repeated."""
        return RefreshToken(login_session=self.login_session, generation=self.generation + 1, nonce=self.nonce)


class RefreshTokens:
    """Writes and reads refresh tokens.

    The signature tells a token we once gave out from one somebody made up, so that only the use of a real old token
    ends a session. Which one is current is in the database, as a hash.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._key = keyring.derive("refresh-token")

    def first(self, login_session: LoginSessionId) -> RefreshToken:
        """The first of a new chain."""
        return RefreshToken(login_session=login_session, generation=0, nonce=secrets.token_bytes(8))

    def write(self, token: RefreshToken) -> str:
        """The text a client keeps."""
        body = _REFRESH.pack(token.login_session, token.generation, token.nonce)
        return base64.urlsafe_b64encode(body + self._mac(body)).decode()

    def read(self, text: str) -> RefreshToken:
        """Raises ``UnauthenticatedError`` for a token that is not from here."""
        try:
            raw = base64.b64decode(text.encode("ascii"), b"-_", validate=True)
        except ValueError as error:
            raise _invalid() from error
        body, mac = raw[:-_MAC_SIZE], raw[-_MAC_SIZE:]
        if len(body) != _REFRESH.size or not hmac.compare_digest(mac, self._mac(body)):
            raise _invalid()
        session, generation, nonce = _REFRESH.unpack(body)
        return RefreshToken(login_session=LoginSessionId(session), generation=generation, nonce=nonce)

    def _mac(self, body: bytes) -> bytes:
        return hashlib.blake2b(body, key=self._key, digest_size=_MAC_SIZE).digest()


def digest(secret: str) -> bytes:
    """What is kept of a random secret. One round is enough: there is nothing to guess in 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def new_api_key() -> str:
    """The secret of an API key, recognisable in a leak by its prefix."""
    return API_KEY_PREFIX + secrets.token_urlsafe(32)
