from __future__ import annotations

import asyncio

import pytest

from foyer.accounts.passwords import QUEUE_LIMIT, Passwords, check_rules
from foyer.errors import RateLimitedError, ValidationError


@pytest.fixture
def passwords() -> Passwords:
    return Passwords()


async def test_only_the_right_password_is_right(passwords: Passwords) -> None:
    encoded = await passwords.hash("correct horse")
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(encoded, "correct horse")
    assert not await passwords.verify(encoded, "correct horse ")
    assert not await passwords.verify(encoded, "")


async def test_nobody_s_password_is_never_right(passwords: Passwords) -> None:
    assert not await passwords.verify(None, "")
    assert not await passwords.verify(None, "correct horse")
    assert not await passwords.verify("not a hash", "correct horse")


async def test_older_costs_are_noticed(passwords: Passwords) -> None:
    weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$7ZTOjeqzLCBQUZDoLk6XzAwJZmBIXLDW1vkhS7X8F7I"
    assert passwords.is_outdated(weak)
    assert not passwords.is_outdated(await passwords.hash("correct horse"))


async def test_a_crowd_is_sent_away_instead_of_queued_for_ever(passwords: Passwords) -> None:
    outcomes = await asyncio.gather(
        *(passwords.verify(None, "x") for _ in range(QUEUE_LIMIT + 10)), return_exceptions=True
    )
    assert sum(isinstance(outcome, RateLimitedError) for outcome in outcomes) == 10
    assert not await passwords.verify(None, "x")


@pytest.mark.parametrize("password", ["", "short", "x" * 513, "ü" * 300, "annabella", "ANNABELLA"])
def test_a_poor_password_is_refused_with_a_reason(password: str) -> None:
    with pytest.raises(ValidationError) as caught:
        check_rules(password, name="Annabella")
    assert "password" in dict(caught.value.details["fields"])  # type: ignore[call-overload]


@pytest.mark.parametrize("password", ["correct horse", "☃" * 8, "\ud800" * 8])
def test_any_other_password_will_do(password: str) -> None:
    check_rules(password, name="Anna")
