"""Pictures by the hash of their bytes: kept in the data folder, served in a few widths from the cache."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from foyer.errors import MediaError, NotFoundError

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTHS = (160, 320, 480, 640, 960, 1280, 1920)
"""The only widths pictures are made in, so that nobody fills the disk by asking."""
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
"""A picture with more is refused before it is decoded: a few kilobytes can unpack to gigabytes."""
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 82
_POSTER_SHAPE = 2 / 3
_HASH = re.compile(r"[0-9a-f]{32}")
_AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """A picture that was taken in."""

    content_hash: str
    width: int
    height: int
    color: str
    """Average colour as ``#rrggbb``."""


class ArtworkStore:
    """Originals in ``data/artwork``, resized copies in ``cache/artwork``."""

    def __init__(self, data: Path, cache: Path) -> None:
        self._originals = data / "artwork"
        self._copies = cache / "artwork"
        self._making: dict[Path, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def store(self, data: bytes) -> StoredPicture:
        """Take in a JPEG, PNG or WebP picture, once. Raises ``MediaError`` for anything else."""
        async with self._slots:
            return await asyncio.to_thread(self._store, data)

    async def store_file(self, path: bytes) -> StoredPicture:
        """Take in a picture file. Raises ``MediaError`` when it cannot be read or is no picture."""
        return await self.store(await asyncio.to_thread(_read, path))

    async def poster_of(self, wide: StoredPicture) -> StoredPicture:
        """A 2:3 poster cut out of the middle of a stored picture. Raises ``MediaError`` when its bytes are gone."""
        async with self._slots:
            return await asyncio.to_thread(self._cut_poster, wide.content_hash)

    async def picture(self, content_hash: str, width: int) -> Path:
        """A WebP copy of a picture in the next width of the ladder, never wider than the original.

        Made once, by whoever asks first. Raises ``NotFoundError`` for a hash there is no picture of.
        """
        if not _HASH.fullmatch(content_hash):
            raise NotFoundError("There is no such picture.")
        chosen = next((step for step in WIDTHS if step >= width), WIDTHS[-1])
        target = self._copies / content_hash[:2] / f"{content_hash}-{chosen}.webp"
        if not await asyncio.to_thread(target.is_file):
            task = self._making.get(target)
            if task is None:
                task = self._making[target] = asyncio.create_task(self._make(content_hash, chosen, target))
                task.add_done_callback(lambda _: self._making.pop(target, None))
            await asyncio.shield(task)
        return target

    async def keep_only(self, hashes: Iterable[str]) -> int:
        """Remove originals and copies that nothing names any more; returns how many files went."""
        wanted = frozenset(hashes)
        return await asyncio.to_thread(self._sweep, wanted)

    def original(self, content_hash: str) -> Path:
        """Where the bytes of a picture are."""
        return self._originals / content_hash[:2] / content_hash

    async def _make(self, content_hash: str, width: int, target: Path) -> None:
        async with self._slots:
            await asyncio.to_thread(self._resize, content_hash, width, target)

    def _store(self, data: bytes) -> StoredPicture:
        with _opened(data) as picture:
            width, height = picture.size
            red, green, blue = _average(picture)
        content_hash = hashlib.blake2b(data, digest_size=16).hexdigest()
        target = self.original(content_hash)
        if not target.is_file():
            _write_whole(target, data)
        return StoredPicture(
            content_hash=content_hash, width=width, height=height, color=f"#{red:02x}{green:02x}{blue:02x}"
        )

    def _cut_poster(self, content_hash: str) -> StoredPicture:
        try:
            data = self.original(content_hash).read_bytes()
        except FileNotFoundError as error:
            raise MediaError("The picture is gone.") from error
        with _opened(data) as picture:
            width = min(picture.width, round(picture.height * _POSTER_SHAPE))
            left = (picture.width - width) // 2
            cut = picture.convert("RGB").crop((left, 0, left + width, picture.height))
            encoded = io.BytesIO()
            cut.save(encoded, "JPEG", quality=_QUALITY)
        return self._store(encoded.getvalue())

    def _resize(self, content_hash: str, width: int, target: Path) -> None:
        from PIL import Image as Pillow  # noqa: PLC0415 - slow to import, and few need it

        try:
            data = self.original(content_hash).read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError("There is no such picture.") from error
        with _opened(data) as picture:
            wanted = min(width, picture.width)
            picture.draft("RGB", (wanted * 2, picture.height))
            shape = "RGBA" if picture.mode in {"RGBA", "LA", "PA", "P"} else "RGB"
            copy = picture.convert(shape)
            height = max(1, round(copy.height * wanted / copy.width))
            copy = copy.resize((wanted, height), Pillow.Resampling.LANCZOS, reducing_gap=2.0)
            encoded = io.BytesIO()
            copy.save(encoded, "WEBP", quality=_QUALITY, method=3)
        _write_whole(target, encoded.getvalue())

    def _sweep(self, wanted: frozenset[str]) -> int:
        removed = 0
        for folder in (self._originals, self._copies):
            for path in folder.glob("??/*"):
                if path.name[:32] not in wanted:
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed


def _read(path: bytes) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as source:
            data = source.read(MAX_BYTES + 1)
    except OSError as error:
        raise MediaError(f"The picture cannot be read: {error.strerror}.") from error
    return data


def _opened(data: bytes) -> Image:
    from PIL import Image as Pillow  # noqa: PLC0415 - slow to import, and few need it
    from PIL import UnidentifiedImageError  # noqa: PLC0415

    if len(data) > MAX_BYTES:
        raise MediaError(f"The picture is larger than {MAX_BYTES // 2**20} MiB.")
    try:
        picture = Pillow.open(io.BytesIO(data), formats=_FORMATS)
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise MediaError("The picture has too many pixels.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise MediaError("This is not a JPEG, PNG or WebP picture.") from error
    if picture.width * picture.height > MAX_PIXELS or min(picture.size) < 1:
        raise MediaError("The picture has too many pixels.")
    return picture


def _average(picture: Image) -> tuple[int, int, int]:
    try:
        picture.draft("RGB", (64, 64))
        pixel = picture.convert("RGB").resize((1, 1), reducing_gap=2.0).getpixel((0, 0))
    except (OSError, ValueError, SyntaxError, IndexError) as error:
        raise MediaError("The picture is damaged.") from error
    assert isinstance(pixel, tuple)  # noqa: S101 - three bands
    return int(pixel[0]), int(pixel[1]), int(pixel[2])


def _write_whole(target: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all, also when two write it at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as output:
            output.write(data)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
