from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from foyer.accounts.identity import HomeAssistantUser
from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.principal import Principal, Via
from foyer.accounts.roles import Role
from foyer.accounts.service import Accounts
from foyer.accounts.sessions import Tokens
from foyer.db.database import Database
from foyer.errors import ForbiddenError, UnauthenticatedError
from foyer.events.bus import EventBus

PASSWORD = "correct horse"


def person(external: str = "abc123", name: str = "paula", display_name: str = "Paula P.") -> HomeAssistantUser:
    return HomeAssistantUser(id=external, name=name, display_name=display_name)


async def test_the_first_to_open_the_panel_is_the_administrator(accounts: Accounts) -> None:
    first = await accounts.ingress_principal(person())
    assert (first.name, first.role, first.via) == ("paula", Role.ADMIN, Via.INGRESS)
    assert not await accounts.setup.is_required()
    second = await accounts.ingress_principal(person("def456", "quentin"))
    assert second.role is Role.USER


def test_a_server_is_known_again_and_not_mistaken_for_another(
    accounts: Accounts, database: Database, bus: EventBus, tmp_path: Path
) -> None:
    assert Accounts(database, tmp_path, bus).server_id == accounts.server_id
    assert Accounts(database, tmp_path / "elsewhere", bus).server_id != accounts.server_id


async def test_somebody_stays_the_same_when_their_name_changes(accounts: Accounts) -> None:
    first = await accounts.ingress_principal(person())
    again = await accounts.ingress_principal(person(name="renamed"))
    assert (again.user_id, again.name) == (first.user_id, "paula")


async def test_a_local_account_of_the_same_name_is_not_taken_over(accounts: Accounts, anna: Principal) -> None:
    visitor = await accounts.ingress_principal(person(name="Anna"))
    assert visitor.user_id != anna.user_id
    assert (visitor.name, visitor.role) == ("Anna 2", Role.USER)


async def test_many_first_visits_at_once_make_one_account_each(accounts: Accounts) -> None:
    visits = [person(f"id{number % 4}", "same name") for number in range(24)]
    principals = await asyncio.gather(*(accounts.ingress_principal(visit) for visit in visits))
    assert len({principal.user_id for principal in principals}) == 4
    users = await accounts.directory.all()
    assert len(users) == 4
    assert sum(user.role is Role.ADMIN for user in users) == 1


@pytest.mark.parametrize(("name", "display_name"), [("", ""), ("\n", "a\nb"), ("x" * 300, "y" * 300)])
async def test_odd_names_become_usable_ones(accounts: Accounts, name: str, display_name: str) -> None:
    principal = await accounts.ingress_principal(person("0123456789abcdef", name, display_name))
    assert 1 <= len(principal.name) <= 64
    assert principal.name.isprintable()


async def test_a_disabled_visitor_is_turned_away(accounts: Accounts, anna: Principal) -> None:
    visitor = await accounts.ingress_principal(person())
    user = await accounts.users.get(anna, visitor.user_id)
    await accounts.users.update(anna, user.id, expected_version=user.version, disabled=True)
    with pytest.raises(ForbiddenError):
        await accounts.ingress_principal(person())


async def test_a_visitor_has_no_password_to_guess(accounts: Accounts) -> None:
    visitor = await accounts.ingress_principal(person())
    for password in ("", "None"):
        with pytest.raises(UnauthenticatedError):
            await accounts.sessions.login(visitor.name, password, device="", address=None)


async def test_a_visitor_may_set_a_first_password_for_the_other_port(accounts: Accounts) -> None:
    visitor = await accounts.ingress_principal(person())
    await accounts.users.change_password(visitor, visitor.user_id, new=PASSWORD)
    await accounts.sessions.login("paula", PASSWORD, device="TV", address=None)


async def test_a_media_link_dies_with_the_account(accounts: Accounts, anna: Principal) -> None:
    bert = await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.USER)
    token = accounts.media_tokens.issue(MediaPurpose.DIRECT, user_id=bert.id, subject=5)
    grant, principal = await accounts.media_grant(token, MediaPurpose.DIRECT)
    assert (grant.subject, principal.user_id) == (5, bert.id)
    await accounts.users.update(anna, bert.id, expected_version=bert.version, disabled=True)
    with pytest.raises(ForbiddenError):
        await accounts.media_grant(token, MediaPurpose.DIRECT)
    await accounts.users.delete(anna, bert.id)
    with pytest.raises(ForbiddenError):
        await accounts.media_grant(token, MediaPurpose.DIRECT)


async def test_a_token_of_another_user_s_session_is_refused(
    accounts: Accounts, signed_in: Tokens, anna: Principal
) -> None:
    bert = await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.USER)
    crossed, _ = accounts._access.issue(bert.id, signed_in.login_session)
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(crossed)
