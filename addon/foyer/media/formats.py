"""What a track's samples are, in the terms of ISO BMFF sample entries, whatever container they came from."""

from __future__ import annotations

from dataclasses import dataclass

from foyer.media.info import StreamKind

IDENTITY_MATRIX = b"".join(v.to_bytes(4, "big") for v in (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))
"""No rotation, no scaling: ISO/IEC 14496-12 §8.3.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFormat:
    """Decoder configuration and geometry of one track."""

    kind: StreamKind
    codec: str
    """libavcodec's name."""
    entry: bytes
    """Four-character code of the sample entry to write: ``avc1``, ``hvc1``, ``mp4a`` …"""
    config: bytes
    """Payload of the configuration box (``avcC``, ``hvcC``, ``av1C``, ``vpcC``, ``dac3``, ``dec3``, ``dOps``, ``dfLa``
    with their version fields), or the AudioSpecificConfig for AAC; empty for MP3."""
    width: int = 0
    height: int = 0
    sample_rate: int = 0
    channels: int = 0
    boxes: tuple[bytes, ...] = ()
    """Whole boxes that follow the configuration: ``colr``, ``pasp``, ``mdcv``, ``clli``, ``dvcC`` …"""
    matrix: bytes = IDENTITY_MATRIX
    """Display matrix of the track header: 36 bytes."""
