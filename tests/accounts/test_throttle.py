from __future__ import annotations

import pytest

from foyer.accounts.throttle import FREE_OF_ADDRESS, FREE_OF_PAIR, LONGEST_DELAY_S, LoginThrottle
from foyer.errors import RateLimitedError


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def waits(throttle: LoginThrottle, name: str, address: str) -> float:
    try:
        throttle.begin(name, address)
    except RateLimitedError as error:
        return float(str(error.details["retry_after"]))
    return 0.0


def test_a_few_tries_are_free_and_then_each_takes_longer() -> None:
    clock = Clock()
    throttle = LoginThrottle(clock=clock)
    delays = []
    for _ in range(FREE_OF_PAIR + 4):
        while (wait := waits(throttle, "anna", "10.0.0.9")) > 0:
            delays.append(wait)
            clock.now += wait
    assert delays[:4] == [2.0, 4.0, 8.0, 16.0]


def test_a_lock_out_never_lasts_longer_than_a_quarter_of_an_hour() -> None:
    clock = Clock()
    throttle = LoginThrottle(clock=clock)
    longest = 0.0
    for _ in range(40):
        longest = max(longest, wait := waits(throttle, "anna", "10.0.0.9"))
        clock.now += wait
    assert longest == LONGEST_DELAY_S


def test_tries_at_once_all_count_although_none_has_failed_yet() -> None:
    throttle = LoginThrottle()
    refused = sum(waits(throttle, "anna", "10.0.0.9") > 0 for _ in range(1000))
    assert refused == 1000 - FREE_OF_PAIR


def test_other_capitals_are_the_same_name() -> None:
    throttle = LoginThrottle()
    for name in ("anna", "ANNA", "Anna", "aNNa", "annA"):
        throttle.begin(name, "10.0.0.9")
    assert waits(throttle, "anNa", "10.0.0.9") > 0


def test_one_address_cannot_try_many_names_for_long() -> None:
    throttle = LoginThrottle()
    refused = [waits(throttle, f"user{number}", "10.0.0.9") > 0 for number in range(FREE_OF_ADDRESS + 5)]
    assert not any(refused[:FREE_OF_ADDRESS])
    assert all(refused[FREE_OF_ADDRESS:])


def test_a_stranger_does_not_lock_the_owner_out_elsewhere() -> None:
    throttle = LoginThrottle()
    for _ in range(20):
        waits(throttle, "anna", "203.0.113.9")
    assert waits(throttle, "anna", "10.0.0.2") == 0


def test_the_right_password_clears_the_pair() -> None:
    throttle = LoginThrottle()
    for _ in range(50):
        throttle.begin("anna", "10.0.0.2")
        throttle.succeed("anna", "10.0.0.2")
    assert waits(throttle, "anna", "10.0.0.2") == 0


def test_an_hour_later_everything_is_forgotten() -> None:
    clock = Clock()
    throttle = LoginThrottle(clock=clock)
    for _ in range(FREE_OF_PAIR + 1):
        waits(throttle, "anna", "10.0.0.9")
    clock.now += 3700
    assert [waits(throttle, "anna", "10.0.0.9") for _ in range(FREE_OF_PAIR)] == [0.0] * FREE_OF_PAIR


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foyer.accounts.throttle.REMEMBERED", 100)
    throttle = LoginThrottle()
    for number in range(1000):
        waits(throttle, f"user{number}", f"10.0.{number // 250}.{number % 250}")
    assert len(throttle._tries) <= 100
