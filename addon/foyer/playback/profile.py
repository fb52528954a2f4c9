"""What a player says it can do. Codecs and containers go by libav's names (``h264``, ``matroska``)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from foyer.media.info import HdrKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecSupport:
    """A video codec a player decodes; a limit of ``None`` was not stated and does not apply."""

    codec: str
    max_width: int | None = None
    max_height: int | None = None
    max_level: int | None = None
    """In the codec's own numbers: 41 for H.264 level 4.1, 120 for HEVC level 4."""
    max_bit_depth: int | None = None
    profiles: tuple[str, ...] = ()
    """libav's profile names, any case; empty means all."""
    hdr: frozenset[HdrKind] = frozenset()
    """Dynamic ranges beside SDR that it shows as meant."""
    max_frame_rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSupport:
    """An audio codec a player decodes."""

    codec: str
    max_channels: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProfile:
    """Everything the decision needs to know of a player."""

    name: str
    direct_containers: frozenset[str]
    direct_video: tuple[CodecSupport, ...]
    direct_audio: tuple[AudioSupport, ...]
    hls_video: tuple[CodecSupport, ...]
    hls_audio: tuple[AudioSupport, ...]
    can_switch_audio_tracks: bool = False
    """Whether it can choose among several audio tracks of one file played directly."""
    max_bit_rate: int | None = None
    """Bits a second the way to it carries."""
    max_height: int | None = None
    text_subtitles: bool = True
    supports_hls: bool = True


def find_video(supports: Iterable[CodecSupport], codec: str) -> tuple[CodecSupport, ...]:
    """Every statement about a codec; a stream is fine when one of them fits whole."""
    return tuple(support for support in supports if support.codec == codec)


def find_audio(supports: Iterable[AudioSupport], codec: str) -> AudioSupport | None:
    """The most generous statement about a codec."""
    found = [support for support in supports if support.codec == codec]
    return max(found, key=lambda support: support.max_channels or 1_000, default=None)
