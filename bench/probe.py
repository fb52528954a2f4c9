"""Probe real files in the media workers, beside ffprobe started for each file at the same concurrency."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench import Figure
from foyer.media.runner import Runner
from foyer.media.workers import MediaWorkers

_ROUNDS = 3
_PEER_FILES = 60
_FILES = 1200
_X264 = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-pix_fmt", "yuv420p")
_X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")
_CLIPS: dict[str, tuple[str, ...]] = {
    "h264.mp4": (*_X264, "-c:a", "aac", "-movflags", "+faststart"),
    "h264.mkv": (*_X264, "-c:a", "ac3"),
    "hevc.mkv": (*_X265, "-c:a", "aac"),
    "mpeg4.avi": ("-c:v", "mpeg4", "-vtag", "XVID", "-c:a", "libmp3lame"),
}
"""What a library of films consists of; broadcast captures are read whole for their index and so left out."""


async def run() -> list[Figure]:
    """Files a second and processor time a file, in turns so that a busy machine is as busy for all."""
    if shutil.which("ffprobe") is None:
        raise RuntimeError("this benchmark needs ffprobe beside ffmpeg")
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="foyer-probe-") as name:
        clips = await asyncio.to_thread(_make, Path(name))
        peer, info, index = [], [], []
        for _ in range(_ROUNDS):
            peer.append(await _measure(_PEER_FILES, lambda: _ffprobe(clips, cores)))
            info.append(await _measure(_FILES, lambda: _workers(clips, cores, with_index=False)))
            index.append(await _measure(_FILES, lambda: _workers(clips, cores, with_index=True)))
    peer_rate, peer_cpu = _best(peer)
    figures = []
    for what, results in (("probe", info), ("probe and boundary index", index)):
        rate, cpu = _best(results)
        figures += [
            Figure(
                name=what,
                value=rate,
                unit="files/s",
                peer=f"ffprobe started for each file, {cores} at once",
                peer_value=peer_rate,
                target="10 times the peer",
                met=rate >= 10 * peer_rate,
                note="workers are started and stopped inside the measurement",
            ),
            Figure(
                name=f"{what}: processor time",
                value=cpu,
                unit="ms/file",
                peer="ffprobe started for each file",
                peer_value=peer_cpu,
            ),
        ]
    return figures


def _make(folder: Path) -> list[Path]:
    source = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=1280x720:rate=24:duration=20",
        "-f",
        "lavfi",
        "-i",
        "sine=duration=20",
    ]
    clips = []
    for name, coding in _CLIPS.items():
        path = folder / name
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *source, *coding, "-t", "20", path], check=True)
        clips.append(path)
    return clips


async def _measure(files: int, work: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    """Files a second and milliseconds of processor time a file, ours and our children's."""
    started, used = time.perf_counter(), _processor_s()
    await work()
    return files / (time.perf_counter() - started), 1000 * (_processor_s() - used) / files


def _processor_s() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def _best(results: list[tuple[float, float]]) -> tuple[float, float]:
    return max(rate for rate, _ in results), min(cpu for _, cpu in results)


async def _workers(clips: list[Path], cores: int, *, with_index: bool) -> None:
    async with MediaWorkers(Runner(), size=cores) as workers:
        await asyncio.gather(*(workers.probe(clips[n % len(clips)], with_index=with_index) for n in range(_FILES)))


async def _ffprobe(clips: list[Path], cores: int) -> None:
    turn = asyncio.Semaphore(cores)

    async def probe(path: Path) -> None:
        argv = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_chapters", str(path)]
        async with turn:
            process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
            await process.communicate()

    await asyncio.gather(*(probe(clips[n % len(clips)]) for n in range(_PEER_FILES)))
