"""Sample descriptions (``stsd``) of MP4 and QuickTime files, as a ``TrackFormat`` or a reason why not."""

from __future__ import annotations

from collections.abc import Iterator

from foyer.errors import MediaError
from foyer.media.audio_headers import parse_audio_specific_config
from foyer.media.file_index import CopyRefusal
from foyer.media.fmp4 import box
from foyer.media.formats import IDENTITY_MATRIX, TrackFormat
from foyer.media.info import StreamKind
from foyer.media.mp4.boxes import Box, children, damaged, unpack

_VIDEO = {
    b"avc1": ("h264", b"avcC", b"avc1"),
    b"avc3": ("h264", b"avcC", b"avc3"),
    b"hvc1": ("hevc", b"hvcC", b"hvc1"),
    b"hev1": ("hevc", b"hvcC", b"hev1"),
    b"dvh1": ("hevc", b"hvcC", b"dvh1"),
    b"dvhe": ("hevc", b"hvcC", b"dvh1"),
    b"av01": ("av1", b"av1C", b"av01"),
    b"vp09": ("vp9", b"vpcC", b"vp09"),
}
_AUDIO = {b"ac-3": ("ac3", b"dac3"), b"ec-3": ("eac3", b"dec3"), b"fLaC": ("flac", b"dfLa"), b"Opus": ("opus", b"dOps")}
_KEPT = {b"pasp", b"mdcv", b"clli", b"SmDm", b"CoLL", b"dvcC", b"dvvC", b"dvwC"}
_LARGEST_CONFIG = 1 << 20


def read_format(
    data: bytes, description: Box, kind: StreamKind, matrix: bytes = IDENTITY_MATRIX
) -> TrackFormat | CopyRefusal:
    """The format of the only entry of ``stsd`` (several that differ cannot share one init segment)."""
    version, count = data[description.start], unpack(">I", data, description.start + 4)[0]
    entries = list(children(data, description.start + 8, description.end))[:2]
    if not entries or count == 0:
        raise damaged("a track has no sample description")
    entry = entries[0]
    if entry.kind in {b"encv", b"enca"}:
        return CopyRefusal.ENCRYPTED
    if count > 1 or entry.end - entry.start > _LARGEST_CONFIG:
        return CopyRefusal.CODEC
    found = _video(data, entry, matrix) if kind is StreamKind.VIDEO else _audio(data, entry, version)
    return found or CopyRefusal.CODEC


def _video(data: bytes, entry: Box, matrix: bytes) -> TrackFormat | None:
    known = _VIDEO.get(entry.kind)
    if known is None or entry.end - entry.start < 78:
        return None
    codec, config_kind, code = known
    inside = list(children(data, entry.start + 78, entry.end))
    config = _first(data, inside, config_kind)
    if config is None or len(config) < 7:
        return None
    width, height = unpack(">HH", data, entry.start + 24)
    return TrackFormat(
        kind=StreamKind.VIDEO,
        codec=codec,
        entry=_out_of_band(code, config),
        config=config,
        width=width,
        height=height,
        boxes=tuple(_extra(data, inside)),
        matrix=matrix,
    )


def _out_of_band(code: bytes, config: bytes) -> bytes:
    """Apple's players want parameter sets in the sample entry only: say so where the record has them."""
    if code == b"hev1" and len(config) > 22 and config[22] > 0:
        return b"hvc1"
    if code == b"avc3" and config[5] & 0x1F > 0:
        return b"avc1"
    return code


def _extra(data: bytes, inside: list[Box]) -> Iterator[bytes]:
    for child in inside:
        body = data[child.start : child.end]
        if child.kind in _KEPT and len(body) <= 64:
            yield box(child.kind, body)
        elif child.kind == b"colr" and body[:4] == b"nclx" and len(body) == 11:
            yield box(b"colr", body)
        elif child.kind == b"colr" and body[:4] == b"nclc" and len(body) == 10:
            yield box(b"colr", b"nclx" + body[4:] + b"\0")


def _first(data: bytes, boxes: list[Box], kind: bytes) -> bytes | None:
    return next((data[child.start : child.end] for child in boxes if child.kind == kind), None)


def _audio(data: bytes, entry: Box, version: int) -> TrackFormat | None:
    if entry.end - entry.start < 28:
        return None
    sound_version, channels = unpack(">H6xH", data, entry.start + 8)
    rate = unpack(">I", data, entry.start + 24)[0] >> 16
    fixed = 28
    if version == 0 and sound_version in {1, 2}:  # QuickTime File Format, sound sample descriptions 1 and 2
        fixed = 44 if sound_version == 1 else 64
    inside = list(children(data, min(entry.start + fixed, entry.end), entry.end))
    for wave in [child for child in inside if child.kind == b"wave"]:
        inside += children(data, wave.start, wave.end)
    if entry.kind in _AUDIO:
        codec, config_kind = _AUDIO[entry.kind]
        config = _first(data, inside, config_kind)
        if not config:
            return None
        return TrackFormat(
            kind=StreamKind.AUDIO, codec=codec, entry=entry.kind, config=config, sample_rate=rate, channels=channels
        )
    if entry.kind == b".mp3":
        return _mp3(rate, channels)
    if entry.kind == b"mp4a":
        return _mp4a(_first(data, inside, b"esds"), rate, channels)
    return None


def _mp3(rate: int, channels: int) -> TrackFormat:
    return TrackFormat(
        kind=StreamKind.AUDIO, codec="mp3", entry=b"mp4a", config=b"", sample_rate=rate, channels=channels
    )


def _mp4a(esds: bytes | None, rate: int, channels: int) -> TrackFormat | None:
    object_type, specific = _decoder_config(esds[4:]) if esds else (0, b"")
    if object_type in {0x69, 0x6B}:
        return _mp3(rate, channels)
    if object_type not in {0x40, 0x66, 0x67, 0x68} or len(specific) < 2:
        return None
    try:
        config = parse_audio_specific_config(specific)
    except MediaError:
        return None
    return TrackFormat(
        kind=StreamKind.AUDIO,
        codec="aac",
        entry=b"mp4a",
        config=specific,
        sample_rate=config.sample_rate,
        channels=config.channels or channels,
    )


def _decoder_config(data: bytes) -> tuple[int, bytes]:
    """Object type indication and specific info of an ES_Descriptor (ISO/IEC 14496-1 §7.2.6)."""
    tag, body = _descriptor(data)
    if tag != 0x03 or len(body) < 3:
        return 0, b""
    flags, at = body[2], 3
    at += 2 if flags & 0x80 else 0
    at += 1 + body[at] if flags & 0x40 and len(body) > at else 0
    at += 2 if flags & 0x20 else 0
    tag, decoder = _descriptor(body[at:])
    if tag != 0x04 or len(decoder) < 13:
        return 0, b""
    tag, specific = _descriptor(decoder[13:])
    return decoder[0], specific if tag == 0x05 else b""


def _descriptor(data: bytes) -> tuple[int, bytes]:
    """Tag and payload of the descriptor at the start of ``data``; its size has up to four 7-bit groups."""
    size, at = 0, 1
    for byte in data[1:5]:
        size = size << 7 | byte & 0x7F
        at += 1
        if not byte & 0x80:
            break
    return (data[0] if data else 0), data[at : at + size]
