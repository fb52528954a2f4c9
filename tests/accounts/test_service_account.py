from __future__ import annotations

from pathlib import Path

import pytest

from foyer.accounts.identity import HomeAssistantUser
from foyer.accounts.principal import Principal, Via
from foyer.accounts.roles import Permission, Role, Scope, effective
from foyer.accounts.service import Accounts
from foyer.accounts.sessions import Tokens
from foyer.db.database import Database
from foyer.errors import ForbiddenError, UnauthenticatedError, UnavailableError
from foyer.events.bus import EventBus
from tests.accounts.conftest import PASSWORD


async def made(accounts: Accounts) -> str:
    key = await accounts.home_assistant_key()
    assert key is not None
    return key


async def set_up(accounts: Accounts) -> None:
    await accounts.users.create(accounts.local_principal(), name="Anna", password=PASSWORD, role=Role.ADMIN)


async def test_nobody_is_made_before_there_is_a_person(accounts: Accounts) -> None:
    assert await accounts.home_assistant_key() is None
    assert await accounts.users.all(accounts.local_principal()) == []


async def test_the_key_plays_and_manages_but_administrates_nothing(accounts: Accounts) -> None:
    await set_up(accounts)
    principal = await accounts.authenticate(await made(accounts))
    assert (principal.name, principal.role, principal.via) == ("Home Assistant", Role.MANAGER, Via.API_KEY)
    assert principal.may(Permission.PLAY)
    assert principal.may(Permission.CONTROL_SESSIONS)
    assert not principal.may(Permission.MANAGE_USERS)


async def test_a_restart_finds_the_same_key_and_the_database_only_its_hash(
    accounts: Accounts, database: Database, bus: EventBus, tmp_path: Path
) -> None:
    await set_up(accounts)
    key = await made(accounts)
    again = Accounts(database, tmp_path, bus)
    assert await made(again) == key
    again.close()
    assert len(await accounts.keys.of(await accounts.authenticate(key))) == 1
    rows = await database.reader.all("SELECT * FROM api_key")
    settings = await database.reader.all("SELECT value FROM setting")
    assert not any(key in str(tuple(row)) for row in [*rows, *settings])


async def test_a_revoked_key_is_replaced_by_another(accounts: Accounts) -> None:
    await set_up(accounts)
    admin = accounts.local_principal()
    old = await made(accounts)
    service = await accounts.authenticate(old)
    (listed,) = await accounts.keys.of(service)
    await accounts.keys.revoke(admin, listed.id)
    new = await made(accounts)
    assert new != old
    assert (await accounts.authenticate(new)).user_id == service.user_id
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(old)


async def test_a_deleted_account_is_made_again_and_a_disabled_one_left_alone(accounts: Accounts) -> None:
    await set_up(accounts)
    admin = accounts.local_principal()
    old = await made(accounts)
    await accounts.users.delete(admin, (await accounts.authenticate(old)).user_id)
    new = await made(accounts)
    assert new != old
    user = await accounts.users.get(admin, (await accounts.authenticate(new)).user_id)
    await accounts.users.update(admin, user.id, expected_version=user.version, disabled=True)
    with pytest.raises(UnavailableError, match="disabled"):
        await accounts.home_assistant_key()


async def test_a_person_who_is_called_home_assistant_keeps_their_name(accounts: Accounts) -> None:
    await accounts.users.create(accounts.local_principal(), name="Home Assistant", password=PASSWORD, role=Role.ADMIN)
    assert (await accounts.authenticate(await made(accounts))).name == "Home Assistant 2"


async def test_nobody_else_brings_secrets_of_their_own(accounts: Accounts) -> None:
    await set_up(accounts)
    principal = await accounts.authenticate(await made(accounts))
    with pytest.raises(ForbiddenError):
        await accounts.keys.keep(principal, principal.user_id, name="x", scopes=[], secret="foyer_known")


async def test_the_integration_asks_for_somebody_who_lives_here(accounts: Accounts) -> None:
    owner = await accounts.ingress_principal(HomeAssistantUser(id="abc123", name="paula", display_name="Paula"))
    principal = await accounts.authenticate(await made(accounts), on_behalf_of="abc123")
    assert (principal.user_id, principal.name, principal.via) == (owner.user_id, "paula", Via.API_KEY)
    assert owner.role is Role.ADMIN
    assert principal.permissions == effective(Role.ADMIN, frozenset({Scope.READ, Scope.PLAY}))
    assert not principal.may(Permission.MANAGE_LIBRARIES)


async def test_it_asks_for_no_stranger_and_for_nobody_who_may_not_enter(accounts: Accounts) -> None:
    await set_up(accounts)
    key = await made(accounts)
    for stranger in ("nobody", ""):
        with pytest.raises(ForbiddenError, match="not opened Foyer"):
            await accounts.authenticate(key, on_behalf_of=stranger)
    guest = await accounts.ingress_principal(HomeAssistantUser(id="def456", name="gus", display_name="Gus"))
    user = await accounts.users.get(accounts.local_principal(), guest.user_id)
    await accounts.users.update(accounts.local_principal(), user.id, expected_version=user.version, disabled=True)
    with pytest.raises(ForbiddenError, match="disabled"):
        await accounts.authenticate(key, on_behalf_of="def456")


async def test_no_other_credentials_ask_for_anybody(accounts: Accounts, anna: Principal, signed_in: Tokens) -> None:
    await accounts.ingress_principal(HomeAssistantUser(id="abc123", name="paula", display_name="Paula"))
    await made(accounts)
    _, secret = await accounts.keys.create(anna, name="script", scopes=[Scope.READ, Scope.PLAY, Scope.ADMIN])
    for bearer in (secret, signed_in.access_token):
        with pytest.raises(ForbiddenError, match="on somebody's behalf"):
            await accounts.authenticate(bearer, on_behalf_of="abc123")
