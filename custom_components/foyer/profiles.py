"""What players of Home Assistant's platforms can play, told to Foyer so that it converts no more than it must.

Home Assistant does not know what a player decodes, so each statement is what every device of the platform can do.
"""

from __future__ import annotations

from typing import Any, Final

_H264: Final = {"codec": "h264", "maxWidth": 1920, "maxHeight": 1080, "maxLevel": 42, "maxBitDepth": 8}
_H264_4K: Final = {"codec": "h264", "maxWidth": 3840, "maxHeight": 2160, "maxLevel": 52, "maxBitDepth": 8}
_HEVC: Final = {"codec": "hevc", "maxWidth": 3840, "maxHeight": 2160, "maxLevel": 153, "maxBitDepth": 10}
_VP9: Final = {"codec": "vp9", "maxWidth": 3840, "maxHeight": 2160, "maxBitDepth": 8}
_STEREO: Final = {"codec": "aac", "maxChannels": 2}
_SURROUND: Final = {"codec": "aac", "maxChannels": 6}
_MP3: Final = {"codec": "mp3", "maxChannels": 2}
_DOLBY: Final = ({"codec": "ac3", "maxChannels": 6}, {"codec": "eac3", "maxChannels": 8})

_EVERY_SOUND: Final = (
    *("aac", "mp3", "mp2", "ac3", "eac3", "dts", "truehd", "flac", "opus", "vorbis", "alac", "wmav2"),
    *("pcm_s16le", "pcm_s24le"),
)

BASELINE: Final[dict[str, Any]] = {
    "name": "Home Assistant player",
    "directContainers": ["mp4"],
    "hlsVideo": [_H264],
    "hlsAudio": [_STEREO, _MP3],
    "directVideo": [_H264],
    "directAudio": [_STEREO, _SURROUND, _MP3],
}
"""H.264 and AAC in MP4 or HLS, which everything with a screen plays, browsers too."""

_EVERYTHING: Final[dict[str, Any]] = {
    "name": "Player of everything",
    "directContainers": ["mp4", "mov", "matroska", "webm", "mpegts", "mpeg", "avi", "asf", "flv", "ogg", "mp3", "flac"],
    "hlsVideo": [_H264_4K, _HEVC],
    "hlsAudio": [_SURROUND, _MP3, *_DOLBY],
    "directVideo": [
        {"codec": name}
        for name in (
            "h264",
            "hevc",
            "vp8",
            "vp9",
            "av1",
            "mpeg1video",
            "mpeg2video",
            "mpeg4",
            "msmpeg4v3",
            "vc1",
            "wmv3",
        )
    ],
    "directAudio": [{"codec": name} for name in _EVERY_SOUND],
    "canSwitchAudioTracks": True,
}
_CAST: Final[dict[str, Any]] = {
    **BASELINE,
    "name": "Google Cast",
    "directContainers": ["mp4", "webm"],
    "directVideo": [_H264, {"codec": "vp8", "maxWidth": 1920, "maxHeight": 1080}],
    "directAudio": [_STEREO, _MP3, {"codec": "opus", "maxChannels": 2}, {"codec": "vorbis", "maxChannels": 2}],
}
_DLNA: Final[dict[str, Any]] = {
    "name": "DLNA renderer",
    "directContainers": ["mp4", "matroska", "mpegts"],
    "hlsVideo": [],
    "hlsAudio": [],
    "directVideo": [_H264, {"codec": "mpeg2video", "maxWidth": 1920, "maxHeight": 1080}],
    "directAudio": [_SURROUND, _MP3, _DOLBY[0], {"codec": "mp2"}],
    "supportsHls": False,
}
_APPLE: Final[dict[str, Any]] = {
    **BASELINE,
    "name": "Apple TV",
    "directContainers": ["mp4", "mov"],
    "hlsVideo": [_H264_4K, _HEVC],
    "hlsAudio": [_SURROUND, _MP3, *_DOLBY],
    "directVideo": [_H264_4K, _HEVC],
    "directAudio": [_SURROUND, _MP3, *_DOLBY],
}
_ROKU: Final[dict[str, Any]] = {
    **BASELINE,
    "name": "Roku",
    "directContainers": ["mp4", "mov", "matroska"],
    "hlsAudio": [_SURROUND, _MP3, _DOLBY[0]],
    "directAudio": [_SURROUND, _MP3, *_DOLBY],
}

BY_PLATFORM: Final[dict[str, dict[str, Any]]] = {
    "apple_tv": _APPLE,
    "cast": _CAST,
    "dlna_dmr": _DLNA,
    "kodi": _EVERYTHING,
    "mpd": _EVERYTHING,
    "roku": _ROKU,
    "vlc": _EVERYTHING,
    "vlc_telnet": _EVERYTHING,
}

SPEAKERS: Final = frozenset({"sonos", "squeezebox", "music_assistant", "snapcast", "bluesound", "bang_olufsen", "heos"})
"""Platforms without a screen: what they are asked for must not be a film."""


def profile_for(platform: str | None) -> dict[str, Any]:
    """What to tell Foyer of a player of this platform; ``None`` is the browser or app somebody looks at."""
    return BY_PLATFORM.get(platform or "", BASELINE)
