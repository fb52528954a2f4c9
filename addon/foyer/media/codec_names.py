"""Names of codecs: libavcodec's canonical one, and the RFC 6381 string a player is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from foyer.errors import MediaError
from foyer.media.codecs import config_string
from foyer.media.parameter_sets import h264_profile_bytes

if TYPE_CHECKING:
    from av.codec import CodecContext

LOSSLESS = frozenset({"flac", "alac", "truehd", "mlp", "wavpack", "ape", "tta"})
"""Audio codecs of which the bit depth means something."""

_ENTRIES = {"h264": "avc1", "hevc": "hvc1", "av1": "av01", "vp9": "vp09"}
_REAL_ENTRIES = frozenset({"avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "av01", "vp09"})
_PLAIN = {"vp8": "vp8", "vorbis": "vorbis", "dts": "dtsc", "mp2": "mp4a.6B", "alac": "alac"}
_AAC_TYPES = {"Main": 1, "LC": 2, "SSR": 3, "LTP": 4, "HE-AAC": 5, "LD": 23, "HE-AACv2": 29, "ELD": 39, "xHE-AAC": 42}
# Largest luma samples per second and per picture of each level (VP9 bitstream specification, Annex A).
_VP9_LEVELS = (
    *((10, 829_440, 36_864), (11, 2_764_800, 73_728), (20, 4_608_000, 122_880), (21, 9_216_000, 245_760)),
    *((30, 20_736_000, 552_960), (31, 36_864_000, 983_040), (40, 83_558_400, 2_228_224)),
    *((41, 160_432_128, 2_228_224), (50, 311_951_360, 8_912_896), (51, 588_251_136, 8_912_896)),
    *((52, 1_176_502_272, 8_912_896), (60, 1_176_502_272, 35_651_584), (61, 2_353_004_544, 35_651_584)),
)


class VideoShape(NamedTuple):
    """What a level is made of."""

    width: int
    height: int
    rate: float
    """Frames per second; 0 when unknown."""
    bit_depth: int


def name_of(context: CodecContext | None) -> str:
    """Libavcodec's canonical name (``av1`` and not the decoder ``libdav1d``); ``unknown`` without a decoder."""
    if context is None:
        return "unknown"
    return str(getattr(context.codec, "canonical_name", None) or context.name)


def video_string(codec: str, tag: str, extradata: bytes, shape: VideoShape, profile: str | None) -> str | None:
    """The ``codecs`` value of a video stream, from its configuration record; ``None`` where it has none."""
    if codec in _PLAIN:
        return _PLAIN[codec]
    entry = tag if tag in _REAL_ENTRIES else _ENTRIES.get(codec)
    if entry is None:
        return None
    try:
        return config_string(codec, entry.encode(), _configuration(codec, extradata, shape, profile))
    except MediaError:
        return None


def audio_string(codec: str, extradata: bytes, profile: str | None) -> str | None:
    """The ``codecs`` value of an audio stream; ``None`` where no player knows it in a container."""
    if codec in _PLAIN:
        return _PLAIN[codec]
    if codec == "aac" and profile in _AAC_TYPES:
        return f"mp4a.40.{_AAC_TYPES[profile]}"
    try:
        return config_string(codec, b"mp4a", extradata)
    except MediaError:
        return None


def _configuration(codec: str, extradata: bytes, shape: VideoShape, profile: str | None) -> bytes:
    """The configuration record's payload, built as far as a string needs it where the container has no record."""
    if codec == "vp9":
        number = int(profile[-1]) if profile and profile[-1].isdigit() else 0
        return bytes((1, 0, 0, 0, number, _vp9_level(shape), shape.bit_depth << 4))
    if codec == "h264" and extradata[:1] != b"\1":
        return b"\1" + (h264_profile_bytes(extradata) or b"")
    if codec == "hevc" and extradata[:1] == b"\0":
        return _hevc_record(extradata)
    return extradata


def _vp9_level(shape: VideoShape) -> int:
    picture = shape.width * shape.height
    rate = picture * (shape.rate or 30)
    return next((level for level, most, size in _VP9_LEVELS if rate <= most and picture <= size), 62)


def _hevc_record(extradata: bytes) -> bytes:
    """Profile, tier and level from an Annex B sequence parameter set (ITU-T H.265 §7.3.3), placed as in ``hvcC``."""
    at = extradata.find(b"\0\0\1")
    while at >= 0:
        unit = extradata[at + 3 : at + 3 + 40].replace(b"\0\0\3", b"\0\0")
        if len(unit) > 15 and unit[0] >> 1 & 0x3F == 33:
            return b"\1" + unit[3:15]
        at = extradata.find(b"\0\0\1", at + 3)
    return b""
