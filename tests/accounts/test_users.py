from __future__ import annotations

import asyncio

import pytest

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role, Scope
from foyer.accounts.service import Accounts
from foyer.db.database import Database
from foyer.errors import ConflictError, ForbiddenError, NotFoundError, UnauthenticatedError, ValidationError
from foyer.ids import UserId

PASSWORD = "correct horse"


async def add_library(database: Database, name: str = "Films") -> int:
    sql = "INSERT INTO library (name, kind, created_at) VALUES (?, 'movies', 0)"
    return int(await database.writer.execute_insert(sql, [name]))


async def test_a_user_can_be_added_and_found(accounts: Accounts, anna: Principal, database: Database) -> None:
    library = await add_library(database)
    user = await accounts.users.create(
        anna, name="  Bert ", password=PASSWORD, role=Role.USER, all_libraries=False, libraries=[library]
    )
    assert (user.name, user.display_name, user.role, user.libraries) == (
        "Bert",
        "Bert",
        Role.USER,
        frozenset({library}),
    )
    assert [one.name for one in await accounts.users.all(anna)] == ["Anna", "Bert"]


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb", "a\0b", "a\u202eb", "a  b"])
async def test_a_name_that_deceives_is_refused(accounts: Accounts, anna: Principal, name: str) -> None:
    with pytest.raises(ValidationError):
        await accounts.users.create(anna, name=name, password=PASSWORD, role=Role.USER)


@pytest.mark.parametrize("name", ["anna", "ANNA", "\uff21\uff4e\uff4e\uff41"])
async def test_a_name_that_looks_the_same_is_taken(accounts: Accounts, anna: Principal, name: str) -> None:
    with pytest.raises(ConflictError):
        await accounts.users.create(anna, name=name, password=PASSWORD, role=Role.USER)


async def test_a_library_that_does_not_exist_is_no_half_done_user(accounts: Accounts, anna: Principal) -> None:
    with pytest.raises(ValidationError, match="libraries"):
        await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.USER, libraries=[99])
    assert len(await accounts.users.all(anna)) == 1


async def test_a_change_needs_the_newest_version(accounts: Accounts, anna: Principal) -> None:
    user = await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.USER)
    changed = await accounts.users.update(anna, user.id, expected_version=user.version, display_name="Bertie")
    assert changed.display_name == "Bertie"
    with pytest.raises(ConflictError, match="meantime"):
        await accounts.users.update(anna, user.id, expected_version=user.version, display_name="Bertram")


@pytest.mark.parametrize("change", [{"role": Role.USER}, {"disabled": True}])
async def test_the_last_administrator_stays(accounts: Accounts, anna: Principal, change: dict[str, object]) -> None:
    me = await accounts.users.get(anna, anna.user_id)
    with pytest.raises(ConflictError, match="last administrator"):
        await accounts.users.update(anna, me.id, expected_version=me.version, **change)  # type: ignore[arg-type]
    with pytest.raises(ConflictError, match="last administrator"):
        await accounts.users.delete(anna, me.id)
    assert (await accounts.users.get(anna, anna.user_id)).role is Role.ADMIN


async def test_a_disabled_administrator_does_not_count(accounts: Accounts, anna: Principal) -> None:
    other = await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.ADMIN)
    await accounts.users.update(anna, other.id, expected_version=other.version, disabled=True)
    with pytest.raises(ConflictError, match="last administrator"):
        await accounts.users.delete(anna, anna.user_id)


async def test_two_administrators_cannot_remove_each_other_at_once(accounts: Accounts, anna: Principal) -> None:
    other = await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.ADMIN)
    outcomes = await asyncio.gather(
        accounts.users.delete(anna, other.id), accounts.users.delete(anna, anna.user_id), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert len(await accounts.directory.all()) == 1


async def test_others_may_neither_look_nor_change(accounts: Accounts, anna: Principal) -> None:
    user = await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.MANAGER)
    tokens = await accounts.sessions.login("bert", PASSWORD, device="", address=None)
    bert = await accounts.authenticate(tokens.access_token)
    assert (await accounts.users.get(bert, user.id)).name == "Bert"
    for attempt in (
        accounts.users.all(bert),
        accounts.users.get(bert, anna.user_id),
        accounts.users.create(bert, name="Eve", password=PASSWORD, role=Role.VIEWER),
        accounts.users.update(bert, user.id, expected_version=user.version, role=Role.ADMIN),
        accounts.users.delete(bert, anna.user_id),
        accounts.users.change_password(bert, anna.user_id, new="another horse"),
    ):
        with pytest.raises(ForbiddenError):
            await attempt


async def test_a_key_that_manages_users_makes_no_one_mightier_than_itself(accounts: Accounts, anna: Principal) -> None:
    _, secret = await accounts.keys.create(anna, name="narrow", scopes=[Scope.ADMIN])
    key = await accounts.authenticate(secret)
    with pytest.raises(ForbiddenError):
        await accounts.users.create(key, name="Eve", password=PASSWORD, role=Role.ADMIN)
    with pytest.raises(ForbiddenError):
        await accounts.users.change_password(key, anna.user_id, new="taken over!")


async def test_disabling_ends_everything_at_once(accounts: Accounts, anna: Principal) -> None:
    user = await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.USER)
    tokens = await accounts.sessions.login("Bert", PASSWORD, device="TV", address=None)
    bert = await accounts.authenticate(tokens.access_token)
    _, secret = await accounts.keys.create(bert, name="script", scopes=[Scope.READ])
    await accounts.authenticate(secret)
    await accounts.users.update(anna, user.id, expected_version=user.version, disabled=True)
    for bearer in (tokens.access_token, secret):
        with pytest.raises((UnauthenticatedError, ForbiddenError)):
            await accounts.authenticate(bearer)
    with pytest.raises(UnauthenticatedError):
        await accounts.sessions.refresh(tokens.refresh_token, address=None)
    with pytest.raises(ForbiddenError, match="disabled"):
        await accounts.sessions.login("Bert", PASSWORD, device="TV", address=None)


async def test_deleting_ends_everything_at_once(accounts: Accounts, anna: Principal) -> None:
    user = await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.USER)
    tokens = await accounts.sessions.login("Bert", PASSWORD, device="TV", address=None)
    await accounts.authenticate(tokens.access_token)
    await accounts.users.delete(anna, user.id)
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(tokens.access_token)
    with pytest.raises(NotFoundError):
        await accounts.users.delete(anna, user.id)


async def test_a_changed_library_access_counts_from_the_next_request(
    accounts: Accounts, anna: Principal, database: Database
) -> None:
    library = await add_library(database)
    user = await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.USER)
    tokens = await accounts.sessions.login("Bert", PASSWORD, device="TV", address=None)
    assert (await accounts.authenticate(tokens.access_token)).may_see(library)
    await accounts.users.update(anna, user.id, expected_version=user.version, all_libraries=False, libraries=[])
    assert not (await accounts.authenticate(tokens.access_token)).may_see(library)


async def test_one_s_own_password_needs_the_present_one(accounts: Accounts, anna: Principal) -> None:
    with pytest.raises(ValidationError, match="present password"):
        await accounts.users.change_password(anna, anna.user_id, new="another horse", current="wrong")
    await accounts.users.change_password(anna, anna.user_id, new="another horse", current=PASSWORD)
    with pytest.raises(UnauthenticatedError):
        await accounts.sessions.login("Anna", PASSWORD, device="", address="10.0.0.3")
    await accounts.sessions.login("Anna", "another horse", device="", address="10.0.0.3")


async def test_a_new_password_signs_out_everywhere_else(accounts: Accounts, anna: Principal) -> None:
    elsewhere = await accounts.sessions.login("Anna", PASSWORD, device="Lost phone", address="10.0.0.4")
    await accounts.users.change_password(anna, anna.user_id, new="another horse", current=PASSWORD)
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(elsewhere.access_token)
    assert [session.device for session in await accounts.sessions.of(anna)] == ["Phone"]


async def test_what_was_done_is_written_down(accounts: Accounts, anna: Principal, database: Database) -> None:
    user = await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.USER)
    await accounts.users.delete(anna, user.id)
    rows = await database.reader.all("SELECT action, user_id, address, details FROM audit ORDER BY id DESC LIMIT 2")
    assert [row["action"] for row in rows] == ["user_deleted", "user_created"]
    assert all(row["user_id"] == anna.user_id and row["address"] == "10.0.0.2" for row in rows)
    assert not any(PASSWORD in row["details"] for row in rows)


async def test_an_unknown_user_is_not_found(accounts: Accounts, anna: Principal) -> None:
    with pytest.raises(NotFoundError):
        await accounts.users.get(anna, UserId(99))
