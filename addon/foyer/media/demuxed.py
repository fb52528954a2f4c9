"""The index of any other container, by reading its video packets with libav (never decoding them)."""

from __future__ import annotations

from array import array
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import av
import numpy as np

from foyer.errors import MediaError
from foyer.media.boundaries import Cuts, choose
from foyer.media.file_index import AudioIndex, CopyRefusal, FileIndex, VideoIndex, media_origin, sound_only_boundaries
from foyer.media.info import MediaInfo, StreamInfo, StreamKind
from foyer.media.opening import open_media
from foyer.media.samples import LATEST_TICK, MAX_SAMPLES, Ticks

_DEFAULT_FRAME = Fraction(1, 25)


def index_by_demuxing(path: Path, info: MediaInfo) -> FileIndex:
    """Cuts at keyframes, or at frames where keyframes are too far apart. Nothing of it is copied in process.

    Reads the whole file once: some 2 CPU seconds an hour of video.
    """
    video = info.video
    sounds = info.of_kind(StreamKind.AUDIO)
    starts = [s.start_pts * s.time_base for s in sounds if s.start_pts is not None]
    audio = tuple(AudioIndex.refused(stream, CopyRefusal.CONTAINER) for stream in sounds)
    if video is None:
        origin = media_origin(None, starts)
        time_base, boundaries = sound_only_boundaries(origin, _sound_end(path, info))
        return FileIndex(
            container=info.container,
            file_size=path.stat().st_size,
            origin_s=origin,
            time_base=time_base,
            boundaries=boundaries,
            video=None,
            audio=audio,
        )
    packets = _Packets.of(path, video.index)
    cuts = packets.cuts(video)
    return FileIndex(
        container=info.container,
        file_size=path.stat().st_size,
        origin_s=media_origin(cuts.boundaries[0] * packets.time_base, starts),
        time_base=packets.time_base,
        boundaries=cuts.boundaries,
        video=packets.video(video, cuts),
        audio=audio,
    )


class _Packets:
    """Times, keys and sizes of a stream's packets."""

    def __init__(self, time_base: Fraction, pts: Ticks, keys: Ticks, sizes: Ticks) -> None:
        self.time_base = time_base
        self._pts = pts
        self._keys = keys != 0
        self._sizes = sizes

    @classmethod
    def of(cls, path: Path, stream_index: int) -> _Packets:
        columns = array("q"), array("q"), array("q")
        with open_media(path, skip_frame="all") as container:
            stream = _stream(container, stream_index)
            time_base = Fraction(stream.time_base or Fraction(1, 1000))
            try:
                for packet in container.demux(stream):
                    _keep(packet, columns)
            except av.FFmpegError:
                # A damaged tail: what was read so far is what can be played.
                if not columns[0]:
                    raise
        if not columns[0]:
            raise MediaError("The video track of this file holds no frames.")
        pts, keys, sizes = (np.array(column, dtype=np.int64) for column in columns)
        return cls(time_base, pts, keys, sizes)

    def cuts(self, stream: StreamInfo) -> Cuts:
        frames = np.unique(self._pts)
        keyframes = np.unique(self._pts[self._keys])
        if len(keyframes):
            frames = frames[frames >= keyframes[0]]
        steps = np.diff(frames)
        last = int(np.median(steps)) if len(steps) else 0
        if last <= 0:
            rate = stream.frame_rate
            last = max(1, round((1 / rate if rate else _DEFAULT_FRAME) / self.time_base))
        return choose(keyframes.tolist(), frames.tolist(), int(frames[-1]) + last, self.time_base)

    def video(self, stream: StreamInfo, cuts: Cuts) -> VideoIndex:
        bounds = np.array(cuts.boundaries, dtype=np.int64)
        order = np.argsort(self._pts, kind="stable")
        total = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(self._sizes[order])))
        held = np.diff(total[np.searchsorted(self._pts[order], bounds)])
        spans = np.diff(bounds)
        return VideoIndex(
            stream=stream.index,
            codec=stream.codec,
            first_pts=cuts.boundaries[0],
            end=cuts.boundaries[-1],
            max_gap=cuts.max_gap,
            keyframes=int(self._keys.sum()),
            frames=len(self._pts),
            average_bit_rate=ceil(int(held.sum()) * 8 / (int(spans.sum()) * self.time_base)),
            peak_bit_rate=max(
                ceil(b * 8 / (s * self.time_base)) for b, s in zip(held.tolist(), spans.tolist(), strict=True)
            ),
            open_groups=False,
            copy_refusal=CopyRefusal.CONTAINER,
        )


def _stream(container: av.container.InputContainer, index: int) -> av.stream.Stream:
    if index >= len(container.streams):
        raise MediaError("The file changed since it was probed.")
    return container.streams[index]


def _keep(packet: av.packet.Packet[Any], columns: tuple[array[int], array[int], array[int]]) -> None:
    # Old containers keep decode times only; their frames are not reordered or are encoded anew anyway.
    time = packet.pts if packet.pts is not None else packet.dts
    if time is None or packet.size == 0 or abs(time) > LATEST_TICK:
        return
    if len(columns[0]) >= MAX_SAMPLES:
        raise MediaError("This file claims more frames than a film can have.")
    for column, value in zip(columns, (time, int(packet.is_keyframe), packet.size), strict=True):
        column.append(value)


def _sound_end(path: Path, info: MediaInfo) -> Fraction:
    """End of the longest audio track, in seconds of source time."""
    sounds = info.of_kind(StreamKind.AUDIO)
    if not sounds:
        raise MediaError("This file has neither video nor audio.")
    ends = [((s.start_pts or 0) + s.duration_ticks) * s.time_base for s in sounds if s.duration_ticks]
    if info.duration_us:
        ends.append(Fraction(info.start_us + info.duration_us, 1_000_000))
    if ends and max(ends) > 0:
        return max(ends)
    with open_media(path, skip_frame="all") as container:
        stream = _stream(container, sounds[0].index)
        time_base = Fraction(stream.time_base or Fraction(1, 1000))
        last = max((p.pts + (p.duration or 0) for p in container.demux(stream) if p.pts is not None), default=0)
    return max(last * time_base, Fraction(1, 100))
