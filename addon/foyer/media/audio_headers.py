"""Headers of audio codecs: only what a sample entry or a packet's duration needs."""

from __future__ import annotations

from dataclasses import dataclass

from foyer.errors import MediaError

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AAC_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 0, 8, 0)
_AC3_RATES = (48000, 44100, 32000)


class BitReader:
    """Reads big-endian bit fields; past the end it raises ``MediaError``."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def read(self, bits: int) -> int:
        """The next ``bits`` bits as an unsigned integer."""
        self._left -= bits
        if self._left < 0:
            raise MediaError("An audio or video header of this file is cut short.")
        return (self._value >> self._left) & ((1 << bits) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AacConfig:
    """AudioSpecificConfig, ISO/IEC 14496-3 §1.6.2."""

    object_type: int
    """The type a decoder is asked for: 2 LC, 5 SBR, 29 parametric stereo."""
    sample_rate: int
    """Of the output: doubled where SBR is signalled."""
    channels: int
    frame_size: int
    """Output samples per packet and channel."""


def parse_audio_specific_config(data: bytes) -> AacConfig:
    """Parse explicit signalling; implicit SBR stays what the bytes say (LC)."""
    bits = BitReader(data[:16])
    object_type = _aac_object_type(bits)
    core_rate = _aac_rate(bits)
    channels = _AAC_CHANNELS[bits.read(4)]
    rate, core_type = core_rate, object_type
    if object_type in {5, 29}:
        rate = _aac_rate(bits)
        core_type = _aac_object_type(bits)
    short = bits.read(1) if core_type in {1, 2, 3, 4, 6, 7, 17, 19, 20, 23} else 0
    if rate <= 0 or core_rate <= 0:
        raise MediaError("The AAC configuration of this file names no sample rate.")
    frame = (960 if short else 1024) * max(1, rate // core_rate)
    return AacConfig(object_type=object_type, sample_rate=rate, channels=channels, frame_size=frame)


def _aac_object_type(bits: BitReader) -> int:
    kind = bits.read(5)
    return 32 + bits.read(6) if kind == 31 else kind


def _aac_rate(bits: BitReader) -> int:
    at = bits.read(4)
    if at == 15:
        return bits.read(24)
    return _AAC_RATES[at] if at < len(_AAC_RATES) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DolbyConfig:
    """What an AC-3 or E-AC-3 packet says of itself."""

    box: bytes
    """Payload of ``dac3`` or ``dec3`` (ETSI TS 102 366 Annex F)."""
    sample_rate: int
    channels: int
    frame_size: int


_ACMOD_CHANNELS = (2, 1, 2, 3, 3, 4, 4, 5)


def parse_ac3(packet: bytes) -> DolbyConfig:
    """The first sync frame's header, ETSI TS 102 366 §4.3."""
    bits = BitReader(packet[:12])
    if bits.read(16) != 0x0B77:
        raise MediaError("An AC-3 packet of this file has no sync word.")
    bits.read(16)
    rate_code, size_code = bits.read(2), bits.read(6)
    bsid, bsmod, acmod = bits.read(5), bits.read(3), bits.read(3)
    if rate_code == 3 or size_code > 37 or bsid > 10:
        raise MediaError("An AC-3 packet of this file has a reserved header.")
    if acmod & 1 and acmod != 1:
        bits.read(2)
    if acmod & 4:
        bits.read(2)
    if acmod == 2:
        bits.read(2)
    lfe = bits.read(1)
    packed = rate_code << 22 | bsid << 17 | bsmod << 14 | acmod << 11 | lfe << 10 | (size_code >> 1) << 5
    return DolbyConfig(
        box=packed.to_bytes(3, "big"),
        sample_rate=_AC3_RATES[rate_code],
        channels=_ACMOD_CHANNELS[acmod] + lfe,
        frame_size=1536,
    )


@dataclass(frozen=True, slots=True)
class _Eac3Frame:
    kind: int
    size: int
    rate_code: int
    rate: int
    blocks: int
    acmod: int
    lfe: int
    bsid: int
    channel_map: int


def parse_eac3(packet: bytes) -> DolbyConfig:
    """The first access unit: one independent substream and its dependent ones, ETSI TS 102 366 Annex E and F.6."""
    frames = _eac3_frames(packet)
    main, dependent = frames[0], [f for f in frames[1:] if f.kind == 1]
    frame_size = 256 * main.blocks
    data_rate = sum(f.size for f in frames) * 8 * main.rate // frame_size // 1000
    locations = 0
    for frame in dependent:
        locations |= _chan_loc(frame.channel_map)
    packed = min(data_rate, 0x1FFF) << 3
    packed = packed << 2 | main.rate_code
    packed = packed << 5 | main.bsid
    packed = packed << 5  # reserved, asvc, bsmod: complete main
    packed = packed << 3 | main.acmod
    packed = packed << 1 | main.lfe
    packed = packed << 3
    packed = packed << 4 | min(len(dependent), 15)
    packed = packed << 9 | locations if dependent else packed << 1
    box = packed.to_bytes(6 if dependent else 5, "big")
    channels = (
        _ACMOD_CHANNELS[main.acmod] + main.lfe + sum(_LOCATION_CHANNELS[k] for k in range(9) if locations >> k & 1)
    )
    return DolbyConfig(box=box, sample_rate=main.rate, channels=channels, frame_size=frame_size)


_LOCATION_CHANNELS = (2, 2, 1, 1, 2, 2, 2, 1, 1)
"""Channels each bit of chan_loc names, from the lowest: Lc/Rc, Lrs/Rrs, Cs, Ts, Lsd/Rsd, Lw/Rw, Lvh/Rvh, Cvh, LFE2."""


def _chan_loc(channel_map: int) -> int:
    """Nine location bits of ``dec3`` out of the sixteen of a dependent substream's ``chanmap``."""
    # chanmap counts from its most significant bit: 5 Lc/Rc, 6 Lrs/Rrs, 7 Cs, 8 Ts, 9 Lsd/Rsd, 10 Lw/Rw, 11 Lvh/Rvh,
    # 12 Cvh, 14 LFE2. dec3 lists the same from its least significant bit.
    order = (5, 6, 7, 8, 9, 10, 11, 12, 14)
    return sum(1 << k for k, bit in enumerate(order) if channel_map >> (15 - bit) & 1)


def _eac3_frames(packet: bytes) -> list[_Eac3Frame]:
    frames: list[_Eac3Frame] = []
    at = 0
    while at + 8 <= len(packet) and len(frames) < 16:
        frame = _eac3_frame(packet[at : at + 32])
        if frames and frame.kind != 1:
            break
        frames.append(frame)
        at += frame.size
    if not frames or frames[0].kind == 1:
        raise MediaError("An E-AC-3 packet of this file has no independent substream.")
    return frames


def _eac3_frame(header: bytes) -> _Eac3Frame:
    bits = BitReader(header)
    if bits.read(16) != 0x0B77:
        raise MediaError("An E-AC-3 packet of this file has no sync word.")
    kind = bits.read(2)
    bits.read(3)
    size = (bits.read(11) + 1) * 2
    rate_code = bits.read(2)
    second = bits.read(2)
    if rate_code == 3 and second == 3:
        raise MediaError("An E-AC-3 packet of this file has a reserved sample rate.")
    rate = _AC3_RATES[second] // 2 if rate_code == 3 else _AC3_RATES[rate_code]
    blocks = 6 if rate_code == 3 else (1, 2, 3, 6)[second]
    acmod, lfe, bsid = bits.read(3), bits.read(1), bits.read(5)
    channel_map = _eac3_channel_map(bits, acmod) if kind == 1 else 0
    return _Eac3Frame(kind, size, rate_code, rate, blocks, acmod, lfe, bsid, channel_map)


def _eac3_channel_map(bits: BitReader, acmod: int) -> int:
    for _ in range(2 if acmod == 0 else 1):
        bits.read(5)
        if bits.read(1):
            bits.read(8)
    return bits.read(16) if bits.read(1) else 0


def opus_head_to_dops(head: bytes) -> bytes:
    """``dOps`` payload from an ``OpusHead`` (RFC 7845 §5.1, little-endian) as Matroska keeps it."""
    if len(head) < 19 or not head.startswith(b"OpusHead"):
        raise MediaError("The Opus header of this file is cut short.")
    channels, family = head[9], head[18]
    fields = b"\0" + bytes((channels,)) + head[11:9:-1] + head[15:11:-1] + head[17:15:-1] + bytes((family,))
    if family == 0:
        return fields
    if len(head) < 21 + channels:
        raise MediaError("The Opus header of this file is cut short.")
    return fields + head[19 : 21 + channels]


def opus_packet_samples(packet: bytes) -> int:
    """Duration of an Opus packet in samples at 48 kHz, from its first two bytes (RFC 6716 §3.1)."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = (120, 240, 480, 960)[config & 3]
    count = (1, 2, 2, packet[1] & 0x3F if len(packet) > 1 else 0)[code]
    return frame * count


def flac_stream_info(metadata: bytes) -> bytes:
    """The 34 bytes of STREAMINFO (RFC 9639 §8.2) from ``fLaC`` + metadata blocks, or from the block's own bytes."""
    if len(metadata) == 34:
        return metadata
    body = metadata[4:] if metadata.startswith(b"fLaC") else metadata
    if len(body) < 38 or body[0] & 0x7F != 0 or int.from_bytes(body[1:4], "big") != 34:
        raise MediaError("The FLAC header of this file is cut short.")
    return body[4:38]


def flac_block_size(stream_info: bytes) -> int | None:
    """Samples per packet when the stream has fixed blocks."""
    smallest, largest = int.from_bytes(stream_info[0:2], "big"), int.from_bytes(stream_info[2:4], "big")
    return largest if smallest == largest and largest > 0 else None


def mp3_frame_samples(sample_rate: int) -> int:
    """Samples of a Layer III frame: 1152, halved below 32 kHz (MPEG-2 and 2.5)."""
    return 1152 if sample_rate >= 32000 else 576
