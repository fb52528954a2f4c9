"""The values a probe yields: what a media file contains, in the field's own terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction


class StreamKind(StrEnum):
    """What a stream carries."""

    VIDEO = "video"
    AUDIO = "audio"
    SUBTITLE = "subtitle"
    ATTACHMENT = "attachment"
    DATA = "data"


class HdrKind(StrEnum):
    """Dynamic range of a video stream, by transfer function (ITU-T H.273) and side data."""

    SDR = "sdr"
    HDR10 = "hdr10"
    HDR10_PLUS = "hdr10_plus"
    HLG = "hlg"
    DOLBY_VISION = "dolby_vision"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamInfo:
    """One elementary stream; fields that do not apply to its kind are ``None``."""

    index: int
    kind: StreamKind
    codec: str
    """libavcodec's name of the codec: ``h264``, ``hevc``, ``aac``, ``subrip`` …"""
    codec_string: str | None = None
    """RFC 6381 ``codecs`` value from the real configuration record, for HLS, MSE and ``canPlayType``."""
    profile: str | None = None
    level: int | None = None
    bit_rate: int | None = None
    time_base: Fraction
    start_pts: int | None = None
    """First presentation timestamp, in ``time_base`` ticks."""
    duration_ticks: int | None = None
    frame_count: int | None = None
    language: str | None = None
    """BCP 47 tag, normalised from the container's ISO 639 code; ``None`` when undetermined."""
    title: str | None = None
    is_default: bool = False
    is_forced: bool = False
    is_hearing_impaired: bool = False
    is_visual_impaired: bool = False
    is_commentary: bool = False
    is_attached_picture: bool = False
    width: int | None = None
    height: int | None = None
    """Coded size in samples, before rotation."""
    pixel_format: str | None = None
    bit_depth: int | None = None
    sample_aspect_ratio: Fraction | None = None
    frame_rate: Fraction | None = None
    """Average frames per second."""
    is_interlaced: bool = False
    field_order: str | None = None
    """``tt``, ``bb``, ``tb`` or ``bt`` for interlaced video: the field coded first, then the field shown first."""
    rotation: int = 0
    """Clockwise rotation for display, in degrees: 0, 90, 180 or 270."""
    hdr: HdrKind | None = None
    dolby_vision_profile: int | None = None
    """5 has no base layer other players understand; 7 and 8 have one."""
    color_primaries: str | None = None
    color_transfer: str | None = None
    color_space: str | None = None
    channels: int | None = None
    channel_layout: str | None = None
    sample_rate: int | None = None
    file_name: str | None = None
    """An attachment's name as the file gives it: never a path to open."""
    mime_type: str | None = None
    """An attachment's or cover picture's type as the file gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterInfo:
    """One chapter, in microseconds from the start of the file's timeline."""

    start_us: int
    end_us: int
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """What a probe found in one file."""

    container: str
    """``mp4``, ``matroska``, ``webm``, ``mpegts``, ``avi``, ``asf`` …: libavformat's short name, normalised."""
    size: int
    """Bytes."""
    duration_us: int | None
    start_us: int
    bit_rate: int | None
    streams: tuple[StreamInfo, ...]
    chapters: tuple[ChapterInfo, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    """Container tags with lower-case keys, for titles, artists, dates, genres."""

    @property
    def video(self) -> StreamInfo | None:
        """The first real video stream (cover art does not count)."""
        return next((s for s in self.streams if s.kind is StreamKind.VIDEO and not s.is_attached_picture), None)

    def of_kind(self, kind: StreamKind) -> tuple[StreamInfo, ...]:
        """Every stream of one kind, in file order."""
        return tuple(s for s in self.streams if s.kind is kind)
