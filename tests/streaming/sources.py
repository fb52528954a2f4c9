"""Sources for tests: probed with libav, indexed as the library does it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av

from foyer.ids import FileId
from foyer.media.index import build_index
from foyer.media.info import HdrKind, MediaInfo, StreamInfo, StreamKind
from foyer.streaming.source import MediaSource, TextTrack

_CONTAINERS = {"mov": "mp4", "matroska": "matroska", "mpegts": "mpegts", "avi": "avi", "mpeg": "mpeg"}


def describe(path: Path) -> MediaInfo:
    """The facts of a clip that streaming needs."""
    with av.open(str(path)) as container:
        streams = tuple(_stream(stream) for stream in container.streams)
        return MediaInfo(
            container=_CONTAINERS[container.format.name.split(",")[0]],
            size=path.stat().st_size,
            duration_us=container.duration,
            start_us=container.start_time or 0,
            bit_rate=container.bit_rate,
            streams=streams,
        )


def open_source(path: Path, file_id: int = 1, text_tracks: tuple[TextTrack, ...] = ()) -> MediaSource:
    """A clip as the catalog would give it."""
    info = describe(path)
    return MediaSource(
        file_id=FileId(file_id),
        path=path,
        mtime_ns=path.stat().st_mtime_ns,
        info=info,
        index=build_index(path, info),
        text_tracks=text_tracks,
    )


def _stream(stream: av.stream.Stream) -> StreamInfo:
    found = StreamInfo(
        index=stream.index,
        kind=StreamKind.DATA,
        codec=stream.codec_context.name if stream.type in ("video", "audio") else "unknown",
        time_base=stream.time_base or Fraction(1, 1000),
        start_pts=stream.start_time,
        duration_ticks=stream.duration,
        language=stream.language if stream.language != "und" else None,
        is_default=bool(stream.disposition & av.stream.Disposition.default),
    )
    if isinstance(stream, av.VideoStream):
        return _video(stream, found)
    if isinstance(stream, av.AudioStream):
        context = stream.codec_context
        return replace(found, kind=StreamKind.AUDIO, channels=context.channels, sample_rate=context.sample_rate)
    return found


def _video(stream: av.VideoStream, found: StreamInfo) -> StreamInfo:
    context = stream.codec_context
    transfer = {16: "smpte2084", 18: "arib-std-b67"}.get(int(context.color_trc or 0))
    return replace(
        found,
        kind=StreamKind.VIDEO,
        width=context.width,
        height=context.height,
        pixel_format=context.pix_fmt,
        sample_aspect_ratio=stream.sample_aspect_ratio or None,
        frame_rate=stream.average_rate,
        hdr=HdrKind.HDR10 if transfer == "smpte2084" else None,
        color_transfer=transfer,
    )
