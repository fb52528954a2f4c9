from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from foyer.errors import MediaError
from foyer.media.artwork import open_picture, read_cover
from foyer.media.info import StreamKind
from foyer.media.workers import MediaWorkers
from tests.media.clips import Clips, ffmpeg


async def test_covers_of_songs_and_films_are_found(workers: MediaWorkers, clips: Clips, tmp_path: Path) -> None:
    m4a = tmp_path / "song.m4a"
    ffmpeg("-i", clips.song_mp3(), "-map", "0", "-c:a", "aac", "-c:v", "copy", "-disposition:v", "attached_pic", m4a)
    for path in (clips.song_mp3(), clips.multi_mkv(), m4a):
        still = await workers.cover(path, max_width=300)
        image = Image.open(io.BytesIO(still.data))
        assert image.size == (300, 450) == (still.facts.width, still.facts.height)
        red, green, blue = image.convert("RGB").resize((1, 1)).tobytes()
        assert blue > 200
        assert max(red, green) < 60


async def test_a_cover_of_one_stream_can_be_asked_for(workers: MediaWorkers, clips: Clips) -> None:
    info = (await workers.probe(clips.multi_mkv(), with_index=False)).info
    cover = next(s.index for s in info.streams if s.is_attached_picture)
    assert (await workers.cover(clips.multi_mkv(), stream=cover)).facts.width == 600
    with pytest.raises(MediaError):
        await workers.cover(clips.multi_mkv(), stream=0)


async def test_fonts_come_out_as_they_went_in(workers: MediaWorkers, clips: Clips) -> None:
    info = (await workers.probe(clips.multi_mkv(), with_index=False)).info
    font = info.of_kind(StreamKind.ATTACHMENT)[0]
    assert await workers.attachment(clips.multi_mkv(), font.index) == b"\0\1\0\0" + bytes(2000)
    for index in (0, 99):
        with pytest.raises(MediaError):
            await workers.attachment(clips.multi_mkv(), index)


def test_a_film_without_a_cover_says_so(clips: Clips) -> None:
    with pytest.raises(MediaError) as caught:
        read_cover(clips.film_mp4())
    assert caught.value.details["reason"] == "no_picture"


def bomb() -> bytes:
    """A PNG of 40,000 by 40,000 pixels in two kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\xff\xd8\xff\xe0" + bytes(100), b"<svg xmlns='http://www.w3.org/2000/svg'/>", bomb()]
)
def test_hostile_pictures_are_refused(data: bytes) -> None:
    with pytest.raises(MediaError):
        open_picture(data, 500)


def test_a_truncated_picture_is_refused(clips: Clips) -> None:
    with pytest.raises(MediaError):
        open_picture(clips.cover_jpeg().read_bytes()[:1500], 500)


def test_a_photograph_is_turned_as_its_camera_says() -> None:
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 200), "red").save(target, "JPEG", exif=exif)
    assert open_picture(target.getvalue(), 1000).size == (200, 400)
