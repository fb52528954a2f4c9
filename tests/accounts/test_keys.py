from __future__ import annotations

from datetime import timedelta

import pytest

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Permission, Role, Scope
from foyer.accounts.service import Accounts
from foyer.db.database import Database
from foyer.db.fields import now
from foyer.errors import ForbiddenError, NotFoundError, UnauthenticatedError, ValidationError

PASSWORD = "correct horse"


async def test_a_key_works_within_its_scopes(accounts: Accounts, anna: Principal, database: Database) -> None:
    key, secret = await accounts.keys.create(anna, name="dashboard", scopes=[Scope.READ])
    assert secret.startswith("foyer_")
    assert key.prefix == secret[:12]
    kept = await database.reader.first("SELECT * FROM api_key")
    assert kept is not None
    assert not any(secret.encode() in str(value).encode() for value in tuple(kept))
    principal = await accounts.authenticate(secret)
    assert principal.may(Permission.SEARCH)
    assert not principal.may(Permission.PLAY)
    assert not principal.may(Permission.MANAGE_USERS)
    assert principal.api_key == key.id


async def test_a_scope_gives_no_more_than_its_user_has(accounts: Accounts, anna: Principal) -> None:
    await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.USER)
    bert = await accounts.authenticate(
        (await accounts.sessions.login("Bert", PASSWORD, device="", address=None)).access_token
    )
    _, secret = await accounts.keys.create(bert, name="all", scopes=list(Scope))
    assert (await accounts.authenticate(secret)).permissions == bert.permissions


async def test_a_key_cannot_make_or_widen_keys(accounts: Accounts, anna: Principal) -> None:
    _, secret = await accounts.keys.create(anna, name="all", scopes=list(Scope))
    key = await accounts.authenticate(secret)
    with pytest.raises(ForbiddenError):
        await accounts.keys.create(key, name="child", scopes=[Scope.READ])


async def test_a_narrow_key_cannot_take_the_others_away(accounts: Accounts, anna: Principal) -> None:
    _, secret = await accounts.keys.create(anna, name="narrow", scopes=[Scope.READ])
    other, _ = await accounts.keys.create(anna, name="other", scopes=[Scope.READ])
    key = await accounts.authenticate(secret)
    with pytest.raises(NotFoundError):
        await accounts.keys.revoke(key, other.id)
    assert key.api_key is not None
    await accounts.keys.revoke(key, key.api_key)
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(secret)


async def test_revoking_counts_at_once(accounts: Accounts, anna: Principal) -> None:
    key, secret = await accounts.keys.create(anna, name="script", scopes=[Scope.READ])
    await accounts.authenticate(secret)
    await accounts.keys.revoke(anna, key.id)
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(secret)


async def test_a_key_can_end_by_itself(accounts: Accounts, anna: Principal, database: Database) -> None:
    _, secret = await accounts.keys.create(
        anna, name="guest", scopes=[Scope.PLAY], expires_at=now() + timedelta(hours=1)
    )
    await accounts.authenticate(secret)
    await database.execute("UPDATE api_key SET expires_at = 1")
    accounts.keys.forget()
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(secret)


@pytest.mark.parametrize("bearer", ["foyer_", "foyer_x", "foyer_" + "A" * 43, "foyer_é"])
async def test_a_guessed_key_is_refused(accounts: Accounts, anna: Principal, bearer: str) -> None:
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(bearer)


async def test_bad_input_is_named(accounts: Accounts, anna: Principal) -> None:
    with pytest.raises(ValidationError) as caught:
        await accounts.keys.create(anna, name="", scopes=[], expires_at=now() - timedelta(days=1))
    assert set(dict(caught.value.details["fields"])) == {"name", "scopes", "expiresAt"}  # type: ignore[call-overload]


async def test_last_use_is_written_now_and_then(accounts: Accounts, anna: Principal) -> None:
    _, secret = await accounts.keys.create(anna, name="script", scopes=[Scope.READ])
    await accounts.authenticate(secret)
    assert (await accounts.keys.of(anna))[0].last_used_at is None
    await accounts.presence.save()
    assert (await accounts.keys.of(anna))[0].last_used_at is not None


async def test_keys_of_others_are_not_shown(accounts: Accounts, anna: Principal) -> None:
    await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.USER)
    bert = await accounts.authenticate(
        (await accounts.sessions.login("Bert", PASSWORD, device="", address=None)).access_token
    )
    with pytest.raises(ForbiddenError):
        await accounts.keys.of(bert, anna.user_id)
    with pytest.raises(ForbiddenError):
        await accounts.keys.create(bert, name="x", scopes=[Scope.READ], user_id=anna.user_id)
