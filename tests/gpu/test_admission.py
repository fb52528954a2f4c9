from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foyer.errors import CapacityError
from foyer.gpu import Admission, EncodeRequest, Lease, Work

VIDEO = EncodeRequest(work=Work.VIDEO, width=1280, height=720, frame_rate=24)
AUDIO = EncodeRequest(work=Work.AUDIO)


def _nothing() -> None:
    pass


async def test_a_lease_names_its_encoder() -> None:
    async with Admission(limit=lambda: 1).admit(VIDEO, preempt=_nothing) as lease:
        assert lease.encoder.label == "libx264 (CPU)"


async def test_no_more_than_the_limit_run_and_the_next_is_told_when_to_come() -> None:
    admission = Admission(limit=lambda: 2, patience_s=0.02)
    async with AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(admission.admit(VIDEO, preempt=_nothing))
        with pytest.raises(CapacityError) as refusal:
            await held.enter_async_context(admission.admit(VIDEO, preempt=_nothing))
        assert refusal.value.details["retry_after"] == 3
        await held.enter_async_context(admission.admit(AUDIO, preempt=_nothing))
    assert admission.leases == ()


async def test_the_one_held_back_longest_makes_room() -> None:
    admission = Admission(limit=lambda: 2, patience_s=5)
    ended: list[str] = []
    leases: dict[str, Lease] = {}

    async def hold(name: str) -> None:
        over = asyncio.Event()

        def preempt() -> None:
            ended.append(name)
            over.set()

        async with admission.admit(VIDEO, preempt=preempt) as lease:
            leases[name] = lease
            await over.wait()

    tasks = [asyncio.create_task(hold(name)) for name in ("first", "second")]
    await asyncio.sleep(0)
    leases["second"].block()
    leases["first"].block()
    async with admission.admit(VIDEO, preempt=_nothing):
        assert ended == ["second"]
        leases["first"].unblock()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert admission.leases == ()


async def test_who_waits_is_served_in_turn() -> None:
    admission = Admission(limit=lambda: 1, patience_s=5)
    order: list[int] = []

    async def work(number: int) -> None:
        async with admission.admit(VIDEO, preempt=_nothing):
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(number) for number in range(6)))
    assert order == list(range(6))


@settings(max_examples=60, deadline=None)
@given(limit=st.integers(1, 4), steps=st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=40))
def test_leases_never_exceed_the_limit_and_never_leak(limit: int, steps: list[tuple[int, bool]]) -> None:
    async def main() -> None:
        admission = Admission(limit=lambda: limit, patience_s=0.001)
        most = 0

        async def work(ticks: int, *, give_up: bool) -> None:
            nonlocal most
            try:
                async with admission.admit(VIDEO, preempt=_nothing):
                    most = max(most, len(admission.leases))
                    for _ in range(ticks):
                        await asyncio.sleep(0)
                    if give_up:
                        raise ValueError
            except (CapacityError, ValueError):
                pass

        tasks = [asyncio.create_task(work(ticks, give_up=give_up)) for ticks, give_up in steps]
        for task, (ticks, _) in zip(tasks, steps, strict=True):
            if ticks == 7:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert most <= limit
        assert admission.leases == ()
        # And every place can be taken again.
        async with AsyncExitStack() as held:
            for _ in range(limit):
                await held.enter_async_context(admission.admit(VIDEO, preempt=_nothing))

    asyncio.run(main())
