"""Administrators and switched-off people of Home Assistant, and what a hand in Foyer decides instead."""

from __future__ import annotations

import asyncio

import pytest

from foyer.accounts import housemates
from foyer.accounts.identity import HomeAssistantMember, HomeAssistantUser
from foyer.accounts.roles import Role, Scope
from foyer.accounts.service import Accounts
from foyer.errors import ForbiddenError
from foyer.events.bus import EventBus
from foyer.events.topics import Topic


def person(id_: str) -> HomeAssistantUser:
    return HomeAssistantUser(id=id_, name=id_, display_name=id_.title())


def member(id_: str, *, admin: bool = False, active: bool = True) -> HomeAssistantMember:
    return HomeAssistantMember(id=id_, is_admin=admin, is_active=active)


OWNER = member("olga", admin=True)


async def role_of(accounts: Accounts, id_: str) -> Role:
    return (await accounts.ingress_principal(person(id_))).role


@pytest.fixture
def linked(accounts: Accounts) -> Accounts:
    accounts.housemates.is_expected = True
    return accounts


async def test_whoever_comes_first_is_what_home_assistant_says(linked: Accounts) -> None:
    await linked.housemates.update([member("kid"), OWNER, member("paula", admin=True)])
    assert await role_of(linked, "kid") is Role.USER
    assert await role_of(linked, "olga") is Role.ADMIN
    assert await role_of(linked, "paula") is Role.ADMIN


async def test_roles_follow_home_assistant_and_the_house_hears_of_it(linked: Accounts, bus: EventBus) -> None:
    await linked.housemates.update([OWNER, member("paula")])
    await role_of(linked, "olga")
    assert await role_of(linked, "paula") is Role.USER
    with bus.subscribe(Topic.USER) as events:
        await linked.housemates.update([OWNER, member("paula", admin=True)])
        assert await role_of(linked, "paula") is Role.ADMIN
        await linked.housemates.update([OWNER, member("paula")])
        assert await role_of(linked, "paula") is Role.USER
        await linked.housemates.update([OWNER, member("paula")])
        told = []
        while (event := events.take()) is not None:
            told.append((event.kind, event.payload["role"]))  # type: ignore[typeddict-item]
    assert told == [("updated", "admin"), ("updated", "user")]


async def test_a_role_chosen_by_hand_stays(linked: Accounts) -> None:
    admin = linked.local_principal()
    await linked.housemates.update([OWNER, member("paula", admin=True), member("kid")])
    for name in ("olga", "paula", "kid"):
        await role_of(linked, name)
    people = {user.name: user for user in await linked.users.all(admin)}
    paula, kid = people["paula"], people["kid"]
    await linked.users.update(admin, paula.id, expected_version=paula.version, role=Role.EDITOR)
    await linked.users.update(admin, kid.id, expected_version=kid.version, role=Role.ADMIN)
    await linked.housemates.update([OWNER, member("paula", admin=True), member("kid")])
    assert await role_of(linked, "paula") is Role.EDITOR
    assert await role_of(linked, "kid") is Role.ADMIN


async def test_a_change_of_something_else_is_no_choice_of_a_role(linked: Accounts) -> None:
    admin = linked.local_principal()
    await linked.housemates.update([OWNER, member("kid")])
    await role_of(linked, "olga")
    await role_of(linked, "kid")
    (kid,) = [user for user in await linked.users.all(admin) if user.name == "kid"]
    await linked.users.update(admin, kid.id, expected_version=kid.version, display_name="Kiddo", role=Role.USER)
    await linked.housemates.update([OWNER, member("kid", admin=True)])
    assert await role_of(linked, "kid") is Role.ADMIN


@pytest.mark.parametrize("rest", [[member("kid", active=False)], []])
async def test_who_was_switched_off_or_removed_may_not_enter_in_any_way(
    linked: Accounts, rest: list[HomeAssistantMember]
) -> None:
    await linked.housemates.update([OWNER, member("kid")])
    kid = await linked.ingress_principal(person("kid"))
    _, secret = await linked.keys.create(kid, name="script", scopes=[Scope.READ])
    await linked.housemates.update([OWNER, *rest])
    with pytest.raises(ForbiddenError):
        await linked.ingress_principal(person("kid"))
    with pytest.raises(ForbiddenError):
        await linked.authenticate(secret)
    await linked.housemates.update([OWNER, member("kid")])
    assert await role_of(linked, "kid") is Role.USER
    await linked.authenticate(secret)


async def test_a_stranger_who_was_switched_off_gets_no_account(linked: Accounts) -> None:
    await linked.housemates.update([OWNER, member("kid", active=False)])
    with pytest.raises(ForbiddenError, match="switched"):
        await linked.ingress_principal(person("kid"))
    assert await linked.users.all(linked.local_principal()) == []


async def test_the_first_to_come_without_a_link_stays_the_administrator(accounts: Accounts) -> None:
    assert await role_of(accounts, "kid") is Role.ADMIN
    accounts.housemates.is_expected = True
    await accounts.housemates.update([OWNER, member("kid")])
    await role_of(accounts, "olga")
    await accounts.housemates.update([OWNER, member("kid")])
    assert await role_of(accounts, "kid") is Role.ADMIN, "it was not Home Assistant that made them one"


async def test_who_was_let_in_while_home_assistant_said_nothing_is_put_right_later(
    linked: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housemates, "PATIENCE_S", 0.05)
    assert await role_of(linked, "kid") is Role.ADMIN, "nobody can be asked, and somebody has to be"
    assert linked.housemates.wanted.is_set()
    await linked.housemates.update([OWNER, member("kid")])
    assert await role_of(linked, "kid") is Role.ADMIN, "the last one stays"
    assert await role_of(linked, "olga") is Role.ADMIN
    await linked.housemates.update([OWNER, member("kid")])
    assert await role_of(linked, "kid") is Role.USER


async def test_somebody_new_is_asked_for(linked: Accounts) -> None:
    await linked.housemates.update([OWNER])
    arriving = asyncio.create_task(role_of(linked, "paula"))
    async with asyncio.timeout(2):
        await linked.housemates.wanted.wait()
    await linked.housemates.update([OWNER, member("paula", admin=True)])
    assert await arriving is Role.ADMIN


async def test_a_list_without_an_administrator_changes_nothing(linked: Accounts) -> None:
    await linked.housemates.update([OWNER, member("kid")])
    await role_of(linked, "kid")
    await linked.housemates.update([])
    await linked.housemates.update([HomeAssistantMember(id="s", is_admin=True, is_active=True, is_system=True)])
    assert await role_of(linked, "kid") is Role.USER
