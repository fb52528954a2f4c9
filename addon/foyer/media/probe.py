"""What a media file contains, read with libav's demuxers and no decoder where the headers say enough.

Synchronous and for worker processes: it reads untrusted bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
from av.stream import Disposition

from foyer.errors import MediaError
from foyer.media import codec_names, colour, languages
from foyer.media.frames import Reply, path_from_text
from foyer.media.info import ChapterInfo, HdrKind, MediaInfo, StreamInfo, StreamKind
from foyer.media.movie_facts import TrackFacts, read_movie_facts
from foyer.media.opening import MAX_STREAMS, check_regular, open_media
from foyer.media.parameter_sets import h264_parameters

if TYPE_CHECKING:
    from av.audio.format import AudioFormat
    from av.audio.layout import AudioLayout
    from av.audio.stream import AudioStream
    from av.codec import CodecContext
    from av.container import InputContainer
    from av.sidedata.sidedata import SideData
    from av.stream import AttachmentStream, Stream
    from av.video.stream import VideoStream

_CONTAINERS = {"mov": "mp4", "matroska": "matroska", "mpeg": "mpegps"}
_KINDS = {kind.value: kind for kind in StreamKind}
_TIMED_BY_PACKETS = frozenset({"mpegts", "mpegps"})
"""Containers whose length is the difference of their last and first times."""
_FIELD_ORDERS = {2: "tt", 3: "bb", 4: "tb", 5: "bt"}
_MAX_TAGS, _MAX_TEXT, _MAX_CHAPTERS = 200, 4000, 2000
_MICRO = Fraction(1, 1_000_000)
_FRAME_SEARCH_PACKETS = 200
_FOR_THE_DEAF = Disposition.hearing_impaired | Disposition.captions
_UNKNOWN = -99
"""FF_LEVEL_UNKNOWN and FF_PROFILE_UNKNOWN."""


def probe_task(path: str, *, with_index: bool) -> Reply:
    """The worker's entry: a probe and, in the same visit, the boundary index."""
    source = path_from_text(path)
    info = probe(source)
    if not with_index:
        return Reply({"info": info})
    from foyer.media.index import build_index  # noqa: PLC0415 - numpy, only where it is needed

    try:
        index = build_index(source, info)
    except MediaError as error:
        return Reply({"info": info, "index_error": error.message})
    return Reply({"info": info, "index_error": None}, (index.to_bytes(),))


def probe(path: Path) -> MediaInfo:
    """Everything the library keeps about a file.

    :raises MediaError: with the reason as a sentence; ``details["reason"]`` is ``missing``, ``irregular``, ``empty``,
        ``unreadable``, ``too_many_streams``, ``no_streams`` or ``encrypted``.
    """
    size = check_regular(path)
    with open_media(path, skip_frame="all") as container:
        needs_decoder = any(_lacks_format(stream) for stream in container.streams)
        if not needs_decoder:
            return _describe(container, path, size)
    with open_media(path) as container:
        return _describe(container, path, size)


def _lacks_format(stream: Stream) -> bool:
    """Whether libav found no pixel format without decoding and no header of ours gives it."""
    context = _context(stream)
    if stream.type != "video" or context is None or _is_picture(stream) or getattr(context, "pix_fmt", None):
        return False
    return context.name != "h264" or h264_parameters(context.extradata or b"") is None


def _describe(container: InputContainer, path: Path, size: int) -> MediaInfo:
    if len(container.streams) > MAX_STREAMS:
        raise MediaError(f"This file claims more than {MAX_STREAMS} streams.", reason="too_many_streams")
    name = _container_name(container, path)
    facts = read_movie_facts(path) if name == "mp4" else ()
    streams = tuple(_stream(container, stream, _at(facts, stream.index)) for stream in container.streams)
    _require_content(streams, facts)
    start_us, duration_us = container.start_time or 0, container.duration or 0
    if any(stream.codec == "h264" for stream in streams):
        streams = _with_true_starts(container, streams)
        begin = _earliest_us(streams, start_us)
        if name in _TIMED_BY_PACKETS and duration_us > 0:
            duration_us += start_us - begin
        start_us = begin
    return MediaInfo(
        container=name,
        size=size,
        duration_us=duration_us if duration_us > 0 else None,
        start_us=start_us,
        bit_rate=container.bit_rate or None,
        streams=streams,
        chapters=_chapters(container),
        tags=_tags(container.metadata),
    )


def _with_true_starts(container: InputContainer, streams: tuple[StreamInfo, ...]) -> tuple[StreamInfo, ...]:
    """First presentation times of H.264 streams from their first packets: libav derives them from a reordering depth
    that it learns only by decoding.
    """
    waiting = {s.index for s in streams if s.codec == "h264" and not s.is_attached_picture}
    found: dict[int, int] = {}
    try:
        for count, packet in enumerate(container.demux()):
            if packet.stream_index in waiting and packet.pts is not None:
                waiting.discard(packet.stream_index)
                found[packet.stream_index] = packet.pts
            if not waiting or count > _FRAME_SEARCH_PACKETS:
                break
    except av.FFmpegError:  # what was found is still true
        pass
    return tuple(replace(s, start_pts=found[s.index]) if s.index in found else s for s in streams)


def _earliest_us(streams: tuple[StreamInfo, ...], otherwise: int) -> int:
    starts = (
        round(s.start_pts * s.time_base / _MICRO)
        for s in streams
        if s.start_pts is not None and s.kind in {StreamKind.VIDEO, StreamKind.AUDIO} and not s.is_attached_picture
    )
    return min(starts, default=otherwise)


def _container_name(container: InputContainer, path: Path) -> str:
    first = container.format.name.partition(",")[0]
    if first == "matroska" and _document_is_webm(path):
        return "webm"
    return _CONTAINERS.get(first, first)


def _document_is_webm(path: Path) -> bool:
    """EBML DocType, within the header that starts every Matroska file (RFC 8794 §11.2.4)."""
    with path.open("rb") as source:
        return b"\x42\x82\x84webm" in source.read(128)


def _at(facts: tuple[TrackFacts, ...], index: int) -> TrackFacts:
    return facts[index] if index < len(facts) else TrackFacts()


def _require_content(streams: tuple[StreamInfo, ...], facts: tuple[TrackFacts, ...]) -> None:
    shown = [s for s in streams if s.kind is StreamKind.VIDEO and not s.is_attached_picture and s.width]
    heard = [s for s in streams if s.kind is StreamKind.AUDIO and s.channels and s.sample_rate]
    if not shown and not heard:
        raise MediaError("There is no video and no audio in this file, or it was cut short.", reason="no_streams")
    if all(_at(facts, s.index).is_encrypted for s in shown + heard):
        raise MediaError("This file is encrypted (DRM) and cannot be played.", reason="encrypted")


def _stream(container: InputContainer, stream: Stream, facts: TrackFacts) -> StreamInfo:
    if stream.type == "video":
        return _video(container, stream, facts)  # type: ignore[arg-type]
    if stream.type == "audio":
        return _audio(stream)  # type: ignore[arg-type]
    if stream.type == "attachment":
        return _attachment(stream)  # type: ignore[arg-type]
    return _common(stream)


def _common(stream: Stream) -> StreamInfo:
    """The fields every stream has."""
    flags = stream.disposition
    context = _context(stream)
    tags = _tags(stream.metadata)
    title = tags.get("title")
    words = (title or "").casefold()
    return StreamInfo(
        index=stream.index,
        kind=_KINDS.get(stream.type, StreamKind.DATA),
        codec=codec_names.name_of(context),
        profile=context.profile if context is not None else None,
        bit_rate=_positive(context.bit_rate if context is not None else None) or _positive_text(tags.get("bps")),
        time_base=stream.time_base or _MICRO,
        start_pts=stream.start_time,
        duration_ticks=_positive(stream.duration),
        frame_count=_positive(stream.frames),
        language=languages.normalise(tags.get("language")),
        title=title,
        is_default=bool(flags & Disposition.default),
        is_forced=bool(flags & Disposition.forced),
        is_hearing_impaired=bool(flags & _FOR_THE_DEAF) or "sdh" in words.split(),
        is_visual_impaired=bool(flags & (Disposition.visual_impaired | Disposition.descriptions)),
        is_commentary=bool(flags & Disposition.comment) or "commentary" in words,
        is_attached_picture=_is_picture(stream),
        file_name=tags.get("filename"),
        mime_type=tags.get("mimetype"),
    )


def _context(stream: Stream) -> CodecContext | None:
    """``None`` where libav has no decoder, which its type hints do not say."""
    return cast("CodecContext | None", stream.codec_context)


def _is_picture(stream: Stream) -> bool:
    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def _attachment(stream: AttachmentStream) -> StreamInfo:
    return replace(_common(stream), file_name=_text(stream.name), mime_type=_text(stream.mimetype))


def _audio(stream: AudioStream) -> StreamInfo:
    common = _common(stream)
    if _context(stream) is None:
        return common
    context = stream.codec_context
    layout, sample = cast("AudioLayout | None", context.layout), cast("AudioFormat | None", context.format)
    return replace(
        common,
        codec_string=codec_names.audio_string(common.codec, context.extradata or b"", common.profile),
        channels=_positive(context.channels),
        channel_layout=layout.name if layout else None,
        sample_rate=_positive(context.sample_rate),
        bit_depth=sample.bits if sample and common.codec in codec_names.LOSSLESS else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """A video stream's format, from libav where it knows and from the H.264 header where it was not asked to decode."""

    pixel_format: str | None
    bit_depth: int | None
    aspect: Fraction | None
    primaries: int
    transfer: int
    matrix: int


def _picture(stream: VideoStream) -> _Picture:
    context = stream.codec_context
    layout = context.format
    codes = (context.color_primaries, context.color_trc, context.colorspace)
    known = h264_parameters(context.extradata or b"") if context.name == "h264" else None
    if known is not None:
        found = (known.primaries, known.transfer, known.matrix)
        codes = tuple(b if a in {0, colour.UNSPECIFIED} else a for a, b in zip(codes, found, strict=True))  # type: ignore[assignment]
    return _Picture(
        pixel_format=known.pixel_format if known and not context.pix_fmt else context.pix_fmt,
        bit_depth=layout.components[0].bits if layout else known.bit_depth if known else None,
        aspect=stream.sample_aspect_ratio or context.sample_aspect_ratio or (known.aspect if known else None),
        primaries=codes[0],
        transfer=codes[1],
        matrix=codes[2],
    )


def _video(container: InputContainer, stream: VideoStream, facts: TrackFacts) -> StreamInfo:
    common = _common(stream)
    if _context(stream) is None:
        return replace(common, rotation=facts.rotation)
    context = stream.codec_context
    picture = _picture(stream)
    rate = stream.average_rate or stream.guessed_rate or None
    kind, profile = (None, None) if common.is_attached_picture else _dynamic_range(container, stream, picture, facts)
    return replace(
        common,
        codec_string=codec_names.video_string(
            common.codec,
            context.codec_tag,
            context.extradata or b"",
            codec_names.VideoShape(context.width, context.height, float(rate or 0), picture.bit_depth or 8),
            common.profile,
        ),
        level=context.level if context.level > 0 else None,
        width=_positive(context.width),
        height=_positive(context.height),
        pixel_format=picture.pixel_format,
        bit_depth=picture.bit_depth,
        sample_aspect_ratio=picture.aspect,
        frame_rate=rate,
        is_interlaced=context.field_order in _FIELD_ORDERS,
        field_order=_FIELD_ORDERS.get(context.field_order),
        rotation=facts.rotation,
        hdr=kind,
        dolby_vision_profile=profile,
        color_primaries=colour.primaries_name(picture.primaries),
        color_transfer=colour.transfer_name(picture.transfer),
        color_space=colour.matrix_name(picture.matrix),
    )


def _dynamic_range(
    container: InputContainer, stream: VideoStream, picture: _Picture, facts: TrackFacts
) -> tuple[HdrKind, int | None]:
    """HDR kind and Dolby Vision profile. Only a stream that may carry dynamic metadata costs a decoded frame."""
    profile = facts.dolby_vision_profile
    side_data: frozenset[str] = frozenset()
    if profile is None and _may_be_dynamic(stream, picture):
        side_data = _first_frame_side_data(container, stream)
    kind = colour.hdr_kind(
        picture.transfer,
        dolby_vision=profile is not None or bool(side_data & {"DOVI_RPU_BUFFER", "DOVI_METADATA"}),
        dynamic_metadata="DYNAMIC_HDR_PLUS" in side_data,
    )
    return kind, profile


def _may_be_dynamic(stream: VideoStream, picture: _Picture) -> bool:
    if stream.codec_context.name not in {"hevc", "libdav1d", "av1", "vp9", "libvpx-vp9"}:
        return False
    return picture.transfer == colour.SMPTE_2084 or (
        (picture.bit_depth or 8) > 8 and picture.transfer in {0, colour.UNSPECIFIED}
    )


def _first_frame_side_data(container: InputContainer, stream: VideoStream) -> frozenset[str]:
    context = stream.codec_context
    context.skip_frame = "NONKEY"
    context.thread_count = 1
    try:
        for count, packet in enumerate(container.demux(stream)):
            for frame in packet.decode():
                return frozenset(item.type.name for item in cast("Iterable[SideData]", frame.side_data))
            if count > _FRAME_SEARCH_PACKETS:
                break
    except av.FFmpegError:
        return frozenset()
    return frozenset()


def _chapters(container: InputContainer) -> tuple[ChapterInfo, ...]:
    found = []
    for chapter in container.chapters()[:_MAX_CHAPTERS]:
        scale = (chapter["time_base"] or _MICRO) / _MICRO
        start, end = int(chapter["start"] * scale), int(chapter["end"] * scale)
        title = _tags(chapter["metadata"]).get("title")
        found.append(ChapterInfo(start_us=start, end_us=max(start, end), title=title))
    return tuple(sorted(found, key=lambda chapter: chapter.start_us))


def _tags(metadata: Mapping[str, str]) -> dict[str, str]:
    """Lower-case keys, printable values, in bounded number and length."""
    tags = {}
    for key, value in list(metadata.items())[:_MAX_TAGS]:
        text = _text(value)
        if text:
            tags[key.casefold()[:100]] = text
    return tags


def _text(value: str | None) -> str | None:
    if not value:
        return None
    return value[:_MAX_TEXT].replace("\0", "").strip() or None


def _positive(value: int | None) -> int | None:
    return value if value is not None and 0 < value < 1 << 62 and value != _UNKNOWN else None


def _positive_text(value: str | None) -> int | None:
    return _positive(int(value)) if value is not None and value.isascii() and value.isdigit() else None
