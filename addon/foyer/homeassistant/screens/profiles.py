"""What players of Home Assistant's integrations can play, and how ``play_media`` wants it said.

Home Assistant knows a player's integration, not its abilities, so this table errs on the careful side: a film that is
converted without need still plays. Sources: the integrations' ``play_media`` in Core 2024.3.3, Google's *Supported
Media for Google Cast*, Apple's *HLS Authoring Specification for Apple devices*, Roku's *Streaming specifications*;
Kodi, VLC and MPD decode with FFmpeg and open everything.
"""

from __future__ import annotations

from dataclasses import dataclass

from foyer.media.info import HdrKind
from foyer.playback.links import EXTENSIONS, HLS_TYPE
from foyer.playback.profile import AudioSupport, CodecSupport, DeviceProfile

_H264 = CodecSupport(codec="h264", max_level=41, max_width=1920, max_height=1080, max_bit_depth=8)
_HEVC = CodecSupport(codec="hevc", max_level=153, max_width=3840, max_height=2160, max_bit_depth=10)
_STEREO = AudioSupport(codec="aac", max_channels=2)
_LIBRARY_VIDEO = (
    "h264", "hevc", "av1", "vp8", "vp9", "mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v3", "vc1", "wmv3", "theora",
    "mjpeg", "prores", "flv1", "h263",
)  # fmt: skip
_LIBRARY_AUDIO = (
    "aac", "mp2", "mp3", "ac3", "eac3", "dts", "truehd", "mlp", "opus", "vorbis", "flac", "alac", "wmav2", "wmapro",
    "pcm_s16le", "pcm_s24le", "pcm_s16be", "pcm_bluray", "pcm_dvd",
)  # fmt: skip
_EVERY_RANGE = frozenset(HdrKind) - {HdrKind.SDR}


def _careful(name: str) -> DeviceProfile:
    """Full HD H.264 with stereo AAC: what nothing sold as a screen in ten years fails to play."""
    return DeviceProfile(
        name=name,
        direct_containers=frozenset({"mp4"}),
        direct_video=(_H264,),
        direct_audio=(_STEREO, AudioSupport(codec="mp3", max_channels=2)),
        hls_video=(_H264,),
        hls_audio=(_STEREO,),
    )


def _cast(name: str) -> DeviceProfile:
    sound = (_STEREO, AudioSupport(codec="mp3"), AudioSupport(codec="opus", max_channels=2), AudioSupport(codec="flac"))
    return DeviceProfile(
        name=name,
        direct_containers=frozenset({"mp4", "webm"}),
        direct_video=(_H264, CodecSupport(codec="vp8", max_width=1920, max_height=1080)),
        direct_audio=(*sound, AudioSupport(codec="vorbis", max_channels=2)),
        hls_video=(_H264,),
        hls_audio=(_STEREO,),
    )


def _library(name: str) -> DeviceProfile:
    """Players that decode with FFmpeg and open what it opens."""
    video = tuple(CodecSupport(codec=codec, hdr=_EVERY_RANGE) for codec in _LIBRARY_VIDEO)
    sound = tuple(AudioSupport(codec=codec) for codec in _LIBRARY_AUDIO)
    return DeviceProfile(
        name=name,
        direct_containers=frozenset(EXTENSIONS),
        direct_video=video,
        direct_audio=sound,
        hls_video=(_H264, _HEVC),
        hls_audio=(AudioSupport(codec="aac"), AudioSupport(codec="ac3"), AudioSupport(codec="eac3")),
        can_switch_audio_tracks=True,
    )


def _apple(name: str) -> DeviceProfile:
    video = (
        CodecSupport(codec="h264", max_level=51, max_width=3840, max_height=2160, max_bit_depth=8),
        CodecSupport(
            codec="hevc", max_level=153, max_width=3840, max_height=2160, max_bit_depth=10,
            hdr=frozenset({HdrKind.HDR10, HdrKind.HLG}),
        ),
    )  # fmt: skip
    sound = tuple(AudioSupport(codec=codec) for codec in ("aac", "ac3", "eac3", "alac", "mp3"))
    return DeviceProfile(
        name=name,
        direct_containers=frozenset({"mp4", "mov"}),
        direct_video=video,
        direct_audio=sound,
        hls_video=video,
        hls_audio=sound[:3],
    )


def _dlna(name: str) -> DeviceProfile:
    """Television sets: many containers and codecs as files, but rarely HLS."""
    video = (_H264, _HEVC, *(CodecSupport(codec=codec) for codec in ("mpeg2video", "mpeg1video", "mpeg4")))
    return DeviceProfile(
        name=name,
        direct_containers=frozenset({"mp4", "mov", "matroska", "mpegts", "mpeg", "avi"}),
        direct_video=video,
        direct_audio=tuple(AudioSupport(codec=codec) for codec in ("aac", "mp2", "mp3", "ac3", "eac3")),
        hls_video=(),
        hls_audio=(),
        supports_hls=False,
    )


def _roku(name: str) -> DeviceProfile:
    sound = (AudioSupport(codec="aac", max_channels=2), AudioSupport(codec="ac3"), AudioSupport(codec="eac3"))
    return DeviceProfile(
        name=name,
        direct_containers=frozenset({"mp4", "mov", "matroska"}),
        direct_video=(_H264, _HEVC),
        direct_audio=(*sound, AudioSupport(codec="mp3", max_channels=2)),
        hls_video=(_H264,),
        hls_audio=(_STEREO,),
    )


_PROFILES = {
    "apple_tv": _apple,
    "cast": _cast,
    "dlna_dmr": _dlna,
    "kodi": _library,
    "mpd": _library,
    "roku": _roku,
    "vlc": _library,
    "vlc_telnet": _library,
}
STARTS_ANYWHERE = frozenset({"cast"})
"""Integrations that take the position to begin at along with the film; the others are asked to seek."""


def profile_of(platform: str | None, name: str) -> DeviceProfile:
    """What a player of an integration can play; careful for one that is not known."""
    return _PROFILES.get(platform or "", _careful)(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """A film ready to be handed to a player."""

    url: str
    media_type: str
    title: str
    position_ms: int


def play_media(platform: str | None, medium: Medium) -> dict[str, object]:
    """The data of ``media_player.play_media``; each integration reads type and ``extra`` in its own way."""
    data: dict[str, object] = {"media_content_id": medium.url, "media_content_type": "video"}
    extra: dict[str, object] = {"title": medium.title}
    if platform == "cast":
        data["media_content_type"] = medium.media_type
        extra |= {"current_time": medium.position_ms / 1000, "stream_type": "BUFFERED"}
        if medium.media_type == HLS_TYPE:
            extra["media_info"] = {"hlsSegmentFormat": "fmp4", "hlsVideoSegmentFormat": "fmp4"}
    elif platform == "vlc":
        data["media_content_type"] = "music"  # the only one it takes for an address
    elif platform == "roku":
        extra = {"name": medium.title, "format": "hls" if medium.media_type == HLS_TYPE else "mp4"}
        if medium.url.endswith(".mkv"):
            extra["format"] = "mkv"
    data["extra"] = extra
    return data
