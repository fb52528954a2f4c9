"""Text subtitles out of media files and out of files beside them. For worker processes: it reads untrusted bytes."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
from av.stream import Discard

from foyer.errors import MediaError
from foyer.media import codec_names
from foyer.media.cues import MAX_CUES, Cue, from_ass, from_html_like, in_order
from foyer.media.frames import Reply, path_from_text
from foyer.media.opening import check_regular, open_media
from foyer.media.sidecars import MAX_BYTES, parse_sidecar
from foyer.media.subtitle_kinds import is_text_subtitle

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.subtitles.stream import SubtitleStream

_RAW = frozenset({"subrip", "webvtt", "text"})
"""Codecs whose packets are the text itself."""
_ASS_PACKETS = frozenset({"ass", "ssa"})
_EVENT_FIELDS = 8
"""Commas before the text of a Matroska ASS block: ReadOrder, Layer, Style, Name, three margins, Effect."""


def subtitles_task(path: str, streams: list[int]) -> Reply:
    """The worker's entry: cues of several streams, read in one pass over the file."""
    found = extract(path_from_text(path), streams)
    return Reply({str(index): cues for index, cues in found.items()})


def sidecar_task(path: str, language: str | None) -> Reply:
    """The worker's entry: cues of a subtitle file."""
    return Reply(read_sidecar(path_from_text(path), language))


def read_sidecar(path: Path, language: str | None = None) -> tuple[Cue, ...]:
    """The cues of a ``.srt``, ``.vtt``, ``.ass`` or ``.ssa`` file; ``MediaError`` with the reason otherwise."""
    if check_regular(path) > MAX_BYTES:
        raise MediaError("This subtitle file is too large.", reason="too_large")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MediaError(f"The file cannot be read: {error.strerror}.", reason="missing", errno=error.errno) from error
    return parse_sidecar(data, path.suffix, language)


def extract(path: Path, indexes: Iterable[int]) -> dict[int, tuple[Cue, ...]]:
    """Cues of the given streams, by stream index, in source time. Reads the whole file once, decodes no video.

    :raises MediaError: a stream is missing or is no text subtitle (``details["reason"]`` is ``not_text``).
    """
    with open_media(path, skip_frame="all") as container:
        wanted = {index: _subtitle_stream(container, index) for index in indexes}
        for stream in container.streams:
            if stream.index not in wanted:
                stream.discard = Discard.all
        found: dict[int, list[Cue]] = {index: [] for index in wanted}
        if wanted:
            _read_packets(container, list(wanted.values()), found)
    return {index: in_order(cues) for index, cues in found.items()}


def _subtitle_stream(container: InputContainer, index: int) -> SubtitleStream:
    if not 0 <= index < len(container.streams):
        raise MediaError(f"This file has no stream {index}.", reason="no_stream")
    stream = container.streams[index]
    codec = codec_names.name_of(stream.codec_context)
    if stream.type != "subtitle" or not is_text_subtitle(codec):
        raise MediaError(f"Stream {index} ({codec}) is not a text subtitle.", reason="not_text", codec=codec)
    return cast("SubtitleStream", stream)


def _read_packets(container: InputContainer, streams: list[SubtitleStream], found: dict[int, list[Cue]]) -> None:
    try:
        for packet in container.demux(*streams):
            cues = found[packet.stream.index]
            if packet.size and packet.pts is not None and len(cues) < MAX_CUES:
                cues += _cues(cast("Packet[SubtitleStream]", packet))
    except av.EOFError:
        return


def _cues(packet: Packet[SubtitleStream]) -> list[Cue]:
    scale = (packet.time_base or Fraction(1, 1000)) * 1_000_000
    start = int((packet.pts or 0) * scale)
    end = start + int((packet.duration or 0) * scale)
    return [Cue(start_us=start, end_us=end, text=text) for text in _texts(packet)]


def _texts(packet: Packet[SubtitleStream]) -> list[str]:
    codec = codec_names.name_of(packet.stream.codec_context)
    if codec in _RAW:
        return [from_html_like(bytes(packet).decode("utf-8", "replace"))]
    if codec in _ASS_PACKETS:
        return [from_ass(_event_text(bytes(packet)))]
    try:
        rectangles = packet.decode()
    except av.FFmpegError:  # one damaged cue does not spoil the others
        return []
    return [from_ass(_event_text(bytes(getattr(rectangle, "ass", b"")))) for rectangle in rectangles]


def _event_text(event: bytes) -> str:
    fields = event.decode("utf-8", "replace").split(",", _EVENT_FIELDS)
    return fields[_EVENT_FIELDS] if len(fields) > _EVENT_FIELDS else ""
