"""The index of one media file: where it may be cut, and what a copy of it costs.

Built once per file, stored as one BLOB, and shared by every rendition: copies, encodes, audio, subtitles, sprites.

Timelines
---------
*Source time* is what libav reports as presentation time (MP4 edit lists applied). The *media timeline*, which segments
and playlists use, is source time minus ``origin_s`` whole seconds, for every track: a whole number of seconds is exact
in every time base, so nothing is rounded. ``origin_s`` is 0 for nearly every file; broadcast captures that start at
2.8 s have 2, cut files that start at -0.1 s have -1.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate, pairwise
from math import ceil, floor
from typing import Any

from foyer.errors import MediaError
from foyer.media.boundaries import ENCODED_SAMPLE_RATE, encoded_audio_grid, longest
from foyer.media.info import StreamInfo

INDEX_VERSION = 1
"""Part of every rendition key: a change of cutting rules must not meet segments cut by older ones."""


class CopyRefusal(StrEnum):
    """Why a track cannot be remuxed in process."""

    CONTAINER = "container"
    """No reader for this container writes segments."""
    CODEC = "codec"
    """The codec cannot live in fragmented MP4, or its configuration is missing."""
    SPARSE_KEYFRAMES = "sparse_keyframes"
    """Keyframes are more than twelve seconds apart."""
    EDITS = "edits"
    """The file's edit list starts inside a group of pictures or reorders the media."""
    ENCRYPTED = "encrypted"
    """The samples are encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoIndex:
    """The video track that decides the cuts. Times are source ticks of ``FileIndex.time_base``."""

    stream: int
    """libavformat's stream index, as in ``StreamInfo.index``."""
    codec: str
    first_pts: int
    end: int
    """End of the last frame shown."""
    max_gap: int
    """Longest distance between keyframes (the last one's to ``end`` included)."""
    keyframes: int
    frames: int | None
    """Number of coded frames where it is known without reading the whole file."""
    average_bit_rate: int | None
    """Bits per second of a copy over the whole track."""
    peak_bit_rate: int | None
    """Highest bits per second of any segment of a copy (an upper bound for Matroska)."""
    open_groups: bool
    """Some boundaries are H.264 recovery points, not IDR pictures: browsers (Media Source Extensions) cannot start
    there and want a transcode; native players can."""
    copy_refusal: CopyRefusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioIndex:
    """One audio track. Times are source ticks of its own ``time_base``."""

    stream: int
    """libavformat's stream index, as in ``StreamInfo.index``."""
    codec: str
    time_base: Fraction
    sample_rate: int
    frame_size: int | None
    """PCM samples per packet, where every packet has as many."""
    start_pts: int
    end_pts: int | None
    average_bit_rate: int | None
    peak_bit_rate: int | None
    copy_refusal: CopyRefusal | None

    @property
    def copy_allowed(self) -> bool:
        """Whether a remuxer can write this track's segments."""
        return self.copy_refusal is None

    @classmethod
    def refused(cls, stream: StreamInfo, reason: CopyRefusal) -> AudioIndex:
        """A track of which only the probe's facts are known."""
        start = stream.start_pts or 0
        return cls(
            stream=stream.index,
            codec=stream.codec,
            time_base=stream.time_base,
            sample_rate=stream.sample_rate or ENCODED_SAMPLE_RATE,
            frame_size=None,
            start_pts=start,
            end_pts=None if stream.duration_ticks is None else start + stream.duration_ticks,
            average_bit_rate=stream.bit_rate,
            peak_bit_rate=stream.bit_rate,
            copy_refusal=reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileIndex:
    """Everything the streaming room needs to know of a file before the first byte is asked for."""

    version: int = INDEX_VERSION
    container: str
    file_size: int
    """Bytes; a remuxer refuses a file of another size."""
    origin_s: int
    """Whole seconds subtracted from source time to get the media timeline of every track."""
    time_base: Fraction
    """Of ``boundaries``: the video track's, or 1/48000 for a file without video."""
    boundaries: tuple[int, ...]
    """Rising source ticks; segment ``i`` covers ``[boundaries[i], boundaries[i + 1])``."""
    video: VideoIndex | None
    audio: tuple[AudioIndex, ...]
    positions: tuple[int, ...] = ()
    """Matroska: absolute byte offset of the cluster that holds each boundary's keyframe; empty for others."""

    @property
    def segment_count(self) -> int:
        """Number of segments."""
        return len(self.boundaries) - 1

    @property
    def copy_allowed(self) -> bool:
        """Whether the video (or, without video, any audio) can be remuxed in process."""
        if self.video is not None:
            return self.video.copy_refusal is None
        return any(track.copy_allowed for track in self.audio)

    @property
    def duration(self) -> Fraction:
        """Seconds from the first boundary to the last."""
        return (self.boundaries[-1] - self.boundaries[0]) * self.time_base

    @property
    def longest_segment(self) -> Fraction:
        """Seconds; ``EXT-X-TARGETDURATION`` is this, rounded to the nearest integer or up."""
        return longest(self.boundaries) * self.time_base

    def segment_duration(self, i: int) -> Fraction:
        """``EXTINF`` of segment ``i``, in seconds."""
        return (self.boundaries[i + 1] - self.boundaries[i]) * self.time_base

    def media_time(self, i: int) -> Fraction:
        """Boundary ``i`` on the media timeline, in seconds."""
        return self.boundaries[i] * self.time_base - self.origin_s

    def audio_grid(self) -> tuple[int, ...]:
        """Boundaries for *encoded* audio, in 48 kHz samples of source time (192 AAC frames a segment).

        Copied audio follows ``boundaries`` instead: segment ``i`` holds each packet whose presentation time lies in
        ``[boundaries[i], boundaries[i + 1])``.
        """
        return encoded_audio_grid(self.origin_s, self.boundaries[-1] * self.time_base)

    def to_bytes(self) -> bytes:
        """Compact, versioned form for the database."""
        facts = {
            "container": self.container,
            "file_size": self.file_size,
            "origin_s": self.origin_s,
            "time_base": str(self.time_base),
            "video": None if self.video is None else asdict(self.video),
            "audio": [{**asdict(track), "time_base": str(track.time_base)} for track in self.audio],
            "boundaries": _deltas(self.boundaries),
            "positions": _deltas(self.positions),
        }
        body = json.dumps(facts, separators=(",", ":")).encode()
        return _MAGIC + bytes((self.version,)) + zlib.compress(body, 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> FileIndex:
        """Read what ``to_bytes`` wrote; ``MediaError`` when it is of another version or damaged: index again."""
        if data[:4] != _MAGIC or data[4:5] != bytes((INDEX_VERSION,)):
            raise MediaError("The stored index of this file is of another version: index the file again.")
        try:
            facts = json.loads(zlib.decompress(data[5:]))
            video, audio = facts.pop("video"), facts.pop("audio")
            return cls(
                container=facts["container"],
                file_size=facts["file_size"],
                origin_s=facts["origin_s"],
                time_base=Fraction(facts["time_base"]),
                boundaries=tuple(accumulate(facts["boundaries"])),
                positions=tuple(accumulate(facts["positions"])),
                video=None if video is None else VideoIndex(**_with_refusal(video)),
                audio=tuple(
                    AudioIndex(**_with_refusal(track) | {"time_base": Fraction(track["time_base"])}) for track in audio
                ),
            )
        except (zlib.error, ValueError, KeyError, TypeError) as err:
            raise MediaError("The stored index of this file is damaged: index the file again.") from err


_MAGIC = b"FYIX"


def _deltas(values: tuple[int, ...]) -> list[int]:
    return [b - a for a, b in pairwise((0, *values))]


def _with_refusal(facts: dict[str, Any]) -> dict[str, Any]:
    reason = facts["copy_refusal"]
    return facts | {"copy_refusal": None if reason is None else CopyRefusal(reason)}


def media_origin(video_start: Fraction | None, audio_starts: Iterable[Fraction]) -> int:
    """Source time, in whole seconds, that is the media timeline's zero: the latest second before anything is shown.

    Encoder priming, up to 0.2 s of audio before zero, is not worth a second of shift: it is dropped instead.
    """
    starts = [start for start in audio_starts if not -_PRIMING < start < 0]
    if video_start is not None:
        starts.append(video_start)
    return floor(min(starts, default=Fraction(0)))


_PRIMING = Fraction(1, 5)
LONGEST_SOUND_S = 14 * 24 * 3600
"""A longer file without video is not believed; its grid alone would take megabytes."""


def sound_only_boundaries(origin_s: int, end: Fraction) -> tuple[Fraction, tuple[int, ...]]:
    """Time base and boundaries of a file without video: the grid of encoded audio, ending with the sound."""
    if end - origin_s > LONGEST_SOUND_S:
        raise MediaError("This file claims to last for weeks: it is damaged.")
    bounds = encoded_audio_grid(origin_s, end)
    last = max(ceil(end * ENCODED_SAMPLE_RATE), bounds[-2] + 1)
    return Fraction(1, ENCODED_SAMPLE_RATE), (*bounds[:-1], last)
