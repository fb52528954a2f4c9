from __future__ import annotations

import time

import jwt
import pytest

from foyer.accounts.keyring import Keyring
from foyer.accounts.tokens import ACCESS_LIFETIME, AccessTokens, RefreshTokens
from foyer.errors import UnauthenticatedError
from foyer.ids import LoginSessionId, UserId

KEYRING = Keyring(b"k" * 32)
KEY = KEYRING.derive("access-token")


def claims(**changes: object) -> dict[str, object]:
    now = int(time.time())
    usual = {"iss": "foyer", "aud": "foyer-api", "sub": "7", "sid": 3, "iat": now, "exp": now + 600}
    return {key: value for key, value in {**usual, **changes}.items() if value is not None}


def forge(payload: dict[str, object], *, key: bytes = KEY, algorithm: str = "HS256", typ: str = "at+jwt") -> str:
    return jwt.encode(payload, key, algorithm=algorithm, headers={"typ": typ})


def test_a_token_says_who_and_which_session() -> None:
    tokens = AccessTokens(KEYRING)
    text, expires = tokens.issue(UserId(7), LoginSessionId(3))
    found = tokens.read(text)
    assert (found.user_id, found.login_session, found.expires_at) == (7, 3, expires)


def test_the_forger_s_own_token_would_be_right_with_our_key() -> None:
    """The other tests refuse for the reason they name, not because ``forge`` is wrong."""
    assert AccessTokens(KEYRING).read(forge(claims())).user_id == 7


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(forge(claims(), key=b"x" * 32), id="another key"),
        pytest.param(forge(claims(), algorithm="HS512", key=KEY * 2), id="another algorithm"),
        pytest.param(forge(claims(), typ="JWT"), id="another type"),
        pytest.param(forge(claims(iss="somebody")), id="another issuer"),
        pytest.param(forge(claims(aud="somewhere")), id="another audience"),
        pytest.param(forge(claims(exp=None)), id="no end"),
        pytest.param(forge(claims(sid=None)), id="no session"),
        pytest.param(forge(claims(sub="root")), id="no number"),
        pytest.param(forge(claims(exp=10**20)), id="an end nobody lives to see"),
        pytest.param("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.", id="no signature"),
        pytest.param("a.b.c", id="rubbish"),
        pytest.param("x" * 5000, id="long rubbish"),
        pytest.param("", id="nothing"),
        pytest.param("é.é.é", id="not ASCII"),
    ],
)
def test_a_forged_token_is_refused(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        AccessTokens(KEYRING).read(text)


def test_a_token_ends_after_a_quarter_of_an_hour() -> None:
    now = time.time()
    tokens = AccessTokens(KEYRING, clock=lambda: now)
    text, _ = tokens.issue(UserId(7), LoginSessionId(3))
    later = AccessTokens(KEYRING, clock=lambda: now + ACCESS_LIFETIME.total_seconds() + 10)
    with pytest.raises(UnauthenticatedError) as caught:
        later.read(text)
    assert caught.value.details["reason"] == "expired"


def test_the_next_refresh_token_is_always_the_same() -> None:
    tokens = RefreshTokens(KEYRING)
    first = tokens.first(LoginSessionId(5))
    assert tokens.write(first.next()) == tokens.write(tokens.read(tokens.write(first)).next())
    assert tokens.write(first) != tokens.write(tokens.first(LoginSessionId(5)))


@pytest.mark.parametrize("text", ["", "a", "é", "A" * 48, "A" * 47, "A" * 4800])
def test_a_refresh_token_somebody_made_up_is_refused(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        RefreshTokens(KEYRING).read(text)
