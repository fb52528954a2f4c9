"""The tracks of a Matroska file that can be indexed or copied, with what only their first frames tell."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from foyer.media.file_index import CopyRefusal
from foyer.media.formats import TrackFormat
from foyer.media.info import StreamKind
from foyer.media.matroska.blocks import Block, walk
from foyer.media.matroska.entries import read_format
from foyer.media.matroska.header import MatroskaFile, MatroskaTrack
from foyer.media.samples import Ticks
from foyer.media.source_file import SourceFile

_FIRST_FRAMES_WITHIN = 64 * 1024 * 1024
"""Bytes searched for the first frame of every track."""
_FRAME_HEAD = 65_536
_SNAP_NS = 1_100_000
"""A packet this near its place on the frame grid is there: both its time and the grid's origin are rounded to
milliseconds by most muxers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTrack:
    """A video or audio track that has at least one frame."""

    track: MatroskaTrack
    first: Block
    """Its first block."""
    format: TrackFormat | CopyRefusal
    frame_size: int | None
    """Audio: samples per packet, where constant."""
    time_base: Fraction
    """Video: the segment's. Audio: one sample, if the format is known."""
    scale_ns: int

    def ticks(self, timestamp: int) -> int:
        """A block's time in ``time_base``, the codec's delay taken off as libavformat does."""
        if self.track.kind is StreamKind.VIDEO:
            return timestamp
        ns = timestamp * self.scale_ns - self.track.codec_delay_ns
        return round(Fraction(ns, 1_000_000_000) / self.time_base)

    @property
    def step(self) -> int:
        """Ticks between the frames of one audio block."""
        if self.frame_size is not None:
            return self.frame_size
        return round(Fraction(min(self.track.default_duration_ns, 10**9), 10**9) / self.time_base)

    def snap(self, ticks: Ticks, origin: int) -> Ticks:
        """Undo the rounding of audio times: put packets on the frame grid through ``origin`` where they are near it."""
        if self.frame_size is None:
            return ticks
        steps = np.round((ticks - origin) / self.frame_size).astype(np.int64)
        exact = origin + steps * self.frame_size
        tolerance = Fraction(_SNAP_NS, 1_000_000_000) / self.time_base
        snapped: Ticks = np.where(np.abs(exact - ticks) <= float(tolerance), exact, ticks)
        return snapped


def read_tracks(source: SourceFile, header: MatroskaFile) -> dict[int, ReadTrack]:
    """Video and audio tracks by stream index. Reads from the first cluster until each has shown a frame."""
    wanted = {t.number: t for t in header.tracks if t.kind in {StreamKind.VIDEO, StreamKind.AUDIO}}
    missing = set(wanted)
    found: dict[int, ReadTrack] = {}
    limit = min(header.end, header.first_cluster + _FIRST_FRAMES_WITHIN)
    for block in walk(source, header.first_cluster, limit, frozenset(missing)):
        if block.track in missing:
            missing.discard(block.track)
            track = wanted[block.track]
            found[track.stream] = _read_track(source, header, track, block)
            if not missing:
                break
    return found


def _read_track(source: SourceFile, header: MatroskaFile, track: MatroskaTrack, block: Block) -> ReadTrack:
    offset, length = block.frames[0]
    frame = track.stripped + source.read_up_to(offset, min(length, _FRAME_HEAD))
    read = read_format(track, frame)
    known = None if isinstance(read, CopyRefusal) else read
    time_base = header.time_base
    if known is not None and track.kind is StreamKind.AUDIO:
        time_base = Fraction(1, known[0].sample_rate)
    return ReadTrack(
        track=track,
        first=block,
        format=read if isinstance(read, CopyRefusal) else read[0],
        frame_size=None if known is None else known[1],
        time_base=time_base,
        scale_ns=header.scale_ns,
    )
