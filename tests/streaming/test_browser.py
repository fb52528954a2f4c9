"""hls.js in real Chromium plays every way of streaming, from start to end, after seeks, and across a quality change."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright
from quart import Quart, Response

from foyer.api.http.application import create
from foyer.media.cues import Cue
from foyer.streaming.options import StreamOptions, VideoChoice
from foyer.streaming.source import MediaSource, TextTrack
from tests.streaming import clips
from tests.streaming.sources import open_source
from tests.streaming.stage import served, service

pytestmark = pytest.mark.browser

_ROOT = Path(__file__).parents[2]
_HLS_JS = _ROOT / "web/node_modules/hls.js/dist/hls.min.js"
_CHROMIUM = "/usr/bin/chromium"
_FRAME = 1 / float(clips.RATE)
COPY = StreamOptions(video=VideoChoice.COPY, copy_audio=frozenset({"aac"}))
ENCODE = StreamOptions(video=VideoChoice.ENCODE)
WAYS = [("mp4", COPY), ("mkv", COPY), ("avi", ENCODE), ("hevc", ENCODE)]


def _pages() -> Quart:
    app = create()

    @app.get("/page")
    async def page() -> Response:
        return Response(Path(__file__).with_name("page.html").read_bytes(), content_type="text/html")

    @app.get("/hls.js")
    async def script() -> Response:
        return Response(_HLS_JS.read_bytes(), content_type="text/javascript")

    return app


@asynccontextmanager
async def _player(
    film: MediaSource, cache: Path, options: StreamOptions, **more: Any
) -> AsyncIterator[tuple[Page, str]]:
    async with (
        service(cache, film, **more) as streaming,
        served(streaming, _pages()) as at,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{at.port}/page")
        yield page, at.master(options)
        await browser.close()


@pytest.mark.parametrize(("kind", "options"), WAYS, ids=[f"{kind}-{options.video}" for kind, options in WAYS])
async def test_it_plays_from_start_to_end_and_after_twenty_seeks(
    kind: str, options: StreamOptions, source: Callable[[str], MediaSource], tmp_path: Path
) -> None:
    async with _player(source(kind), tmp_path, options) as (page, url):
        await page.evaluate("url => play(url, 8)", url)
        await page.wait_for_function("video.ended", timeout=30_000)
        frames = await page.evaluate("video.getVideoPlaybackQuality().totalVideoFrames")
        buffers = await page.evaluate("ranges()")
        places = random.Random(3)
        wrong = []
        for _ in range(20):
            wanted = places.uniform(0.1, 19)
            number, shown = await page.evaluate("to => seek(to)", wanted)
            # Chromium may pick the neighbour of the frame that is due (ADR 0003); what it shows must be that frame.
            if abs(shown - number * _FRAME) > 0.002 or abs(wanted - shown - _FRAME / 2) > 1.6 * _FRAME:
                wrong.append((wanted, number, shown))
        errors = await page.evaluate("errors")
    assert frames == clips.FRAMES
    assert _serious(errors) == []
    assert wrong == []
    # One map from the playlist's time to the media's for picture and sound: they cannot drift apart.
    assert len({buffer["offset"] for buffer in buffers}) == 1
    for buffer in buffers:
        ((start, end),) = buffer["buffered"]
        assert start < _FRAME
        assert end == pytest.approx(clips.SECONDS, abs=0.05)


def _serious(errors: list[list[Any]]) -> list[list[Any]]:
    """Without the stalls of a machine that is too busy to play at eight times the speed."""
    return [error for error in errors if error[1] != "bufferStalledError"]


async def test_the_quality_changes_between_copy_and_encode_without_a_break(film: MediaSource, tmp_path: Path) -> None:
    options = StreamOptions(video=VideoChoice.BOTH)
    async with _player(film, tmp_path, options) as (page, url):
        await page.evaluate("url => { play(url, 4) }", url)
        await page.wait_for_function("window.hls.levels.length === 2")
        for turn in range(4):
            await page.evaluate("level => { hls.nextLevel = level }", turn % 2)
            await page.wait_for_function("at => video.currentTime > at || video.ended", arg=4.0 * (turn + 1))
        await page.wait_for_function("video.ended", timeout=20_000)
        levels = await page.evaluate("hls.levels.map(level => level.details ? 1 : 0)")
        seen = await page.evaluate("seen")
        errors = await page.evaluate("errors")
        buffers = await page.evaluate("ranges()")
    assert levels == [1, 1]
    assert _serious(errors) == []
    numbers = [number for number, _ in seen]
    assert numbers == sorted(numbers)
    # At four times the speed not every frame is painted; a frame that is shows up to a few later ones in the canvas.
    assert max(number * _FRAME - time for number, time in seen) < 5 * _FRAME
    assert min(number * _FRAME - time for number, time in seen) > -0.002
    assert all(len(buffer["buffered"]) == 1 for buffer in buffers)


async def test_subtitles_appear_with_the_picture_they_belong_to(clip: Callable[[str], Path], tmp_path: Path) -> None:
    film = open_source(clip("ts"), text_tracks=(TextTrack(id=4, language="en", title='Say "hi"'),))
    cues = [Cue(start_us=1_000_000 * n, end_us=1_000_000 * n + 900_000, text=f"second {n}") for n in range(1, 21)]
    async with _player(film, tmp_path, StreamOptions(video=VideoChoice.ENCODE, text=4), cues=cues) as (page, url):
        await page.evaluate("url => { play(url, 1) }", url)
        await page.wait_for_function("video.currentTime > 1.3", timeout=20_000)
        await page.evaluate("hls.subtitleTrack = 0")
        await page.wait_for_function("video.textTracks.length && video.textTracks[0].cues?.length > 5", timeout=20_000)
        await page.evaluate("video.pause()")
        found = await page.evaluate("[...video.textTracks[0].cues].map(cue => [cue.startTime, cue.text])")
        zero = float(film.index.boundaries[0] * film.index.time_base)
        errors = await page.evaluate("errors")
    assert _serious(errors) == []
    assert len(found) == len({text for _, text in found})
    for start, text in found:
        n = int(text.split()[1])
        assert start == pytest.approx(max(0, n - zero), abs=0.01)


@pytest.fixture(autouse=True)
def _needs_hls_js() -> None:
    if not _HLS_JS.exists():
        pytest.fail("hls.js is missing: run npm ci in web/")
