"""Pictures and fonts embedded in media files. For worker processes: it reads untrusted bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from av.stream import AttachmentStream, Disposition
from PIL import Image, ImageOps, UnidentifiedImageError

from foyer.errors import MediaError
from foyer.media.frames import Reply, path_from_text
from foyer.media.opening import open_media
from foyer.media.pictures import encode
from foyer.media.results import PictureFormat, StillFacts

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer

MAX_BYTES = 32 * 1024 * 1024
MAX_PIXELS = 50_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def cover_task(path: str, *, stream: int | None, max_width: int, kind: str) -> Reply:
    """The worker's entry: the cover picture, encoded anew, so that no byte of the original reaches a browser."""
    image = open_picture(read_cover(path_from_text(path), stream), max_width)
    chosen = PictureFormat(kind)
    facts = StillFacts(width=image.width, height=image.height, at_us=0, kind=chosen)
    return Reply(facts, (encode(image, chosen, 88),))


def attachment_task(path: str, *, stream: int) -> Reply:
    """The worker's entry: an attachment's bytes, a font as a rule."""
    with open_media(path_from_text(path), skip_frame="all") as container:
        found = next((s for s in container.streams if s.index == stream), None)
        if not isinstance(found, AttachmentStream):
            raise MediaError(f"Stream {stream} of this file is not an attachment.", reason="no_stream")
        data = bytes(found.data or b"")
    if not data or len(data) > MAX_BYTES:
        raise MediaError("This attachment is empty or too large.", reason="unreadable")
    return Reply(None, (data,))


def read_cover(path: Path, stream: int | None = None) -> bytes:
    """The bytes of a cover picture: of one stream, or the first that is marked as cover."""
    with open_media(path, skip_frame="all") as container:
        data = _picture_packet(container, stream)
    if data is None or len(data) > MAX_BYTES:
        raise MediaError("This file has no cover picture.", reason="no_picture")
    return data


def _picture_packet(container: InputContainer, index: int | None) -> bytes | None:
    wanted = [
        s
        for s in container.streams.video
        if s.disposition & Disposition.attached_pic and (index is None or s.index == index)
    ]
    if not wanted:
        return None
    packet = next((p for p in container.demux(wanted[0]) if p.size), None)
    return bytes(packet) if packet is not None else None


def open_picture(data: bytes, max_width: int) -> Image.Image:
    """An untrusted picture, upright and at most ``max_width`` wide; its size is checked before it is decoded.

    :raises MediaError: not one of the formats of the web, damaged, or too many pixels.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise MediaError("This picture is too large.", reason="too_large")
        image.draft("RGB", (max_width, max_width))
        upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise MediaError("This picture is damaged or of an unknown kind.", reason="unreadable") from error
    if upright.width > max_width:
        upright = upright.resize((max_width, max(1, round(upright.height * max_width / upright.width))))
    return upright
