"""Read fragmented MP4 from an encoder's pipe: one init segment, then fragments (ISO/IEC 14496-12 §8.8)."""

from __future__ import annotations

import struct
from asyncio import IncompleteReadError
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foyer.errors import MediaError
from foyer.media.samples import Ticks

_LARGEST_BOX = 512 * 1024 * 1024
_NOT_SYNC = 0x0001_0000
"""sample_is_non_sync_sample."""


class ByteReader(Protocol):
    """What is read from: an ``asyncio.StreamReader``."""

    async def readexactly(self, n: int) -> bytes:
        """Exactly ``n`` bytes, or ``IncompleteReadError``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitSegment:
    """``ftyp`` and ``moov`` as the encoder wrote them."""

    data: bytes
    timescale: int
    """Ticks per second of the one track."""
    defaults: tuple[int, int, int]
    """Duration, size and flags of a sample that states none (``trex``)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fragment:
    """The samples of one ``moof`` + ``mdat``, in decode order."""

    pts: Ticks
    sizes: Ticks
    sync: NDArray[np.bool_]
    data: bytes
    """The samples back to back."""

    def rows(self, first: int, last: int) -> Fragment:
        """Samples ``first`` up to, but without, ``last``."""
        begin = int(self.sizes[:first].sum())
        end = begin + int(self.sizes[first:last].sum())
        return Fragment(
            pts=self.pts[first:last],
            sizes=self.sizes[first:last],
            sync=self.sync[first:last],
            data=self.data[begin:end],
        )


async def read_fragments(reader: ByteReader) -> AsyncGenerator[InitSegment | Fragment, None]:
    """The init segment, then every fragment until the pipe ends, whole ones only.

    Raises ``MediaError`` for bytes that are no fragmented MP4 of one track.
    """
    head = b""
    init: InitSegment | None = None
    moof = b""
    try:
        while True:
            kind, box = await _next_box(reader)
            if kind == b"ftyp":
                head = box
            elif kind == b"moov":
                init = parse_init(head + box)
                yield init
            elif kind == b"moof":
                moof = box
            elif kind == b"mdat" and moof and init is not None:
                yield _fragment(moof, box, init)
                moof = b""
    except IncompleteReadError:
        return
    except (struct.error, ValueError, IndexError) as error:
        raise MediaError("The encoder wrote something that is not fragmented MP4.") from error


def parse_init(data: bytes) -> InitSegment:
    """Read what the router needs from an init segment of one track."""
    moov = _one(data, b"moov", whole=True)
    mdhd = _descend(moov, b"trak", b"mdia", b"mdhd")
    (timescale,) = struct.unpack_from(">I", mdhd, 20 if mdhd[0] else 12)
    trex = _descend(moov, b"mvex", b"trex")
    return InitSegment(data=data, timescale=timescale, defaults=struct.unpack_from(">III", trex, 12))


async def _next_box(reader: ByteReader) -> tuple[bytes, bytes]:
    header = await reader.readexactly(8)
    size, kind = struct.unpack(">I4s", header)
    if size == 1:
        header += await reader.readexactly(8)
        (size,) = struct.unpack_from(">Q", header, 8)
    if not len(header) <= size <= _LARGEST_BOX:
        raise MediaError("The encoder wrote something that is not fragmented MP4.", size=size)
    return kind, header + await reader.readexactly(size - len(header))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and payload of each box in ``data``."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            header = 16
        if size < header:
            break
        yield kind, data[at + header : at + size]
        at += size


def _one(data: bytes, kind: bytes, *, whole: bool = False) -> bytes:
    found = [payload for name, payload in _boxes(data) if name == kind]
    if not found or (whole and len(found) > 1):
        raise MediaError("The encoder wrote an incomplete file.", box=kind.decode("latin-1"))
    return found[0]


def _descend(data: bytes, *kinds: bytes) -> bytes:
    for kind in kinds:
        data = _one(data, kind)
    return data


def _fragment(moof: bytes, mdat: bytes, init: InitSegment) -> Fragment:
    traf = _descend(moof, b"moof", b"traf")
    defaults = _defaults(_one(traf, b"tfhd"), init.defaults)
    tfdt = _one(traf, b"tfdt")
    # ffmpeg writes the priming packet at -1024 as an unsigned number: read it as what was meant.
    (decoded,) = struct.unpack_from(">q" if tfdt[0] else ">i", tfdt, 4)
    tables = []
    payload = []
    for kind, body in _boxes(traf):
        if kind != b"trun":
            continue
        offset, table = _run(body, defaults)
        length = int(table[:, 1].sum())
        payload.append(mdat[offset - len(moof) : offset - len(moof) + length] if offset else mdat[8 : 8 + length])
        tables.append(table)
    table = np.concatenate(tables)
    starts = decoded + np.cumsum(table[:, 0]) - table[:, 0]
    data = b"".join(payload)
    if len(data) != int(table[:, 1].sum()):
        raise MediaError("The encoder wrote a fragment that points outside itself.")
    return Fragment(pts=starts + table[:, 3], sizes=table[:, 1], sync=(table[:, 2] & _NOT_SYNC) == 0, data=data)


def _defaults(tfhd: bytes, defaults: tuple[int, int, int]) -> tuple[int, int, int]:
    """§8.8.7: what the fragment header overrides."""
    (flags,) = struct.unpack_from(">I", tfhd)
    at = 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
    values = list(defaults)
    for place, flag in enumerate((0x8, 0x10, 0x20)):
        if flags & flag:
            (values[place],) = struct.unpack_from(">I", tfhd, at)
            at += 4
    return values[0], values[1], values[2]


def _run(trun: bytes, defaults: tuple[int, int, int]) -> tuple[int, NDArray[np.int64]]:
    """§8.8.8: the data offset and one row of duration, size, flags and composition offset for each sample."""
    flags, count = struct.unpack_from(">II", trun)
    at, offset, first_flags = 8, 0, None
    if flags & 0x1:
        (offset,) = struct.unpack_from(">i", trun, at)
        at += 4
    if flags & 0x4:
        (first_flags,) = struct.unpack_from(">I", trun, at)
        at += 4
    table = np.empty((count, 4), dtype=np.int64)
    table[:] = (*defaults, 0)
    present = [place for place, flag in enumerate((0x100, 0x200, 0x400, 0x800)) if flags & flag]
    if present:
        cells = np.frombuffer(trun, dtype=">u4", count=count * len(present), offset=at).reshape(count, len(present))
        table[:, present] = cells
    # Offsets are signed where the version says so, and ffmpeg means them so where it does not.
    table[:, 3] = table[:, 3].astype(np.uint32).view(np.int32) if flags & 0x800 else 0
    if first_flags is not None:
        table[0, 2] = first_flags
    return offset, table
