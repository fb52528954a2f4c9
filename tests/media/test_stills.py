from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from foyer.errors import MediaError
from foyer.media.pictures import Geometry, interest
from foyer.media.probe import probe
from foyer.media.results import PictureFormat
from foyer.media.stills import VideoReader
from foyer.media.workers import MediaWorkers
from tests.media.clips import Clips, ffmpeg


def counter(image: Image.Image, scale: float = 1.0) -> int:
    """The frame number burned into a clip's upper left corner."""
    grey = image.convert("L")
    value = 0
    for bit in range(16):
        place = int((bit * 20 + 10) * scale), int(10 * scale)
        value |= (grey.crop((*place, place[0] + 1, place[1] + 1)).tobytes()[0] > 128) << bit
    return value


def picture(path: Path, at_us: int, *, width: int = 640, exact: bool = False) -> tuple[int, Image.Image]:
    with VideoReader.open(path) as reader:
        return reader.picture(at_us, width, exact=exact)


@pytest.mark.parametrize("make", ["film_mp4", "film_mkv", "film_ts"])
@pytest.mark.parametrize(("at_us", "frame"), [(0, 0), (1_900_000, 0), (2_100_000, 48), (3_900_000, 48)])
def test_the_keyframe_at_or_before_a_time_is_shown(clips: Clips, make: str, at_us: int, frame: int) -> None:
    path = getattr(clips, make)()
    start = probe(path).start_us
    at, image = picture(path, start + at_us)
    assert counter(image) == frame
    assert at - start == pytest.approx(frame * 1001 / 24 * 1000, abs=50_000)


@pytest.mark.parametrize("make", ["film_mp4", "film_mkv", "film_ts"])
@pytest.mark.parametrize("frame", [0, 1, 17, 47, 48, 49, 80, 95])
def test_the_very_frame_shown_at_a_time_can_be_asked_for(clips: Clips, make: str, frame: int) -> None:
    path = getattr(clips, make)()
    info = probe(path)
    assert info.video is not None
    assert info.video.start_pts is not None
    first = info.video.start_pts * info.video.time_base
    at_us = int((first + (frame + 0.5) * 1001 / 24000) * 1_000_000)
    assert counter(picture(path, at_us, exact=True)[1]) == frame


@pytest.mark.parametrize("make", ["xvid_avi", "program_stream", "flash_flv"])
def test_old_containers_show_the_frame_of_a_time_too(clips: Clips, make: str) -> None:
    path = getattr(clips, make)()
    start = probe(path).start_us
    near, exact = picture(path, start + 1_500_000)[1], picture(path, start + 1_500_000, exact=True)[1]
    assert 0 <= counter(near) <= counter(exact)
    assert counter(exact) in range(33, 38)


def test_a_time_beyond_the_end_shows_the_last_keyframe(clips: Clips) -> None:
    assert counter(picture(clips.film_mp4(), 10**12)[1]) == 48


def test_pictures_are_never_enlarged_and_keep_their_shape(clips: Clips) -> None:
    assert picture(clips.film_mp4(), 0, width=4000)[1].size == (640, 360)
    assert picture(clips.film_mp4(), 0, width=320)[1].size == (320, 180)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_film_stands_upright(clips: Clips, degrees: int) -> None:
    upright = picture(clips.film_mp4(), 2_100_000)[1]
    turned = picture(clips.rotated_mp4(degrees), 2_100_000, width=4000)[1]
    assert turned.size == (upright.size if degrees == 180 else upright.size[::-1])
    # What stood at the upper left now stands where a clockwise turn puts it.
    assert counter(turned.rotate(degrees, expand=True)) == 48
    assert counter(turned) != 48


def test_samples_that_are_not_square_are_stretched(clips: Clips) -> None:
    assert picture(clips.interlaced_ts(), 2_000_000, width=4000)[1].size == (1024, 576)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_looks_like_the_sdr_it_was_made_from(clips: Clips, transfer: str) -> None:
    ordinary = picture(clips.film_mkv(), 0)[1].resize((16, 9), Image.Resampling.BOX)
    toned = picture(clips.hdr_mkv(transfer), 0)[1].resize((16, 9), Image.Resampling.BOX)
    difference = [abs(a - b) for a, b in zip(ordinary.tobytes(), toned.tobytes(), strict=True)]
    # These are the most saturated colours there are, the worst case; a film differs by three or four.
    assert sum(difference) / len(difference) < 40


@pytest.mark.parametrize(("colour", "rgb"), [("red", (255, 0, 0)), ("white", (255,) * 3), ("0x808080", (128,) * 3)])
@pytest.mark.parametrize("height", [480, 1080])
def test_colours_are_right_in_small_and_large_formats(
    tmp_path: Path, colour: str, rgb: tuple[int, int, int], height: int
) -> None:
    path, matrix = tmp_path / "c.mp4", "bt709" if height > 700 else "smpte170m"
    source = f"color=c={colour}:s=640x{height}:d=0.2"
    ffmpeg("-f", "lavfi", "-i", source, "-vf", f"scale=out_color_matrix={matrix},format=yuv420p", path)
    found = picture(path, 0)[1].crop((100, 100, 101, 101)).tobytes()
    assert all(abs(a - b) <= 8 for a, b in zip(found, rgb, strict=True))


def test_a_poster_is_not_black(clips: Clips) -> None:
    with VideoReader.open(clips.black_then_bright()) as reader:
        at, image = reader.poster(320)
    assert 10_000_000 <= at <= 12_000_000
    assert interest(image) > 20


def test_interest_prefers_something_to_see() -> None:
    black, white = Image.new("RGB", (64, 36)), Image.new("RGB", (64, 36), "white")
    busy = Image.effect_noise((64, 36), 80).convert("RGB")
    assert interest(busy) > 2 * max(interest(black), interest(white))


def test_sizes_stay_sane_for_insane_shapes() -> None:
    wide = Geometry(rotation=0, aspect=Fraction(8)).fit(60_000, 2, 100_000)
    assert max(wide) <= 7680
    assert min(wide) >= 2
    assert Geometry(rotation=90, aspect=Fraction(1)).fit(1920, 1080, 540) == (960, 540)


@pytest.mark.parametrize("make", ["song_mp3"])
def test_a_song_with_a_cover_is_no_video(clips: Clips, make: str) -> None:
    with pytest.raises(MediaError) as caught, VideoReader.open(getattr(clips, make)()):
        pass
    assert caught.value.details["reason"] == "no_video"


def test_damaged_pictures_do_not_end_the_search(clips: Clips, tmp_path: Path) -> None:
    data = bytearray(clips.film_mkv().read_bytes())
    for at in range(len(data) // 4, len(data) // 2, 50):
        data[at] ^= 0x55
    path = tmp_path / "damaged.mkv"
    path.write_bytes(data)
    with VideoReader.open(path) as reader:
        assert reader.poster(320)[1].size == (320, 180)


@pytest.mark.parametrize("kind", list(PictureFormat))
async def test_the_workers_give_encoded_pictures(workers: MediaWorkers, clips: Clips, kind: PictureFormat) -> None:
    still = await workers.still(clips.film_mp4(), 2_100_000, max_width=320, kind=kind)
    image = Image.open(io.BytesIO(still.data))
    assert image.format == kind.name
    assert image.size == (still.facts.width, still.facts.height) == (320, 180)
    assert still.facts.kind is kind
    assert counter(image, 0.5) == 48
    assert (await workers.still(clips.hdr_mkv(), max_width=160)).facts.width == 160
