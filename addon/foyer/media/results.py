"""What workers answer, as types the server may import without libav or an imaging library."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from foyer.media.info import MediaInfo


class PictureFormat(StrEnum):
    """How a picture is encoded."""

    JPEG = "jpeg"
    WEBP = "webp"

    @property
    def mime_type(self) -> str:
        """For ``Content-Type``."""
        return f"image/{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """A probe and, where it was asked for, the boundary index."""

    info: MediaInfo
    index: bytes | None = None
    """``FileIndex.to_bytes()``; read it with ``FileIndex.from_bytes``, which checks it."""
    index_error: str | None = None
    """Why there is no index: such a file is played directly or transcoded without seeking, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillFacts:
    """What comes with a picture's bytes."""

    width: int
    height: int
    at_us: int
    """Where the frame stands in the file's timeline."""
    kind: PictureFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """One encoded picture."""

    data: bytes
    facts: StillFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class SpriteManifest:
    """How to find the picture for a time: tile ``(t - start_us) // interval_us``, row by row, sheet by sheet."""

    interval_us: int
    start_us: int
    """Source time of the first tile."""
    tile_width: int
    tile_height: int
    columns: int
    rows: int
    """Of a full sheet; the last one is cut below its last row."""
    count: int
    """Tiles on all sheets together."""
    kind: PictureFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class SpriteSheets:
    """Trickplay pictures of one file."""

    manifest: SpriteManifest
    sheets: tuple[bytes, ...]
