"""RFC 6381 ``codecs`` values, from the configuration records themselves and never from a profile's name."""

from __future__ import annotations

from collections.abc import Callable

from foyer.errors import MediaError
from foyer.media.audio_headers import parse_audio_specific_config
from foyer.media.formats import TrackFormat


def codec_string(track: TrackFormat) -> str:
    """The ``codecs`` value of one track; ``MediaError`` when its configuration record is too short to tell."""
    return config_string(track.codec, track.entry, track.config)


def config_string(codec: str, entry: bytes, config: bytes) -> str:
    """The ``codecs`` value for libavcodec's ``codec`` name, a sample entry code and its configuration payload.

    For AAC the payload is the AudioSpecificConfig; MP3, AC-3, E-AC-3, FLAC and Opus need none.
    """
    fixed = _FIXED.get(codec)
    if fixed is not None:
        return fixed
    reader = _READERS.get(codec)
    if reader is None:
        raise MediaError(f"{codec} has no place in fragmented MP4.", codec=codec)
    try:
        return reader(entry.decode("ascii"), config)
    except (IndexError, UnicodeDecodeError) as err:
        raise MediaError(f"The {codec} configuration of this file is incomplete.", codec=codec) from err


def _avc(entry: str, config: bytes) -> str:
    """ISO/IEC 14496-15 Annex E: profile, constraint flags and level, in hexadecimal."""
    return f"{entry}.{config[1]:02X}{config[2]:02X}{config[3]:02X}"


def _hevc(entry: str, config: bytes) -> str:
    """ISO/IEC 14496-15 Annex E.3: profile, reversed compatibility flags, tier and level, constraint bytes."""
    space = ("", "A", "B", "C")[config[1] >> 6]
    tier = "H" if config[1] & 0x20 else "L"
    flags = int(f"{int.from_bytes(config[2:6], 'big'):032b}"[::-1], 2)
    constraints = config[6:12].rstrip(b"\0")
    parts = [entry, f"{space}{config[1] & 0x1F}", f"{flags:X}", f"{tier}{config[12]}"]
    return ".".join(parts + [f"{byte:X}" for byte in constraints])


def _av1(entry: str, config: bytes) -> str:
    """AV1 Codec ISO Media File Format Binding §5: profile, level and tier, bit depth."""
    profile, level = config[1] >> 5, config[1] & 0x1F
    tier = "H" if config[2] & 0x80 else "M"
    depth = 8
    if config[2] & 0x40:
        depth = 12 if profile == 2 and config[2] & 0x20 else 10
    return f"{entry}.{profile}.{level:02d}{tier}.{depth:02d}"


def _vp9(entry: str, config: bytes) -> str:
    """VP Codec ISO Media File Format Binding: profile, level, bit depth (the payload starts with version and flags)."""
    return f"{entry}.{config[4]:02d}.{config[5]:02d}.{config[6] >> 4:02d}"


def _aac(entry: str, config: bytes) -> str:
    """RFC 6381 §3.3: object type indication 0x40 and the audio object type."""
    return f"{entry}.40.{parse_audio_specific_config(config).object_type}"


_FIXED = {"mp3": "mp4a.6B", "ac3": "ac-3", "eac3": "ec-3", "flac": "fLaC", "opus": "Opus"}
_READERS: dict[str, Callable[[str, bytes], str]] = {
    "h264": _avc,
    "hevc": _hevc,
    "av1": _av1,
    "vp9": _vp9,
    "aac": _aac,
}
