"""HTTP as a client meets it: types, validators, refusals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from foyer.media.cues import Cue
from foyer.streaming.limits import StreamingLimits
from foyer.streaming.options import StreamOptions, VideoChoice
from foyer.streaming.source import MediaSource, TextTrack
from tests.streaming.stage import Address, served, service

ALL = StreamOptions(video=VideoChoice.BOTH, copy_audio=frozenset({"aac"}))
_CUES = (Cue(start_us=500_000, end_us=2_500_000, text="hello"),)


@pytest.fixture
async def at(film: MediaSource, tmp_path: Path) -> AsyncIterator[Address]:
    source = replace(film, text_tracks=(TextTrack(id=5, language="en"),))
    async with service(tmp_path, source, cues=_CUES) as streaming, served(streaming) as address:
        yield address


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_every_kind_has_its_type_its_validator_and_its_lifetime(at: Address, http: aiohttp.ClientSession) -> None:
    base = at.base(ALL)
    expected = {
        "master.m3u8": ("application/vnd.apple.mpegurl", "private, no-cache"),
        "v0c/index.m3u8": ("application/vnd.apple.mpegurl", "private, no-cache"),
        "v0c/init.mp4": ("video/mp4", "private, max-age=86400, immutable"),
        "v0c/1.m4s": ("video/mp4", "private, max-age=86400, immutable"),
        "a1c/1.m4s": ("audio/mp4", "private, max-age=86400, immutable"),
        "v0h360/0.m4s": ("video/mp4", "private, max-age=86400, immutable"),
        "t5/0.vtt": ("text/vtt", "private, no-cache"),
    }
    for path, (kind, lifetime) in expected.items():
        async with http.get(f"{base}/{path}") as answer:
            body = await answer.read()
            assert answer.status == 200, path
            assert answer.content_type == kind
            assert answer.headers["cache-control"] == lifetime
            assert len(body) == int(answer.headers["content-length"])
            etag = answer.headers["etag"]
        async with http.get(f"{base}/{path}", headers={"if-none-match": etag}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
        async with http.head(f"{base}/{path}") as answer:
            assert (answer.status, answer.headers["content-length"]) == (200, str(len(body)))
            assert await answer.read() == b""


async def test_cues_are_repeated_in_every_segment_that_shows_them(at: Address, http: aiohttp.ClientSession) -> None:
    for number, is_there in ((0, True), (1, True), (2, False)):
        async with http.get(f"{at.base(ALL)}/t5/{number}.vtt") as answer:
            text = await answer.text()
        assert text.startswith("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n")
        assert ("00:00:00.500 --> 00:00:02.500\nhello" in text) is is_there


@pytest.mark.parametrize(
    "path", ["v0c/99.m4s", "nothing/0.m4s", "nothing/index.m3u8", "v0c/-1.m4s", "v0c/0x1.m4s", "..%2f..%2fetc/0.m4s"]
)
async def test_what_is_not_listed_is_not_found(at: Address, http: aiohttp.ClientSession, path: str) -> None:
    async with http.get(f"{at.base(ALL)}/{path}") as answer:
        assert answer.status == 404
        assert answer.content_type == "application/problem+json"


async def test_a_segment_that_is_not_ready_in_time_asks_the_player_to_come_again(
    film: MediaSource, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    hanging = tmp_path / "ffmpeg"
    hanging.write_text("#!/bin/sh\nexec sleep 100\n")
    hanging.chmod(0o755)
    limits = StreamingLimits(wait_s=0.2)
    async with (
        service(tmp_path / "cache", film, programs=(str(hanging),), limits=limits) as streaming,
        served(streaming) as at,
        http.get(f"{at.base(ALL)}/v0h360/0.m4s") as answer,
    ):
        assert answer.status == 503
        assert answer.headers["retry-after"] == "1"
        assert (await answer.json())["code"] == "CAPACITY_EXCEEDED"


async def test_a_client_that_hangs_up_ends_its_wait_and_nothing_else(
    film: MediaSource, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    slow = tmp_path / "ffmpeg"
    slow.write_text('#!/bin/sh\nsleep 1\nexec ffmpeg "$@"\n')
    slow.chmod(0o755)
    async with service(tmp_path / "cache", film, programs=(str(slow),)) as streaming, served(streaming) as at:
        url = f"{at.base(ALL)}/v0h360/0.m4s"
        with pytest.raises(TimeoutError):
            await http.get(url, timeout=aiohttp.ClientTimeout(total=0.3))
        await asyncio.sleep(0.1)
        assert len(streaming.transcodes()) == 1
        async with http.get(url) as answer:
            assert answer.status == 200
        assert not any(production._waiting for production in streaming._productions.values())


async def test_segments_evicted_under_a_request_are_made_again(
    film: MediaSource, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with service(tmp_path, film) as streaming, served(streaming) as at:
        url = f"{at.base(ALL)}/v0h360/0.m4s"
        async with http.get(url) as answer:
            first = await answer.read()
        (rendition,) = streaming._productions.values()
        (rendition.shelf.directory / "0.m4s").unlink()
        async with http.get(url) as answer:
            assert answer.status == 200
            assert await answer.read() == first
