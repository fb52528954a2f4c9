"""The acceptance test: an independent player reads a film from start to end and after seeks, over real HTTP."""

from __future__ import annotations

import asyncio
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import imageio_ffmpeg
import pytest

from foyer.streaming.options import StreamOptions, VideoChoice
from foyer.streaming.source import MediaSource
from tests.streaming import clips
from tests.streaming.stage import served, service

COPY = StreamOptions(video=VideoChoice.COPY, copy_audio=frozenset({"aac", "ac3"}))
ENCODE = StreamOptions(video=VideoChoice.ENCODE)
FRAME = float(1 / clips.RATE)
PROGRAMS = ("ffmpeg", imageio_ffmpeg.get_ffmpeg_exe())
WAYS = [
    ("mp4", COPY),
    ("mkv", COPY),
    ("mp4", ENCODE),
    ("avi", ENCODE),
    ("hevc", ENCODE),
    ("ts", ENCODE),
]


@pytest.mark.parametrize(("kind", "options"), WAYS, ids=[f"{kind}-{options.video}" for kind, options in WAYS])
async def test_a_player_sees_every_frame_at_its_time(
    kind: str, options: StreamOptions, source: Callable[[str], MediaSource], clip: Callable[[str], Path], tmp_path: Path
) -> None:
    original = await asyncio.to_thread(clips.read, clip(kind))
    film = source(kind)
    programs = ("ffmpeg",) if options is ENCODE else ("there-is-no-such-program",)
    async with service(tmp_path, film, programs=programs) as streaming, served(streaming) as at:
        url = at.master(options)
        shown = await asyncio.to_thread(clips.read, url)
        wrong = await asyncio.to_thread(_wrong_after_seeks, url, shown.times[0])

    assert shown.numbers == original.numbers
    moved = original.times[0] - shown.times[0]
    assert moved == pytest.approx(film.index.origin_s, abs=1e-6)
    assert max(abs(a - b - moved) for a, b in zip(original.times, shown.times, strict=True)) < 1e-5
    assert shown.audio_gaps == []
    assert len(shown.beeps) == len(original.beeps)
    offsets = zip(shown.av_offsets, original.av_offsets, strict=True)
    assert max(abs(a - b) for a, b in offsets) < FRAME
    assert shown.audio_end >= shown.times[-1]
    assert wrong == []


def _wrong_after_seeks(url: str, first: float) -> list[tuple[float, int, float]]:
    wrong = []
    places = random.Random(7)
    with av.open(url, options={"allowed_extensions": "ALL", "extension_picky": "0"}) as container:
        video = container.streams.video[0]
        for _ in range(20):
            wanted = places.uniform(0, 18)
            container.seek(int(wanted * 1e6), backward=True)
            for frame in container.decode(video):
                number = clips.number(frame.to_ndarray(format="gray"))
                if abs(number * FRAME - (frame.time - first)) > 0.001:
                    wrong.append((wanted, number, frame.time))
                if frame.time >= wanted:
                    break
            else:
                wrong.append((wanted, -1, -1.0))
    return wrong


@pytest.mark.parametrize("player", PROGRAMS, ids=["debian", "bundled"])
@pytest.mark.parametrize("options", [COPY, ENCODE], ids=["copy", "encode"])
async def test_ffmpeg_plays_it_without_a_word_of_complaint(
    player: str, options: StreamOptions, film: MediaSource, tmp_path: Path
) -> None:
    async with service(tmp_path, film) as streaming, served(streaming) as at:
        words = [player, "-v", "warning", "-i", at.master(options), "-f", "null", "-"]
        done = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if line.strip()] == []


@pytest.mark.parametrize("encoder", PROGRAMS, ids=["debian", "bundled"])
async def test_heads_of_both_ffmpeg_versions_keep_the_sources_times(
    encoder: str, film: MediaSource, tmp_path: Path
) -> None:
    async with service(tmp_path, film, programs=(encoder,)) as streaming, served(streaming) as at:
        shown = await asyncio.to_thread(clips.read, at.master(ENCODE))
    assert shown.numbers == list(range(clips.FRAMES))
    assert max(map(abs, shown.time_errors())) < 1e-6
    assert max(map(abs, shown.av_offsets)) < FRAME
