from __future__ import annotations

import asyncio

import pytest

from foyer.accounts.roles import Role
from foyer.accounts.service import Accounts
from foyer.accounts.sessions import Tokens
from foyer.db.database import Database
from foyer.errors import ConflictError, RateLimitedError, UnauthenticatedError, ValidationError

PASSWORD = "correct horse"


async def complete(accounts: Accounts, token: str, name: str = "Anna", password: str = PASSWORD) -> Tokens:
    return await accounts.setup.complete(
        name=name, password=password, token=token, device="Browser", address="10.0.0.2"
    )


async def test_the_first_run_makes_the_administrator(accounts: Accounts, database: Database) -> None:
    assert await accounts.setup.is_required()
    token = await accounts.setup.new_token()
    assert token is not None
    assert token.encode() not in str(await database.reader.value("SELECT value FROM setting")).encode()
    tokens = await complete(accounts, f" {token.lower()} ")
    assert tokens.user.role is Role.ADMIN
    assert (await accounts.authenticate(tokens.access_token)).name == "Anna"
    assert not await accounts.setup.is_required()
    assert await accounts.setup.new_token() is None


async def test_without_the_code_nobody_gets_in(accounts: Accounts) -> None:
    with pytest.raises(UnauthenticatedError):
        await complete(accounts, "")
    await accounts.setup.new_token()
    for guess in ("", "None", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA", "null"):
        with pytest.raises(UnauthenticatedError):
            await complete(accounts, guess)
    assert await accounts.setup.is_required()


async def test_the_code_cannot_be_guessed_for_long(accounts: Accounts) -> None:
    token = await accounts.setup.new_token()
    assert token is not None
    outcomes = await asyncio.gather(*(complete(accounts, f"G{n}") for n in range(20)), return_exceptions=True)
    assert sum(isinstance(outcome, RateLimitedError) for outcome in outcomes) >= 14


async def test_only_the_newest_code_counts(accounts: Accounts) -> None:
    old = await accounts.setup.new_token()
    new = await accounts.setup.new_token()
    assert old is not None
    assert new is not None
    with pytest.raises(UnauthenticatedError):
        await complete(accounts, old)
    await complete(accounts, new)


async def test_of_two_at_once_one_is_the_administrator(accounts: Accounts) -> None:
    token = await accounts.setup.new_token()
    assert token is not None
    outcomes = await asyncio.gather(
        *(complete(accounts, token, name=name) for name in ("Anna", "Bert", "Cleo")), return_exceptions=True
    )
    assert sum(isinstance(outcome, Tokens) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 2
    assert len(await accounts.directory.all()) == 1


async def test_a_poor_password_leaves_the_setup_open(accounts: Accounts) -> None:
    token = await accounts.setup.new_token()
    assert token is not None
    with pytest.raises(ValidationError):
        await complete(accounts, token, password="short")
    await complete(accounts, token)


async def test_a_second_setup_is_refused(accounts: Accounts, signed_in: Tokens) -> None:
    with pytest.raises(ConflictError):
        await complete(accounts, "anything")
