"""The index of an MP4 or QuickTime file, from its movie header (and fragment headers) alone."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

import numpy as np

from foyer.errors import MediaError
from foyer.media.avc import find_idr, length_size, opens_with_idr
from foyer.media.boundaries import Cuts, choose
from foyer.media.file_index import AudioIndex, CopyRefusal, FileIndex, VideoIndex, media_origin, sound_only_boundaries
from foyer.media.formats import TrackFormat
from foyer.media.info import MediaInfo, StreamInfo, StreamKind
from foyer.media.mp4.movie import Mp4Track, read_movie
from foyer.media.samples import SampleTable, Ticks
from foyer.media.source_file import SourceFile


def index_mp4(source: SourceFile, info: MediaInfo) -> FileIndex:
    """Exact cuts, counts and bit rates; ``MediaError`` when the tables contradict the file."""
    tracks = {track.stream: track for track in read_movie(source)}
    picture = _video_track(tracks, info.video)
    sounds = [(stream, tracks.get(stream.index)) for stream in info.of_kind(StreamKind.AUDIO)]
    starts = [Fraction(audible_from(t, t.samples), t.timescale) for _, t in sounds if t and t.samples is not None]
    if picture is None:
        return _sound_only(source, sounds, starts)
    track, table = picture
    found = _cut(source, track, table)
    samples, cuts = found.samples, found.cuts
    time_base = Fraction(1, track.timescale)
    times = [b * time_base for b in cuts.boundaries]
    origin = media_origin(int(samples.pts.min()) * time_base, starts)
    return FileIndex(
        container="mp4",
        file_size=source.size,
        origin_s=origin,
        time_base=time_base,
        boundaries=cuts.boundaries,
        video=_video(track, found),
        audio=tuple(_audio(stream, sound, times, origin) for stream, sound in sounds),
    )


def _sound_only(
    source: SourceFile, sounds: list[tuple[StreamInfo, Mp4Track | None]], starts: list[Fraction]
) -> FileIndex:
    ends = [Fraction(t.samples.end, t.timescale) for _, t in sounds if t and t.samples is not None]
    ends += [s.duration_ticks * s.time_base for s, _ in sounds if s.duration_ticks]
    if not ends:
        raise MediaError("This file has neither video nor audio that can be read.")
    origin = media_origin(None, starts)
    time_base, boundaries = sound_only_boundaries(origin, max(ends))
    times = [b * time_base for b in boundaries]
    return FileIndex(
        container="mp4",
        file_size=source.size,
        origin_s=origin,
        time_base=time_base,
        boundaries=boundaries,
        video=None,
        audio=tuple(_audio(stream, track, times, origin) for stream, track in sounds),
    )


def _video_track(tracks: dict[int, Mp4Track], stream: StreamInfo | None) -> tuple[Mp4Track, SampleTable] | None:
    if stream is None:
        return None
    track = tracks.get(stream.index)
    if track is None or track.kind is not StreamKind.VIDEO or track.samples is None or not len(track.samples):
        raise MediaError("The video track of this MP4 file holds no frames.")
    return track, track.samples


class _Picture(NamedTuple):
    samples: SampleTable
    """From the first keyframe on."""
    cuts: Cuts
    open_groups: bool


def _cut(source: SourceFile, track: Mp4Track, samples: SampleTable) -> _Picture:
    """The samples from the first keyframe on, and where to cut them."""
    time_base = Fraction(1, track.timescale)
    keys = np.flatnonzero(samples.sync)
    keyed = samples[int(keys[0]) :] if len(keys) else samples
    shown = keyed.pts if track.edits.start is None else keyed.pts[keyed.pts >= track.edits.start]
    if not len(shown) or keyed.end <= int(shown.min()):
        raise MediaError("The edit list of this MP4 file shows none of its frames.")
    frames = np.unique(shown).tolist()
    keyframes = np.unique(keyed.pts[keyed.sync])
    strict = _strict_keyframes(source, track, keyed[keyed.sync])
    if strict is not None:
        cuts = choose(strict.tolist(), frames, keyed.end, time_base)
        if cuts.at_keyframes and strict[0] == keyframes[0]:
            return _Picture(keyed, cuts, open_groups=False)
    cuts = choose(keyframes.tolist(), frames, keyed.end, time_base)
    return _Picture(keyed, cuts, open_groups=strict is not None and cuts.at_keyframes)


def _strict_keyframes(source: SourceFile, track: Mp4Track, keyframes: SampleTable) -> Ticks | None:
    """Presentation times of IDR pictures, where an H.264 track's sync samples are not all IDR pictures."""
    if not isinstance(track.format, TrackFormat) or track.format.codec != "h264" or not len(keyframes):
        return None
    width = length_size(track.format.config)
    is_idr = find_idr(
        len(keyframes), lambda k: opens_with_idr(source, int(keyframes.offset[k]), int(keyframes.size[k]), width)
    )
    return None if is_idr.all() else np.unique(keyframes.pts[is_idr])


def _video(track: Mp4Track, picture: _Picture) -> VideoIndex:
    samples, cuts = picture.samples, picture.cuts
    refusal = _video_refusal(track, cuts)
    time_base = Fraction(1, track.timescale)
    starts = np.searchsorted(np.sort(samples.pts), np.array(cuts.boundaries, dtype=np.int64))
    average, peak = bit_rates(samples.size, starts, [b * time_base for b in cuts.boundaries])
    return VideoIndex(
        stream=track.stream,
        codec=track.format.codec if isinstance(track.format, TrackFormat) else "",
        first_pts=cuts.boundaries[0],
        end=cuts.boundaries[-1],
        max_gap=cuts.max_gap,
        keyframes=int(samples.sync.sum()),
        frames=len(samples),
        average_bit_rate=average,
        peak_bit_rate=peak,
        open_groups=picture.open_groups,
        copy_refusal=refusal,
    )


def _video_refusal(track: Mp4Track, cuts: Cuts) -> CopyRefusal | None:
    if not isinstance(track.format, TrackFormat):
        return track.format
    starts_inside_group = track.edits.start is not None and cuts.boundaries[0] < track.edits.start
    if not track.edits.is_simple or starts_inside_group:
        return CopyRefusal.EDITS
    return None if cuts.at_keyframes else CopyRefusal.SPARSE_KEYFRAMES


def audible_from(track: Mp4Track, samples: SampleTable) -> int:
    """Source time of the first packet that is heard: priming before the edit's start is not."""
    heard = np.flatnonzero(samples.pts + samples.duration > _edit_start(track))
    return int(samples.pts[heard[0]]) if len(heard) else 0


def _edit_start(track: Mp4Track) -> int:
    return track.edits.start if track.edits.start is not None else -(1 << 62)


def packet_starts(track: Mp4Track, samples: SampleTable, times: Sequence[Fraction], origin_s: int) -> Ticks:
    """Row of the first packet of each segment, and the number of rows: ``times`` are boundaries in seconds.

    Segment ``i`` gets the packets at or after its boundary and before the next one's; the first also those before it,
    unless they lie before the media timeline's zero or are never heard; the last also those after the end.
    """
    rising = np.maximum.accumulate(samples.pts)
    inner = np.array([ceil(t * track.timescale) for t in times[1:-1]], dtype=np.int64)
    is_wanted = (rising >= origin_s * track.timescale) & (samples.pts + samples.duration > _edit_start(track))
    wanted = np.flatnonzero(is_wanted)
    first = int(wanted[0]) if len(wanted) else len(samples)
    rows = np.concatenate(([first], np.searchsorted(rising, inner), [len(samples)]))
    return np.maximum(rows, first).astype(np.int64)


def bit_rates(sizes: Ticks, starts: Ticks, times: Sequence[Fraction]) -> tuple[int, int]:
    """Average and peak bits per second of segments that begin at the rows ``starts`` (the last one is the end)."""
    total = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))
    held = np.diff(total[starts])
    rates = [int(b) * 8 / (times[i + 1] - times[i]) for i, b in enumerate(held)]
    return ceil(int(held.sum()) * 8 / (times[-1] - times[0])), ceil(max(rates))


def _audio(stream: StreamInfo, track: Mp4Track | None, times: list[Fraction], origin_s: int) -> AudioIndex:
    samples = track.samples if track is not None else None
    if track is None or samples is None or not len(samples) or not isinstance(track.format, TrackFormat):
        refusal = track.format if track is not None and isinstance(track.format, CopyRefusal) else CopyRefusal.CODEC
        return AudioIndex.refused(stream, refusal)
    starts = packet_starts(track, samples, times, origin_s)
    average, peak = bit_rates(samples.size, starts, times)
    frame = np.unique(samples.duration[:-1]) if len(samples) > 1 else samples.duration
    rate = track.format.sample_rate or stream.sample_rate or track.timescale
    return AudioIndex(
        stream=track.stream,
        codec=track.format.codec,
        time_base=Fraction(1, track.timescale),
        sample_rate=rate,
        frame_size=int(frame[0]) * rate // track.timescale if len(frame) == 1 else None,
        start_pts=int(samples.pts[min(int(starts[0]), len(samples) - 1)]),
        end_pts=samples.end,
        average_bit_rate=average,
        peak_bit_rate=peak,
        copy_refusal=None if track.edits.is_simple else CopyRefusal.EDITS,
    )
