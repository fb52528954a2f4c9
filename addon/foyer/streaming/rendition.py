"""A rendition: one track of one file in one form, cut at the file's boundaries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from hashlib import blake2b

from foyer.ids import FileId
from foyer.streaming.cuts import Cuts


class TrackKind(StrEnum):
    """What a rendition carries."""

    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"


class Method(StrEnum):
    """How its segments are made."""

    COPY = "copy"
    """Remuxed in process: no encoder, no cache."""
    ENCODE = "encode"
    """By an encoder head, into the cache."""
    CUES = "cues"
    """Written from the subtitle's cues."""


class VideoRange(StrEnum):
    """``VIDEO-RANGE`` of RFC 8216bis §4.4.6.2."""

    SDR = "SDR"
    PQ = "PQ"
    HLG = "HLG"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenditionKey:
    """Names the same bytes on every server: no viewer and no device is part of it."""

    file_id: FileId
    version: str
    track: int
    """Stream index, or the row id of a subtitle."""
    kind: TrackKind
    signature: str
    """``copy``, or everything that shapes the encode."""

    @property
    def digest(self) -> str:
        """A file name that no two keys share."""
        text = f"{self.file_id}:{self.version}:{self.track}:{self.kind}:{self.signature}"
        return blake2b(text.encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRecipe:
    """How a video track is encoded; part of the signature, so equal recipes give interchangeable segments."""

    width: int
    height: int
    """Output samples, square and even, after rotation."""
    max_bit_rate: int
    level: int
    """H.264 level times ten."""
    deinterlace: bool = False
    tone_map: VideoRange = VideoRange.SDR
    """The source's transfer function; anything but SDR is mapped to it."""

    @property
    def signature(self) -> str:
        """Everything that shapes the bytes, in one line."""
        flags = ("i" if self.deinterlace else "") + ("" if self.tone_map is VideoRange.SDR else self.tone_map.lower())
        return f"h264-{self.level}-{self.width}x{self.height}-{self.max_bit_rate}{flags}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRecipe:
    """How an audio track is encoded: always AAC-LC at 48 kHz."""

    channels: int
    bit_rate: int
    source_channels: int

    @property
    def signature(self) -> str:
        """Everything that shapes the bytes, in one line."""
        return f"aac-{self.channels}-{self.bit_rate}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """What every kind has. ``name`` stands in URLs and means nothing to a client."""

    name: str
    key: RenditionKey
    method: Method
    cuts: Cuts
    codecs: str
    """RFC 6381; empty for text."""
    average_bit_rate: int = 0
    peak_bit_rate: int = 0
    """Bits per second, of the hungriest segment."""

    @property
    def kind(self) -> TrackKind:
        """What it carries."""
        return self.key.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRendition(Rendition):
    """A video track, copied or encoded."""

    width: int
    height: int
    """As displayed: square pixels, rotated."""
    frame_rate: Fraction | None
    range: VideoRange = VideoRange.SDR
    recipe: VideoRecipe | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRendition(Rendition):
    """An audio track, copied or encoded."""

    codec: str
    channels: int
    first_sample: int = 0
    """Encodes: where segment 0 starts on the encoder's grid, in 48 kHz samples of source time. Its playlist entry may
    start later, where the video does."""
    language: str | None = None
    title: str | None = None
    is_default: bool = False
    is_visual_impaired: bool = False
    recipe: AudioRecipe | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRendition(Rendition):
    """A subtitle track as WebVTT segments."""

    language: str | None = None
    title: str | None = None
    is_default: bool = False
    is_forced: bool = False
    is_hearing_impaired: bool = False
