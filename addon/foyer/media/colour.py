"""Colour description codes (ITU-T H.273) by the names libavutil and players use, and the dynamic range they mean."""

from __future__ import annotations

from foyer.media.info import HdrKind

UNSPECIFIED = 2
SMPTE_2084 = 16
ARIB_B67 = 18

_PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
_TRANSFERS = {
    1: "bt709",
    4: "gamma22",
    5: "gamma28",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    9: "log100",
    10: "log316",
    11: "iec61966-2-4",
    12: "bt1361e",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
_MATRICES = {
    0: "gbr",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "ycgco",
    9: "bt2020nc",
    10: "bt2020c",
    11: "smpte2085",
    12: "chroma-derived-nc",
    13: "chroma-derived-c",
    14: "ictcp",
}


def primaries_name(code: int) -> str | None:
    """``None`` when unspecified or reserved."""
    return _PRIMARIES.get(code)


def transfer_name(code: int) -> str | None:
    """``None`` when unspecified or reserved."""
    return _TRANSFERS.get(code)


def matrix_name(code: int) -> str | None:
    """``None`` when unspecified or reserved."""
    return _MATRICES.get(code)


def hdr_kind(transfer: int, *, dolby_vision: bool, dynamic_metadata: bool) -> HdrKind:
    """Dynamic range by transfer function and side data; Dolby Vision wins because it needs a decision of its own."""
    if dolby_vision:
        return HdrKind.DOLBY_VISION
    if transfer == SMPTE_2084:
        return HdrKind.HDR10_PLUS if dynamic_metadata else HdrKind.HDR10
    return HdrKind.HLG if transfer == ARIB_B67 else HdrKind.SDR
