"""H.264 sequence parameter sets: what a decoder would find out, without starting one.

libav learns pixel format and colours of H.264 by decoding frames (10 to 25 ms a file); the same bits stand in the
header (ITU-T H.264 §7.3.2.1.1 and Annex E).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

_HIGH_PROFILES = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
_RATIOS = (
    *((0, 0), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33), (18, 11)),
    *((15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1)),
)
"""Table E-1."""
_EXTENDED_SAR = 255
_UNSPECIFIED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class H264Parameters:
    """The fields of a sequence parameter set that describe the picture."""

    chroma: int
    """0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4."""
    bit_depth: int
    frames_only: bool
    """Every coded picture is a whole frame; otherwise the stream may be interlaced."""
    aspect: Fraction | None
    primaries: int
    transfer: int
    matrix: int
    """Codes of ITU-T H.273; 2 is unspecified."""

    @property
    def pixel_format(self) -> str:
        """Libavutil's name of the decoded format."""
        base = ("gray", "yuv420p", "yuv422p", "yuv444p")[self.chroma]
        return base if self.bit_depth == 8 else f"{base}{self.bit_depth}le"


def h264_parameters(config: bytes) -> H264Parameters | None:
    """The first sequence parameter set in ``avcC`` or Annex B extradata; ``None`` when there is none to read."""
    unit = _first_set(config)
    if unit is None:
        return None
    try:
        return _parse(_Bits(_without_emulation(unit[1:])))
    except (IndexError, ValueError):
        return None


def h264_profile_bytes(config: bytes) -> bytes | None:
    """Profile, constraint flags and level: the three bytes of an ``avc1`` codecs value, whatever the framing."""
    unit = _first_set(config)
    return unit[1:4] if unit is not None and len(unit) >= 4 else None


def _first_set(config: bytes) -> bytes | None:
    if config[:1] == b"\1" and len(config) > 8:  # avcC, ISO/IEC 14496-15 §5.3.3.1
        length = int.from_bytes(config[6:8], "big")
        return config[8 : 8 + length] if config[5] & 0x1F and length > 4 else None
    at = config.find(b"\0\0\1")
    while 0 <= at < len(config) - 4:
        end = config.find(b"\0\0\1", at + 3)
        if config[at + 3] & 0x1F == 7:
            return config[at + 3 : end if end >= 0 else len(config)]
        at = end
    return None


def _without_emulation(data: bytes) -> bytes:
    return data.replace(b"\0\0\3", b"\0\0")


class _Bits:
    """Big-endian bits; reading past the end raises ``IndexError``."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise IndexError("past the end")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        """ue(v), §9.1."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("not an Exp-Golomb code")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed_golomb(self) -> int:
        """se(v), §9.1.1."""
        code = self.golomb()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def _parse(bits: _Bits) -> H264Parameters:
    profile = bits.take(8)
    bits.take(16)
    bits.golomb()
    chroma, depth = 1, 8
    if profile in _HIGH_PROFILES:
        chroma = bits.golomb()
        if chroma == 3:
            bits.take(1)
        depth = 8 + bits.golomb()
        bits.golomb()
        bits.take(1)
        if bits.take(1):
            _skip_scaling_lists(bits, 12 if chroma == 3 else 8)
    if chroma > 3 or depth > 14:
        raise ValueError("no such format")
    _skip_order_count(bits)
    bits.golomb()
    bits.take(1)
    bits.golomb()
    bits.golomb()
    frames_only = bool(bits.take(1))
    if not frames_only:
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        for _ in range(4):
            bits.golomb()
    aspect, colours = _usability(bits) if bits.take(1) else (None, (_UNSPECIFIED,) * 3)
    return H264Parameters(
        chroma=chroma,
        bit_depth=depth,
        frames_only=frames_only,
        aspect=aspect,
        primaries=colours[0],
        transfer=colours[1],
        matrix=colours[2],
    )


def _skip_scaling_lists(bits: _Bits, count: int) -> None:
    for index in range(count):
        if bits.take(1):
            last = following = 8
            for _ in range(16 if index < 6 else 64):
                if following:
                    following = (last + bits.signed_golomb()) % 256
                last = following or last


def _skip_order_count(bits: _Bits) -> None:
    bits.golomb()
    kind = bits.golomb()
    if kind == 0:
        bits.golomb()
    elif kind == 1:
        bits.take(1)
        bits.golomb()
        bits.golomb()
        for _ in range(min(bits.golomb(), 256)):
            bits.golomb()


def _usability(bits: _Bits) -> tuple[Fraction | None, tuple[int, int, int]]:
    """The beginning of VUI, §E.1.1: sample aspect ratio and colour description."""
    aspect = None
    if bits.take(1):
        kind = bits.take(8)
        width, height = (bits.take(16), bits.take(16)) if kind == _EXTENDED_SAR else (0, 0)
        if kind < len(_RATIOS):
            width, height = _RATIOS[kind]
        aspect = Fraction(width, height) if width and height else None
    if bits.take(1):
        bits.take(1)
    colours = (_UNSPECIFIED,) * 3
    if bits.take(1):
        bits.take(4)
        if bits.take(1):
            colours = (bits.take(8), bits.take(8), bits.take(8))
    return aspect, colours
