"""What a player says it can do, as it is asked for."""

from __future__ import annotations

import strawberry

from foyer.api.schema.kinds import HdrKind, PlayMethod
from foyer.playback.profile import AudioSupport, CodecSupport, DeviceProfile


@strawberry.input(description="A video codec the player decodes; a limit that is null does not apply.")
class CodecSupportInput:
    codec: str = strawberry.field(description="By libav's name: `h264`, `hevc`, `vp9`, `av1`, `mpeg2video` …")
    max_width: int | None = strawberry.field(default=None, description="Pixels across.")
    max_height: int | None = strawberry.field(default=None, description="Pixels down.")
    max_level: int | None = strawberry.field(
        default=None, description="In the codec's own numbers: 41 for H.264 level 4.1, 120 for HEVC level 4."
    )
    max_bit_depth: int | None = strawberry.field(default=None, description="Bits for each colour sample.")
    profiles: list[str] | None = strawberry.field(default=None, description="libav's profile names; null for all.")
    hdr: list[HdrKind] | None = strawberry.field(default=None, description="Dynamic ranges beside SDR.")
    max_frame_rate: float | None = strawberry.field(default=None, description="Frames a second.")


@strawberry.input(description="An audio codec the player decodes.")
class AudioSupportInput:
    codec: str = strawberry.field(description="By libav's name: `aac`, `ac3`, `eac3`, `opus`, `flac`, `mp3` …")
    max_channels: int | None = strawberry.field(default=None, description="How many channels; null for any.")


@strawberry.input(
    description="What the player can do. Containers and codecs by libav names (mp4, matroska, webm; h264, hevc, vp9, "
    "av1, mpeg2video; aac, ac3, eac3, opus, flac, mp3)."
)
class DeviceProfileInput:
    name: str = strawberry.field(description="What the player is called, for the reasons it is given.")
    direct_containers: list[str] = strawberry.field(description="Containers it opens as they are.")
    hls_video: list[CodecSupportInput] = strawberry.field(description="Video it decodes in HLS.")
    hls_audio: list[AudioSupportInput] = strawberry.field(description="Sound it decodes in HLS.")
    direct_video: list[CodecSupportInput] | None = strawberry.field(
        default=None, description="Video it decodes in files; null for the same as in HLS."
    )
    direct_audio: list[AudioSupportInput] | None = strawberry.field(
        default=None, description="Sound it decodes in files; null for the same as in HLS."
    )
    can_switch_audio_tracks: bool = strawberry.field(
        default=False, description="Whether it can choose among the tracks of a file it plays directly."
    )
    max_bit_rate: int | None = strawberry.field(default=None, description="Bits a second that reach it.")
    max_height: int | None = strawberry.field(default=None, description="Lines worth sending.")
    text_subtitles: bool = strawberry.field(default=True, description="Whether it shows WebVTT.")
    supports_hls: bool = strawberry.field(default=True, description="Whether it plays HLS with fMP4 segments.")


@strawberry.input(description="What shall be played, on what, and how.")
class PlaybackInfoInput:
    item: strawberry.ID = strawberry.field(description="The item's id.")
    profile: DeviceProfileInput = strawberry.field(description="What the player can do.")
    file: strawberry.ID | None = strawberry.field(default=None, description="One file of it; null for the best.")
    audio_index: int | None = strawberry.field(default=None, description="The sound track to play first.")
    subtitle_id: strawberry.ID | None = strawberry.field(default=None, description="The subtitles to show first.")
    method: PlayMethod | None = strawberry.field(
        default=None, description="Nothing better than this, e.g. from a quality menu."
    )
    max_height: int | None = strawberry.field(default=None, description="At most so many lines.")
    max_bit_rate: int | None = strawberry.field(default=None, description="At most so many bits a second.")


def profile(given: DeviceProfileInput) -> DeviceProfile:
    """The domain's profile."""
    hls_video, hls_audio = _video(given.hls_video), _audio(given.hls_audio)
    return DeviceProfile(
        name=given.name[:100],
        direct_containers=frozenset(given.direct_containers),
        direct_video=hls_video if given.direct_video is None else _video(given.direct_video),
        direct_audio=hls_audio if given.direct_audio is None else _audio(given.direct_audio),
        hls_video=hls_video,
        hls_audio=hls_audio,
        can_switch_audio_tracks=given.can_switch_audio_tracks,
        max_bit_rate=given.max_bit_rate,
        max_height=given.max_height,
        text_subtitles=given.text_subtitles,
        supports_hls=given.supports_hls,
    )


def _video(given: list[CodecSupportInput]) -> tuple[CodecSupport, ...]:
    return tuple(
        CodecSupport(
            codec=one.codec,
            max_width=one.max_width,
            max_height=one.max_height,
            max_level=one.max_level,
            max_bit_depth=one.max_bit_depth,
            profiles=tuple(one.profiles or ()),
            hdr=frozenset(one.hdr or ()),
            max_frame_rate=one.max_frame_rate,
        )
        for one in given
    )


def _audio(given: list[AudioSupportInput]) -> tuple[AudioSupport, ...]:
    return tuple(AudioSupport(codec=one.codec, max_channels=one.max_channels) for one in given)
