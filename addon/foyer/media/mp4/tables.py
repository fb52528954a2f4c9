"""Sample tables of ``stbl`` (ISO/IEC 14496-12 §8.6-8.7) as arrays.

Counts are believed only as far as bytes back them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foyer.media.mp4.boxes import Box, damaged, payload, unpack
from foyer.media.mp4.edits import Edits
from foyer.media.samples import LATEST_TICK, MAX_SAMPLES, SampleTable, Ticks

Columns = NDArray[np.int64]


def read_samples(data: bytes, tables: Box, edits: Edits) -> SampleTable:
    """Every sample of one track; empty for the ``moov`` of a fragmented file."""
    sizes = _sizes(data, tables)
    offsets = _offsets(data, tables, sizes)
    durations = _durations(data, tables, len(sizes))
    count = min(len(sizes), len(offsets), len(durations))
    sizes, offsets, durations = sizes[:count], offsets[:count], durations[:count]
    decode = np.cumsum(durations) - durations
    pts = decode + _composition(data, tables, count) + edits.shift
    if count and (offsets.min() < 0 or np.abs(pts).max() > LATEST_TICK):
        raise damaged("a sample table holds impossible numbers")
    return SampleTable(pts=pts, duration=durations, offset=offsets, size=sizes, sync=_sync(data, tables, count))


def trim(samples: SampleTable, edits: Edits) -> SampleTable:
    """Drop the samples at the end of the table that an edit list never shows."""
    if edits.end is None or not len(samples):
        return samples
    shown = np.flatnonzero(samples.pts < edits.end)
    return samples[: int(shown[-1]) + 1] if len(shown) else samples


def _columns(data: bytes, tables: Box, kind: bytes, width: int) -> Columns | None:
    """A table of ``width`` 32-bit columns after a count, as rows."""
    body = payload(data, tables, kind)
    if body is None:
        return None
    if len(body) < 8:
        raise damaged(f"its {kind.decode()} table is cut short")
    count = unpack(">I", body, 4)[0]
    if 8 + count * width * 4 > len(body):
        raise damaged(f"its {kind.decode()} table is cut short")
    rows = np.frombuffer(body, ">u4", count * width, 8).astype(np.int64)
    return rows.reshape(count, width)


def _sizes(data: bytes, tables: Box) -> Ticks:
    body = payload(data, tables, b"stsz")
    if body is None:
        return _compact_sizes(payload(data, tables, b"stz2"))
    uniform, count = unpack(">II", body, 4)
    if count > MAX_SAMPLES:
        raise damaged("a track claims more samples than a film can have")
    if uniform:
        return np.full(count, uniform, dtype=np.int64)
    if 12 + count * 4 > len(body):
        raise damaged("its stsz table is cut short")
    return np.frombuffer(body, ">u4", count, 12).astype(np.int64)


def _compact_sizes(body: bytes | None) -> Ticks:
    if body is None:
        return np.zeros(0, dtype=np.int64)
    field, count = unpack(">3xBI", body, 4)
    if field not in {4, 8, 16} or count > MAX_SAMPLES or 12 + (count * field + 7) // 8 > len(body):
        raise damaged("its stz2 table is cut short")
    if field == 4:
        pairs = np.frombuffer(body, np.uint8, (count + 1) // 2, 12).astype(np.int64)
        return np.stack((pairs >> 4, pairs & 15), axis=1).reshape(-1)[:count]
    return np.frombuffer(body, ">u2" if field == 16 else np.uint8, count, 12).astype(np.int64)


def _offsets(data: bytes, tables: Box, sizes: Ticks) -> Ticks:
    """Position of each sample: its chunk's, plus the sizes of the samples before it in the chunk."""
    chunks, runs = _chunks(data, tables), _columns(data, tables, b"stsc", 3)
    if not len(chunks) or runs is None or not len(runs) or not len(sizes):
        return np.zeros(0, dtype=np.int64)
    first = runs[:, 0] - 1
    if first[0] != 0 or (np.diff(first) <= 0).any():
        raise damaged("its stsc table does not rise")
    first = np.minimum(first, len(chunks))
    per_chunk = np.repeat(runs[:, 1], np.diff(np.append(first, len(chunks))))
    ends = np.minimum(np.cumsum(np.minimum(per_chunk, len(sizes))), len(sizes))
    starts = np.concatenate((np.zeros(1, dtype=np.int64), ends[:-1]))
    held = ends - starts
    before = np.cumsum(sizes) - sizes
    base = chunks - before[np.minimum(starts, len(sizes) - 1)]
    positions: Ticks = np.repeat(base, held) + before[: int(ends[-1])]
    return positions


def _chunks(data: bytes, tables: Box) -> Ticks:
    short = _columns(data, tables, b"stco", 1)
    if short is not None:
        return short[:, 0]
    body = payload(data, tables, b"co64")
    if body is None:
        return np.zeros(0, dtype=np.int64)
    count = unpack(">I", body, 4)[0]
    if 8 + count * 8 > len(body):
        raise damaged("its co64 table is cut short")
    return np.frombuffer(body, ">i8", count, 8).astype(np.int64)


def _expand(rows: Columns, count: int) -> Ticks:
    """Run-length decode (run, value) rows to at most ``count`` values."""
    ends = np.minimum(np.cumsum(rows[:, 0]), count)
    return np.repeat(rows[:, 1], np.diff(ends, prepend=0))


def _durations(data: bytes, tables: Box, count: int) -> Ticks:
    rows = _columns(data, tables, b"stts", 2)
    if rows is None:
        return np.zeros(0, dtype=np.int64)
    # A "negative" delta is a muxer's mistake; libavformat reads it as one tick.
    values = np.where(rows[:, 1] >= 1 << 31, 1, rows[:, 1])
    return _expand(np.stack((rows[:, 0], values), axis=1), count)


def _composition(data: bytes, tables: Box, count: int) -> Ticks:
    rows = _columns(data, tables, b"ctts", 2)
    offsets = np.zeros(count, dtype=np.int64)
    if rows is not None:
        # Version 0 is unsigned on paper; muxers have always written negative offsets into it.
        signed = np.where(rows[:, 1] >= 1 << 31, rows[:, 1] - (1 << 32), rows[:, 1])
        known = _expand(np.stack((rows[:, 0], signed), axis=1), count)
        offsets[: len(known)] = known
    return offsets


def _sync(data: bytes, tables: Box, count: int) -> NDArray[np.bool_]:
    """Sync samples, with QuickTime's partial ones (``stps``: open groups); without a table every sample is one."""
    full = _columns(data, tables, b"stss", 1)
    if full is None:
        return np.ones(count, dtype=np.bool_)
    partial = _columns(data, tables, b"stps", 1)
    numbers = full if partial is None else np.concatenate((full, partial))
    rows = numbers[:, 0] - 1
    flags = np.zeros(count, dtype=np.bool_)
    flags[rows[(rows >= 0) & (rows < count)]] = True
    return flags
