"""What the house is told of conversions: once each, with the encoder and the reason."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from foyer.errors import MediaError
from foyer.events.topics import TranscodeEventKind, TranscodePayload
from foyer.streaming.limits import StreamingLimits
from foyer.streaming.rendition import Method
from foyer.streaming.service import StreamingService
from foyer.streaming.source import MediaSource
from tests.streaming.sources import open_source
from tests.streaming.stage import grant, service

QUICK = StreamingLimits(start_s=2.5, sweep_s=0.05)
News = list[tuple[TranscodeEventKind, TranscodePayload]]


async def encode_of(streaming: StreamingService, film: MediaSource) -> str:
    presentation = await streaming.open_presentation(film.file_id)
    return next(video.name for video in presentation.video if video.method is Method.ENCODE)


async def test_a_conversion_is_told_once_from_its_first_segment_to_its_last_viewer(
    film: MediaSource, tmp_path: Path
) -> None:
    news: News = []
    async with service(tmp_path, film, limits=QUICK, news=news) as streaming:
        name = await encode_of(streaming, film)
        for i in (0, 1, 2):
            await streaming.segment(grant(), name, i)
        streaming.stop_viewer("viewer")
        async with asyncio.timeout(10):
            while len(news) < 2:
                await asyncio.sleep(0.02)
    assert [kind for kind, _ in news] == [TranscodeEventKind.STARTED, TranscodeEventKind.FINISHED]
    assert news[0][1] == {"file_id": film.file_id, "media": "video", "height": 180, "encoder": "libx264 (CPU)"}


async def test_another_encoder_after_a_hanging_one_is_a_fall_back_with_its_reason(
    film: MediaSource, tmp_path: Path
) -> None:
    hanging = tmp_path / "ffmpeg"
    hanging.write_text("#!/bin/sh\nexec sleep 100\n")
    hanging.chmod(hanging.stat().st_mode | stat.S_IXUSR)
    news: News = []
    limits = StreamingLimits(start_s=1)
    async with service(tmp_path / "c", film, programs=(str(hanging), "ffmpeg"), limits=limits, news=news) as streaming:
        name = await encode_of(streaming, film)
        await streaming.segment(grant(), name, 0)
    assert [kind for kind, _ in news] == [TranscodeEventKind.FELL_BACK, TranscodeEventKind.STARTED]
    assert news[0][1]["reason"] == "timeout"


async def test_a_file_that_cannot_be_converted_is_a_failure_with_a_sentence(film: MediaSource, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(film.path.read_bytes())
    broken = open_source(path)
    path.write_bytes(os.urandom(path.stat().st_size))
    news: News = []
    async with service(tmp_path / "cache", broken, news=news) as streaming:
        name = await encode_of(streaming, broken)
        with pytest.raises(MediaError):
            await streaming.segment(grant(), name, 0)
    kind, payload = news[-1]
    assert kind is TranscodeEventKind.FAILED
    assert "cannot be converted" in payload["message"]
    assert payload["reason"]
