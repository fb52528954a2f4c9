"""Movie fragments (ISO/IEC 14496-12 §8.8): the samples of files made of ``moof`` + ``mdat`` pairs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from foyer.media.mp4.boxes import Box, FileBox, children, damaged, payload, unpack
from foyer.media.samples import LATEST_TICK, MAX_SAMPLES, SampleTable, Ticks
from foyer.media.source_file import SourceFile

_MAX_FRAGMENT_HEADER = 64 * 1024 * 1024
_MAX_UNWRITTEN_RUN = 1 << 16
"""Samples a run may hold when it spends no byte on each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackDefaults:
    """``trex``: what a fragment leaves out."""

    duration: int = 0
    size: int = 0
    flags: int = 0


@dataclass(slots=True)
class _Gathered:
    """Columns of one track, run by run."""

    decode: int = 0
    count: int = 0
    pts: list[Ticks] = field(default_factory=list)
    duration: list[Ticks] = field(default_factory=list)
    offset: list[Ticks] = field(default_factory=list)
    size: list[Ticks] = field(default_factory=list)
    flags: list[Ticks] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Header:
    """``tfhd``, with defaults filled in."""

    track: int
    base: int
    duration: int
    size: int
    flags: int


class FragmentReader:
    """Collects the samples of wanted tracks from one fragment after the other."""

    def __init__(self, source: SourceFile, defaults: dict[int, TrackDefaults], starts: dict[int, int]) -> None:
        """``starts``: decode time at which each wanted track's fragments begin when they do not say (no ``tfdt``)."""
        self._source = source
        self._defaults = defaults
        self._tracks = {track: _Gathered(decode=start) for track, start in starts.items()}

    def add(self, fragment: FileBox) -> None:
        """Read one ``moof``."""
        if fragment.size > _MAX_FRAGMENT_HEADER:
            raise damaged("a fragment's header is too large")
        data = self._source.read(fragment.offset, fragment.size)
        end_of_data = fragment.offset
        for box in children(data, fragment.header, len(data)):
            if box.kind == b"traf":
                end_of_data = self._add_track(data, box, fragment.offset, end_of_data)

    def _add_track(self, data: bytes, traf: Box, fragment: int, after: int) -> int:
        header = self._header(data, traf, fragment, after)
        gathered = self._tracks.get(header.track)
        if gathered is None:
            # Its data still moves the base of a later track that names none.
            gathered = _Gathered()
        time = payload(data, traf, b"tfdt")
        if time is not None:
            gathered.decode = unpack(">Q" if time[:1] == b"\1" else ">I", time, 4)[0]
            if gathered.decode > 1 << 60:
                gathered.decode -= 1 << 64  # Negative times are invalid and exist: priming written by some muxers.
        position = header.base
        for run in children(data, traf.start, traf.end):
            if run.kind == b"trun":
                position = _add_run(data[run.start : run.end], header, position, gathered)
        if gathered.count > MAX_SAMPLES:
            raise damaged("a track claims more samples than a film can have")
        return position

    def _header(self, data: bytes, traf: Box, fragment: int, after: int) -> _Header:
        body = payload(data, traf, b"tfhd")
        if body is None:
            raise damaged("a fragment does not name its track")
        flags, track = unpack(">II", body)
        usual = self._defaults.get(track, TrackDefaults())
        values = {"base": fragment if flags & 0x020000 else after}
        at = 8
        if flags & 0x01:
            values["base"] = unpack(">Q", body, at)[0]
            at += 8
        for bit, name in ((0x02, "description"), (0x08, "duration"), (0x10, "size"), (0x20, "flags")):
            if flags & bit:
                values[name] = unpack(">I", body, at)[0]
                at += 4
        return _Header(
            track=track,
            base=values["base"],
            duration=values.get("duration", usual.duration),
            size=values.get("size", usual.size),
            flags=values.get("flags", usual.flags),
        )

    def table(self, track: int, shift: int) -> SampleTable:
        """Everything gathered of one track; ``shift`` is the edit list's."""
        gathered = self._tracks[track]
        join = _joined
        return SampleTable(
            pts=join(gathered.pts) + shift,
            duration=join(gathered.duration),
            offset=join(gathered.offset),
            size=join(gathered.size),
            sync=(join(gathered.flags) & 0x10000) == 0,
        )


def _joined(parts: list[Ticks]) -> Ticks:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _add_run(run: bytes, header: _Header, position: int, gathered: _Gathered) -> int:
    """Append a ``trun``'s samples; returns where its data ends."""
    flags, count = unpack(">II", run)
    at = 8
    if flags & 0x01:
        position = header.base + unpack(">i", run, at)[0]
        at += 4
    first_flags = None
    if flags & 0x04:
        first_flags = unpack(">I", run, at)[0]
        at += 4
    width = sum(1 for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit)
    if at + count * width * 4 > len(run) or (width == 0 and count > _MAX_UNWRITTEN_RUN):
        raise damaged("a fragment's run of samples is cut short")
    rows = np.frombuffer(run, ">u4", count * width, at).astype(np.int64).reshape(count, width)
    fields = iter(rows[:, k] for k in range(width))
    duration = next(fields) if flags & 0x100 else np.full(count, header.duration, dtype=np.int64)
    size = next(fields) if flags & 0x200 else np.full(count, header.size, dtype=np.int64)
    sample_flags = next(fields) if flags & 0x400 else np.full(count, header.flags, dtype=np.int64)
    composition = next(fields) if flags & 0x800 else np.zeros(count, dtype=np.int64)
    composition = np.where(composition >= 1 << 31, composition - (1 << 32), composition)
    if first_flags is not None and count and not flags & 0x400:
        sample_flags[0] = first_flags
    if not 0 <= position <= LATEST_TICK:
        raise damaged("a fragment points outside it")
    gathered.pts.append(gathered.decode + np.cumsum(duration) - duration + composition)
    gathered.duration.append(duration)
    gathered.offset.append(position + np.cumsum(size) - size)
    gathered.size.append(size)
    gathered.flags.append(sample_flags)
    gathered.count += count
    gathered.decode += int(duration.sum())
    if abs(gathered.decode) > LATEST_TICK:
        raise damaged("a fragment's clock holds impossible numbers")
    return position + int(size.sum())
