"""Kill -9 of the server in the middle of a transcode: nothing torn is served afterwards, nothing is left running."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from foyer.streaming.limits import StreamingLimits
from foyer.streaming.options import StreamOptions, VideoChoice
from foyer.streaming.rendition import Method
from tests.streaming import clips
from tests.streaming.sources import open_source
from tests.streaming.stage import CountingRunner, grant, served, service

_SERVER = """
import asyncio, sys
from pathlib import Path
from foyer.streaming.limits import StreamingLimits
from foyer.streaming.rendition import Method
from tests.streaming.sources import open_source
from tests.streaming.stage import CountingRunner, grant, service

async def main():
    film, runner = open_source(Path(sys.argv[1])), CountingRunner()
    async with service(Path(sys.argv[2]), film, runner=runner, limits=StreamingLimits(lead_s=1000)) as streaming:
        presentation = await streaming.open_presentation(film.file_id)
        rendition = next(video for video in presentation.video if video.method is Method.ENCODE)
        await streaming.segment(grant(), rendition.name, 1)
        print(*(process.pid for process in runner.live), flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_after_a_kill_every_segment_is_whole_and_the_film_plays(
    clip: Callable[[str], Path], tmp_path: Path
) -> None:
    path, cache = clip("mp4"), tmp_path / "cache"
    root = Path(__file__).parents[2]
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _SERVER, str(path), str(cache)),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": f"{root}:{root / 'addon'}"},
    )
    assert server.stdout is not None
    encoders = [int(word) for word in (await server.stdout.readline()).split()]
    server.send_signal(signal.SIGKILL)
    await server.wait()
    await _all_gone(encoders)
    left = {found.name for found in cache.glob("*/*.m4s")}
    assert "1.m4s" in left
    folder = next(cache.glob("*"))
    # What a kill during a write leaves.
    (folder / "90.m4s.part").write_bytes(b"half a segm")

    film, runner = open_source(path), CountingRunner()
    limits = StreamingLimits(prefetch_segments=0)
    async with service(cache, film, runner=runner, limits=limits) as streaming, served(streaming) as at:
        assert not list(cache.glob("*/*.part"))
        presentation = await streaming.open_presentation(film.file_id)
        rendition = next(video for video in presentation.video if video.method is Method.ENCODE)
        await streaming.segment(grant(), rendition.name, 1)
        assert runner.started == []
        options = StreamOptions(video=VideoChoice.ENCODE)
        shown = await asyncio.to_thread(clips.read, at.master(options))
    assert shown.numbers == list(range(clips.FRAMES))
    assert max(map(abs, shown.time_errors())) < 1e-6


async def _all_gone(pids: list[int]) -> None:
    """The kernel kills them with their parent."""
    async with asyncio.timeout(3):
        while any(map(_is_ffmpeg, pids)):
            await asyncio.sleep(0.02)


def _is_ffmpeg(pid: int) -> bool:
    try:
        return b"ffmpeg" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
