from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import pytest

from foyer.errors import MediaError
from foyer.media.info import HdrKind, MediaInfo, StreamInfo, StreamKind
from foyer.media.probe import probe

if TYPE_CHECKING:
    from tests.media.clips import Clips


def video(info: MediaInfo) -> StreamInfo:
    assert info.video is not None
    return info.video


def audio(info: MediaInfo) -> StreamInfo:
    return info.of_kind(StreamKind.AUDIO)[0]


def test_an_mp4_film(clips: Clips) -> None:
    info = probe(clips.film_mp4())
    assert info.container == "mp4"
    assert info.size == clips.film_mp4().stat().st_size
    assert info.duration_us == pytest.approx(4_000_000, abs=50_000)
    assert info.tags["title"] == "Film (2021)"
    picture, sound = video(info), audio(info)
    assert (picture.codec, picture.width, picture.height, picture.pixel_format) == ("h264", 640, 360, "yuv420p")
    assert (picture.bit_depth, picture.is_interlaced, picture.rotation, picture.hdr) == (8, False, 0, HdrKind.SDR)
    assert picture.frame_rate == Fraction(24000, 1001)
    assert picture.codec_string is not None
    assert picture.codec_string.startswith("avc1.")
    assert (sound.codec, sound.codec_string, sound.language) == ("aac", "mp4a.40.2", "de")
    assert (sound.channels, sound.channel_layout, sound.sample_rate) == (1, "mono", 48000)


def test_containers_are_named_in_our_words(clips: Clips) -> None:
    made = [clips.film_mkv(), clips.film_ts(), clips.vp9_webm(), clips.xvid_avi(), clips.song_mp3()]
    made += [clips.program_stream(), clips.flash_flv()]
    names = ["matroska", "mpegts", "webm", "avi", "mp3", "mpegps", "flv"]
    assert [probe(path).container for path in made] == names


OLD = ["interlaced_ts", "xvid_avi", "program_stream", "flash_flv"]


@pytest.mark.parametrize("make", ["film_mp4", "film_mkv", "film_ts", "hdr_mkv", "vp9_webm", "av1_mkv", *OLD])
def test_what_headers_say_is_what_a_decoder_finds(clips: Clips, make: str) -> None:
    path: Path = getattr(clips, make)()
    found = video(probe(path))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        frame = next(container.decode(stream))
        start, length = container.start_time, container.duration
        first, rate, profile = stream.start_time, stream.average_rate, context.profile
        aspect = stream.sample_aspect_ratio or context.sample_aspect_ratio
    info = probe(path)
    assert info.start_us == pytest.approx(start, abs=2)
    assert info.duration_us == pytest.approx(length, abs=2)
    assert (found.start_pts, found.frame_rate) == (first, rate)
    assert found.pixel_format == frame.format.name
    assert found.bit_depth == frame.format.components[0].bits
    assert (found.width, found.height) == (frame.width, frame.height)
    assert found.sample_aspect_ratio == aspect
    assert found.is_interlaced == frame.interlaced_frame
    assert found.profile == profile


def test_hdr10_is_recognised_with_its_colours(clips: Clips) -> None:
    found = video(probe(clips.hdr_mkv()))
    assert found.hdr is HdrKind.HDR10
    assert (found.color_primaries, found.color_transfer, found.color_space) == ("bt2020", "smpte2084", "bt2020nc")
    assert (found.bit_depth, found.profile) == (10, "Main 10")
    assert found.codec_string is not None
    assert found.codec_string.startswith("hvc1.2.4.")


def test_hlg_is_recognised(clips: Clips) -> None:
    assert video(probe(clips.hdr_mkv("arib-std-b67"))).hdr is HdrKind.HLG


def test_interlaced_and_anamorphic_pictures_are_recognised(clips: Clips) -> None:
    found = video(probe(clips.interlaced_ts()))
    assert (found.is_interlaced, found.field_order) == (True, "tt")
    assert found.sample_aspect_ratio == Fraction(64, 45)
    assert video(probe(clips.interlaced_h264())).is_interlaced


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_is_clockwise(clips: Clips, degrees: int) -> None:
    assert video(probe(clips.rotated_mp4(degrees))).rotation == degrees


def test_codec_strings_of_the_webs_other_codecs(clips: Clips) -> None:
    webm, av1 = probe(clips.vp9_webm()), probe(clips.av1_mkv())
    assert (video(webm).codec_string, audio(webm).codec_string) == ("vp09.00.21.08", "Opus")
    assert (video(av1).codec, audio(av1).codec_string) == ("av1", "fLaC")
    assert str(video(av1).codec_string).startswith("av01.0.")


def test_tracks_chapters_and_attachments(clips: Clips) -> None:
    info = probe(clips.multi_mkv())
    original, commentary = info.of_kind(StreamKind.AUDIO)
    assert (original.language, commentary.language) == ("en", "ja")
    assert (commentary.is_commentary, commentary.channels, commentary.codec_string) == (True, 6, "ac-3")
    english, german, japanese = info.of_kind(StreamKind.SUBTITLE)
    assert (english.codec, german.is_forced, japanese.is_hearing_impaired) == ("subrip", True, True)
    assert (english.language, german.language, japanese.language, japanese.codec) == ("en", "de", "ja", "ass")
    assert [(c.start_us, c.end_us, c.title) for c in info.chapters] == [
        (0, 2_000_000, "Opening"),
        (2_000_000, 4_000_000, "Ende 🎬"),
    ]
    font = info.of_kind(StreamKind.ATTACHMENT)[0]
    assert (font.file_name, font.mime_type) == ("font.ttf", "application/x-truetype-font")
    covers = [s for s in info.of_kind(StreamKind.VIDEO) if s.is_attached_picture]
    assert len(covers) == 1
    assert video(info).codec == "h264"


def test_a_song_has_tags_and_a_cover_but_no_video(clips: Clips) -> None:
    info = probe(clips.song_mp3())
    assert info.video is None
    assert (info.tags["artist"], info.tags["track"]) == ("Ann Ärtist", "3/12")
    assert info.of_kind(StreamKind.VIDEO)[0].is_attached_picture


NAMES = [
    b"line\nbreak.mkv",
    "🎬 caf\u0301e.mkv".encode(),
    b"latin \xe9\xff.mkv",
    b"-i.mkv",
    b"concat:a|b.mkv",
    b"%d%05d.mkv",
    b"http:example.mkv",
    b"x" * 251 + b".mkv",
    b"..mkv",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_only_a_name(clips: Clips, tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    shutil.copy(clips.film_mkv(), path)
    assert probe(path).container == "matroska"


def reason(path: Path) -> tuple[str, str]:
    with pytest.raises(MediaError) as caught:
        probe(path)
    return str(caught.value.details["reason"]), caught.value.message


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    fifo, folder, link = tmp_path / "fifo.mkv", tmp_path / "dir.mkv", tmp_path / "loop.mkv"
    os.mkfifo(fifo)
    folder.mkdir()
    link.symlink_to(link)
    assert reason(fifo)[0] == "irregular"
    assert reason(folder)[0] == "irregular"
    assert reason(Path("/dev/zero"))[0] == "irregular"
    assert reason(link)[0] == "missing"
    assert reason(tmp_path / "none.mkv")[0] == "missing"
    assert reason(Path("a\0b"))[0] == "missing"
    assert reason(write(tmp_path / "zero.mkv", b"")) == ("empty", "The file is empty.")


SECRET = b"file 'secret.mkv'\n"
PLAYLISTS = [
    b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://%s\n#EXT-X-ENDLIST\n",
    b"\xef\xbb\xbf#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n%s\n#EXT-X-ENDLIST\n",
    b"ffconcat version 1.0\nfile '%s'\n",
    b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>%s</BaseURL></MPD>',
]


@pytest.mark.parametrize("text", PLAYLISTS)
@pytest.mark.parametrize("extension", [".mkv", ".m3u8", ".mp4", ".ts"])
def test_a_playlist_that_poses_as_a_video_opens_nothing(
    clips: Clips, tmp_path: Path, text: bytes, extension: str
) -> None:
    posing = write(tmp_path / f"film{extension}", text % os.fsencode(clips.film_ts()))
    kind, sentence = reason(posing)
    assert kind == "unreadable"
    assert "playlist" in sentence or "XML" in sentence


def test_a_quicktime_reference_to_another_file_is_not_followed(clips: Clips, tmp_path: Path) -> None:
    data = bytearray(clips.film_mp4().read_bytes())
    at = data.index(b"url \0\0\0\1") + 7
    data[at] = 0  # "the media is elsewhere"
    write(tmp_path / "ref.mov", bytes(data))
    assert probe(tmp_path / "ref.mov").container == "mp4"


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("text.mkv", lambda: b"this is not a film\n" * 10_000, "text file"),
        ("zeros.mp4", lambda: bytes(200_000), "zeros"),
        ("random.mkv", lambda: bytes((i * 7919 >> 3) & 255 for i in range(300_000)), "not a media file"),
        ("page.mkv", lambda: b"<!doctype html><html></html>" * 100, "web page"),
        ("archive.mkv", lambda: b"PK\x03\x04" + bytes(50_000), "archive"),
    ],
)
def test_what_is_no_media_says_what_it_looks_like(
    tmp_path: Path, name: str, make: Callable[[], bytes], words: str
) -> None:
    assert words in reason(write(tmp_path / name, make()))[1]


def test_a_picture_is_no_video_whatever_its_name(clips: Clips, tmp_path: Path) -> None:
    assert "picture" in reason(Path(shutil.copy(clips.cover_jpeg(), tmp_path / "cover.mkv")))[1]


def test_an_mp4_that_was_cut_before_its_header_says_so(clips: Clips, tmp_path: Path) -> None:
    whole = clips.film_mp4().read_bytes()
    at = whole.index(b"moov")
    assert "cut short" in reason(write(tmp_path / "cut.mp4", whole[: at + 200]))[1]


def test_what_was_cut_later_is_still_described(clips: Clips, tmp_path: Path) -> None:
    for path in (clips.film_mkv(), clips.film_ts(), clips.film_mp4()):
        data = path.read_bytes()
        part = write(tmp_path / path.name, data[: len(data) * 2 // 3])
        assert video(probe(part)).codec == "h264"


def test_a_wrong_extension_does_not_matter(clips: Clips, tmp_path: Path) -> None:
    assert probe(Path(shutil.copy(clips.film_mkv(), tmp_path / "film.avi"))).container == "matroska"
    assert probe(Path(shutil.copy(clips.song_mp3(), tmp_path / "song.mkv"))).container == "mp3"


def test_encrypted_films_are_named(clips: Clips, tmp_path: Path) -> None:
    data = clips.film_mp4().read_bytes()
    data = data.replace(b"avc1\0\0\0\0\0\0", b"encv\0\0\0\0\0\0").replace(b"mp4a\0\0\0\0\0\0", b"enca\0\0\0\0\0\0")
    assert reason(write(tmp_path / "drm.mp4", data))[0] == "encrypted"


def matroska_with_tracks(count: int) -> bytes:
    """A Matroska file with one second of PCM and ``count - 1`` subtitle tracks, by hand (RFC 9559)."""

    def element(ident: bytes, *bodies: bytes) -> bytes:
        body = b"".join(bodies)
        return ident + (len(body) | 1 << 56).to_bytes(8, "big") + body

    def track(number: int, kind: bytes, codec: bytes, *more: bytes) -> bytes:
        numbers = (element(ident, number.to_bytes(4, "big")) for ident in (b"\xd7", b"\x73\xc5"))
        return element(b"\xae", *numbers, element(b"\x83", kind), element(b"\x86", codec), *more)

    sound = element(b"\xe1", element(b"\xb5", struct.pack(">f", 8000)), element(b"\x62\x64", b"\x10"))
    texts = (track(n, b"\x11", b"S_TEXT/UTF8") for n in range(2, count + 1))
    body = (
        element(b"\x15\x49\xa9\x66", element(b"\x2a\xd7\xb1", (1_000_000).to_bytes(4, "big"))),
        element(b"\x16\x54\xae\x6b", track(1, b"\x02", b"A_PCM/INT/LIT", sound), *texts),
        element(b"\x1f\x43\xb6\x75", element(b"\xe7", b"\0"), element(b"\xa3", b"\x81\0\0\x80" + bytes(16000))),
    )
    return element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"matroska")) + element(b"\x18\x53\x80\x67", *body)


def test_two_hundred_streams_are_read_and_ten_thousand_refused(tmp_path: Path) -> None:
    assert len(probe(write(tmp_path / "some.mkv", matroska_with_tracks(200))).streams) == 200
    for count in (300, 10_000):
        kind, sentence = reason(write(tmp_path / "many.mkv", matroska_with_tracks(count)))
        assert kind == "too_many_streams"
        assert "250" in sentence


def test_tags_are_bounded_and_of_any_encoding(tmp_path: Path, clips: Clips) -> None:
    path = tmp_path / "tags.mkv"
    shutil.copy(clips.film_mkv(), path)
    data = path.read_bytes()
    # The muxer's name is the first text in the file; make it invalid UTF-8 of the same length.
    at = data.index(b"Lavf")
    path.write_bytes(data[:at] + b"\xff\xfe\xc0\x80" + data[at + 4 :])
    assert probe(path).container == "matroska"
