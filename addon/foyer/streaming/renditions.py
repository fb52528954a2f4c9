"""Which renditions a file has. A pure function of what was found out about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from foyer.errors import NotFoundError
from foyer.media.boundaries import AAC_FRAME, AAC_FRAMES_PER_SEGMENT, ENCODED_SAMPLE_RATE, LONGEST_COPY_S
from foyer.media.file_index import AudioIndex, FileIndex, VideoIndex
from foyer.media.info import HdrKind, StreamInfo
from foyer.streaming.cuts import Cuts
from foyer.streaming.ladder import AUDIO_BIT_RATES, Fitted, fit, h264_level
from foyer.streaming.rendition import (
    AudioRecipe,
    AudioRendition,
    Method,
    Rendition,
    RenditionKey,
    TextRendition,
    TrackKind,
    VideoRange,
    VideoRecipe,
    VideoRendition,
)
from foyer.streaming.source import MediaSource

_PEAK = Fraction(5, 4)
"""An encode's hungriest segment against its maximal rate: half a second of buffer over the two of a first segment."""
_PQ_KINDS = {HdrKind.HDR10, HdrKind.HDR10_PLUS}
_TRANSFERS = {"smpte2084": VideoRange.PQ, "arib-std-b67": VideoRange.HLG}


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """Every rendition of a file, whoever may be offered it."""

    source: MediaSource
    video: tuple[VideoRendition, ...]
    """The copy first, where there is one, then the ladder from the largest."""
    audio: tuple[AudioRendition, ...]
    """By track; of each the copy first, then stereo, then 5.1."""
    text: tuple[TextRendition, ...]
    no_encode: str | None = None
    """Why the video cannot be encoded, as a sentence."""

    def rendition(self, name: str) -> Rendition:
        """The rendition of this name; ``NotFoundError`` for any other."""
        for rendition in (*self.video, *self.audio, *self.text):
            if rendition.name == name:
                return rendition
        raise NotFoundError("This file has no such rendition.", rendition=name[:40])


def present(source: MediaSource, codecs: Mapping[int, str]) -> Presentation:
    """All renditions of a file; ``codecs`` are the RFC 6381 strings of the streams a remuxer can write."""
    index, streams = source.index, {stream.index: stream for stream in source.info.streams}
    video: tuple[VideoRendition, ...] = ()
    refusal = None
    if index.video is not None and index.video.stream in streams:
        stream = streams[index.video.stream]
        refusal = _no_encode(stream)
        video = (*_video_copy(source, index.video, stream, codecs), *_video_encodes(source, stream, refusal))
    audio = tuple(
        rendition
        for track in index.audio
        if track.stream in streams
        for rendition in _audio(source, track, streams[track.stream], codecs)
    )
    return Presentation(source=source, video=video, audio=audio, text=tuple(_text(source)), no_encode=refusal)


def displayed_size(stream: StreamInfo) -> tuple[int, int]:
    """Square pixels, after rotation."""
    width, height = stream.width or 16, stream.height or 16
    aspect = stream.sample_aspect_ratio
    if aspect is not None and aspect > 0 and aspect != 1:
        width = max(1, round(width * aspect))
    return (height, width) if stream.rotation in (90, 270) else (width, height)


def video_range(stream: StreamInfo) -> VideoRange:
    """From the transfer function; Dolby Vision by its base layer's."""
    if stream.hdr in _PQ_KINDS:
        return VideoRange.PQ
    if stream.hdr is HdrKind.HLG:
        return VideoRange.HLG
    return _TRANSFERS.get(stream.color_transfer or "", VideoRange.SDR)


def _key(source: MediaSource, track: int, kind: TrackKind, signature: str) -> RenditionKey:
    return RenditionKey(file_id=source.file_id, version=source.version, track=track, kind=kind, signature=signature)


def _no_encode(stream: StreamInfo) -> str | None:
    if stream.hdr is HdrKind.DOLBY_VISION and video_range(stream) is VideoRange.SDR:
        return "This Dolby Vision video has no base layer that could be converted."
    return None


def _video_copy(
    source: MediaSource, index: VideoIndex, stream: StreamInfo, codecs: Mapping[int, str]
) -> Iterator[VideoRendition]:
    if not source.index.copy_allowed or stream.index not in codecs:
        return
    width, height = displayed_size(stream)
    average = index.average_bit_rate or stream.bit_rate or source.info.bit_rate or 8_000_000
    yield VideoRendition(
        name=f"v{stream.index}c",
        key=_key(source, stream.index, TrackKind.VIDEO, "copy"),
        method=Method.COPY,
        cuts=_file_cuts(source.index),
        codecs=codecs[stream.index],
        average_bit_rate=average,
        peak_bit_rate=max(average, index.peak_bit_rate or 2 * average),
        width=width,
        height=height,
        frame_rate=stream.frame_rate,
        range=video_range(stream),
    )


def _video_encodes(source: MediaSource, stream: StreamInfo, refusal: str | None) -> Iterator[VideoRendition]:
    if refusal is not None:
        return
    for rung in fit(*displayed_size(stream), stream.frame_rate):
        recipe = _recipe(stream, rung)
        yield VideoRendition(
            name=f"v{stream.index}h{rung.label}",
            key=_key(source, stream.index, TrackKind.VIDEO, recipe.signature),
            method=Method.ENCODE,
            cuts=_file_cuts(source.index),
            codecs=f"avc1.6400{recipe.level:02X}",
            average_bit_rate=rung.bit_rate,
            peak_bit_rate=int(rung.bit_rate * _PEAK),
            width=rung.width,
            height=rung.height,
            frame_rate=stream.frame_rate,
            recipe=recipe,
        )


def _recipe(stream: StreamInfo, rung: Fitted) -> VideoRecipe:
    return VideoRecipe(
        width=rung.width,
        height=rung.height,
        max_bit_rate=rung.bit_rate,
        level=h264_level(rung.width, rung.height, stream.frame_rate, rung.bit_rate),
        deinterlace=stream.is_interlaced,
        tone_map=video_range(stream),
    )


def _file_cuts(index: FileIndex) -> Cuts:
    return Cuts(ticks=index.boundaries, time_base=index.time_base, origin_s=index.origin_s)


def _audio(
    source: MediaSource, track: AudioIndex, stream: StreamInfo, codecs: Mapping[int, str]
) -> Iterator[AudioRendition]:
    channels = stream.channels or 2
    if track.copy_allowed and stream.index in codecs and source.index.longest_segment <= LONGEST_COPY_S:
        average = track.average_bit_rate or stream.bit_rate or 256_000
        yield _audio_rendition(
            source,
            stream,
            name=f"a{stream.index}c",
            signature="copy",
            method=Method.COPY,
            cuts=_file_cuts(source.index),
            codecs=codecs[stream.index],
            rates=(average, max(average, track.peak_bit_rate or average)),
            codec=stream.codec,
            channels=channels,
        )
    cuts, first_sample = _encoded_audio_cuts(source.index)
    for wanted in (2, 6) if channels >= 6 else (min(channels, 2),):
        rate = AUDIO_BIT_RATES[wanted]
        recipe = AudioRecipe(channels=wanted, bit_rate=rate, source_channels=channels)
        yield _audio_rendition(
            source,
            stream,
            name=f"a{stream.index}n{wanted}",
            signature=recipe.signature,
            method=Method.ENCODE,
            cuts=cuts,
            codecs="mp4a.40.2",
            rates=(rate, rate * 5 // 4),
            codec="aac",
            channels=wanted,
            recipe=recipe,
            first_sample=first_sample,
        )


def _audio_rendition(
    source: MediaSource,
    stream: StreamInfo,
    *,
    name: str,
    signature: str,
    method: Method,
    cuts: Cuts,
    codecs: str,
    rates: tuple[int, int],
    codec: str,
    channels: int,
    recipe: AudioRecipe | None = None,
    first_sample: int = 0,
) -> AudioRendition:
    return AudioRendition(
        name=name,
        key=_key(source, stream.index, TrackKind.AUDIO, signature),
        method=method,
        cuts=cuts,
        codecs=codecs,
        average_bit_rate=rates[0],
        peak_bit_rate=rates[1],
        codec=codec,
        channels=channels,
        first_sample=first_sample,
        language=stream.language,
        title=stream.title,
        is_default=stream.is_default,
        is_visual_impaired=stream.is_visual_impaired,
        recipe=recipe,
    )


def _encoded_audio_cuts(index: FileIndex) -> tuple[Cuts, int]:
    """The playlist's boundaries on the grid of encoded audio, and the grid's own tick of the first segment.

    Every playlist of a presentation starts and ends where the video does, so that players which count from a
    playlist's start agree with those that read decode times; what the grid has before that is not shown anyway.
    """
    start = round(index.boundaries[0] * index.time_base * ENCODED_SAMPLE_RATE)
    end = round(index.boundaries[-1] * index.time_base * ENCODED_SAMPLE_RATE)
    grid = index.audio_grid()
    step = AAC_FRAME * AAC_FRAMES_PER_SEGMENT
    skipped = (start - grid[0]) // step
    inner = tuple(tick for tick in grid[skipped + 1 :] if tick < end)
    cuts = Cuts(ticks=(start, *inner, end), time_base=Fraction(1, ENCODED_SAMPLE_RATE), origin_s=index.origin_s)
    return cuts, grid[0] + skipped * step


def _text(source: MediaSource) -> Iterator[TextRendition]:
    for track in source.text_tracks:
        yield TextRendition(
            name=f"t{track.id}",
            key=_key(source, track.id, TrackKind.TEXT, "webvtt"),
            method=Method.CUES,
            cuts=_file_cuts(source.index),
            codecs="wvtt",
            language=track.language,
            title=track.title,
            is_default=track.is_default,
            is_forced=track.is_forced,
            is_hearing_impaired=track.is_hearing_impaired,
        )
