"""Copy remux in process: fragmented MP4 segments made of the source's own samples, without ffmpeg, heads or cache.

``segment(track, i)`` is a pure function of the file, the track and ``i``: the same bytes at every call, in any order,
in any process. Tracks are named by libavformat's stream index (``StreamInfo.index``).

Synchronous; call it in a thread. One remuxer may serve several threads: it keeps no position and reads with ``pread``.
Composition offsets follow ADR 0003.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from foyer.errors import MediaError
from foyer.media import codecs
from foyer.media.copying import ByteRange, CodedRun, CopySource, CopyTrack, Part
from foyer.media.file_index import FileIndex
from foyer.media.filling import Filling
from foyer.media.fmp4 import Run, fragment_header, init_segment
from foyer.media.info import StreamKind
from foyer.media.matroska.copy import MatroskaCopy
from foyer.media.mp4.copy import Mp4Copy
from foyer.media.samples import Ticks, decode_times
from foyer.media.source_file import SourceFile

__all__ = ["ByteRange", "Part", "Remuxer", "Segment"]

_SOURCES: dict[str, type[Mp4Copy | MatroskaCopy]] = {"mp4": Mp4Copy, "matroska": MatroskaCopy}
_FINE_TIMESCALE = 10_000
"""Coarser clocks leave no ticks between frames for decode times."""
_WANTED_TIMESCALE = 90_000
_LONGEST_TICKS = (1 << 31) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One ``moof`` + ``mdat``, as literal bytes and runs of the source file, in order."""

    parts: tuple[Part, ...]
    length: int
    """Bytes of the whole segment, for Content-Length."""


@dataclass(frozen=True, slots=True)
class _Clock:
    """Source ticks to ticks of the media timeline: ``ticks * factor - zero``, at ``timescale`` a second."""

    timescale: int
    factor: int
    zero: int

    def media(self, ticks: Ticks) -> Ticks:
        return ticks * self.factor - self.zero


class Remuxer:
    """Writes init segments and media segments of one file."""

    def __init__(self, source: SourceFile, index: FileIndex) -> None:
        """Use ``open``; this takes over ``source``."""
        self._file = source
        self._index = index
        reader = _SOURCES.get(index.container)
        if reader is None:
            raise MediaError(f"{index.container} files are not remuxed in process.", container=index.container)
        self._copy: CopySource = reader(source, index)
        self._fillings = _fillings(index, self._copy)
        self._clocks = {stream: _clock(track, index.origin_s) for stream, track in self._copy.tracks.items()}

    @classmethod
    def open(cls, path: Path, index: FileIndex) -> Self:
        """Open a file whose ``index`` was built from the same bytes; ``MediaError`` when it changed or is broken."""
        source = SourceFile.open(path)
        try:
            if source.size != index.file_size:
                raise MediaError("The file changed since it was indexed: index it again.")
            return cls(source, index)
        except BaseException:
            source.close()
            raise

    def close(self) -> None:
        """Close the file; later reads raise ``ValueError``."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def tracks(self) -> tuple[int, ...]:
        """Streams this remuxer can write."""
        return tuple(self._copy.tracks)

    def fileno(self) -> int:
        """The source's descriptor, for ``os.sendfile`` of a segment's byte ranges."""
        return self._file.fileno()

    def timescale(self, track: int) -> int:
        """Ticks per second in the segments of ``track``."""
        return self._clocks[self._known(track)].timescale

    def codec_string(self, track: int) -> str:
        """RFC 6381 ``codecs`` value, from the configuration record the init segment carries."""
        return codecs.codec_string(self._copy.tracks[self._known(track)].format)

    def init_segment(self, track: int) -> bytes:
        """``ftyp`` + ``moov`` of one track."""
        return init_segment(self._copy.tracks[self._known(track)].format, self.timescale(track))

    def segment(self, track: int, i: int) -> Segment:
        """Media segment ``i`` of one track; ``MediaError`` when the file breaks its promise there.

        Video: the frames from the keyframe at ``boundaries[i]`` up to the next boundary's. Audio: the packets whose
        presentation time lies in ``[boundaries[i], boundaries[i + 1])``; the first segment also takes earlier ones
        that are not before the media timeline's zero, the last one takes the rest. Where a track begins much later or
        ends much earlier than the picture, packets of silence stand in for it.
        """
        if not 0 <= i < self._index.segment_count:
            raise MediaError("There is no such segment.", segment=i, segments=self._index.segment_count)
        coded = self._filled(self._known(track), i, self._copy.run(track, i))
        clock = self._clocks[track]
        is_video = self._copy.tracks[track].format.kind is StreamKind.VIDEO
        if is_video:
            run = _video_run(coded, clock)
        else:
            run = _audio_run(coded, clock, silent_from=max(0, ceil(self._index.media_time(i) * clock.timescale)))
        header = fragment_header(run, i + 1)
        return Segment(parts=(header, *coded.parts), length=len(header) + int(coded.size.sum()))

    def read(self, segment: Segment) -> bytes:
        """The whole segment as bytes."""
        return b"".join(
            self._file.read(part.offset, part.length) if isinstance(part, ByteRange) else part for part in segment.parts
        )

    def segment_sizes(self, track: int) -> tuple[int, ...] | None:
        """Bytes of the source in each segment, for ``BANDWIDTH``; ``None`` where only reading the file would tell."""
        return self._copy.sizes(self._known(track))

    def _filled(self, track: int, i: int, run: CodedRun) -> CodedRun:
        """An audio segment with silence before the sound begins and after it ends, for as long as the picture lasts."""
        filling = self._fillings.get(track)
        if filling is None:
            return run
        base = self._copy.tracks[track].time_base
        start, stop = (ceil(self._index.boundaries[k] * self._index.time_base / base) for k in (i, i + 1))
        return filling.fill(run, start, stop)

    def _known(self, track: int) -> int:
        if track not in self._copy.tracks:
            raise MediaError("This track cannot be copied.", track=track)
        return track


def _fillings(index: FileIndex, copy: CopySource) -> dict[int, Filling]:
    """Silence for the audio tracks that are much shorter than the picture."""
    from foyer.media.silence import silence_for  # noqa: PLC0415 - libav, 16 MB that few files need

    found = {}
    for audio in index.audio if index.video is not None else ():
        if audio.stream in copy.tracks and Filling.is_needed(index, audio):
            silence = silence_for(copy.tracks[audio.stream].format)
            if silence is not None:
                found[audio.stream] = Filling(index, audio, silence)
    return found


def _clock(track: CopyTrack, origin_s: int) -> _Clock:
    timescale, factor = track.time_base.denominator, track.time_base.numerator
    if timescale < _FINE_TIMESCALE and track.format.kind is StreamKind.VIDEO:
        finer = ceil(Fraction(_WANTED_TIMESCALE, timescale))
        timescale, factor = timescale * finer, factor * finer
    return _Clock(timescale, factor, origin_s * timescale)


def _video_run(coded: CodedRun, clock: _Clock) -> Run:
    shown = clock.media(coded.pts)
    end = coded.end * clock.factor - clock.zero
    after = end
    if coded.opening is not None and len(coded.opening):
        opening = clock.media(coded.opening)
        end = int(opening.min())
        after = int(decode_times(opening, int(opening.max()) + 1, clock.timescale)[0])
    decoded = _not_negative(decode_times(shown, end, clock.timescale))
    after = max(after, int(decoded[-1]) + 1)
    return _checked(
        Run(
            decode_time=int(decoded[0]),
            durations=np.diff(np.append(decoded, after)),
            sizes=coded.size,
            sync=coded.sync,
            offsets=shown - decoded,
        )
    )


def _not_negative(times: Ticks) -> Ticks:
    """A track cannot start before zero: pictures that wait for the first one shown at zero are decoded just after."""
    return np.maximum(times, np.arange(len(times))) if int(times[0]) < 0 else times


def _audio_run(coded: CodedRun, clock: _Clock, *, silent_from: int) -> Run:
    """``silent_from``: where the segment begins, for one without a single packet."""
    heard = clock.media(coded.pts)
    if not len(heard):
        return Run(decode_time=silent_from, durations=heard, sizes=coded.size)
    end = coded.end * clock.factor - clock.zero
    durations = np.maximum(np.diff(np.append(heard, end)), 0)
    return _checked(Run(decode_time=max(0, int(heard[0])), durations=durations, sizes=coded.size))


def _checked(run: Run) -> Run:
    """Refuse times that their fields cannot hold."""
    offsets = run.offsets if run.offsets is not None else run.durations
    if len(run.sizes) and max(int(run.durations.max()), int(np.abs(offsets).max())) > _LONGEST_TICKS:
        raise MediaError("This part of the file has a gap too long to play.")
    return run
