"""Encoder heads under load and under attack: shared, held back, killed, hanging, without room."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from foyer.errors import CapacityError, FoyerError, MediaError, NotFoundError, UnavailableError
from foyer.streaming.limits import StreamingLimits
from foyer.streaming.options import StreamOptions
from foyer.streaming.rendition import Method, Rendition
from foyer.streaming.service import Body, StreamingService
from foyer.streaming.source import MediaSource
from tests.streaming import clips
from tests.streaming.sources import open_source
from tests.streaming.stage import CountingRunner, grant, service

VIEWER = grant()
ONE_HEAD = 2
"""Processes of a head: one for the segment somebody waits for, one for all that follows."""


async def _encode(streaming: StreamingService, kind: str = "video", file_id: int = 1) -> Rendition:
    presentation = await streaming.open_presentation(grant(file_id=file_id).file_id)
    renditions: Iterable[Rendition] = presentation.video if kind == "video" else presentation.audio
    return next(rendition for rendition in renditions if rendition.method is Method.ENCODE)


def _content(body: Body) -> bytes:
    assert isinstance(body.content, Path)
    return body.content.read_bytes()


async def _joined(streaming: StreamingService, rendition: Rendition, order: Iterable[int]) -> clips.Reading:
    parts = {i: _content(await streaming.segment(VIEWER, rendition.name, i)) for i in order}
    init = _content(await streaming.init_segment(VIEWER, rendition.name))
    return clips.read(init + b"".join(parts[i] for i in sorted(parts)))


async def _until(condition: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def _script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize("kind", ["video", "audio"])
async def test_segments_of_four_heads_out_of_order_join_exactly(kind: str, film: MediaSource, tmp_path: Path) -> None:
    runner = CountingRunner()
    limits = StreamingLimits(head_s=1, prefetch_segments=0)
    async with service(tmp_path, film, runner=runner, limits=limits) as streaming:
        rendition = await _encode(streaming, kind)
        found = await _joined(streaming, rendition, sorted(range(rendition.cuts.count), key=lambda i: (i % 3, -i)))
    assert len(runner.started) >= 4
    if kind == "video":
        assert found.numbers == list(range(clips.FRAMES))
        assert max(map(abs, found.time_errors())) < 1e-9
    else:
        assert found.audio_gaps == []
        assert len(found.beeps) == clips.SECONDS
        # The first one starts with the decoder, which needs a packet to get going.
        assert max(abs(beep - round(beep)) for beep in found.beeps[1:]) < 0.001


async def test_two_viewers_share_one_head(film: MediaSource, tmp_path: Path) -> None:
    runner = CountingRunner()
    async with service(tmp_path, film, runner=runner) as streaming:
        rendition = await _encode(streaming)
        viewers = [grant("one"), grant("two")]
        wanted = [
            streaming.segment(viewer, rendition.name, i) for i in range(rendition.cuts.count) for viewer in viewers
        ]
        await asyncio.gather(*wanted)
        assert len(runner.heads("-vf")) == ONE_HEAD


async def test_a_head_is_held_back_and_then_uses_no_processor_time(long_film: MediaSource, tmp_path: Path) -> None:
    runner = CountingRunner()
    limits = StreamingLimits(lead_s=12, resume_s=6)
    async with service(tmp_path, long_film, runner=runner, limits=limits) as streaming:
        rendition = await _encode(streaming)
        await streaming.segment(VIEWER, rendition.name, 0)
        await _until(lambda: any(transcode.is_blocked for transcode in streaming.transcodes()))
        (transcode,) = streaming.transcodes()
        (process,) = runner.live
        # It stops as soon as the pipe is full, which a busy machine may take a while for.
        async with asyncio.timeout(20):
            while await _ticks_within(1.0, process.pid) > 0:
                pass
        assert await _ticks_within(1.0, process.pid) == 0
        assert transcode.position_s < 60
        assert transcode.encoder == "libx264 (CPU)"
        assert transcode.viewers == ("viewer",)
        at = rendition.cuts.at(transcode.position_s - 2)
        await streaming.segment(VIEWER, rendition.name, at)
        await _until(lambda: streaming.transcodes()[0].position_s > transcode.position_s)
        assert len(runner.heads("-vf")) == ONE_HEAD


async def _ticks_within(seconds: float, pid: int) -> int:
    before = _cpu_ticks(pid)
    await asyncio.sleep(seconds)
    return _cpu_ticks(pid) - before


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


async def test_a_killed_encoder_is_replaced_unseen(long_film: MediaSource, tmp_path: Path) -> None:
    runner = CountingRunner()
    limits = StreamingLimits(lead_s=8, resume_s=4)
    async with service(tmp_path, long_film, runner=runner, limits=limits) as streaming:
        rendition = await _encode(streaming)
        parts = []
        for i in range(12):
            if i in (3, 7):
                for process in runner.live:
                    os.kill(process.pid, signal.SIGKILL)
            parts.append(_content(await streaming.segment(VIEWER, rendition.name, i)))
        init = _content(await streaming.init_segment(VIEWER, rendition.name))
    shown = clips.read(init + b"".join(parts))
    assert shown.numbers == list(range(len(shown.numbers)))
    assert len(runner.heads("-vf")) >= 3


async def test_a_hanging_encoder_is_given_up_for_another(film: MediaSource, tmp_path: Path) -> None:
    hanging = _script(tmp_path / "ffmpeg", "exec sleep 100")
    async with service(
        tmp_path / "cache", film, programs=(hanging, "ffmpeg"), limits=StreamingLimits(start_s=2.5)
    ) as streaming:
        rendition = await _encode(streaming)
        found = await _joined(streaming, rendition, range(rendition.cuts.count))
    assert found.numbers == list(range(clips.FRAMES))


async def test_when_every_encoder_hangs_the_viewer_is_told(film: MediaSource, tmp_path: Path) -> None:
    hanging = _script(tmp_path / "ffmpeg", "exec sleep 100")
    runner = CountingRunner()
    async with service(
        tmp_path / "cache", film, programs=(hanging,), limits=StreamingLimits(start_s=0.2), runner=runner
    ) as streaming:
        rendition = await _encode(streaming)
        with pytest.raises(UnavailableError, match="does not answer"):
            await streaming.segment(VIEWER, rendition.name, 0)
        tried = len(runner.started)
        with pytest.raises(UnavailableError):
            await streaming.segment(VIEWER, rendition.name, 0)
        assert len(runner.started) == tried
        assert runner.live == ()


async def test_a_request_waits_only_so_long(film: MediaSource, tmp_path: Path) -> None:
    hanging = _script(tmp_path / "ffmpeg", "exec sleep 100")
    async with service(tmp_path / "cache", film, programs=(hanging,), limits=StreamingLimits(wait_s=0.2)) as streaming:
        rendition = await _encode(streaming)
        with pytest.raises(CapacityError) as refusal:
            await streaming.segment(VIEWER, rendition.name, 0)
        assert refusal.value.details["retry_after"] == 1
        assert len(streaming.transcodes()) == 1


async def test_a_viewer_who_leaves_takes_only_its_own_wait(film: MediaSource, tmp_path: Path) -> None:
    runner = CountingRunner()
    async with service(tmp_path, film, runner=runner) as streaming:
        rendition = await _encode(streaming)
        leaving = asyncio.create_task(streaming.segment(grant("one"), rendition.name, 2))
        staying = asyncio.create_task(streaming.segment(grant("two"), rendition.name, 2))
        await asyncio.sleep(0.05)
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        assert (await staying).length > 0
        assert len(runner.heads("-vf")) <= ONE_HEAD


async def test_a_full_disk_refuses_and_leaves_nothing_torn(film: MediaSource, tmp_path: Path) -> None:
    async with service(tmp_path, film, limits=StreamingLimits(prefetch_segments=0)) as streaming:
        rendition = await _encode(streaming)
        folder = tmp_path / rendition.key.digest
        folder.mkdir()
        (folder / "3.m4s.part").symlink_to("/dev/full")
        with pytest.raises(CapacityError, match="full"):
            await streaming.segment(VIEWER, rendition.name, 3)
        assert not (folder / "3.m4s").exists()
        assert not list(folder.glob("*.part"))
        # There is room again.
        assert (await streaming.segment(VIEWER, rendition.name, 3)).length > 0


async def test_nothing_starts_when_the_disk_is_nearly_full(film: MediaSource, tmp_path: Path) -> None:
    runner = CountingRunner()
    async with service(tmp_path, film, free_floor=2**62, runner=runner) as streaming:
        rendition = await _encode(streaming)
        with pytest.raises(CapacityError, match="disk"):
            await streaming.segment(VIEWER, rendition.name, 0)
        assert runner.started == []


async def test_a_held_back_head_makes_room_for_somebody_who_waits(long_film: MediaSource, tmp_path: Path) -> None:
    limits = StreamingLimits(lead_s=8, resume_s=4)
    other = open_source(long_film.path, file_id=2)
    async with service(tmp_path, long_film, other, places=1, limits=limits) as streaming:
        first, second = await _encode(streaming), await _encode(streaming, file_id=2)
        await streaming.segment(VIEWER, first.name, 0)
        await _until(lambda: any(transcode.is_blocked for transcode in streaming.transcodes()))
        await streaming.segment(grant("other", file_id=2), second.name, 0)
        assert [transcode.file_id for transcode in streaming.transcodes()] == [2]
        # The first viewer goes on with what was made, and then with a new head.
        await _until(lambda: any(transcode.is_blocked for transcode in streaming.transcodes()))
        assert (await streaming.segment(VIEWER, first.name, 20)).length > 0


async def test_without_a_place_the_viewer_is_told_when_to_come_again(film: MediaSource, tmp_path: Path) -> None:
    hanging = _script(tmp_path / "ffmpeg", "exec sleep 100")
    other = open_source(film.path, file_id=2)
    async with service(tmp_path / "cache", film, other, programs=(hanging,), places=1) as streaming:
        first, second = await _encode(streaming), await _encode(streaming, file_id=2)
        waiting = asyncio.create_task(streaming.segment(VIEWER, first.name, 0))
        await _until(lambda: bool(streaming.transcodes()))
        with pytest.raises(CapacityError) as refusal:
            await streaming.segment(grant("other", file_id=2), second.name, 0)
        assert refusal.value.details["retry_after"] == 3
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting


async def test_stopping_a_viewer_ends_what_only_it_needs(long_film: MediaSource, tmp_path: Path) -> None:
    runner = CountingRunner()
    async with service(tmp_path, long_film, runner=runner, limits=StreamingLimits(lead_s=8)) as streaming:
        rendition = await _encode(streaming)
        await asyncio.gather(*(streaming.segment(grant(viewer), rendition.name, 0) for viewer in ("one", "two")))
        streaming.stop_viewer("one")
        await asyncio.sleep(0.1)
        assert len(streaming.transcodes()) == 1
        streaming.stop_viewer("two")
        await _until(lambda: not streaming.transcodes() and not runner.live, 1)


async def test_heads_nobody_needs_any_more_end_by_themselves(long_film: MediaSource, tmp_path: Path) -> None:
    limits = StreamingLimits(lead_s=8, idle_s=0.2, sweep_s=0.05, viewer_ttl_s=0.2)
    async with service(tmp_path, long_film, limits=limits) as streaming:
        rendition = await _encode(streaming)
        await streaming.segment(VIEWER, rendition.name, 0)
        await _until(lambda: not streaming.transcodes(), 3)


async def test_closing_kills_every_process_at_once(long_film: MediaSource, tmp_path: Path) -> None:
    runner = CountingRunner()
    async with service(tmp_path, long_film, runner=runner, limits=StreamingLimits(lead_s=8)) as streaming:
        video, audio = await _encode(streaming), await _encode(streaming, "audio")
        await asyncio.gather(*(streaming.segment(VIEWER, rendition.name, 0) for rendition in (video, audio)))
        running = [process.pid for process in runner.live]
        assert running
        async with asyncio.timeout(1):
            await streaming.aclose()
    assert runner.live == ()
    for pid in running:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_file_that_lost_its_tail_ends_early_and_says_so(clip: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "cut.mkv"
    path.write_bytes(clip("mkv").read_bytes())
    film = open_source(path)
    os.truncate(path, path.stat().st_size * 6 // 10)
    async with service(tmp_path / "cache", film) as streaming:
        rendition = await _encode(streaming)
        assert (await streaming.segment(VIEWER, rendition.name, 2)).length > 0
        with pytest.raises((NotFoundError, MediaError)):
            await streaming.segment(VIEWER, rendition.name, rendition.cuts.count - 1)
        assert streaming.transcodes() == ()


async def test_a_file_that_became_garbage_is_an_error_with_a_sentence(film: MediaSource, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(film.path.read_bytes())
    broken = open_source(path)
    path.write_bytes(os.urandom(path.stat().st_size))
    async with service(tmp_path / "cache", broken) as streaming:
        presentation = await streaming.open_presentation(broken.file_id)
        encode = next(video for video in presentation.video if video.method is Method.ENCODE)
        with pytest.raises(MediaError, match="cannot be converted"):
            await streaming.segment(VIEWER, encode.name, 0)


async def test_a_seek_starts_a_second_head_and_keeps_the_first_viewers(long_film: MediaSource, tmp_path: Path) -> None:
    runner = CountingRunner()
    limits = StreamingLimits(lead_s=8, resume_s=4)
    async with service(tmp_path, long_film, runner=runner, limits=limits) as streaming:
        rendition = await _encode(streaming)
        streaming._shop.startup_s = -10
        await streaming.segment(grant("one"), rendition.name, 0)
        await streaming.segment(grant("two"), rendition.name, 22)
        starts = sorted(transcode.position_s for transcode in streaming.transcodes())
        assert len(starts) == 2
        await streaming.segment(grant("one"), rendition.name, 6)
        assert len(runner.heads("-vf")) == 2 * ONE_HEAD


async def test_warming_up_starts_where_playback_will(long_film: MediaSource, tmp_path: Path) -> None:
    runner = CountingRunner()
    async with service(tmp_path, long_film, runner=runner) as streaming:
        viewer = grant(options=StreamOptions(start_ms=80_000, copy_audio=frozenset({"aac"})))
        rendition = await _encode(streaming)
        await streaming.warm_up(viewer)
        await streaming.init_segment(viewer, rendition.name)
        at = rendition.cuts.at(80)
        await streaming.segment(viewer, rendition.name, at)
        assert len(runner.heads("-vf")) <= 1


async def test_errors_of_unknown_names_are_not_found(film: MediaSource, tmp_path: Path) -> None:
    async with service(tmp_path, film) as streaming:
        for name, number in (("nothing", 0), ("v0c", 100), ("v0h360", -1)):
            with pytest.raises(NotFoundError):
                await streaming.segment(VIEWER, name, number)
        with pytest.raises(FoyerError):
            await streaming.open_presentation(grant(file_id=9).file_id)
