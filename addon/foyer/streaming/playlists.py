"""HLS playlists (RFC 8216bis): fragmented MP4, every URI relative, every segment known from the start."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from foyer.streaming.rendition import AudioRendition, Rendition, TextRendition, TrackKind, VideoRendition
from foyer.streaming.selection import Selection

CONTENT_TYPE = "application/vnd.apple.mpegurl"
_VERSION = 7
"""§8: EXT-X-MAP without I-frames only needs 6; fragmented MP4 is commonly asked for 7."""
_AUDIO_GROUP = "audio"
_TEXT_GROUP = "text"


def master_playlist(selection: Selection) -> str:
    """The multivariant playlist of what a viewer is offered (§4.4.6)."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    names = _Names()
    lines += (_audio_media(audio, names, is_default=audio is selection.default_audio) for audio in selection.audio)
    lines += (_text_media(text, names, is_default=text is selection.default_text) for text in selection.text)
    if selection.video:
        for video in selection.video:
            lines += _variant(video, selection)
    elif selection.default_audio is not None:
        lines += _sound_only(selection.default_audio, selection)
    return "\n".join(lines) + "\n"


def media_playlist(rendition: Rendition) -> str:
    """The playlist of one rendition (§4.4.3); URIs are relative to it."""
    cuts = rendition.cuts
    suffix = "vtt" if rendition.kind is TrackKind.TEXT else "m4s"
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{ceil(cuts.longest)}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    if rendition.kind is not TrackKind.TEXT:
        lines.append('#EXT-X-MAP:URI="init.mp4"')
    for i in range(cuts.count):
        lines += (f"#EXTINF:{_seconds(cuts.duration(i))},", f"{i}.{suffix}")
    lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


class _Names:
    """NAMEs that are unique within their group (§4.4.6.1.1)."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, rendition: AudioRendition | TextRendition, group: str) -> str:
        base = _plain(rendition.title or "") or rendition.language or f"Track {rendition.key.track}"
        name, number = base, 2
        while (group + name).casefold() in self._taken:
            name, number = f"{base} ({number})", number + 1
        self._taken.add((group + name).casefold())
        return name


def _audio_media(audio: AudioRendition, names: _Names, *, is_default: bool) -> str:
    attributes = [
        "TYPE=AUDIO",
        f'GROUP-ID="{_AUDIO_GROUP}"',
        f'NAME="{names.name(audio, _AUDIO_GROUP)}"',
        *_language(audio.language),
        f"DEFAULT={_yes(is_default)}",
        "AUTOSELECT=YES",
        f'CHANNELS="{audio.channels}"',
    ]
    if audio.is_visual_impaired:
        attributes.append('CHARACTERISTICS="public.accessibility.describes-video"')
    return f'#EXT-X-MEDIA:{",".join(attributes)},URI="{audio.name}/index.m3u8"'


def _text_media(text: TextRendition, names: _Names, *, is_default: bool) -> str:
    attributes = [
        "TYPE=SUBTITLES",
        f'GROUP-ID="{_TEXT_GROUP}"',
        f'NAME="{names.name(text, _TEXT_GROUP)}"',
        *_language(text.language),
        f"DEFAULT={_yes(is_default)}",
        f"AUTOSELECT={_yes(is_default or text.is_forced)}",
        f"FORCED={_yes(text.is_forced)}",
    ]
    if text.is_hearing_impaired:
        marks = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
        attributes.append(f'CHARACTERISTICS="{marks}"')
    return f'#EXT-X-MEDIA:{",".join(attributes)},URI="{text.name}/index.m3u8"'


def _variant(video: VideoRendition, selection: Selection) -> Iterator[str]:
    attributes = [
        *_bandwidth(video.peak_bit_rate, video.average_bit_rate, selection),
        f'CODECS="{_codecs([video, *selection.audio])}"',
        f"RESOLUTION={video.width}x{video.height}",
    ]
    if video.frame_rate is not None:
        attributes.append(f"FRAME-RATE={float(video.frame_rate):.3f}")
    attributes += [f"VIDEO-RANGE={video.range}", *_groups(selection)]
    yield f"#EXT-X-STREAM-INF:{','.join(attributes)}"
    yield f"{video.name}/index.m3u8"


def _sound_only(audio: AudioRendition, selection: Selection) -> Iterator[str]:
    attributes = [*_bandwidth(0, 0, selection), f'CODECS="{_codecs(selection.audio)}"', *_groups(selection)]
    yield f"#EXT-X-STREAM-INF:{','.join(attributes)}"
    yield f"{audio.name}/index.m3u8"


def _bandwidth(peak: int, average: int, selection: Selection) -> Iterator[str]:
    # The hungriest rendition of the group counts, whichever the player takes (§4.4.6.2).
    peak += max((audio.peak_bit_rate for audio in selection.audio), default=0)
    average += max((audio.average_bit_rate for audio in selection.audio), default=0)
    yield f"BANDWIDTH={max(peak, average, 1)}"
    yield f"AVERAGE-BANDWIDTH={max(average, 1)}"


def _groups(selection: Selection) -> Iterator[str]:
    if selection.audio:
        yield f'AUDIO="{_AUDIO_GROUP}"'
    if selection.text:
        yield f'SUBTITLES="{_TEXT_GROUP}"'


def _codecs(renditions: list[Rendition] | tuple[AudioRendition, ...]) -> str:
    return ",".join(dict.fromkeys(rendition.codecs for rendition in renditions))


def _language(language: str | None) -> Iterator[str]:
    if language and _plain(language):
        yield f'LANGUAGE="{_plain(language)}"'


def _plain(text: str) -> str:
    """Text for a quoted-string: a file's own titles may hold quotes and line breaks, which no escape can carry."""
    return "".join("'" if c == '"' else c for c in text if c.isprintable()).strip()[:80]


def _seconds(duration: Fraction) -> str:
    return f"{float(duration):.6f}"


def _yes(value: bool) -> str:
    return "YES" if value else "NO"
