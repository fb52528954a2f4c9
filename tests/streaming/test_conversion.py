"""Sources that need more than a decoder: interlaced, anamorphic, rotated, HDR, odd, of variable rate, in surround."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from foyer.media.info import HdrKind, StreamInfo
from foyer.streaming.limits import StreamingLimits
from foyer.streaming.options import StreamOptions
from foyer.streaming.rendition import AudioRendition, Method, VideoRange, VideoRendition
from foyer.streaming.selection import select
from foyer.streaming.source import MediaSource
from tests.streaming import clips
from tests.streaming.sources import open_source
from tests.streaming.stage import grant, service

PROGRAMS = pytest.mark.parametrize("program", ["ffmpeg", imageio_ffmpeg.get_ffmpeg_exe()], ids=["debian", "bundled"])


def _make(path: Path, *words: str) -> Path:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *words, str(path)], check=True)
    return path


def _with_video(source: MediaSource, **facts: object) -> MediaSource:
    """What a probe finds beyond the tests' own."""
    video = source.info.video
    assert video is not None
    streams: list[StreamInfo] = [replace(s, **facts) if s is video else s for s in source.info.streams]  # type: ignore[arg-type]
    return replace(source, info=replace(source.info, streams=tuple(streams)))


async def _encoded(
    source: MediaSource, cache: Path, program: str = "ffmpeg"
) -> tuple[VideoRendition, bytes, list[av.VideoFrame]]:
    """The largest encode, whole, and its frames."""
    async with service(cache, source, programs=(program,)) as streaming:
        presentation = await streaming.open_presentation(source.file_id)
        rendition = next(video for video in presentation.video if video.method is Method.ENCODE)
        viewer = grant()
        data = b""
        for body in [
            await streaming.init_segment(viewer, rendition.name),
            *[await streaming.segment(viewer, rendition.name, i) for i in range(rendition.cuts.count)],
        ]:
            assert isinstance(body.content, Path)
            data += body.content.read_bytes()
    with av.open(io.BytesIO(data), "r") as container:
        assert rendition.codecs == _codec_string(data)
        return rendition, data, list(container.decode(video=0))


def _codec_string(data: bytes) -> str:
    config = data.index(b"avcC") + 4
    return f"avc1.{data[config + 1 : config + 4].hex().upper()}"


@PROGRAMS
async def test_interlaced_anamorphic_dvd_video_becomes_progressive_with_square_pixels(
    program: str, tmp_path: Path
) -> None:
    source = _make(
        tmp_path / "dvd.mkv",
        *("-f", "lavfi", "-i", "testsrc2=size=720x576:rate=50:duration=5"),
        *("-vf", "interlace=scan=tff,setsar=64/45", "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-g", "12"),
    )
    film = _with_video(open_source(source), is_interlaced=True)
    rendition, _, frames = await _encoded(film, tmp_path / "cache", program)
    assert (rendition.width, rendition.height) == (1024, 576)
    assert {(frame.width, frame.height) for frame in frames} == {(1024, 576)}
    assert not any(frame.interlaced_frame for frame in frames)
    assert len(frames) == 125
    assert rendition.recipe is not None
    assert rendition.recipe.deinterlace


@PROGRAMS
async def test_a_film_of_a_turned_phone_is_upright(program: str, tmp_path: Path) -> None:
    flat = _make(
        tmp_path / "flat.mp4",
        *("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=5", "-c:v", "libx264", "-preset", "ultrafast"),
    )
    turned = _make(tmp_path / "turned.mp4", "-i", str(flat), "-c", "copy", "-metadata:s:v", "rotate=90")
    film = _with_video(open_source(turned), rotation=90)
    rendition, data, frames = await _encoded(film, tmp_path / "cache", program)
    assert (rendition.width, rendition.height) == (360, 640)
    assert {(frame.width, frame.height) for frame in frames} == {(360, 640)}
    assert {frame.rotation for frame in frames} == {0}
    assert b"edts" not in data
    assert len(frames) == 125


@PROGRAMS
async def test_hdr_is_mapped_to_bt709(program: str, tmp_path: Path) -> None:
    source = _make(
        tmp_path / "hdr.mkv",
        *("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=24:duration=3,format=yuv420p10le"),
        *("-c:v", "libx265", "-preset", "ultrafast", "-color_primaries", "bt2020", "-color_trc", "smpte2084"),
        *("-colorspace", "bt2020nc", "-x265-params", "log-level=none:colorprim=bt2020:transfer=smpte2084"),
    )
    film = open_source(source)
    rendition, _, frames = await _encoded(film, tmp_path / "cache", program)
    assert rendition.range is VideoRange.SDR
    assert rendition.recipe is not None
    assert rendition.recipe.tone_map is VideoRange.PQ
    assert {(int(f.color_primaries), int(f.color_trc), int(f.colorspace)) for f in frames} == {(1, 1, 1)}
    assert {frame.format.name for frame in frames} == {"yuv420p"}
    assert len(frames) == 72


async def test_dolby_vision_without_a_base_layer_is_refused_with_the_reason(film: MediaSource, tmp_path: Path) -> None:
    source = _with_video(film, hdr=HdrKind.DOLBY_VISION)
    async with service(tmp_path, source) as streaming:
        presentation = await streaming.open_presentation(source.file_id)
        assert [video.method for video in presentation.video] == [Method.COPY]
        assert presentation.no_encode is not None
        assert "Dolby Vision" in presentation.no_encode


@PROGRAMS
async def test_odd_sizes_become_even(program: str, tmp_path: Path) -> None:
    source = _make(
        tmp_path / "odd.mkv", *("-f", "lavfi", "-i", "testsrc2=size=321x181:rate=25:duration=3", "-c:v", "ffv1")
    )
    rendition, _, frames = await _encoded(open_source(source), tmp_path / "cache", program)
    assert (rendition.width % 2, rendition.height % 2) == (0, 0)
    assert {(frame.width, frame.height) for frame in frames} == {(rendition.width, rendition.height)}
    assert len(frames) == 75


@PROGRAMS
async def test_variable_frame_times_are_kept_to_the_tick(program: str, tmp_path: Path) -> None:
    source = clips.make(
        tmp_path / "vfr.mkv",
        *("-vf", "select='not(mod(n,5)*mod(n,7))+lt(t,3)'", "-fps_mode", "vfr", "-c:v", "libx264", "-g", "30"),
        *("-preset", "ultrafast"),
        seconds=12,
        sound=False,
    )
    original = clips.read(source)
    assert len(set(original.numbers)) < 200
    _, data, _ = await _encoded(open_source(source), tmp_path / "cache", program)
    shown = clips.read(data)
    assert shown.numbers == original.numbers
    assert shown.times == pytest.approx(original.times, abs=1e-9)


@PROGRAMS
async def test_keyframes_too_far_apart_are_cut_at_frames(program: str, tmp_path: Path) -> None:
    source = clips.make(
        tmp_path / "sparse.mp4",
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "9999", "-sc_threshold", "0"),
        seconds=24,
        sound=False,
    )
    film = open_source(source)
    assert film.index.segment_count >= 5
    async with service(tmp_path / "cache", film, programs=(program,)) as streaming:
        presentation = await streaming.open_presentation(film.file_id)
        assert [video.method for video in presentation.video] == [Method.ENCODE]
        (rendition,) = presentation.video
        order = (3, 1, 4, 0, 2, *range(5, rendition.cuts.count))
        bodies = {i: await streaming.segment(grant(), rendition.name, i) for i in order}
        init = await streaming.init_segment(grant(), rendition.name)
    parts = [body.content for body in (init, *(bodies[i] for i in sorted(bodies)))]
    shown = clips.read(b"".join(part.read_bytes() for part in parts if isinstance(part, Path)))
    assert shown.numbers == clips.read(source).numbers
    assert max(map(abs, shown.time_errors())) < 1e-9


@PROGRAMS
@pytest.mark.parametrize("channels", [2, 6])
async def test_surround_is_kept_or_mixed_down_with_the_dialogue(program: str, channels: int, tmp_path: Path) -> None:
    tone = "sin(2*PI*500*t)*0.5"
    source = _make(
        tmp_path / "surround.mkv",
        *("-f", "lavfi", "-i", f"aevalsrc='0|0|{tone}|0|0|0':c=5.1:s=48000:d=6"),
        *("-f", "lavfi", "-i", "color=black:s=64x64:r=25:d=6"),
        *("-c:a", "flac", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50"),
    )
    film = open_source(source)
    async with service(tmp_path / "cache", film, programs=(program,)) as streaming:
        presentation = await streaming.open_presentation(film.file_id)
        rendition = select(presentation, StreamOptions(max_channels=channels)).default_audio
        assert isinstance(rendition, AudioRendition)
        assert rendition.channels == channels
        bodies = [await streaming.init_segment(grant(), rendition.name)]
        bodies += [await streaming.segment(grant(), rendition.name, i) for i in range(rendition.cuts.count)]
    data = b"".join(body.content.read_bytes() for body in bodies if isinstance(body.content, Path))
    with av.open(io.BytesIO(data), "r") as container:
        sound = [frame.to_ndarray() for frame in container.decode(audio=0)]
    loudness = [max(np.abs(frame[channel]).max() for frame in sound[20:40]) for channel in range(channels)]
    if channels == 6:
        assert loudness[2] == pytest.approx(0.5, abs=0.05)
        assert loudness[0] < 0.02
    else:
        assert loudness == pytest.approx([0.177, 0.177], abs=0.02)


@PROGRAMS
@pytest.mark.parametrize(("sample_rate", "late"), [(44_100, 0), (22_050, 0), (44_100, 3700)])
async def test_other_sample_rates_and_late_clocks_keep_their_times_in_every_head(
    program: str, sample_rate: int, late: int, tmp_path: Path
) -> None:
    source = clips.make(
        tmp_path / "other.ts",
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "48", "-c:a", "aac", "-output_ts_offset", str(late)),
        seconds=14,
        channels=1,
        sample_rate=sample_rate,
    )
    film = open_source(source)
    original = clips.read(source)
    limits = StreamingLimits(head_s=1, prefetch_segments=0)
    async with service(tmp_path / "cache", film, programs=(program,), limits=limits) as streaming:
        presentation = await streaming.open_presentation(film.file_id)
        rendition = next(audio for audio in presentation.audio if audio.method is Method.ENCODE)
        count = rendition.cuts.count
        bodies = {i: await streaming.segment(grant(), rendition.name, i) for i in (2, 0, *range(1, count))}
        init = await streaming.init_segment(grant(), rendition.name)
    parts = [body.content for body in (init, *(bodies[i] for i in sorted(bodies)))]
    heard = clips.read(b"".join(part.read_bytes() for part in parts if isinstance(part, Path)))
    assert heard.audio_gaps == []
    expected = [beep - film.index.origin_s for beep in original.beeps]
    assert heard.beeps == pytest.approx(expected, abs=0.002)


@PROGRAMS
@pytest.mark.parametrize("missing", ["head", "tail"])
async def test_sound_that_starts_late_or_ends_early_is_silent_there(program: str, missing: str, tmp_path: Path) -> None:
    delay, length = (9, 7) if missing == "head" else (0, 6)
    source = _make(
        tmp_path / "gap.mkv",
        *("-f", "lavfi", "-i", "color=black:s=64x64:r=25:d=16"),
        *("-itsoffset", str(delay), "-f", "lavfi", "-i", f"sine=500:d={length}:r=44100"),
        *("-c:a", "aac", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50"),
    )
    film = open_source(source)
    async with service(tmp_path / "cache", film, programs=(program,)) as streaming:
        presentation = await streaming.open_presentation(film.file_id)
        rendition = next(audio for audio in presentation.audio if audio.method is Method.ENCODE)
        # The middle first, then what comes before and after it: three heads.
        count = rendition.cuts.count
        bodies = {i: await streaming.segment(grant(), rendition.name, i) for i in (count - 1, *range(count - 1))}
        init = await streaming.init_segment(grant(), rendition.name)
    data = b"".join(
        b.content.read_bytes() for b in (init, *map(bodies.get, range(count))) if b and isinstance(b.content, Path)
    )
    with av.open(io.BytesIO(data), "r") as container:
        frames = list(container.decode(audio=0))
    times = [float(frame.time or 0) for frame in frames]
    steps = {round((b - a) * 48000) for a, b in pairwise(times)}
    assert steps == {1024}
    assert times[-1] + Fraction(1024, 48000) >= 16
    loud = [time for time, frame in zip(times, frames, strict=True) if np.abs(frame.to_ndarray()).max() > 0.05]
    assert min(loud) == pytest.approx(delay, abs=0.05)
    assert max(loud) == pytest.approx(delay + length, abs=0.06)
