from __future__ import annotations

from pathlib import Path

import pytest

from foyer.errors import MediaError
from foyer.media.audio_headers import (
    BitReader,
    flac_block_size,
    flac_stream_info,
    mp3_frame_samples,
    opus_head_to_dops,
    opus_packet_samples,
    parse_ac3,
    parse_audio_specific_config,
    parse_eac3,
)
from foyer.media.codecs import config_string
from foyer.media.formats import TrackFormat
from foyer.media.info import StreamKind
from foyer.media.matroska.header import read_header
from foyer.media.matroska.tracks import read_tracks
from foyer.media.mp4.movie import read_movie
from foyer.media.source_file import SourceFile
from tests.media.index_clips import ffmpeg, make


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.getbasetemp() / "index-clips"
    folder.mkdir(exist_ok=True)
    return folder


def formats(path: Path) -> dict[StreamKind, TrackFormat]:
    with SourceFile.open(path) as source:
        read = (
            [t.format for t in read_movie(source)]
            if path.suffix == ".mp4"
            else [t.format for t in read_tracks(source, read_header(source)).values()]
        )
    return {f.kind: f for f in read if isinstance(f, TrackFormat)}


@pytest.mark.parametrize("name", ["h264.mkv", "hevc.mkv", "av1.mkv", "eac3.mkv", "opus.mkv", "mp3.mkv"])
def test_configurations_made_from_matroska_are_those_ffmpeg_writes_into_mp4(
    clips: Path, tmp_path: Path, name: str
) -> None:
    source = make(clips, name)
    other = tmp_path / "other.mp4"
    ffmpeg("-i", str(source), "-c", "copy", "-strict", "-2", "-tag:v", tag(name), str(other))
    ours, theirs = formats(source), formats(other)
    for kind in (StreamKind.VIDEO, StreamKind.AUDIO):
        assert ours[kind].config == theirs[kind].config
        assert ours[kind].entry == theirs[kind].entry
        assert (ours[kind].width, ours[kind].height) == (theirs[kind].width, theirs[kind].height)


def tag(name: str) -> str:
    return {"hevc.mkv": "hvc1", "av1.mkv": "av01"}.get(name, "avc1")


def test_vp9_configuration_agrees_with_ffmpegs_but_for_the_level(clips: Path, tmp_path: Path) -> None:
    source = make(clips, "vp9.webm")
    other = tmp_path / "other.mp4"
    ffmpeg("-i", str(source), "-c", "copy", "-strict", "-2", str(other))
    ours, theirs = formats(source)[StreamKind.VIDEO].config, formats(other)[StreamKind.VIDEO].config
    assert ours[:5] == theirs[:5]
    assert ours[6] >> 4 == theirs[6] >> 4 == 8


@pytest.mark.parametrize(
    ("layout", "channels"), [("mono", 1), ("stereo", 2), ("5.1", 6), ("quad", 4), ("3.0", 3), ("2.1", 3)]
)
def test_dolby_headers_count_channels_as_ffmpeg_does(tmp_path: Path, layout: str, channels: int) -> None:
    for codec in ("ac3", "eac3"):
        source, other = tmp_path / f"{codec}.mkv", tmp_path / f"{codec}.mp4"
        sound = f"anullsrc=channel_layout={layout}:sample_rate=44100"
        ffmpeg("-f", "lavfi", "-i", sound, "-t", "0.3", "-c:a", codec, str(source))
        ffmpeg("-i", str(source), "-c", "copy", str(other))
        made, theirs = formats(source)[StreamKind.AUDIO], formats(other)[StreamKind.AUDIO]
        if codec == "ac3":
            assert made.config == theirs.config
        else:  # The first 13 bits are a data rate; ffmpeg has the nominal one.
            ours, nominal = int.from_bytes(made.config, "big"), int.from_bytes(theirs.config, "big")
            assert ours & (1 << 27) - 1 == nominal & (1 << 27) - 1
            assert abs((ours >> 27) - (nominal >> 27)) <= 1
        assert made.channels == channels
        assert made.sample_rate == 44_100


def test_audio_specific_configs_name_type_rate_and_frame() -> None:
    low = parse_audio_specific_config(bytes.fromhex("1190"))
    assert (low.object_type, low.sample_rate, low.channels, low.frame_size) == (2, 48_000, 2, 1024)
    high = parse_audio_specific_config(bytes.fromhex("2b118800"))
    assert (high.object_type, high.sample_rate, high.channels, high.frame_size) == (5, 48_000, 2, 2048)


@pytest.mark.parametrize("data", ["", "17", "1780", "ff"])
def test_short_or_senseless_audio_configs_are_refused(data: str) -> None:
    with pytest.raises(MediaError):
        parse_audio_specific_config(bytes.fromhex(data))


@pytest.mark.parametrize(
    ("codec", "entry", "config", "expected"),
    [
        ("h264", b"avc1", "0164002affe1", "avc1.64002A"),
        ("hevc", b"hvc1", "01016000000090000000000099", "hvc1.1.6.L153.90"),
        ("hevc", b"hvc1", "0122200000009000000000005d", "hvc1.2.4.H93.90"),
        ("av1", b"av01", "81094c00", "av01.0.09M.10"),
        ("av1", b"av01", "818d8c00", "av01.4.13H.08"),
        ("vp9", b"vp09", "01000000021fa2020202", "vp09.02.31.10"),
        ("aac", b"mp4a", "1190", "mp4a.40.2"),
        ("mp3", b"mp4a", "", "mp4a.6B"),
        ("eac3", b"ec-3", "", "ec-3"),
    ],
)
def test_codec_strings_follow_the_configuration(codec: str, entry: bytes, config: str, expected: str) -> None:
    assert config_string(codec, entry, bytes.fromhex(config)) == expected


@pytest.mark.parametrize(("codec", "config"), [("h264", "01"), ("hevc", "0101"), ("vorbis", "00"), ("av1", "")])
def test_configurations_that_do_not_tell_are_refused(codec: str, config: str) -> None:
    with pytest.raises(MediaError):
        config_string(codec, b"xxxx", bytes.fromhex(config))


def test_opus_headers_turn_big_endian_and_keep_their_mapping() -> None:
    head = b"OpusHead" + bytes.fromhex("0106380180bb0000000001") + bytes.fromhex("0402000401020305")
    assert opus_head_to_dops(head) == bytes.fromhex("000601380000bb80000001") + bytes.fromhex("0402000401020305")
    for short in (head[:18], head[:22], b"OpusTags" + bytes(30)):
        with pytest.raises(MediaError):
            opus_head_to_dops(short)


@pytest.mark.parametrize(
    ("packet", "samples"),
    [(b"\xfc", 960), (b"\xfd", 1920), (b"\xff\x03", 2880), (b"\x18", 2880), (b"\x60", 480), (b"", 0)],
)
def test_opus_packets_tell_their_duration(packet: bytes, samples: int) -> None:
    assert opus_packet_samples(packet) == samples


def test_flac_headers_are_found_with_and_without_their_marker() -> None:
    info = bytes.fromhex("10001000") + bytes(30)
    block = b"\x80\x00\x00\x22" + info
    assert flac_stream_info(info) == flac_stream_info(block) == flac_stream_info(b"fLaC" + block) == info
    assert flac_block_size(info) == 4096
    assert flac_block_size(b"\x10\x00\x12\x00" + bytes(30)) is None
    with pytest.raises(MediaError):
        flac_stream_info(b"fLaC" + block[:20])


def test_mp3_frames_are_halved_below_32_khz() -> None:
    assert [mp3_frame_samples(rate) for rate in (48_000, 32_000, 24_000)] == [1152, 1152, 576]


@pytest.mark.parametrize("packet", [b"", b"\x0b\x77", b"\x0b\x77" + b"\xff" * 20, b"\0" * 20])
def test_broken_dolby_packets_are_refused(packet: bytes) -> None:
    for parse in (parse_ac3, parse_eac3):
        with pytest.raises(MediaError):
            parse(packet)


def test_reading_past_the_end_of_a_header_is_refused() -> None:
    bits = BitReader(b"\xa5")
    assert (bits.read(4), bits.read(4)) == (10, 5)
    with pytest.raises(MediaError):
        bits.read(1)
