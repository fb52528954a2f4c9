"""The index of a Matroska file: its Cues, and the clusters themselves where these are missing or too sparse."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from math import ceil

import numpy as np

from foyer.errors import MediaError
from foyer.media.avc import find_idr, length_size, opens_with_idr
from foyer.media.boundaries import LONGEST_COPY_S, Cuts, choose, longest
from foyer.media.file_index import AudioIndex, CopyRefusal, FileIndex, VideoIndex, media_origin, sound_only_boundaries
from foyer.media.formats import TrackFormat
from foyer.media.info import MediaInfo, StreamInfo, StreamKind
from foyer.media.matroska.blocks import Block, walk
from foyer.media.matroska.header import MatroskaFile, read_header
from foyer.media.matroska.tracks import ReadTrack, read_tracks
from foyer.media.source_file import SourceFile

_CUES_CHECKED = 8
_KEYFRAME_WITHIN = 128 * 1024 * 1024
"""Bytes from a cluster in which its keyframe must lie."""
_DEFAULT_FRAME = Fraction(1, 25)
"""Seconds the last frame is taken to last when nothing tells."""


def index_matroska(source: SourceFile, info: MediaInfo) -> FileIndex:
    """Cuts and cluster positions; ``MediaError`` when the file has no frames or cannot be walked."""
    header = read_header(source)
    tracks = read_tracks(source, header)
    sounds = [(stream, tracks.get(stream.index)) for stream in info.of_kind(StreamKind.AUDIO)]
    video = info.video
    if video is None:
        return _index_sound(source, header, sounds)
    picture = tracks.get(video.index)
    if picture is None or picture.track.kind is not StreamKind.VIDEO:
        raise MediaError("The video track of this Matroska file holds no frames.")
    return _VideoIndexer(source, header, picture, video).index(sounds)


class _Frames:
    """What a walk over clusters finds of the video and of the tail of the sound."""

    def __init__(self) -> None:
        self.shown: list[int] = []
        self.keys: dict[int, int] = {}
        """Cluster position by presentation time."""
        self.sound_end: dict[int, Block] = {}
        """The last block by track number."""
        self.sound_bytes: dict[int, int] = {}
        self.sound_start: dict[int, int] = {}

    def add(self, block: Block, video: int | None) -> None:
        if block.track == video:
            self.shown.append(block.timestamp)
            if block.is_key:
                self.keys.setdefault(block.timestamp, block.cluster)
            return
        self.sound_start.setdefault(block.track, block.timestamp)
        if block.track not in self.sound_end or block.timestamp >= self.sound_end[block.track].timestamp:
            self.sound_end[block.track] = block
        size = sum(length for _, length in block.frames)
        self.sound_bytes[block.track] = self.sound_bytes.get(block.track, 0) + size

    def rate(self, track: int, scale_ns: int) -> int | None:
        """Bits per second of one track in the part walked."""
        if track not in self.sound_end:
            return None
        span = self.sound_end[track].timestamp - self.sound_start[track]
        return ceil(self.sound_bytes[track] * 8 * 1_000_000_000 / (span * scale_ns)) if span > 0 else None


def _gather(source: SourceFile, header: MatroskaFile, start: int, video: int | None, sounds: Iterable[int]) -> _Frames:
    frames = _Frames()
    wanted = frozenset(sounds) | (frozenset() if video is None else {video})
    for block in walk(source, start, header.end, wanted):
        frames.add(block, video)
    return frames


class _VideoIndexer:
    def __init__(self, source: SourceFile, header: MatroskaFile, picture: ReadTrack, stream: StreamInfo) -> None:
        self._source = source
        self._header = header
        self._picture = picture
        self._stream = stream

    def index(self, sounds: list[tuple[StreamInfo, ReadTrack | None]]) -> FileIndex:
        numbers = [t.track.number for _, t in sounds if t is not None]
        keys, frames, is_whole = self._keyframes(numbers)
        end = max(frames.shown) + self._frame_ticks(frames.shown)
        times = sorted(keys)
        shown = sorted({t for t in frames.shown if not times or t >= times[0]}) if is_whole else times
        cuts, open_groups = self._choose(times, keys, shown, end)
        starts = [t.ticks(t.first.timestamp) * t.time_base for _, t in sounds if t is not None]
        time_base = self._header.time_base
        origin = media_origin(cuts.boundaries[0] * time_base, starts)
        positions = tuple(self._position(keys, b) for b in cuts.boundaries[:-1])
        return FileIndex(
            container="matroska",
            file_size=self._source.size,
            origin_s=origin,
            time_base=time_base,
            boundaries=cuts.boundaries,
            video=self._video(cuts, positions, len(times), len(frames.shown) if is_whole else None, open_groups),
            audio=tuple(_audio(stream, t, frames, origin) for stream, t in sounds),
            positions=positions,
        )

    def _keyframes(self, sounds: list[int]) -> tuple[dict[int, int], _Frames, bool]:
        """Cluster positions of keyframes by time, the frames walked, and whether those are all of the file's."""
        number = self._picture.track.number
        first = self._picture.first
        keys = {
            c.time: c.cluster for c in reversed(self._header.cues) if c.track == number and c.time >= first.timestamp
        }
        if keys and first.is_key:
            keys.setdefault(first.timestamp, first.cluster)
            if self._cues_hold(keys):
                tail = _gather(self._source, self._header, keys[max(keys)], number, sounds)
                times = (*sorted({*keys, *tail.keys}), max(tail.shown, default=0) + 1)
                if tail.shown and longest(times) <= self._longest_gap():
                    self._find_sound_ends(keys, tail, sounds)
                    return {**tail.keys, **keys}, tail, False
        whole = _gather(self._source, self._header, self._header.first_cluster, number, sounds)
        if not whole.shown:
            raise MediaError("The video track of this Matroska file holds no frames.")
        return whole.keys, whole, True

    def _find_sound_ends(self, keys: dict[int, int], tail: _Frames, sounds: list[int]) -> None:
        """Tracks that end before the last keyframe: look further and further back for their last packets."""
        positions = sorted(set(keys.values()))
        end, back = positions[-1], 2
        while end > positions[0] and (missing := frozenset(sounds) - tail.sound_end.keys()):
            start = positions[max(0, len(positions) - back)]
            for block in walk(self._source, start, end, missing):
                tail.add(block, None)
            end, back = start, back * 2

    def _cues_hold(self, keys: dict[int, int]) -> bool:
        """Whether cues rise through the file and a few of them point to keyframes of just their time."""
        times = sorted(keys)
        if any(keys[a] > keys[b] for a, b in pairwise(times)):
            return False
        some = {times[int(k)] for k in np.linspace(0, len(times) - 1, min(len(times), _CUES_CHECKED))}
        return all(self._keyframe(time, keys[time]) is not None for time in some)

    def _keyframe(self, time: int, cluster: int) -> Block | None:
        """The keyframe shown at ``time``, looked for from ``cluster`` to the first later keyframe."""
        limit = min(self._header.end, cluster + _KEYFRAME_WITHIN)
        for block in walk(self._source, cluster, limit, frozenset({self._picture.track.number})):
            if block.is_key and block.timestamp >= time:
                return block if block.timestamp == time else None
        return None

    def _longest_gap(self) -> int:
        return int(LONGEST_COPY_S / self._header.time_base)

    def _frame_ticks(self, shown: list[int]) -> int:
        """How long the last frame is shown."""
        ns = self._picture.track.default_duration_ns
        if 0 < ns < 10_000_000_000:
            return max(1, round(Fraction(ns, self._header.scale_ns)))
        steps = np.diff(np.unique(np.array(shown, dtype=np.int64)))
        if len(steps):
            return max(1, int(np.median(steps)))
        rate = self._stream.frame_rate
        return max(1, round((1 / rate if rate else _DEFAULT_FRAME) / self._header.time_base))

    def _choose(self, times: list[int], keys: dict[int, int], shown: list[int], end: int) -> tuple[Cuts, bool]:
        time_base = self._header.time_base
        if times and isinstance(self._picture.format, TrackFormat) and self._picture.format.codec == "h264":
            is_idr = find_idr(len(times), lambda k: self._is_idr(times[k], keys[times[k]]))
            if not is_idr.all():
                strict = [t for t, flag in zip(times, is_idr, strict=True) if flag]
                if strict and strict[0] == times[0] and longest((*strict, end)) <= self._longest_gap():
                    return choose(strict, shown, end, time_base), False
                return choose(times, shown, end, time_base), True
        return choose(times, shown, end, time_base), False

    def _is_idr(self, time: int, cluster: int) -> bool:
        block, track = self._keyframe(time, cluster), self._picture.track
        if block is None:
            return True
        offset, size = block.frames[0]
        return opens_with_idr(self._source, offset, size, length_size(track.private), track.stripped)

    def _position(self, keys: dict[int, int], boundary: int) -> int:
        if boundary in keys:
            return keys[boundary]
        earlier = [t for t in keys if t <= boundary]
        return keys[max(earlier)] if earlier else self._header.first_cluster

    def _video(
        self, cuts: Cuts, positions: tuple[int, ...], keyframes: int, frames: int | None, open_groups: bool
    ) -> VideoIndex:
        refusal: CopyRefusal | None = None if cuts.at_keyframes else CopyRefusal.SPARSE_KEYFRAMES
        if isinstance(self._picture.format, CopyRefusal):
            refusal = self._picture.format
        time_base = self._header.time_base
        ends = (*positions[1:], self._header.end)
        rates = [
            (ends[i] - positions[i]) * 8 / ((cuts.boundaries[i + 1] - cuts.boundaries[i]) * time_base)
            for i in range(len(positions))
        ]
        span = (cuts.boundaries[-1] - cuts.boundaries[0]) * time_base
        return VideoIndex(
            stream=self._picture.track.stream,
            codec=self._picture.format.codec if isinstance(self._picture.format, TrackFormat) else self._stream.codec,
            first_pts=cuts.boundaries[0],
            end=cuts.boundaries[-1],
            max_gap=cuts.max_gap,
            keyframes=keyframes,
            frames=frames,
            average_bit_rate=ceil((self._header.end - positions[0]) * 8 / span),
            peak_bit_rate=ceil(max(rates)),
            open_groups=open_groups and cuts.at_keyframes,
            copy_refusal=refusal,
        )


def _audio(stream: StreamInfo, track: ReadTrack | None, frames: _Frames, origin_s: int) -> AudioIndex:
    if track is None or isinstance(track.format, CopyRefusal):
        return AudioIndex.refused(stream, CopyRefusal.CODEC if track is None else CopyRefusal(str(track.format)))
    rate = frames.rate(track.track.number, track.scale_ns) or stream.bit_rate
    start = track.ticks(track.first.timestamp)
    earliest = ceil(origin_s / track.time_base)
    if start < earliest and track.frame_size:
        start += ceil(Fraction(earliest - start, track.frame_size)) * track.frame_size
    last = frames.sound_end.get(track.track.number)
    return AudioIndex(
        stream=stream.index,
        codec=track.format.codec,
        time_base=track.time_base,
        sample_rate=track.format.sample_rate,
        frame_size=track.frame_size,
        start_pts=start,
        end_pts=None if last is None else _sound_end(track, last, start),
        average_bit_rate=rate,
        peak_bit_rate=None,
        copy_refusal=None,
    )


def _sound_end(track: ReadTrack, last: Block, start: int) -> int:
    """End of a track's last packet, on the frame grid."""
    ticks = track.snap(np.array([track.ticks(last.timestamp)], dtype=np.int64), start)
    return int(ticks[0]) + len(last.frames) * track.step


def _index_sound(
    source: SourceFile, header: MatroskaFile, sounds: list[tuple[StreamInfo, ReadTrack | None]]
) -> FileIndex:
    """A file without video is small enough to walk whole, which also tells where each segment's packets begin."""
    numbers = [t.track.number for _, t in sounds if t is not None]
    if not numbers:
        raise MediaError("This Matroska file has neither video nor audio.")
    frames = _Frames()
    seen: list[tuple[int, int]] = []
    for block in walk(source, header.first_cluster, header.end, frozenset(numbers)):
        frames.add(block, None)
        if not seen or block.cluster != seen[-1][1]:
            seen.append((block.timestamp, block.cluster))
    tracks = [t for _, t in sounds if t is not None]
    origin = media_origin(None, [t.ticks(t.first.timestamp) * t.time_base for t in tracks])
    end = max(_sound_end(t, frames.sound_end[t.track.number], t.ticks(t.first.timestamp)) * t.time_base for t in tracks)
    time_base, boundaries = sound_only_boundaries(origin, end)
    starts = np.maximum.accumulate(np.array([t for t, _ in seen], dtype=np.int64))
    wanted = [int(b * time_base / header.time_base) for b in boundaries[:-1]]
    rows = np.maximum(np.searchsorted(starts, wanted, side="right") - 1, 0)
    return FileIndex(
        container="matroska",
        file_size=source.size,
        origin_s=origin,
        time_base=time_base,
        boundaries=boundaries,
        video=None,
        audio=tuple(_audio(stream, t, frames, origin) for stream, t in sounds),
        positions=tuple(seen[int(row)][1] for row in rows),
    )
