from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role
from foyer.accounts.service import Accounts
from foyer.accounts.sessions import MAX_PER_USER, Tokens
from foyer.db.database import Database
from foyer.errors import NotFoundError, RateLimitedError, UnauthenticatedError
from foyer.ids import LoginSessionId

PASSWORD = "correct horse"


async def age(database: Database, accounts: Accounts, by: timedelta) -> None:
    """Let time pass over every session."""
    step = by // timedelta(microseconds=1)
    await database.execute(
        "UPDATE login_session SET last_used_at = last_used_at - ?, expires_at = expires_at - ?", (step, step)
    )
    accounts.sessions.forget()


async def test_signing_in_gives_tokens_that_work(accounts: Accounts, signed_in: Tokens) -> None:
    principal = await accounts.authenticate(signed_in.access_token, address="10.0.0.2")
    assert (principal.name, principal.role, principal.address) == ("Anna", Role.ADMIN, "10.0.0.2")
    assert principal.login_session == signed_in.login_session


@pytest.mark.parametrize(("name", "password"), [("Anna", "wrong"), ("Nobody", PASSWORD), ("", ""), ("Anna", "")])
async def test_a_wrong_pair_says_no_more_than_that(
    accounts: Accounts, signed_in: Tokens, name: str, password: str
) -> None:
    with pytest.raises(UnauthenticatedError, match="name or the password is wrong"):
        await accounts.sessions.login(name, password, device="", address="10.0.0.5")


async def test_guessing_is_stopped_even_with_the_right_password_in_the_end(
    accounts: Accounts, signed_in: Tokens
) -> None:
    outcomes = await asyncio.gather(
        *(accounts.sessions.login("Anna", f"guess {n}", device="", address="203.0.113.1") for n in range(30)),
        accounts.sessions.login("Anna", PASSWORD, device="", address="203.0.113.1"),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, UnauthenticatedError) for outcome in outcomes) == 5
    assert isinstance(outcomes[-1], RateLimitedError)
    await accounts.sessions.login("Anna", PASSWORD, device="", address="10.0.0.2")


async def test_a_refresh_token_is_used_up(accounts: Accounts, signed_in: Tokens, database: Database) -> None:
    renewed = await accounts.sessions.refresh(signed_in.refresh_token, address="10.0.0.7")
    assert renewed.refresh_token != signed_in.refresh_token
    await accounts.authenticate(renewed.access_token)
    again = await accounts.sessions.refresh(renewed.refresh_token, address=None)
    assert again.login_session == signed_in.login_session
    kept = await database.reader.first("SELECT refresh_hash, address FROM login_session")
    assert kept is not None
    assert again.refresh_token.encode() not in kept["refresh_hash"]
    assert kept["address"] == "10.0.0.7"


async def test_an_old_refresh_token_ends_the_session_for_both(
    accounts: Accounts, signed_in: Tokens, database: Database
) -> None:
    renewed = await accounts.sessions.refresh(signed_in.refresh_token, address=None)
    await age(database, accounts, timedelta(minutes=1))
    with pytest.raises(UnauthenticatedError):
        await accounts.sessions.refresh(signed_in.refresh_token, address="203.0.113.1")
    for dead in (
        accounts.authenticate(renewed.access_token),
        accounts.sessions.refresh(renewed.refresh_token, address=None),
    ):
        with pytest.raises(UnauthenticatedError):
            await dead
    assert await database.reader.value("SELECT address FROM audit WHERE action = 'token_reused'") == "203.0.113.1"


async def test_a_thief_who_renews_twice_is_noticed_too(accounts: Accounts, signed_in: Tokens) -> None:
    stolen = await accounts.sessions.refresh(signed_in.refresh_token, address=None)
    thief = await accounts.sessions.refresh(stolen.refresh_token, address=None)
    with pytest.raises(UnauthenticatedError):
        await accounts.sessions.refresh(signed_in.refresh_token, address=None)
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(thief.access_token)


async def test_two_tabs_that_renew_at_once_get_the_same(accounts: Accounts, signed_in: Tokens) -> None:
    first, second = await asyncio.gather(
        *(accounts.sessions.refresh(signed_in.refresh_token, address=None) for _ in range(2))
    )
    assert first.refresh_token == second.refresh_token
    await accounts.sessions.refresh(first.refresh_token, address=None)


async def test_a_made_up_token_ends_nobody_s_session(accounts: Accounts, signed_in: Tokens) -> None:
    made_up = signed_in.refresh_token[:-4] + ("AAAA" if signed_in.refresh_token[-4:] != "AAAA" else "BBBB")
    with pytest.raises(UnauthenticatedError):
        await accounts.sessions.refresh(made_up, address=None)
    await accounts.authenticate(signed_in.access_token)


async def test_a_session_ends_a_month_after_its_last_use(
    accounts: Accounts, signed_in: Tokens, database: Database
) -> None:
    await age(database, accounts, timedelta(days=31))
    with pytest.raises(UnauthenticatedError):
        await accounts.sessions.refresh(signed_in.refresh_token, address=None)
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(signed_in.access_token)


async def test_logging_out_counts_at_once(accounts: Accounts, signed_in: Tokens) -> None:
    await accounts.authenticate(signed_in.access_token)
    await accounts.sessions.logout(signed_in.refresh_token)
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(signed_in.access_token)
    with pytest.raises(UnauthenticatedError):
        await accounts.sessions.refresh(signed_in.refresh_token, address=None)


async def test_a_session_can_be_ended_from_another_device(accounts: Accounts, anna: Principal) -> None:
    tv = await accounts.sessions.login("Anna", PASSWORD, device="TV", address=None)
    assert {session.device for session in await accounts.sessions.of(anna)} == {"Phone", "TV"}
    await accounts.authenticate(tv.access_token)
    await accounts.sessions.revoke(anna, tv.login_session)
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(tv.access_token)
    with pytest.raises(NotFoundError):
        await accounts.sessions.revoke(anna, tv.login_session)


async def test_somebody_else_s_session_does_not_exist(accounts: Accounts, anna: Principal) -> None:
    await accounts.users.create(anna, name="Bert", password=PASSWORD, role=Role.USER)
    bert = await accounts.authenticate(
        (await accounts.sessions.login("Bert", PASSWORD, device="", address=None)).access_token
    )
    assert anna.login_session is not None
    for session in (anna.login_session, LoginSessionId(999)):
        with pytest.raises(NotFoundError):
            await accounts.sessions.revoke(bert, session)
    await accounts.sessions.revoke(anna, (await accounts.sessions.of(anna, bert.user_id))[0].id)


async def test_a_change_from_another_process_is_seen_soon(
    accounts: Accounts, signed_in: Tokens, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accounts.authenticate(signed_in.access_token)
    await database.execute("UPDATE login_session SET revoked_at = 1")
    monkeypatch.setattr(accounts.sessions._owners, "_ttl", 0.0)
    with pytest.raises(UnauthenticatedError):
        await accounts.authenticate(signed_in.access_token)


async def test_only_so_many_sessions_are_kept(accounts: Accounts, signed_in: Tokens) -> None:
    for number in range(MAX_PER_USER + 3):
        newest = await accounts.sessions.open(signed_in.user, device=f"Device {number}", address=None)
    anna = await accounts.authenticate(newest.access_token)
    sessions = await accounts.sessions.of(anna)
    assert len(sessions) == MAX_PER_USER
    assert sessions[0].device == f"Device {MAX_PER_USER + 2}"


async def test_old_sessions_are_trimmed(accounts: Accounts, signed_in: Tokens, database: Database) -> None:
    assert await accounts.sessions.trim() == 0
    await age(database, accounts, timedelta(days=61))
    assert await accounts.sessions.trim() == 1
