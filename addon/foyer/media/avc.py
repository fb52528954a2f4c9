"""H.264 keyframes: which of them a decoder may start at without having seen anything before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from foyer.media.source_file import SourceFile

_LOOKED_AT = 16
"""Keyframes looked at to decide whether a file mixes IDR pictures with recovery points."""
_FIRST_READ, _SECOND_READ = 4096, 1 << 20


def length_size(avcc: bytes) -> int:
    """Bytes of each NAL unit's length, from ``avcC``."""
    return (avcc[4] & 3) + 1 if len(avcc) > 4 else 4


def opens_with_idr(source: SourceFile, offset: int, size: int, width: int, stripped: bytes = b"") -> bool:
    """Whether the first slice of a sample is of an IDR picture (``nal_unit_type`` 5, H.264 Table 7-1).

    ``width`` is ``length_size``; ``stripped`` precedes the sample's bytes in the file. True when nothing can be told.
    """
    for limit in (_FIRST_READ, _SECOND_READ):
        verdict = _first_slice(stripped + source.read_up_to(offset, min(size, limit)), width)
        if verdict is not None:
            return verdict
    return True


def _first_slice(data: bytes, width: int) -> bool | None:
    at = 0
    while at + width < len(data):
        kind = data[at + width] & 0x1F
        if 1 <= kind <= 5:
            return kind == 5
        at += width + int.from_bytes(data[at : at + width], "big")
    return None


def find_idr(count: int, is_idr: Callable[[int], bool]) -> NDArray[np.bool_]:
    """Which of ``count`` keyframes are IDR pictures: a few are looked at, all of them only if one is not."""
    some = np.unique(np.linspace(0, count - 1, min(count, _LOOKED_AT)).astype(np.int64))
    if all(is_idr(int(k)) for k in some):
        return np.ones(count, dtype=np.bool_)
    return np.array([is_idr(k) for k in range(count)], dtype=np.bool_)
