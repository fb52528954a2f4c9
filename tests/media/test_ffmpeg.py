from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from foyer.errors import UnavailableError
from foyer.media import ffmpeg
from foyer.media.ffmpeg import FfmpegFinder, inspect_ffmpeg
from foyer.media.runner import PIPE, FailureClass, ProcessFailedError, Runner


def script(folder: Path, body: str) -> str:
    program = folder / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return str(program)


async def test_the_systems_ffmpeg_is_found_and_described() -> None:
    found = await FfmpegFinder(Runner()).get()
    assert found.path.name == "ffmpeg"
    assert found.number >= (5, 1)
    assert {"libx264", "aac"} <= found.encoders
    assert {"h264", "hevc"} <= found.decoders
    assert {"scale", "zscale", "tonemap"} <= found.filters
    assert "=" not in found.encoders | found.filters


async def test_without_a_system_ffmpeg_the_one_from_pypi_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "_candidates", lambda: iter([str(ffmpeg._bundled())]))
    found = await FfmpegFinder(Runner()).get()
    assert "imageio_ffmpeg" in str(found.path)
    assert "libx264" in found.encoders


async def test_builds_are_told_apart() -> None:
    runner = Runner()
    system = await inspect_ffmpeg(runner, "ffmpeg")
    bundled = await inspect_ffmpeg(runner, str(ffmpeg._bundled()))
    assert system.build_id != bundled.build_id
    assert system.build_id == (await inspect_ffmpeg(runner, "ffmpeg")).build_id


async def test_it_is_asked_only_once(tmp_path: Path) -> None:
    body = f'echo x >> {tmp_path}/calls; exec ffmpeg "$@"'
    finder = FfmpegFinder(Runner(), script(tmp_path, body))
    await asyncio.gather(*(finder.get() for _ in range(5)))
    assert (tmp_path / "calls").read_text().count("x") == 5  # one call for each of the five questions


async def test_none_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "_candidates", lambda: iter(()))
    with pytest.raises(UnavailableError, match="Install the system's ffmpeg"):
        await FfmpegFinder(Runner()).get()


async def test_a_chosen_program_that_is_missing_is_not_replaced_silently(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="nowhere"):
        await FfmpegFinder(Runner(), str(tmp_path / "nowhere")).get()


async def test_the_environment_chooses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOYER_FFMPEG", script(tmp_path, 'exec ffmpeg "$@"'))
    assert (await FfmpegFinder(Runner()).get()).path == tmp_path / "ffmpeg"


@pytest.mark.parametrize("body", ["exit 1", "echo I am a toaster", "kill -SEGV $$", "while true; do echo x; done"])
async def test_a_broken_program_is_named(tmp_path: Path, body: str) -> None:
    program = script(tmp_path, body)
    with pytest.raises(UnavailableError, match="ffmpeg"):
        await FfmpegFinder(Runner(), program).get()


async def test_a_hanging_program_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "_CHECK_S", 0.3)
    runner = Runner()
    with pytest.raises(UnavailableError, match="did not answer"):
        await FfmpegFinder(runner, script(tmp_path, "sleep 600")).get()
    assert runner.live == ()


async def test_a_broken_system_program_gives_way_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = script(tmp_path, "exit 3")
    monkeypatch.setattr(ffmpeg, "_candidates", lambda: iter((broken, "ffmpeg")))
    assert "libx264" in (await FfmpegFinder(Runner()).get()).encoders


async def test_an_encoder_killed_in_the_middle_is_a_crash() -> None:
    argv = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc", "-f", "rawvideo", "-"]
    async with Runner().start(argv, stdout=PIPE) as process:
        await process.stdout.readexactly(100_000)
        os.kill(process.pid, signal.SIGKILL)
        finished = await process.communicate()
    assert finished.failure is FailureClass.CRASH


@pytest.mark.parametrize(
    ("words", "failure"),
    [
        (["-f", "lavfi", "-i", "testsrc", "-c:v", "h264_imaginary", "-f", "null", "-"], FailureClass.ENCODER_ABSENT),
        (["-i", "/nonexistent.mkv", "-f", "null", "-"], FailureClass.BAD_SOURCE),
        (["-i", "/dev/null", "-f", "null", "-"], FailureClass.BAD_SOURCE),
        (["-init_hw_device", "vaapi=va:/dev/dri/renderD199", "-f", "null", "-"], FailureClass.DRIVER_MISSING),
        (["-f", "lavfi", "-i", "testsrc=d=0.1", "-f", "rawvideo", "-y", "/dev/full"], FailureClass.DISK_FULL),
    ],
)
@pytest.mark.parametrize("which", ["system", "bundled"])
async def test_what_both_versions_really_say_is_understood(which: str, words: list[str], failure: FailureClass) -> None:
    program = "ffmpeg" if which == "system" else str(ffmpeg._bundled())
    with pytest.raises(ProcessFailedError) as caught:
        await Runner().run([program, "-nostdin", "-hide_banner", *words], timeout_s=30)
    assert caught.value.failure is failure, caught.value.finished.stderr.text()
