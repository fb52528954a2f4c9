from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.media.codec_names import VideoShape, audio_string, video_string
from foyer.media.movie_facts import read_movie_facts
from foyer.media.parameter_sets import h264_parameters, h264_profile_bytes
from foyer.media.probe import probe
from tests.media.clips import Clips, ffmpeg


def extradata(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return container.streams.video[0].codec_context.extradata or b""


@pytest.mark.parametrize("form", ["yuv420p", "yuv422p", "yuv444p", "gray", "yuv420p10le", "yuv422p10le", "yuv444p10le"])
@pytest.mark.parametrize("extension", ["mkv", "ts"])
def test_every_format_x264_writes_is_read_from_its_header(tmp_path: Path, form: str, extension: str) -> None:
    path = tmp_path / f"a.{extension}"
    picture = "testsrc2=s=192x96:r=25:d=0.2,setsar=16/11"
    colours = "colorprim=bt709:transfer=bt470m:colormatrix=smpte240m:cqm=jvt"
    ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "libx264", "-pix_fmt", form, "-x264-params", colours, path)
    found = h264_parameters(extradata(path))
    assert found is not None
    assert found.pixel_format == form
    assert found.aspect == Fraction(16, 11)
    matrix = 2 if form == "gray" else 7  # without colour there is nothing to say
    assert (found.primaries, found.transfer, found.matrix, found.frames_only) == (1, 4, matrix, True)
    assert probe(path).streams[0].pixel_format == form


def test_fields_are_announced(clips: Clips) -> None:
    found = h264_parameters(extradata(clips.interlaced_h264()))
    assert found is not None
    assert not found.frames_only


@given(st.binary(max_size=80), st.sampled_from([b"", b"\0\0\1\x67", b"\1\x64\0\x1f\xff\xe1\0\x20\x67\x64\0\x1f"]))
def test_any_bytes_are_parameters_or_nothing(data: bytes, head: bytes) -> None:
    found = h264_parameters(head + data)
    if found is not None:
        assert 8 <= found.bit_depth <= 14
        assert found.pixel_format
    h264_profile_bytes(head + data)
    for codec in ("h264", "hevc", "av1", "vp9", "aac", "theora"):
        video_string(codec, "", head + data, VideoShape(1, 1, 0, 8), None)
        audio_string(codec, head + data, None)


@pytest.mark.parametrize(
    ("shape", "level"),
    [
        ((320, 180, 24), 11),
        ((1280, 720, 30), 31),
        ((1920, 1080, 30), 40),
        ((1920, 1080, 60), 41),
        ((3840, 2160, 60), 51),
    ],
)
def test_levels_of_vp9_follow_size_and_rate(shape: tuple[int, int, float], level: int) -> None:
    width, height, rate = shape
    assert video_string("vp9", "", b"", VideoShape(width, height, rate, 10), "Profile 2") == f"vp09.02.{level}.10"


def test_transport_streams_have_the_same_strings_as_files(tmp_path: Path) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc2=s=192x96:r=25:d=0.4")
    for codec, words in (("h264", ("libx264",)), ("hevc", ("libx265", "-x265-params", "log-level=error"))):
        file, stream = tmp_path / f"{codec}.mkv", tmp_path / f"{codec}.ts"
        ffmpeg(*picture, "-c:v", *words, file)
        ffmpeg("-i", file, "-c", "copy", stream)
        of_file, of_stream = (probe(path).streams[0].codec_string for path in (file, stream))
        assert of_file == of_stream
        assert of_file is not None


def test_a_dolby_vision_record_is_found(clips: Clips, tmp_path: Path) -> None:
    data = clips.film_mp4().read_bytes()
    # Turn the optional 'btrt' or 'pasp' box of the sample entry into a configuration record of profile 8.
    at = data.index(b"avcC") + 4
    length = int.from_bytes(data[at - 8 : at - 4], "big")
    following = at - 8 + length
    size = int.from_bytes(data[following : following + 4], "big")
    record = b"dvvC" + bytes((1, 0, 8 << 1, 0)) + bytes(size - 12)
    path = tmp_path / "dv.mp4"
    path.write_bytes(data[: following + 4] + record + data[following + size :])
    assert read_movie_facts(path)[0].dolby_vision_profile == 8
    video = probe(path).video
    assert video is not None
    assert (video.hdr, video.dolby_vision_profile) == ("dolby_vision", 8)


def test_facts_of_what_is_no_movie_are_empty(tmp_path: Path, clips: Clips) -> None:
    path = tmp_path / "x.mp4"
    for data in (b"x" * 100, b"\0\0\0\x10moov" + bytes(8), clips.film_mp4().read_bytes()[:300]):
        path.write_bytes(data)
        assert read_movie_facts(path) == ()
