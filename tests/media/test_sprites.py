from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from foyer.errors import MediaError
from foyer.media.results import PictureFormat, SpriteSheets
from foyer.media.workers import MediaWorkers
from tests.media.clips import Clips, ffmpeg
from tests.media.test_stills import counter


def tile(sprites: SpriteSheets, number: int) -> Image.Image:
    """Tile by number, found as a player finds it."""
    m = sprites.manifest
    sheet, place = divmod(number, m.columns * m.rows)
    row, column = divmod(place, m.columns)
    left, top = column * m.tile_width, row * m.tile_height
    image = Image.open(io.BytesIO(sprites.sheets[sheet]))
    return image.crop((left, top, left + m.tile_width, top + m.tile_height))


@pytest.mark.parametrize("make", ["film_mp4", "film_mkv", "film_ts"])
async def test_each_tile_shows_the_keyframe_of_its_time(workers: MediaWorkers, clips: Clips, make: str) -> None:
    sprites = await workers.sprites(getattr(clips, make)(), interval_us=500_000, columns=3, rows=2)
    m = sprites.manifest
    assert (m.tile_width, m.tile_height, m.columns, m.rows) == (320, 180, 3, 2)
    assert m.count in {8, 9}
    numbers = [counter(tile(sprites, n), 0.5) for n in range(m.count)]
    assert set(numbers) == {0, 48}
    assert numbers == sorted(numbers)
    assert numbers[:4] == [0] * 4
    assert numbers[-3:] == [48] * 3


async def test_sheets_are_full_but_for_the_last(workers: MediaWorkers, clips: Clips) -> None:
    sprites = await workers.sprites(clips.black_then_bright(), interval_us=1_000_000, tile_width=160, columns=4, rows=3)
    sizes = [Image.open(io.BytesIO(sheet)).size for sheet in sprites.sheets]
    assert sizes == [(640, 270), (640, 180)]
    assert sprites.manifest.count == 20
    assert counter(tile(sprites, 11), 0.25) == 110
    assert counter(tile(sprites, 3), 0.25) == 0


async def test_webp_and_turned_films(workers: MediaWorkers, clips: Clips) -> None:
    sprites = await workers.sprites(clips.rotated_mp4(90), kind=PictureFormat.WEBP, tile_width=90)
    assert (sprites.manifest.tile_width, sprites.manifest.tile_height) == (90, 160)
    assert Image.open(io.BytesIO(sprites.sheets[0])).format == "WEBP"


async def test_the_number_of_tiles_is_bounded(workers: MediaWorkers, tmp_path: Path) -> None:
    path = tmp_path / "long.mkv"
    still = "color=s=64x36:r=1/30:d=100000"
    ffmpeg("-f", "lavfi", "-i", still, "-c:v", "mpeg4", "-g", "1", path)
    sprites = await workers.sprites(path, interval_us=1_000_000, tile_width=16, columns=100, rows=100)
    assert sprites.manifest.count == 10_000
    assert sprites.manifest.interval_us > 9_000_000


async def test_a_file_cut_in_the_middle_repeats_its_last_picture(
    workers: MediaWorkers, clips: Clips, tmp_path: Path
) -> None:
    path = tmp_path / "cut.mkv"
    ffmpeg("-i", clips.black_then_bright(), "-c", "copy", tmp_path / "whole.mkv")
    data = (tmp_path / "whole.mkv").read_bytes()
    path.write_bytes(data[: len(data) * 3 // 5])
    sprites = await workers.sprites(path, interval_us=1_000_000, tile_width=160)
    assert sprites.manifest.count == 20
    assert counter(tile(sprites, 19), 0.25) == counter(tile(sprites, 14), 0.25) > counter(tile(sprites, 8), 0.25)


async def test_what_has_no_pictures_says_so(workers: MediaWorkers, clips: Clips, tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        await workers.sprites(clips.song_mp3())
    assert caught.value.details["reason"] == "no_video"
