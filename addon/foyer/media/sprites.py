"""Trickplay: small pictures of a whole film on a few sheets. For worker processes: it decodes untrusted bytes."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from PIL import Image

from foyer.errors import MediaError
from foyer.media.frames import Reply, path_from_text
from foyer.media.pictures import encode, to_image
from foyer.media.results import PictureFormat, SpriteManifest
from foyer.media.stills import VideoReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.video.frame import VideoFrame

MAX_TILES = 10_000
_QUALITY = 70


def sprites_task(path: str, *, interval_us: int, tile_width: int, columns: int, rows: int, kind: str) -> Reply:
    """The worker's entry: a manifest and one part per sheet."""
    chosen = PictureFormat(kind)
    with VideoReader.open(path_from_text(path)) as reader:
        if reader.duration_us <= 0:
            raise MediaError("The length of this video is unknown, so it has no preview pictures.", reason="no_length")
        count = ceil(reader.duration_us / interval_us)
        if count > MAX_TILES:
            interval_us, count = ceil(reader.duration_us / MAX_TILES), MAX_TILES
        tiles = _tiles(reader, interval_us, count, tile_width)
        first = next(tiles)
        sheets = tuple(_sheets(first, tiles, columns, rows, chosen))
    manifest = SpriteManifest(
        interval_us=interval_us,
        start_us=reader.start_us,
        tile_width=first.width,
        tile_height=first.height,
        columns=columns,
        rows=rows,
        count=count,
        kind=chosen,
    )
    return Reply(manifest, sheets)


def _tiles(reader: VideoReader, interval_us: int, count: int, width: int) -> Iterator[Image.Image]:
    """Exactly ``count`` pictures of one size; a place that does not decode repeats the one before."""
    tile: Image.Image | None = None
    shown: int | None = None
    waiting = 0
    for number in range(count):
        frame = reader.frame(reader.start_us + number * interval_us, unless_at=shown)
        if frame is not None:
            shown = frame.pts
            tile = _tile(reader, frame, tile, width)
        if tile is None:
            waiting += 1
            continue
        for _ in range(waiting + 1):
            yield tile
        waiting = 0
    if tile is None:
        raise MediaError("No picture of this video can be decoded.", reason="unreadable")


def _tile(reader: VideoReader, frame: VideoFrame, before: Image.Image | None, width: int) -> Image.Image:
    geometry = reader.geometry(frame)
    size = geometry.fit(frame.width, frame.height, width)
    image = to_image(frame, size, geometry.rotation)
    # A stream may change its size in the middle; the sheet does not.
    return image if before is None or image.size == before.size else image.resize(before.size)


def _sheets(
    first: Image.Image, others: Iterator[Image.Image], columns: int, rows: int, kind: PictureFormat
) -> Iterator[bytes]:
    width, height = first.size
    sheet, used = Image.new("RGB", (width * columns, height * rows)), 0
    tile: Image.Image | None = first
    while tile is not None:
        sheet.paste(tile, (used % columns * width, used // columns * height))
        used += 1
        tile = next(others, None)
        if used == columns * rows or tile is None:
            whole = sheet.crop((0, 0, width * columns, height * ceil(used / columns)))
            yield encode(whole, kind, _QUALITY)
            sheet, used = Image.new("RGB", (width * columns, height * rows)), 0
