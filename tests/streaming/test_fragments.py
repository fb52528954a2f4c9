from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foyer.errors import MediaError
from foyer.media.runner import Runner
from foyer.streaming.argv import Step, video_head
from foyer.streaming.fragments import Fragment, InitSegment, read_fragments
from foyer.streaming.rendition import Method, VideoRendition
from foyer.streaming.renditions import present
from foyer.streaming.router import BoundaryMissedError, StartMissedError, VideoRouter
from foyer.streaming.source import MediaSource


def _reader(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def _all(data: bytes) -> list[InitSegment | Fragment]:
    return [item async for item in read_fragments(_reader(data))]


def _rendition(film: MediaSource) -> VideoRendition:
    return next(video for video in present(film, {}).video if video.method is Method.ENCODE)


@pytest.fixture(scope="session")
def encoded(source: Callable[[str], MediaSource]) -> bytes:
    """A head's output for the first two segments."""
    film = source("mp4")
    rendition = _rendition(film)
    argv = video_head(Step(program="ffmpeg"), film, rendition, 0, 2, encoder="libx264", preset="ultrafast")
    return asyncio.run(Runner().run(argv, timeout_s=20)).stdout


async def test_fragments_have_the_sources_times_and_every_byte(encoded: bytes, film: MediaSource) -> None:
    init, *fragments = await _all(encoded)
    assert isinstance(init, InitSegment)
    found = [fragment for fragment in fragments if isinstance(fragment, Fragment)]
    times = np.sort(np.concatenate([fragment.pts for fragment in found])) * 24000 // init.timescale
    assert times.tolist() == [1001 * n for n in range(100)]
    assert all(len(fragment.data) == fragment.sizes.sum() for fragment in found)
    assert found[0].sync[0]
    assert not found[0].sync[1:].any()


async def test_a_torn_end_is_left_out(encoded: bytes) -> None:
    whole = await _all(encoded)
    torn = await _all(encoded[:-10])
    assert len(torn) == len(whole) - 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_output_is_an_error_or_an_end_and_nothing_else(encoded: bytes, data: st.DataObject) -> None:
    damaged = bytearray(encoded[:40_000])
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, 3000))] = data.draw(st.integers(0, 255))
    with suppress(MediaError):
        asyncio.run(_all(bytes(damaged)))


def _fragment(pts: int) -> Fragment:
    return Fragment(
        pts=np.array([pts], dtype=np.int64),
        sizes=np.array([1], dtype=np.int64),
        sync=np.array([True]),
        data=b"x",
    )


_INIT = InitSegment(data=b"", timescale=24000, defaults=(0, 0, 0))


def test_a_skipped_boundary_is_noticed_before_anything_is_served(film: MediaSource) -> None:
    ticks = film.index.boundaries
    router = VideoRouter(_rendition(film), _INIT, 0, is_lenient=False)
    assert list(router.feed(_fragment(ticks[0]))) == []
    with pytest.raises(BoundaryMissedError):
        list(router.feed(_fragment(ticks[2])))


def test_a_seek_that_went_too_far_is_noticed(film: MediaSource) -> None:
    ticks = film.index.boundaries
    for late in (ticks[1] + 12_000, ticks[2]):
        router = VideoRouter(_rendition(film), _INIT, 1, is_lenient=False)
        with pytest.raises(StartMissedError):
            list(router.feed(_fragment(late)))


def test_frames_before_the_start_are_dropped_and_rounding_moves_none(film: MediaSource) -> None:
    ticks = film.index.boundaries
    router = VideoRouter(_rendition(film), _INIT, 1, is_lenient=False)
    assert list(router.feed(_fragment(ticks[0]))) == []
    assert list(router.feed(_fragment(ticks[1] - 24))) == []
    assert router.current == 1
    done = list(router.feed(_fragment(ticks[2] - 24)))
    assert [index for index, _ in done] == [1]
    last = router.finish()
    assert last is not None
    assert last[0] == 2


def test_no_word_of_a_head_can_come_from_a_request(film: MediaSource, tmp_path: Path) -> None:
    rendition = _rendition(film)
    argv = video_head(Step(program="ffmpeg"), film, rendition, 1, 3, encoder="libx264", preset="fast")
    source = argv[argv.index("-i") + 1]
    assert source == f"file:{film.path}"
    assert argv[argv.index("-protocol_whitelist") + 1] == "file"
    assert argv[argv.index("-map") + 1] == "0:0"
