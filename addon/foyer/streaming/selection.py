"""Which of a file's renditions one viewer is offered."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from foyer.errors import MediaError
from foyer.streaming.options import StreamOptions, VideoChoice
from foyer.streaming.rendition import AudioRendition, Method, TextRendition, VideoRendition
from foyer.streaming.renditions import Presentation


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a master playlist lists."""

    video: tuple[VideoRendition, ...]
    audio: tuple[AudioRendition, ...]
    """One for each track."""
    text: tuple[TextRendition, ...]
    default_audio: AudioRendition | None
    default_text: TextRendition | None


def select(presentation: Presentation, options: StreamOptions) -> Selection:
    """Apply the options; ``MediaError`` with the reason when nothing is left to play."""
    video = _video(presentation, options)
    audio = tuple(
        _audio(list(renditions), options) for _, renditions in groupby(presentation.audio, key=lambda a: a.key.track)
    )
    if not video and not audio:
        raise MediaError("This file has neither video nor audio that could be streamed.")
    chosen = next((track for track in audio if track.key.track == options.audio), None)
    first = next((track for track in audio if track.is_default), audio[0] if audio else None)
    text = next((track for track in presentation.text if track.key.track == options.text), None)
    return Selection(video=video, audio=audio, text=presentation.text, default_audio=chosen or first, default_text=text)


def _video(presentation: Presentation, options: StreamOptions) -> tuple[VideoRendition, ...]:
    copies = tuple(video for video in presentation.video if video.method is Method.COPY)
    encodes = tuple(video for video in presentation.video if video.method is Method.ENCODE)
    if presentation.source.index.video is None:
        return ()
    if options.video is VideoChoice.COPY:
        if not copies:
            raise MediaError("The video of this file cannot be repackaged as it is; it must be converted.")
        return copies
    kept = tuple(video for video in encodes if _allowed(video, options)) or encodes[-1:]
    offered = (*copies, *kept) if options.video is VideoChoice.BOTH else kept
    if not offered:
        raise MediaError(presentation.no_encode or "The video of this file cannot be converted.")
    return offered


def _allowed(video: VideoRendition, options: StreamOptions) -> bool:
    # 720p of a wide film has fewer lines, of a portrait one more: the shorter side is what a limit means.
    lines = min(video.width, video.height)
    return (options.max_height is None or lines <= options.max_height) and (
        options.max_bit_rate is None or video.average_bit_rate <= options.max_bit_rate
    )


def _audio(renditions: list[AudioRendition], options: StreamOptions) -> AudioRendition:
    for rendition in renditions:
        if rendition.method is Method.COPY and rendition.codec in options.copy_audio:
            return rendition
    encodes = [rendition for rendition in renditions if rendition.method is Method.ENCODE]
    fitting = [rendition for rendition in encodes if rendition.channels <= options.max_channels]
    return max(fitting or encodes, key=lambda rendition: rendition.channels)
