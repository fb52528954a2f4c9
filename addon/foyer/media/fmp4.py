"""The one writer of ISO BMFF boxes: init segments and fragments (ISO/IEC 14496-12, 23000-19)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foyer.media.formats import TrackFormat
from foyer.media.info import StreamKind
from foyer.media.sample_entries import sample_entry
from foyer.media.samples import Ticks

TRACK_ID = 1
_SYNC_FLAGS = 0x0200_0000
"""sample_depends_on = 2: an independent sample."""
_DEPENDENT_FLAGS = 0x0101_0000
"""sample_depends_on = 1, sample_is_non_sync_sample."""


def box(kind: bytes, *parts: bytes) -> bytes:
    """One box with a 32-bit size."""
    return struct.pack(">I4s", 8 + sum(map(len, parts)), kind) + b"".join(parts)


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """One box with version and flags (§4.2)."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def init_segment(track: TrackFormat, timescale: int) -> bytes:
    """``ftyp`` + ``moov`` of one track, without an edit list: times in the fragments are the media timeline's."""
    brand = box(b"ftyp", b"iso6", struct.pack(">I", 1), b"iso6cmfcmp41dash")
    header = full_box(
        b"mvhd",
        0,
        0,
        struct.pack(">IIII", 0, 0, timescale, 0),
        struct.pack(">IH10x", 0x10000, 0x100),
        struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000),
        struct.pack(">24xI", TRACK_ID + 1),
    )
    extends = box(b"mvex", full_box(b"trex", 0, 0, struct.pack(">5I", TRACK_ID, 1, 0, 0, 0)))
    return brand + box(b"moov", header, _trak(track, timescale), extends)


def _trak(track: TrackFormat, timescale: int) -> bytes:
    is_video = track.kind is StreamKind.VIDEO
    volume = 0 if is_video else 0x0100
    header = full_box(
        b"tkhd",
        0,
        3,
        struct.pack(">IIIII8x", 0, 0, TRACK_ID, 0, 0),
        struct.pack(">hhHH", 0, 0, volume, 0),
        track.matrix,
        struct.pack(">II", track.width << 16, track.height << 16),
    )
    media = full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, timescale, 0, 0x55C4, 0))
    handler = full_box(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, b"vide" if is_video else b"soun"), b"Foyer\0")
    kind = full_box(b"vmhd", 0, 1, bytes(8)) if is_video else full_box(b"smhd", 0, 0, bytes(4))
    data = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    tables = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), sample_entry(track)),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )
    return box(b"trak", header, box(b"mdia", media, handler, box(b"minf", kind, data, tables)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """The samples of one fragment, in decode order; times in the track's timescale."""

    decode_time: int
    """Of the first sample, on the media timeline; not negative."""
    durations: Ticks
    sizes: Ticks
    sync: NDArray[np.bool_] | None = None
    """``None`` for audio: every sample is one."""
    offsets: Ticks | None = None
    """Composition offsets, ``None`` when every sample is shown when it is decoded."""


def fragment_header(run: Run, sequence: int) -> bytes:
    """``moof`` and the header of the ``mdat`` that holds ``run``'s samples back to back.

    ``trun`` is of version 1 (signed offsets) only where an offset is negative.
    """
    flags = 0x000001 | 0x000100 | 0x000200
    columns: list[NDArray[np.int64]] = [run.durations, run.sizes]
    if run.sync is not None:
        flags |= 0x000400
        columns.append(np.where(run.sync, _SYNC_FLAGS, _DEPENDENT_FLAGS).astype(np.int64))
    version = 0
    if run.offsets is not None and run.offsets.any():
        flags |= 0x000800
        version = 1 if int(run.offsets.min()) < 0 else 0
        columns.append(run.offsets)
    rows = (np.stack(columns, axis=1) & 0xFFFF_FFFF).astype(">u4").tobytes()
    traf = (
        full_box(b"tfhd", 0, 0x020000, struct.pack(">I", TRACK_ID)),
        full_box(b"tfdt", 1, 0, struct.pack(">Q", run.decode_time)),
    )
    trun_length = 20 + len(rows)
    moof_length = 8 + 16 + 8 + sum(map(len, traf)) + trun_length
    payload = int(run.sizes.sum())
    data_header = _data_header(payload)
    trun = full_box(b"trun", version, flags, struct.pack(">Ii", len(run.sizes), moof_length + len(data_header)), rows)
    moof = box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", sequence)), box(b"traf", *traf, trun))
    return moof + data_header


def _data_header(payload: int) -> bytes:
    if payload + 8 <= 0xFFFF_FFFF:
        return struct.pack(">I4s", payload + 8, b"mdat")
    return struct.pack(">I4sQ", 1, b"mdat", payload + 16)
