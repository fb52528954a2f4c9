from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from foyer.errors import MediaError
from foyer.media.file_index import FileIndex, media_origin
from foyer.media.index import CopyRefusal, build_index
from foyer.media.info import MediaInfo
from foyer.media.remux import Remuxer
from tests.media.index_clips import RATE, RECIPES, ffmpeg, info_of, make, packets, stitched


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.getbasetemp() / "index-clips"
    folder.mkdir(exist_ok=True)
    return folder


def indexed(path: Path) -> FileIndex:
    return build_index(path, info_of(path))


@pytest.mark.parametrize("name", RECIPES)
def test_boundaries_are_frames_of_the_source(clips: Path, name: str) -> None:
    path = make(clips, name)
    index = indexed(path)
    source = packets(path, "video")
    shown = {pts for pts, key in zip(source.pts, source.keys, strict=True) if key or name == "sparse.mp4"}
    assert {b * index.time_base for b in index.boundaries[:-1]} <= shown
    assert index.boundaries[0] * index.time_base == min(shown)
    assert index.video is not None
    assert index.video.keyframes >= 1


@pytest.mark.parametrize("name", RECIPES)
def test_the_last_boundary_is_the_end_of_the_last_frame(clips: Path, name: str) -> None:
    path = make(clips, name)
    index = indexed(path)
    source = packets(path, "video")
    end = index.boundaries[-1] * index.time_base
    assert abs(end - max(source.pts) - Fraction(1001, 24_000)) <= Fraction(2, 1000)


@pytest.mark.parametrize("name", ["h264.mp4", "h264.mkv", "vp9.webm", "broadcast.ts", "song.m4a", "sparse.mp4"])
def test_an_index_survives_its_bytes(clips: Path, name: str) -> None:
    index = indexed(make(clips, name))
    data = index.to_bytes()
    assert FileIndex.from_bytes(data) == index
    assert len(data) < 600


@pytest.mark.parametrize("damage", [b"", b"nothing like it", b"FYIX\xff", b"FYIX\x01broken"])
def test_bytes_that_are_no_index_are_refused(damage: bytes) -> None:
    with pytest.raises(MediaError, match="index"):
        FileIndex.from_bytes(damage)


def test_a_truncated_index_is_refused(clips: Path) -> None:
    data = indexed(make(clips, "h264.mp4")).to_bytes()
    with pytest.raises(MediaError, match="index"):
        FileIndex.from_bytes(data[:-9])


def test_sparse_keyframes_give_cuts_at_frames_and_no_copy(clips: Path) -> None:
    index = indexed(make(clips, "sparse.mp4"))
    assert index.video is not None
    assert index.video.copy_refusal is CopyRefusal.SPARSE_KEYFRAMES
    assert index.video.max_gap * index.time_base > 12
    assert index.longest_segment < 5
    assert not index.copy_allowed
    assert index.audio[0].copy_allowed


def test_a_transport_stream_is_cut_at_keyframes_but_not_copied(clips: Path) -> None:
    index = indexed(make(clips, "broadcast.ts"))
    assert index.video is not None
    assert index.video.copy_refusal is CopyRefusal.CONTAINER
    assert index.origin_s == 1  # its first frame is shown at 1.48 s
    assert 0 <= index.media_time(0) < 1


def test_recovery_points_are_told_from_idr_pictures(clips: Path, tmp_path: Path) -> None:
    path = tmp_path / "open.mp4"
    options = "open-gop=1:keyint=48:min-keyint=48:bframes=3:scenecut=0"
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-x264-params", options, "-pix_fmt", "yuv420p"]
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=s=160x90:r={RATE}", "-t", "20", *encode, str(path))
    again = tmp_path / "open.mkv"
    ffmpeg("-i", str(path), "-c", "copy", str(again))
    for made in (path, again):
        video = indexed(made).video
        assert video is not None
        assert video.open_groups
        assert video.copy_refusal is None
    closed = indexed(make(clips, "h264.mp4")).video
    assert closed is not None
    assert not closed.open_groups


def test_variable_frame_rates_keep_their_times(tmp_path: Path) -> None:
    path = tmp_path / "variable.mkv"
    select = "select='lt(mod(n,24),9)+eq(mod(n,24),15)',settb=1/1000"
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "20", "-pix_fmt", "yuv420p", "-fps_mode", "passthrough"]
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=s=160x90:r={RATE}", "-t", "12", "-vf", select, *encode, str(path))
    again = tmp_path / "variable.mp4"
    ffmpeg("-i", str(path), "-c", "copy", str(again))
    for made in (path, again):
        index, source = indexed(made), packets(made, "video")
        with Remuxer.open(made, index) as remuxer:
            copied = packets(stitched(remuxer, 0, range(index.segment_count)), "video")
        assert copied.pts == source.pts
        assert copied.payloads == source.payloads


def test_a_late_start_keeps_sound_and_picture_together(clips: Path, tmp_path: Path) -> None:
    path = tmp_path / "late.mp4"
    ffmpeg("-itsoffset", "2.5", "-i", str(make(clips, "h264.mp4")), "-c", "copy", str(path))
    index = indexed(path)
    assert index.origin_s == 2
    source_video, source_audio = packets(path, "video"), packets(path, "audio")
    with Remuxer.open(path, index) as remuxer:
        video = packets(stitched(remuxer, 0, range(index.segment_count)), "video")
        audio = packets(stitched(remuxer, 1, range(index.segment_count)), "audio")
    assert min(source_video.pts) - min(video.pts) == 2
    assert max(source_audio.pts) - max(audio.pts) == 2


def test_a_cut_inside_a_group_of_pictures_is_not_copied(clips: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    ffmpeg("-ss", "3.6", "-i", str(make(clips, "h264.mp4")), "-c", "copy", str(path))
    video = indexed(path).video
    assert video is not None
    assert video.copy_refusal is CopyRefusal.EDITS


def test_bit_rates_are_those_of_the_packets(clips: Path) -> None:
    path = make(clips, "h264.mp4")
    index = indexed(path)
    assert index.video is not None
    total = sum(map(len, packets(path, "video").payloads)) * 8 / float(index.duration)
    assert index.video.average_bit_rate == pytest.approx(total, rel=0.01)
    assert (index.video.peak_bit_rate or 0) >= (index.video.average_bit_rate or 0)


def test_the_timelines_zero_is_a_whole_second_and_ignores_priming() -> None:
    assert media_origin(Fraction(0), [Fraction(-1024, 48_000)]) == 0
    assert media_origin(Fraction(28, 10), [Fraction(26, 10)]) == 2
    assert media_origin(Fraction(-1, 12), [Fraction(0)]) == -1
    assert media_origin(Fraction(5), [Fraction(0)]) == 0
    assert media_origin(None, []) == 0


def test_a_file_that_pretends_to_last_for_months_is_refused(clips: Path) -> None:
    path = make(clips, "song.mp3")
    info = replace(info_of(path), duration_us=10**14)
    with pytest.raises(MediaError, match="weeks"):
        build_index(path, info)


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    fifo, empty = tmp_path / "fifo.mkv", tmp_path / "empty.mp4"
    os.mkfifo(fifo)
    empty.touch()
    nothing = MediaInfo(container="mp4", size=0, duration_us=None, start_us=0, bit_rate=None, streams=())
    for path in (fifo, empty, tmp_path, tmp_path / "missing.mp4"):
        with pytest.raises(MediaError):
            build_index(path, nothing)
