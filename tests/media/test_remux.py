from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest

from foyer.errors import MediaError
from foyer.media.file_index import FileIndex
from foyer.media.index import build_index
from foyer.media.remux import ByteRange, Remuxer
from tests.media.index_clips import ffmpeg, info_of, make, packets, stitched

VIDEO = ["h264.mp4", "h264.mkv", "hevc.mp4", "hevc.mkv", "vp9.webm", "av1.mkv", "fragmented.mp4", "edited.mov"]
AUDIO = [
    "h264.mp4",
    "h264.mkv",
    "hevc.mkv",
    "vp9.webm",
    "av1.mkv",
    "fragmented.mp4",
    "edited.mov",
    "eac3.mp4",
    "flac.mp4",
    "opus.mp4",
    "mp3.mp4",
    "eac3.mkv",
    "opus.mkv",
    "mp3.mkv",
]

Opened = Callable[[str], tuple[Path, FileIndex, Remuxer]]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    folder = tmp_path_factory.getbasetemp() / "index-clips"
    folder.mkdir(exist_ok=True)
    cache: dict[str, tuple[Path, FileIndex, Remuxer]] = {}

    def open_clip(name: str) -> tuple[Path, FileIndex, Remuxer]:
        if name not in cache:
            path = make(folder, name)
            index = build_index(path, info_of(path))
            cache[name] = path, index, Remuxer.open(path, index)
        return cache[name]

    return open_clip


def video_track(index: FileIndex) -> int:
    assert index.video is not None
    return index.video.stream


@pytest.mark.parametrize("name", VIDEO)
def test_video_segments_in_order_hold_every_frame_at_its_own_time(opened: Opened, name: str) -> None:
    path, index, remuxer = opened(name)
    made = packets(stitched(remuxer, video_track(index), range(index.segment_count)), "video")
    source = packets(path, "video")
    assert made.payloads == source.payloads
    assert made.pts == [pts - index.origin_s for pts in source.pts]
    assert made.keys == source.keys


@pytest.mark.parametrize("name", VIDEO)
def test_all_segments_together_decode_without_a_warning(opened: Opened, name: str, tmp_path: Path) -> None:
    _, index, remuxer = opened(name)
    whole = tmp_path / "whole.mp4"
    whole.write_bytes(stitched(remuxer, video_track(index), range(index.segment_count)))
    assert ffmpeg("-i", str(whole), "-f", "null", "-") == ""


@pytest.mark.parametrize("name", VIDEO)
def test_decode_times_rise_across_cuts_and_segments_begin_where_the_playlist_says(opened: Opened, name: str) -> None:
    _, index, remuxer = opened(name)
    track = video_track(index)
    with av.open(BytesIO(stitched(remuxer, track, range(index.segment_count))), "r") as container:
        stream = container.streams.video[0]
        rows = [(p.dts, p.pts) for p in container.demux(stream) if p.size and p.dts is not None and p.pts is not None]
    decode = [dts for dts, _ in rows]
    assert decode == sorted(set(decode))
    assert all(dts <= pts for dts, pts in rows)
    for i in range(index.segment_count):
        first = packets(stitched(remuxer, track, [i]), "video")
        assert first.pts[0] == index.media_time(i)
        assert first.keys[0]


@pytest.mark.parametrize("name", VIDEO)
def test_any_segment_decodes_alone(opened: Opened, name: str) -> None:
    _, index, remuxer = opened(name)
    track = video_track(index)
    for i in range(index.segment_count):
        data = stitched(remuxer, track, [i])
        start = index.media_time(i)
        shown_after_start = sum(1 for pts in packets(data, "video").pts if pts >= start)
        with av.open(BytesIO(data), "r") as container:
            frames = list(container.decode(video=0))
        # Leading pictures of an open group need the group before: a decoder that starts here skips them.
        assert len([f for f in frames if (f.pts or 0) * (f.time_base or 1) >= start]) == shown_after_start
        assert frames[0].key_frame


@pytest.mark.parametrize("name", AUDIO)
def test_audio_segments_hold_every_packet_once_and_without_gaps(opened: Opened, name: str) -> None:
    path, index, remuxer = opened(name)
    audio = index.audio[0]
    source = packets(path, "audio")
    made = packets(stitched(remuxer, audio.stream, range(index.segment_count)), "audio")
    # Encoder priming before zero is the only thing left out.
    dropped = len(source.payloads) - len(made.payloads)
    assert 0 <= dropped <= 2
    assert made.payloads == source.payloads[dropped:]
    assert all(pts < 0 for pts in source.pts[:dropped])
    expected = [pts - index.origin_s for pts in source.pts[dropped:]]
    exact = path.suffix in {".mp4", ".mov"}
    assert max(abs(a - b) for a, b in zip(made.pts, expected, strict=True)) <= (0 if exact else Fraction(11, 10_000))
    if audio.frame_size is not None:
        step = Fraction(audio.frame_size, audio.sample_rate)
        assert {b - a for a, b in zip(made.pts[:-1], made.pts[1:], strict=True)} == {step}


@pytest.mark.parametrize("name", AUDIO)
def test_each_audio_packet_lies_in_the_segment_of_its_time(opened: Opened, name: str) -> None:
    _, index, remuxer = opened(name)
    track = index.audio[0].stream
    for i in range(index.segment_count):
        made = packets(stitched(remuxer, track, [i]), "audio")
        assert i == 0 or made.pts[0] >= index.media_time(i)
        assert i + 1 == index.segment_count or made.pts[-1] < index.media_time(i + 1)


@pytest.mark.parametrize("name", AUDIO)
def test_copied_audio_decodes_without_a_warning(opened: Opened, name: str, tmp_path: Path) -> None:
    _, index, remuxer = opened(name)
    whole = tmp_path / "whole.mp4"
    whole.write_bytes(stitched(remuxer, index.audio[0].stream, range(index.segment_count)))
    assert ffmpeg("-i", str(whole), "-f", "null", "-") == ""


@pytest.mark.parametrize("name", ["h264.mp4", "h264.mkv", "hevc.mkv", "fragmented.mp4"])
def test_segments_are_the_same_bytes_in_any_order_and_from_any_remuxer(opened: Opened, name: str) -> None:
    path, index, remuxer = opened(name)
    order = random.Random(7)
    with Remuxer.open(path, FileIndex.from_bytes(index.to_bytes())) as other:
        for _ in range(20):
            track, i = order.choice(remuxer.tracks), order.randrange(index.segment_count)
            assert remuxer.read(remuxer.segment(track, i)) == other.read(other.segment(track, i))


@pytest.mark.parametrize("name", ["h264.mp4", "hevc.mkv", "av1.mkv"])
def test_ffmpeg_plays_the_stitched_playlist_in_sync(opened: Opened, name: str, tmp_path: Path) -> None:
    path, index, remuxer = opened(name)
    for track in remuxer.tracks:
        write_playlist(tmp_path, index, remuxer, track)
    picture, sound = video_track(index), index.audio[0].stream
    codecs = f"{remuxer.codec_string(picture)},{remuxer.codec_string(sound)}"
    (tmp_path / "main.m3u8").write_text(
        "#EXTM3U\n#EXT-X-VERSION:7\n"
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="{sound}.m3u8"\n'
        f'#EXT-X-STREAM-INF:BANDWIDTH=1000000,CODECS="{codecs}",AUDIO="a"\n{picture}.m3u8\n'
    )
    source_video, source_audio = packets(path, "video"), packets(path, "audio")
    played_video, played_audio = packets(tmp_path / "main.m3u8", "video"), packets(tmp_path / "main.m3u8", "audio")
    assert len(played_video.pts) == len(source_video.pts)
    shift = min(played_video.pts) - min(source_video.pts)
    frame = Fraction(1, 24)
    assert abs(shift) < frame
    assert abs(max(played_audio.pts) - max(source_audio.pts) - shift) < frame
    assert ffmpeg("-i", str(tmp_path / "main.m3u8"), "-f", "null", "-") == ""


def write_playlist(folder: Path, index: FileIndex, remuxer: Remuxer, track: int) -> None:
    (folder / f"{track}.mp4").write_bytes(remuxer.init_segment(track))
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:6", f'#EXT-X-MAP:URI="{track}.mp4"']
    for i in range(index.segment_count):
        (folder / f"{track}-{i}.m4s").write_bytes(remuxer.read(remuxer.segment(track, i)))
        lines += [f"#EXTINF:{float(index.segment_duration(i)):.6f},", f"{track}-{i}.m4s"]
    (folder / f"{track}.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))


def test_a_segment_names_byte_ranges_that_add_up_to_its_length(opened: Opened) -> None:
    _, index, remuxer = opened("h264.mp4")
    segment = remuxer.segment(video_track(index), 1)
    assert sum(p.length if isinstance(p, ByteRange) else len(p) for p in segment.parts) == segment.length
    assert len(remuxer.read(segment)) == segment.length


def test_segment_sizes_are_the_payloads_of_the_segments(opened: Opened) -> None:
    _, index, remuxer = opened("h264.mp4")
    for track in remuxer.tracks:
        sizes = remuxer.segment_sizes(track)
        assert sizes is not None
        ranges = [
            sum(p.length for p in remuxer.segment(track, i).parts if isinstance(p, ByteRange))
            for i in range(index.segment_count)
        ]
        assert list(sizes) == ranges


def test_sound_without_picture_is_cut_on_the_encoded_grid(opened: Opened) -> None:
    for name in ("song.m4a", "song.mka"):
        path, index, remuxer = opened(name)
        assert index.video is None
        assert index.boundaries[:2] == (0, 196_608)
        made = packets(stitched(remuxer, 0, range(index.segment_count)), "audio")
        source = packets(path, "audio")
        assert made.payloads == source.payloads[-len(made.payloads) :]
        assert len(source.payloads) - len(made.payloads) <= 1


@pytest.mark.parametrize(
    ("name", "video", "audio"),
    [
        ("h264.mp4", "avc1.", "mp4a.40.2"),
        ("hevc.mkv", "hvc1.1.6.L60.90", "ac-3"),
        ("vp9.webm", "vp09.00.", "Opus"),
        ("av1.mkv", "av01.0.", "fLaC"),
        ("eac3.mkv", "avc1.", "ec-3"),
        ("mp3.mp4", "avc1.", "mp4a.6B"),
    ],
)
def test_codec_strings_come_from_the_configuration(opened: Opened, name: str, video: str, audio: str) -> None:
    _, index, remuxer = opened(name)
    assert remuxer.codec_string(video_track(index)).startswith(video)
    assert remuxer.codec_string(index.audio[0].stream) == audio


def test_a_file_that_changed_is_refused(opened: Opened, tmp_path: Path) -> None:
    path, index, _ = opened("h264.mp4")
    longer = tmp_path / "longer.mp4"
    longer.write_bytes(path.read_bytes() + b"\0" * 8)
    with pytest.raises(MediaError, match="changed"):
        Remuxer.open(longer, index)


def test_another_file_of_the_same_size_is_refused(opened: Opened, tmp_path: Path) -> None:
    _, index, _ = opened("h264.mp4")
    other, _, _ = opened("hevc.mp4")
    same_size = tmp_path / "same.mp4"
    data = other.read_bytes()
    same_size.write_bytes((data + b"\0\0\0\x08free" * (index.file_size // 8))[: index.file_size])
    with pytest.raises(MediaError):
        Remuxer.open(same_size, index)


def test_segments_and_tracks_that_do_not_exist_are_refused(opened: Opened) -> None:
    _, index, remuxer = opened("h264.mp4")
    for i in (-1, index.segment_count):
        with pytest.raises(MediaError, match="no such segment"):
            remuxer.segment(video_track(index), i)
    with pytest.raises(MediaError, match="cannot be copied"):
        remuxer.init_segment(9)


def test_a_container_without_a_reader_is_not_remuxed(opened: Opened) -> None:
    with pytest.raises(MediaError, match="not remuxed"):
        opened("broadcast.ts")


def test_several_threads_may_share_a_remuxer(opened: Opened) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    _, index, remuxer = opened("h264.mkv")
    jobs = [(t, i) for t in remuxer.tracks for i in range(index.segment_count)] * 4
    alone = {job: remuxer.read(remuxer.segment(*job)) for job in set(jobs)}
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda job: remuxer.read(remuxer.segment(*job)), jobs))
    assert made == [alone[job] for job in jobs]
