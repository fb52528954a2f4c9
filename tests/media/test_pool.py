from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foyer.errors import MediaError, UnavailableError
from foyer.media.frames import PREFIX, Reply
from foyer.media.pool import PoolLimits, Priority, Task, WorkerPool
from foyer.media.runner import Runner
from tests.media.processes import is_alive, until_dead

HERE = {"PYTHONPATH": str(Path(__file__).parent)}


def value(reply: Reply) -> object:
    return reply.value


def task(name: str, *, is_short: bool = True, timeout_s: float = 30, cpu_s: float = 30) -> Task[object]:
    return Task(entry=f"hostile_tasks:{name}", parse=value, timeout_s=timeout_s, cpu_s=cpu_s, is_short=is_short)


ECHO, SLEEP, DIE = task("echo"), task("sleep", is_short=False), task("die")


def pid_of(answer: object) -> int:
    assert isinstance(answer, dict)
    return int(answer["pid"])


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(Runner(), size=2, environment=HERE) as pool:
        yield pool


async def test_thousands_of_tasks_come_back_each_to_its_caller(pool: WorkerPool) -> None:
    answers = await asyncio.gather(*(pool.submit(ECHO, number=n) for n in range(3000)))
    assert [answer["number"] for answer in answers if isinstance(answer, dict)] == list(range(3000))
    assert len({pid_of(answer) for answer in answers}) <= 2


async def test_nothing_runs_before_there_is_work_and_nothing_stays_after_it() -> None:
    limits = PoolLimits(idle_s=0.2)
    async with WorkerPool(Runner(), size=2, environment=HERE, limits=limits) as pool:
        assert list(pool.pids) == []
        pid = pid_of(await pool.submit(ECHO))
        await until_dead(pid)
        assert list(pool.pids) == []
        assert pid_of(await pool.submit(ECHO)) != pid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
async def test_a_worker_that_dies_fails_only_its_task(pool: WorkerPool, number: int) -> None:
    others = [asyncio.create_task(pool.submit(ECHO, n=n)) for n in range(20)]
    with pytest.raises(MediaError) as caught:
        await pool.submit(DIE, number=number)
    assert caught.value.details["reason"] == "crash"
    assert caught.value.details["returncode"] == -number
    more = await asyncio.gather(*others, *(pool.submit(ECHO, n=n) for n in range(20)))
    assert len(more) == 40


async def test_a_worker_killed_from_outside_in_the_middle_of_a_task_is_replaced(pool: WorkerPool) -> None:
    pid = pid_of(await pool.submit(ECHO))
    await asyncio.gather(*(pool.submit(ECHO) for _ in range(50)))
    running = [asyncio.create_task(pool.submit(task("sleep", is_short=True), seconds=20)) for _ in range(2)]
    await asyncio.sleep(0.5)
    os.kill(pid, signal.SIGKILL)
    done, _ = await asyncio.wait(running, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    assert len(done) == 1
    with pytest.raises(MediaError, match="crash"):
        done.pop().result()
    for waiting in running:
        waiting.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def test_a_task_that_hangs_is_stopped_at_its_deadline(pool: WorkerPool) -> None:
    with pytest.raises(MediaError, match=r"stopped after 0\.5 seconds") as caught:
        await pool.submit(SLEEP, seconds=600, timeout_s=0.5)
    assert caught.value.details["reason"] == "timeout"
    assert await pool.submit(SLEEP, seconds=0) is not None


async def test_a_deadline_of_one_does_not_count_against_those_behind_it(pool: WorkerPool) -> None:
    slow = task("sleep", is_short=True, timeout_s=1.5)
    results = await asyncio.gather(*(pool.submit(slow, seconds=0.6) for _ in range(10)))
    assert len(results) == 10


async def test_a_busy_loop_is_stopped_by_its_processor_time() -> None:
    async with WorkerPool(Runner(), size=1, environment=HERE) as pool:
        with pytest.raises(MediaError) as caught:
            await pool.submit(task("spin", cpu_s=0))
        assert caught.value.details["reason"] == "crash"
        assert caught.value.details["returncode"] == -signal.SIGXCPU


async def test_short_tasks_do_not_wait_behind_a_slow_disk() -> None:
    slow = task("sleep", is_short=True)
    async with WorkerPool(Runner(), size=2, environment=HERE) as pool:
        await asyncio.gather(*(pool.submit(ECHO) for _ in range(50)))
        hanging = asyncio.create_task(pool.submit(slow, seconds=15))
        await asyncio.gather(*(pool.submit(slow, seconds=0.01) for _ in range(20)))
        assert not hanging.done()
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)


async def test_memory_is_bounded_and_a_hoarder_fails_with_a_reason() -> None:
    limits = PoolLimits(memory_bytes=600 << 20)
    async with WorkerPool(Runner(), size=1, environment=HERE, limits=limits) as pool:
        with pytest.raises(MediaError, match="more memory") as caught:
            await pool.submit(task("exhaust_memory"))
        assert caught.value.details["reason"] == "memory"
        assert pid_of(await pool.submit(ECHO)) > 0


async def test_a_worker_that_has_grown_is_replaced_between_tasks() -> None:
    limits = PoolLimits(recycle_bytes=100 << 20)
    async with WorkerPool(Runner(), size=1, environment=HERE, limits=limits) as pool:
        first = await pool.submit(task("grow"), mebibytes=120)
        assert pid_of(await pool.submit(ECHO)) != first


async def test_a_worker_is_replaced_after_enough_tasks() -> None:
    async with WorkerPool(Runner(), size=1, environment=HERE, limits=PoolLimits(recycle_tasks=10)) as pool:
        answers = await asyncio.gather(*(pool.submit(ECHO) for _ in range(35)))
        assert len({pid_of(answer) for answer in answers}) == 4


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff" * 64,
        PREFIX.pack(10, 0) + b"not json!!",
        PREFIX.pack(2, 0) + b"[]",
        PREFIX.pack(12, 0) + b'{"parts":[5]}'[:12],
        PREFIX.pack(35, 0) + b'{"id":99999,"ok":true,"parts":[] }  ',
        PREFIX.pack(4 << 30 >> 1, 0),
        PREFIX.pack(2, 1 << 60) + b"{}",
    ],
)
async def test_an_answer_no_worker_of_ours_would_give_is_refused(garbage: bytes) -> None:
    async with WorkerPool(Runner(), size=1, environment=HERE) as pool:
        with pytest.raises(MediaError) as caught:
            await pool.submit(task("write_garbage"), data=garbage.decode("latin-1"))
        assert caught.value.details["reason"] == "protocol"
        assert pid_of(await pool.submit(ECHO)) > 0


async def test_what_a_library_prints_does_not_disturb_the_answers(pool: WorkerPool) -> None:
    assert await pool.submit(task("print_noise")) == ""


async def test_a_worker_cannot_write_files_and_knows_no_secrets(
    pool: WorkerPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MediaError, match="could not write"):
        await pool.submit(task("write_file"), path=str(tmp_path / "planted"))
    assert not (tmp_path / "planted").exists() or (tmp_path / "planted").stat().st_size == 0
    monkeypatch.setenv("SUPERVISOR_TOKEN", "s3cret")
    names = await pool.submit(task("secrets"))
    assert isinstance(names, list)
    assert "SUPERVISOR_TOKEN" not in names


async def test_a_defect_in_a_task_ends_its_worker_and_is_told_apart_from_nothing_else(pool: WorkerPool) -> None:
    with pytest.raises(MediaError) as caught:
        await pool.submit(task("fail_by_defect"))
    assert caught.value.details["reason"] == "crash"


async def test_long_tasks_leave_a_worker_for_the_short_ones(pool: WorkerPool) -> None:
    long = [asyncio.create_task(pool.submit(SLEEP, seconds=600, priority=Priority.BACKGROUND)) for _ in range(4)]
    await asyncio.sleep(0.2)
    async with asyncio.timeout(20):
        await asyncio.gather(*(pool.submit(ECHO) for _ in range(20)))
    for waiting in long:
        waiting.cancel()
    await asyncio.gather(*long, return_exceptions=True)


async def test_cancelling_a_long_task_frees_its_worker() -> None:
    async with WorkerPool(Runner(), size=1, environment=HERE) as pool:
        waiting = asyncio.create_task(pool.submit(SLEEP, seconds=600))
        await asyncio.sleep(0.5)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        async with asyncio.timeout(20):
            assert await pool.submit(SLEEP, seconds=0)


async def test_somebody_who_waits_at_a_page_goes_before_the_scan() -> None:
    order: list[str] = []

    async def run(workers: WorkerPool, name: str, priority: Priority) -> None:
        await workers.submit(SLEEP, seconds=0.01, priority=priority)
        order.append(name)

    async with WorkerPool(Runner(), size=1, environment=HERE) as workers:
        waiting = [asyncio.create_task(run(workers, f"scan {n}", Priority.SCAN)) for n in range(10)]
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(run(workers, "page", Priority.INTERACTIVE)))
        await asyncio.gather(*waiting)
    assert order.index("page") <= 1


async def test_a_worker_that_cannot_start_is_not_blamed_on_a_file(tmp_path: Path) -> None:
    (tmp_path / "av.py").write_text("raise ImportError('libav is broken')")
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.path.insert(0, {str(tmp_path)!r})")
    async with WorkerPool(Runner(), size=1, environment={"PYTHONPATH": str(tmp_path)}) as pool:
        with pytest.raises(UnavailableError, match="libav is broken"):
            await pool.submit(ECHO)


async def test_closing_the_pool_ends_its_workers_and_its_callers() -> None:
    pool = WorkerPool(Runner(), size=2, environment=HERE)
    waiting = [asyncio.create_task(pool.submit(SLEEP, seconds=600)) for _ in range(4)]
    await asyncio.sleep(0.5)
    pids = pool.pids
    await pool.close()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, UnavailableError) for result in results)
    assert not any(is_alive(pid) for pid in pids)
    with pytest.raises(UnavailableError):
        await pool.submit(ECHO)
