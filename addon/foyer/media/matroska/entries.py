"""Matroska codecs as sample entries: CodecPrivate, or the first frame where there is none."""

from __future__ import annotations

import struct
from math import isfinite

from foyer.errors import MediaError
from foyer.media.audio_headers import (
    BitReader,
    flac_block_size,
    flac_stream_info,
    mp3_frame_samples,
    opus_head_to_dops,
    opus_packet_samples,
    parse_ac3,
    parse_audio_specific_config,
    parse_eac3,
)
from foyer.media.file_index import CopyRefusal
from foyer.media.fmp4 import box
from foyer.media.formats import TrackFormat
from foyer.media.info import StreamKind
from foyer.media.matroska.header import MatroskaTrack

_VIDEO = {
    "V_MPEG4/ISO/AVC": ("h264", b"avc1"),
    "V_MPEGH/ISO/HEVC": ("hevc", b"hvc1"),
    "V_AV1": ("av1", b"av01"),
    "V_VP9": ("vp9", b"vp09"),
}
_AUDIO = {
    "A_AAC": ("aac", b"mp4a"),
    "A_AC3": ("ac3", b"ac-3"),
    "A_EAC3": ("eac3", b"ec-3"),
    "A_FLAC": ("flac", b"fLaC"),
    "A_OPUS": ("opus", b"Opus"),
    "A_MPEG/L3": ("mp3", b"mp4a"),
}


def read_format(track: MatroskaTrack, first_frame: bytes) -> tuple[TrackFormat, int | None] | CopyRefusal:
    """The track's format and its samples per packet (audio, where constant)."""
    if track.is_encoded:
        return CopyRefusal.ENCRYPTED
    try:
        if track.kind is StreamKind.VIDEO:
            found = _video(track, first_frame)
            return (found, None) if found is not None else CopyRefusal.CODEC
        return _audio(track, first_frame) or CopyRefusal.CODEC
    except (MediaError, struct.error):
        return CopyRefusal.CODEC


def _video(track: MatroskaTrack, first_frame: bytes) -> TrackFormat | None:
    known = _VIDEO.get(track.codec_id)
    if known is None:
        return None
    codec, entry = known
    config = _vpcc(track, first_frame) if codec == "vp9" else track.private
    if len(config) < {"h264": 7, "hevc": 23, "av1": 4, "vp9": 12}[codec]:
        return None
    return TrackFormat(
        kind=StreamKind.VIDEO,
        codec=codec,
        entry=entry,
        config=config,
        width=track.width,
        height=track.height,
        boxes=tuple(_extra(track)),
    )


def _vpcc(track: MatroskaTrack, first_frame: bytes) -> bytes:
    """``vpcC`` of a VP9 track: profile, depth and subsampling from the first frame's header (VP9 §6.2)."""
    bits = BitReader(first_frame[:16])
    if bits.read(2) != 2:
        raise MediaError("The first VP9 frame of this file is damaged.")
    profile = bits.read(1) | bits.read(1) << 1
    if profile == 3:
        bits.read(1)
    if bits.read(1) or bits.read(1):
        raise MediaError("The first VP9 frame of this file is not a keyframe.")
    bits.read(2 + 24)
    depth = 8
    if profile >= 2:
        depth = 12 if bits.read(1) else 10
    space, full, subsampling = bits.read(3), 0, 1
    if space != 7:
        full = bits.read(1)
        if profile & 1:
            subsampling = {(1, 1): 1, (1, 0): 2}.get((bits.read(1), bits.read(1)), 3)
    else:
        full, subsampling = 1, 3
    codes = [int(track.colour.get(kind, 2)) & 0xFF for kind in (0x55BB, 0x55BA, 0x55B1)]
    fields = (profile, _vp9_level(track), depth << 4 | subsampling << 1 | full, *codes)
    return bytes((1, 0, 0, 0, *fields, 0, 0))


def _vp9_level(track: MatroskaTrack) -> int:
    """The lowest VP9 level whose picture size fits (levels are by luma samples; rates are not known here)."""
    area = track.width * track.height
    for level, largest in ((10, 36864), (20, 122880), (21, 245760), (30, 552960), (31, 983040), (40, 2228224)):
        if area <= largest:
            return level
    return 50 if area <= 8912896 else 60


def _extra(track: MatroskaTrack) -> list[bytes]:
    boxes: list[bytes] = []
    width, height = track.display
    horizontal, vertical = width * track.height, height * track.width
    if width and height and horizontal != vertical and max(horizontal, vertical) < 1 << 32:
        boxes.append(box(b"pasp", struct.pack(">II", horizontal, vertical)))
    colour = {kind: int(v) & 0xFFFF for kind, v in track.colour.items() if isfinite(v)}
    if 0x55BB in colour or 0x55BA in colour or 0x55B1 in colour:
        codes = (colour.get(0x55BB, 2), colour.get(0x55BA, 2), colour.get(0x55B1, 2))
        boxes.append(box(b"colr", b"nclx", struct.pack(">HHHB", *codes, 0x80 if colour.get(0x55B9) == 2 else 0)))
    if 0x55D9 in track.colour:
        boxes.append(box(b"mdcv", _mastering(track.colour)))
    if 0x55BC in colour or 0x55BD in colour:
        boxes.append(box(b"clli", struct.pack(">HH", colour.get(0x55BC, 0), colour.get(0x55BD, 0))))
    if track.dolby_vision is not None:
        boxes.append(box(*track.dolby_vision))
    return boxes


def _mastering(colour: dict[int, float]) -> bytes:
    """Mastering display (H.265 D.3.28): green, blue, red, white in 1/50000, luminance in 1/10000 cd/m²."""
    order = (0x55D3, 0x55D4, 0x55D5, 0x55D6, 0x55D1, 0x55D2, 0x55D7, 0x55D8)
    points = [_scaled(colour.get(kind, 0.0), 50_000, 0xFFFF) for kind in order]
    light = [_scaled(colour.get(kind, 0.0), 10_000, 0xFFFF_FFFF) for kind in (0x55D9, 0x55DA)]
    return struct.pack(">8H2I", *points, *light)


def _scaled(value: float, factor: int, largest: int) -> int:
    return max(0, min(largest, round(value * factor))) if isfinite(value) else 0


def _audio(track: MatroskaTrack, first_frame: bytes) -> tuple[TrackFormat, int | None] | None:
    known = _AUDIO.get(track.codec_id)
    if known is None:
        return None
    codec, entry = known
    rate = track.output_rate or track.sample_rate
    if not isfinite(rate) or not 1 <= rate <= 1_000_000:
        return None
    config, sample_rate, channels, frame = _audio_config(codec, track, first_frame, round(rate))
    built = TrackFormat(
        kind=StreamKind.AUDIO,
        codec=codec,
        entry=entry,
        config=config,
        sample_rate=sample_rate,
        channels=(channels or track.channels) & 0xFF,
    )
    return built, frame


def _audio_config(
    codec: str, track: MatroskaTrack, first_frame: bytes, rate: int
) -> tuple[bytes, int, int, int | None]:
    """Configuration payload, sample rate, channels (0: the track's) and samples per packet."""
    if codec == "aac":
        aac = parse_audio_specific_config(track.private)
        # Implicit SBR: the container's output rate is twice what the configuration says.
        factor = 2 if rate == 2 * aac.sample_rate else 1
        return track.private, aac.sample_rate * factor, aac.channels, aac.frame_size * factor
    if codec in {"ac3", "eac3"}:
        dolby = parse_ac3(first_frame) if codec == "ac3" else parse_eac3(first_frame)
        return dolby.box, dolby.sample_rate, dolby.channels, dolby.frame_size
    if codec == "flac":
        stream_info = flac_stream_info(track.private)
        config = bytes(4) + b"\x80\x00\x00\x22" + stream_info
        return config, rate, 0, flac_block_size(stream_info)
    if codec == "opus":
        return opus_head_to_dops(track.private), 48_000, 0, opus_packet_samples(first_frame) or None
    return b"", rate, 0, mp3_frame_samples(rate)
