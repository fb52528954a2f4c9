from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest
import uvloop

from foyer.errors import MediaError, UnavailableError
from foyer.media.runner import PIPE, FailureClass, ProcessFailedError, Runner, StderrLog
from tests.media.processes import is_alive, until_dead


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-c", code]


@pytest.fixture(params=["setpriv", "leash"])
def runner(request: pytest.FixtureRequest) -> Runner:
    return Runner(use_setpriv=request.param == "setpriv")


async def test_output_and_time_of_a_process_are_collected(runner: Runner) -> None:
    finished = await runner.run(python("print('hello')"), timeout_s=20)
    assert finished.stdout == b"hello\n"
    assert finished.returncode == 0
    assert finished.failure is None
    assert finished.elapsed_s > 0
    assert runner.live == ()


async def test_words_reach_the_program_as_they_are(runner: Runner) -> None:
    hostile = ["$(touch x)", "; rm -rf /", "a\nb", "*", "-", os.fsdecode(b"caf\xe9 \xf0\x9f\x8e\xac")]
    code = "import sys, os; sys.stdout.buffer.write(b'\\0'.join(os.fsencode(a) for a in sys.argv[1:]))"
    finished = await runner.run([*python(code), *hostile], timeout_s=20)
    assert finished.stdout.split(b"\0") == [os.fsencode(word) for word in hostile]


async def test_a_missing_program_says_which(runner: Runner) -> None:
    with pytest.raises(UnavailableError, match="no-such-program"):
        await runner.run(["no-such-program"], timeout_s=5)


async def test_a_failure_carries_its_class_and_its_last_words(runner: Runner) -> None:
    code = "import sys; print('Unknown encoder \\'x\\'', file=sys.stderr); sys.exit(3)"
    with pytest.raises(ProcessFailedError) as caught:
        await runner.run(python(code), timeout_s=20)
    assert caught.value.failure is FailureClass.ENCODER_ABSENT
    assert "Unknown encoder 'x'" in str(caught.value)
    assert caught.value.details["returncode"] == 3


async def test_the_deadline_kills_the_process_and_its_children(runner: Runner) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-I', '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    async with runner.start(python(code), stdout=PIPE) as process:
        grandchild = int(await process.stdout.readline())
        process.limit(0.1)
        finished = await process.wait()
    assert finished.failure is FailureClass.TIMEOUT
    await until_dead(grandchild)


async def test_cancelling_the_block_leaves_nothing_alive(runner: Runner) -> None:
    pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def encode() -> None:
        async with runner.start(python("import time; time.sleep(600)"), stdout=PIPE) as process:
            pid.set_result(process.pid)
            await process.wait()

    task = asyncio.create_task(encode())
    started = await pid
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_alive(started)
    assert runner.live == ()


async def test_a_program_that_ignores_sigterm_is_gone_after_the_block(runner: Runner) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    async with runner.start(python(code), stdout=PIPE) as process:
        assert await process.stdout.readline() == b"up\n"
    assert not is_alive(process.pid)


async def test_an_unread_pipe_holds_the_process_back_and_still_dies(runner: Runner) -> None:
    code = (
        "import os, sys\nn = 0\nwhile True:\n    n += os.write(1, b'x' * 65536)\n"
        "    sys.stderr.write(f'{n}\\n'); sys.stderr.flush()"
    )
    async with runner.start(python(code), stdout=PIPE, read_limit=256 * 1024) as process:
        await process.stdout.readexactly(100)
        before = -1
        while before != (before := int(process.stderr.last_line() or 0)):
            await asyncio.sleep(0.3)
        assert before < 2 * 1024 * 1024
        assert len(await process.stdout.readexactly(1_000_000)) == 1_000_000
    assert not is_alive(process.pid)


async def test_output_without_end_is_cut_off(runner: Runner) -> None:
    with pytest.raises(MediaError, match="more than 100000 bytes"):
        await runner.run(python("while True: print('y' * 1000)"), timeout_s=20, max_bytes=100_000)
    assert runner.live == ()


async def test_secrets_of_the_server_stay_with_the_server(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERVISOR_TOKEN", "s3cret")
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@h/d")
    fresh = Runner(environment={"FOYER_TEST": "1"})
    finished = await fresh.run(python("import os; print(sorted(os.environ))"), timeout_s=20)
    assert b"SUPERVISOR_TOKEN" not in finished.stdout
    assert b"DATABASE_URL" not in finished.stdout
    assert b"FOYER_TEST" in finished.stdout
    assert b"PATH" in finished.stdout


async def test_a_background_process_runs_nicer_than_the_server(runner: Runner) -> None:
    code = "import os, time; time.sleep(0.3); print(os.nice(0))"
    finished = await runner.run(python(code), timeout_s=20, niceness=7)
    assert int(finished.stdout) == min(19, os.nice(0) + 7)


async def test_kill_is_no_failure(runner: Runner) -> None:
    async with runner.start(python("import time; time.sleep(600)")) as process:
        process.kill()
        finished = await process.wait()
    assert finished.returncode == -signal.SIGKILL
    assert finished.failure is None


async def test_a_process_killed_by_somebody_else_is_a_crash(runner: Runner) -> None:
    async with runner.start(python("import time; time.sleep(600)")) as process:
        os.kill(process.pid, signal.SIGSEGV)
        finished = await process.wait()
    assert finished.failure is FailureClass.CRASH


def test_both_ends_of_a_flood_of_messages_are_kept_in_bounded_memory() -> None:
    log = StderrLog()
    log.feed(b"Cannot load libcuda.so.1\n")
    for n in range(100_000):
        log.feed(b"frame %d\n" % n)
    text = log.text()
    assert text.startswith("Cannot load libcuda.so.1")
    assert text.endswith("frame 99999\n")
    assert "bytes …]" in text
    assert len(text) < 80_000
    assert log.last_line() == "frame 99999"


SERVER = """
import asyncio, sys
from foyer.media.runner import PIPE, Runner
async def main():
    async with Runner(use_setpriv={setpriv}).start([sys.executable, "-I", "-c",
            "import os, time; print(os.getpid(), flush=True); time.sleep(600)"], stdout=PIPE) as process:
        print((await process.stdout.readline()).decode(), end="", flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.mark.parametrize("setpriv", [True, False])
async def test_children_die_when_the_server_is_killed_with_sigkill(setpriv: bool) -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER.format(setpriv=setpriv), stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    child = int(await server.stdout.readline())
    assert is_alive(child)
    server.kill()
    await server.wait()
    await until_dead(child)


def test_it_works_on_uvloop_as_on_asyncio() -> None:
    async def scenario() -> None:
        runner = Runner()
        hostile = os.fsdecode(b"caf\xe9")
        code = "import sys, os; sys.stdout.buffer.write(os.fsencode(sys.argv[1]))"
        assert (await runner.run([*python(code), hostile], timeout_s=20)).stdout == b"caf\xe9"
        async with runner.start(python("import time; time.sleep(600)"), stdout=PIPE, timeout_s=0.3) as process:
            assert (await process.wait()).failure is FailureClass.TIMEOUT
        async with runner.start(python("while True: print('y' * 1000)"), stdout=PIPE) as process:
            await process.stdout.readexactly(1000)
            await asyncio.sleep(0.2)
        assert not is_alive(process.pid)
        with pytest.raises(UnavailableError):
            await runner.run(["no-such-program"], timeout_s=5)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(scenario())
