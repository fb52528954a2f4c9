"""Made-up files for what needs no bytes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from foyer.ids import FileId
from foyer.media.file_index import AudioIndex, CopyRefusal, FileIndex, VideoIndex
from foyer.media.info import MediaInfo, StreamInfo, StreamKind
from foyer.streaming.source import MediaSource, TextTrack

VIDEO = StreamInfo(
    index=0,
    kind=StreamKind.VIDEO,
    codec="h264",
    time_base=Fraction(1, 24000),
    width=1920,
    height=1080,
    frame_rate=Fraction(24000, 1001),
)
ENGLISH = StreamInfo(
    index=1,
    kind=StreamKind.AUDIO,
    codec="eac3",
    time_base=Fraction(1, 48000),
    language="en",
    channels=6,
    sample_rate=48000,
    is_default=True,
)
GERMAN = replace(ENGLISH, index=2, codec="aac", language="de", channels=2, is_default=False)
DESCRIBED = replace(GERMAN, index=3, language="en", title='Described by "A\nB"', is_visual_impaired=True)
TEXTS = (
    TextTrack(id=7, language="en", is_hearing_impaired=True),
    TextTrack(id=8, language="de", title="Deutsch", is_forced=True),
)
CODECS = {0: "avc1.640028", 1: "ec-3", 2: "mp4a.40.2", 3: "mp4a.40.2"}


def _audio(stream: StreamInfo) -> AudioIndex:
    return AudioIndex(
        stream=stream.index,
        codec=stream.codec,
        time_base=stream.time_base,
        sample_rate=48000,
        frame_size=1024,
        start_pts=0,
        end_pts=20 * 48000,
        average_bit_rate=256_000,
        peak_bit_rate=300_000,
        copy_refusal=None,
    )


def film(
    *streams: StreamInfo,
    boundaries: tuple[int, ...] = (0, 50050, 100100, 200200, 310310, 480480),
    origin_s: int = 0,
    refusal: CopyRefusal | None = None,
    texts: tuple[TextTrack, ...] = (),
) -> MediaSource:
    """A film with the streams given, or one video and one audio track."""
    streams = streams or (VIDEO, ENGLISH)
    video = next((stream for stream in streams if stream.kind is StreamKind.VIDEO), None)
    index = FileIndex(
        container="mp4",
        file_size=1000,
        origin_s=origin_s,
        time_base=Fraction(1, 24000) if video else Fraction(1, 48000),
        boundaries=boundaries,
        video=None if video is None else _video(video, boundaries, refusal),
        audio=tuple(_audio(stream) for stream in streams if stream.kind is StreamKind.AUDIO),
    )
    info = MediaInfo(container="mp4", size=1000, duration_us=None, start_us=0, bit_rate=None, streams=streams)
    return MediaSource(
        file_id=FileId(1), path=Path("/films/film.mp4"), mtime_ns=1, info=info, index=index, text_tracks=texts
    )


def _video(stream: StreamInfo, boundaries: tuple[int, ...], refusal: CopyRefusal | None) -> VideoIndex:
    return VideoIndex(
        stream=stream.index,
        codec=stream.codec,
        first_pts=boundaries[0],
        end=boundaries[-1],
        max_gap=100_000,
        keyframes=10,
        frames=480,
        average_bit_rate=7_000_000,
        peak_bit_rate=11_000_000,
        open_groups=False,
        copy_refusal=refusal,
    )
