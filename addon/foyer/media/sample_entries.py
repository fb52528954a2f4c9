"""Sample entries: the part of an init segment that tells a decoder what the samples are.

Entries are always built from a ``TrackFormat``, never copied, so nothing a file hides in its own reaches a player.
"""

from __future__ import annotations

import struct

from foyer.errors import MediaError
from foyer.media.formats import TrackFormat
from foyer.media.info import StreamKind

_CONFIG_BOX = {
    "h264": b"avcC",
    "hevc": b"hvcC",
    "av1": b"av1C",
    "vp9": b"vpcC",
    "ac3": b"dac3",
    "eac3": b"dec3",
    "flac": b"dfLa",
    "opus": b"dOps",
}


def sample_entry(track: TrackFormat) -> bytes:
    """VisualSampleEntry or AudioSampleEntry with its configuration box (ISO/IEC 14496-12 §12.1.3, §12.2.3)."""
    body = _visual(track) if track.kind is StreamKind.VIDEO else _audio(track)
    return _box(track.entry, body + _configuration(track) + b"".join(track.boxes))


def _box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def _visual(track: TrackFormat) -> bytes:
    return (
        struct.pack(">6xH16x", 1)
        + struct.pack(">HHII4xH", track.width, track.height, 0x0048_0000, 0x0048_0000, 1)
        + bytes(32)
        + struct.pack(">Hh", 0x18, -1)
    )


def _audio(track: TrackFormat) -> bytes:
    # The field holds 16.16 fixed point; a rate that does not fit is told by the configuration alone.
    rate = track.sample_rate if track.sample_rate <= 0xFFFF else 0
    return struct.pack(">6xH8x", 1) + struct.pack(">HH4xI", max(track.channels, 1), 16, rate << 16)


def _configuration(track: TrackFormat) -> bytes:
    if track.codec in {"aac", "mp3"}:
        return _box(b"esds", bytes(4) + _es_descriptor(0x40 if track.codec == "aac" else 0x6B, track.config))
    kind = _CONFIG_BOX.get(track.codec)
    if kind is None:
        raise MediaError(f"{track.codec} has no place in fragmented MP4.", codec=track.codec)
    return _box(kind, track.config)


def _es_descriptor(object_type: int, specific: bytes) -> bytes:
    """ES_Descriptor with its decoder configuration, ISO/IEC 14496-1 §7.2.6.5."""
    info = _descriptor(0x05, specific) if specific else b""
    decoder = _descriptor(0x04, struct.pack(">BB3xII", object_type, 0x15, 0, 0) + info)
    return _descriptor(0x03, struct.pack(">HB", 1, 0) + decoder + _descriptor(0x06, b"\x02"))


def _descriptor(tag: int, payload: bytes) -> bytes:
    length = len(payload)
    groups = [(length >> shift) & 0x7F for shift in (21, 14, 7, 0)]
    return bytes((tag, *(group | 0x80 for group in groups[:3]), groups[3])) + payload
