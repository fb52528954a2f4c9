from __future__ import annotations

import asyncio
from typing import Any

import pytest

from foyer.api.http import limits
from foyer.api.http.limits import BodyTooLargeError, BodyTooSlowError, RateLimiter, limited


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_then_only_the_rate() -> None:
    clock = Clock()
    limiter = RateLimiter(rate=10, burst=5, clock=clock)
    assert [limiter.take("a") for _ in range(5)] == [0.0] * 5
    wait = limiter.take("a")
    assert wait == pytest.approx(0.1)
    assert limiter.take("b") == 0.0
    clock.now += wait
    assert limiter.take("a") == 0.0
    assert limiter.take("a") > 0


def test_the_number_of_keys_is_bounded() -> None:
    limiter = RateLimiter(rate=1, burst=1, keys=10)
    for number in range(1000):
        limiter.take(str(number))
    assert len(limiter._buckets) == 10


def body(*parts: bytes) -> Any:
    messages = [
        {"type": "http.request", "body": part, "more_body": index < len(parts) - 1} for index, part in enumerate(parts)
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    return receive


async def test_chunks_are_counted_together() -> None:
    receive = limited(body(b"x" * 60, b"x" * 60), 100)
    await receive()
    with pytest.raises(BodyTooLargeError):
        await receive()


async def test_a_body_that_trickles_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_TIMEOUT_S", 0.05)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.03)
        return {"type": "http.request", "body": b"x", "more_body": True}

    counted = limited(receive, 100)
    with pytest.raises(BodyTooSlowError):
        for _ in range(10):
            await counted()


async def test_waiting_for_the_client_to_leave_is_not_a_slow_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_TIMEOUT_S", 0.02)
    arrived = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if arrived:
            return arrived.pop()
        await asyncio.sleep(0.06)
        return {"type": "http.disconnect"}

    counted = limited(receive, 100)
    assert (await counted())["type"] == "http.request"
    assert (await counted())["type"] == "http.disconnect"
