"""One packet of silence in a track's own codec, for the time before its sound begins and after it has ended.

Media Source Extensions play nothing where one of the tracks has nothing: a film whose sound is a few seconds shorter
than its picture would stop there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import av
import numpy as np

from foyer.errors import MediaError
from foyer.media.audio_headers import parse_audio_specific_config
from foyer.media.formats import TrackFormat

_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
"""AAC's channel configurations, ISO/IEC 14496-3 Table 1.19."""
_DOLBY = ("stereo", "mono", "stereo", "3.0", "3.0(back)", "4.0", "quad(side)", "5.0(side)")
"""By acmod, ETSI TS 102 366 Table 4.3."""
_DOLBY_LFE = {2: "2.1", 3: "3.1", 5: "4.1", 7: "5.1(side)"}
_WARM_UP = 4
"""Packets an encoder makes before its output is steady."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A packet that decodes to silence, and how long it lasts: ``samples`` at ``rate`` a second."""

    data: bytes
    samples: int
    rate: int


def silence_for(track: TrackFormat) -> Silence | None:
    """The packet for one audio track; ``None`` where none can be made, and the track then just stays short."""
    maker = _MAKERS.get(track.codec)
    try:
        return maker(track) if maker is not None else None
    except (MediaError, av.FFmpegError, ValueError, IndexError):
        return None


def _aac(track: TrackFormat) -> Silence | None:
    config = parse_audio_specific_config(track.config)
    # Extended AAC (SBR, PS) is filled with its low-complexity core.
    core_rate = config.sample_rate * 1024 // config.frame_size
    layout = _LAYOUTS.get(config.channels)
    if layout is None or config.frame_size % 1024 or config.object_type not in {2, 5, 29}:
        return None
    return _encoded("aac", core_rate, layout)


def _dolby(track: TrackFormat) -> Silence | None:
    if track.codec == "ac3":
        fields = int.from_bytes(track.config[:3], "big")
        mode, lfe = fields >> 11 & 7, fields >> 10 & 1
    else:
        fields = int.from_bytes(track.config[2:5], "big")
        mode, lfe = fields >> 9 & 7, fields >> 8 & 1
    layout = _DOLBY_LFE.get(mode) if lfe else _DOLBY[mode]
    return None if layout is None else _encoded(track.codec, track.sample_rate, layout)


def _encoded(codec: str, rate: int, layout: str) -> Silence | None:
    context = av.CodecContext.create(codec, "w")
    if not isinstance(context, av.AudioCodecContext):
        return None
    context.sample_rate = rate
    context.layout = layout
    context.format = "fltp"
    context.open()
    zeros = np.zeros((context.layout.nb_channels, context.frame_size), dtype=np.float32)
    packets: list[bytes] = []
    for k in range(_WARM_UP):
        frame = av.AudioFrame.from_ndarray(zeros, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate, k * context.frame_size
        packets += [bytes(packet) for packet in context.encode(frame)]
    return Silence(packets[-1], context.frame_size, rate) if packets else None


def _opus(track: TrackFormat) -> Silence | None:
    """20 ms of a single CELT frame that holds nothing; mono packets are valid in a stereo stream (RFC 6716 §3.1)."""
    return Silence(b"\xf8\xff\xfe", 960, 48_000) if track.config[10] == 0 else None


def _mp3(track: TrackFormat) -> Silence | None:
    """A Layer III frame at 128 (MPEG-1) or 64 kbit/s whose side information says that nothing follows."""
    rates = {44100: 0, 48000: 1, 32000: 2, 22050: 0, 24000: 1, 16000: 2}
    code = rates.get(track.sample_rate)
    if code is None:
        return None
    is_full = track.sample_rate >= 32000
    bit_rate, bit_rate_code = (128_000, 9) if is_full else (64_000, 8)
    samples = 1152 if is_full else 576
    version = 0xFB if is_full else 0xF3
    mode = 0xC0 if track.channels == 1 else 0
    header = bytes((0xFF, version, bit_rate_code << 4 | code << 2, mode))
    return Silence(header + bytes(samples // 8 * bit_rate // track.sample_rate - 4), samples, track.sample_rate)


def _flac(track: TrackFormat) -> Silence | None:
    """A frame of constant subframes (RFC 9639 §9), rate and depth left to STREAMINFO."""
    info = track.config[8:42]
    block, rate_channels = int.from_bytes(info[2:4], "big"), int.from_bytes(info[10:14], "big")
    channels, depth = (rate_channels >> 9 & 7) + 1, (rate_channels >> 4 & 31) + 1
    rate = rate_channels >> 12
    if len(info) != 34 or block < 16 or rate == 0 or track.sample_rate != rate:
        return None
    header = bytes((0xFF, 0xF8, 0x70, channels - 1 << 4, 0)) + (block - 1).to_bytes(2, "big")
    header += bytes((_crc(header, 0x07, 8),))
    bits = channels * (8 + depth)
    frame = header + bytes((bits + 7) // 8)
    return Silence(frame + _crc(frame, 0x8005, 16).to_bytes(2, "big"), block, rate)


def _crc(data: bytes, polynomial: int, width: int) -> int:
    value, top, mask = 0, 1 << width - 1, (1 << width) - 1
    for byte in data:
        value ^= byte << width - 8
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & mask
    return value


_MAKERS: dict[str, Callable[[TrackFormat], Silence | None]] = {
    "aac": _aac,
    "ac3": _dolby,
    "eac3": _dolby,
    "opus": _opus,
    "mp3": _mp3,
    "flac": _flac,
}
