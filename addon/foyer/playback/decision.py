"""The decision: how a file can reach a player, ranked, with the reason for everything that was ruled out.

A pure function of the file, the player's profile and the viewer's wishes, so that it can be explained and tested
without a server.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from foyer.media.info import HdrKind, StreamInfo
from foyer.playback.profile import AudioSupport, CodecSupport, DeviceProfile, find_audio, find_video
from foyer.playback.reasons import PlayMethod, Reason, ReasonCode, Rejection

MAX_COPY_GAP_SECONDS = 12.0
"""Longer distances between keyframes make copied segments too long to seek in and to switch between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the decision needs to know of a file."""

    container: str
    bit_rate: int | None
    video: StreamInfo | None
    audio: tuple[StreamInfo, ...]
    remuxable: bool
    """Whether its container and video codec can be repackaged without an encoder."""
    copyable_audio: frozenset[int]
    """Stream indexes of the audio tracks that can be repackaged as they are."""
    seekable: bool
    """Whether there is an index of boundaries."""
    max_gap_seconds: float | None = None
    open_groups: bool = False
    """Its groups of pictures lean on each other, which browsers drop frames of when they start inside a stream."""
    parts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the viewer asked for."""

    audio_index: int | None = None
    burn_in: bool = False
    """A picture subtitle was chosen, which only an encoder can draw."""
    method: PlayMethod | None = None
    max_height: int | None = None
    max_bit_rate: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A way that works; ``reasons`` say why nothing better was possible."""

    method: PlayMethod
    reasons: tuple[Reason, ...] = ()
    copy_video: bool = False
    copy_audio: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Every way that works, best first, and what was ruled out."""

    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejection, ...]
    audio: StreamInfo | None
    """The audio track that plays first."""
    max_height: int | None
    max_bit_rate: int | None


def decide(source: Source, profile: DeviceProfile, wish: Wish) -> Decision:
    """Rank direct play, remux and transcode for a file on a player."""
    audio = choose_audio(source, wish)
    max_height = _least(profile.max_height, wish.max_height)
    max_bit_rate = _least(profile.max_bit_rate, wish.max_bit_rate)
    limits = _Limits(height=max_height, bit_rate=max_bit_rate, asked=wish.max_height is not None)
    candidates: list[Candidate] = []
    rejected: list[Rejection] = []

    direct = tuple(_against_direct(source, audio, profile, wish, limits))
    if direct:
        rejected.append(Rejection(method=PlayMethod.DIRECT_PLAY, reasons=direct))
    else:
        candidates.append(Candidate(method=PlayMethod.DIRECT_PLAY, copy_video=True, copy_audio=True))

    video = tuple(_against_video_copy(source, profile, wish, limits))
    sound = tuple(_against_audio_copy(source, audio, profile))
    if video or sound:
        rejected.append(Rejection(method=PlayMethod.REMUX, reasons=video + sound))
    elif profile.supports_hls:
        candidates.append(Candidate(method=PlayMethod.REMUX, reasons=direct, copy_video=True, copy_audio=True))

    if profile.supports_hls and not source.seekable:
        rejected.append(Rejection(method=PlayMethod.TRANSCODE, reasons=(_not_seekable(),)))
    elif profile.supports_hls:
        because = _unique(direct + video + sound)
        if sound and not video:
            candidates.append(Candidate(method=PlayMethod.TRANSCODE, reasons=because, copy_video=True))
        candidates.append(Candidate(method=PlayMethod.TRANSCODE, reasons=because, copy_audio=not sound))
    return Decision(
        candidates=tuple(_wanted(candidates, wish.method)),
        rejected=tuple(rejected),
        audio=audio,
        max_height=max_height,
        max_bit_rate=max_bit_rate,
    )


def choose_audio(source: Source, wish: Wish) -> StreamInfo | None:
    """The track asked for, else the default one, else the first that is no commentary."""
    for stream in source.audio:
        if stream.index == wish.audio_index:
            return stream
    plain = [stream for stream in source.audio if not stream.is_commentary] or list(source.audio)
    return next((stream for stream in plain if stream.is_default), plain[0] if plain else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    height: int | None
    bit_rate: int | None
    asked: bool


def _wanted(candidates: list[Candidate], method: PlayMethod | None) -> list[Candidate]:
    """Drop what is better than the viewer asked for, but never leave them with nothing."""
    if method is None:
        return candidates
    order = list(PlayMethod)
    kept = [candidate for candidate in candidates if order.index(candidate.method) >= order.index(method)]
    if method is PlayMethod.TRANSCODE:
        kept = [candidate for candidate in kept if not candidate.copy_video] or kept
    return kept or candidates


def _against_direct(
    source: Source, audio: StreamInfo | None, profile: DeviceProfile, wish: Wish, limits: _Limits
) -> Iterator[Reason]:
    if wish.method not in (None, PlayMethod.DIRECT_PLAY):
        yield _reason(ReasonCode.REQUESTED_BY_CLIENT, f"The viewer asked for {_name(wish.method)}.")
    if source.parts > 1:
        yield _reason(ReasonCode.MULTIPLE_PARTS, f"The film lies in {source.parts} files.", "container")
    if source.container not in profile.direct_containers:
        yield _reason(
            ReasonCode.CONTAINER_NOT_SUPPORTED, f"{profile.name} does not open {source.container} files.", "container"
        )
    yield from _against_bit_rate(source, limits)
    if source.video is not None:
        yield from _against_video(source.video, profile.direct_video, profile.name, limits)
    if audio is not None:
        yield from _against_audio(audio, profile.direct_audio, profile.name)
        if len(source.audio) > 1 and not profile.can_switch_audio_tracks and not _plays_first(source, audio):
            yield _reason(
                ReasonCode.AUDIO_TRACK_NOT_DEFAULT,
                f"{profile.name} would play another audio track of the file.",
                f"audio:{audio.index}",
            )
    if wish.burn_in:
        yield _burn_in()


def _against_video_copy(source: Source, profile: DeviceProfile, wish: Wish, limits: _Limits) -> Iterator[Reason]:
    if wish.method is PlayMethod.TRANSCODE:
        yield _reason(ReasonCode.REQUESTED_BY_CLIENT, "The viewer asked for a conversion.")
    if not source.seekable:
        yield _not_seekable()
    elif not source.remuxable:
        yield _reason(
            ReasonCode.CONTAINER_NOT_SUPPORTED,
            f"{source.container} files cannot be repackaged as they are.",
            "container",
        )
    if source.max_gap_seconds is not None and source.max_gap_seconds > MAX_COPY_GAP_SECONDS:
        yield _reason(
            ReasonCode.VIDEO_KEYFRAMES_TOO_FAR_APART,
            f"Keyframes are up to {source.max_gap_seconds:.0f} s apart, too far for streaming.",
            "video",
        )
    elif source.open_groups:
        yield _reason(
            ReasonCode.VIDEO_KEYFRAMES_TOO_FAR_APART, "Its keyframes lean on the pictures before them.", "video"
        )
    yield from _against_bit_rate(source, limits)
    if source.video is not None:
        yield from _against_video(source.video, profile.hls_video, profile.name, limits)
    if wish.burn_in:
        yield _burn_in()


def _against_audio_copy(source: Source, audio: StreamInfo | None, profile: DeviceProfile) -> Iterator[Reason]:
    if audio is None:
        return
    refused = tuple(_against_audio(audio, profile.hls_audio, profile.name))
    yield from refused
    if not refused and audio.index not in source.copyable_audio:
        yield _reason(
            ReasonCode.AUDIO_CODEC_NOT_SUPPORTED,
            f"{audio.codec} sound cannot be repackaged for streaming.",
            f"audio:{audio.index}",
        )


def _against_bit_rate(source: Source, limits: _Limits) -> Iterator[Reason]:
    if limits.bit_rate is not None and source.bit_rate is not None and source.bit_rate > limits.bit_rate:
        yield _reason(
            ReasonCode.VIDEO_BIT_RATE_TOO_HIGH,
            f"The file has {source.bit_rate / 1e6:.1f} Mbit/s, more than the {limits.bit_rate / 1e6:.1f} allowed.",
            "video",
        )


def _against_video(
    stream: StreamInfo, supports: tuple[CodecSupport, ...], player: str, limits: _Limits
) -> Iterator[Reason]:
    if limits.height is not None and stream.height is not None and stream.height > limits.height:
        code = ReasonCode.REQUESTED_BY_CLIENT if limits.asked else ReasonCode.VIDEO_RESOLUTION_NOT_SUPPORTED
        yield _reason(code, f"The picture is {stream.height} lines high; at most {limits.height} are wanted.", "video")
    statements = find_video(supports, stream.codec)
    if not statements:
        yield _reason(ReasonCode.VIDEO_CODEC_NOT_SUPPORTED, f"{player} does not play {stream.codec} video.", "video")
        return
    # One statement that fits is enough; otherwise the one that comes nearest explains best.
    yield from min((tuple(_against_statement(stream, support, player)) for support in statements), key=len)


def _against_statement(stream: StreamInfo, support: CodecSupport, player: str) -> Iterator[Reason]:
    def over(value: float | None, limit: float | None) -> bool:
        return value is not None and limit is not None and value > limit

    if support.profiles and stream.profile and stream.profile.casefold() not in map(str.casefold, support.profiles):
        yield _reason(
            ReasonCode.VIDEO_PROFILE_NOT_SUPPORTED,
            f"{player} does not play the {stream.profile} profile of {stream.codec}.",
            "video",
        )
    if over(stream.level, support.max_level):
        yield _reason(ReasonCode.VIDEO_LEVEL_NOT_SUPPORTED, f"Level {stream.level} is above {player}'s limit.", "video")
    if over(stream.bit_depth, support.max_bit_depth):
        yield _reason(
            ReasonCode.VIDEO_BIT_DEPTH_NOT_SUPPORTED, f"{player} does not play {stream.bit_depth}-bit video.", "video"
        )
    if stream.hdr not in (None, HdrKind.SDR) and stream.hdr not in support.hdr:
        yield _reason(
            ReasonCode.VIDEO_RANGE_NOT_SUPPORTED, f"{player} does not show {_range_name(stream.hdr)} colours.", "video"
        )
    if over(stream.width, support.max_width) or over(stream.height, support.max_height):
        yield _reason(
            ReasonCode.VIDEO_RESOLUTION_NOT_SUPPORTED,
            f"{stream.width} x {stream.height} is larger than {player} plays.",
            "video",
        )
    if stream.frame_rate is not None and over(float(stream.frame_rate), support.max_frame_rate):
        yield _reason(
            ReasonCode.VIDEO_FRAME_RATE_NOT_SUPPORTED,
            f"{float(stream.frame_rate):.2f} frames a second are more than {player} plays.",
            "video",
        )


def _against_audio(stream: StreamInfo, supports: tuple[AudioSupport, ...], player: str) -> Iterator[Reason]:
    support = find_audio(supports, stream.codec)
    subject = f"audio:{stream.index}"
    if support is None:
        yield _reason(ReasonCode.AUDIO_CODEC_NOT_SUPPORTED, f"{player} does not play {stream.codec} sound.", subject)
    elif support.max_channels is not None and (stream.channels or 0) > support.max_channels:
        yield _reason(
            ReasonCode.AUDIO_CHANNELS_NOT_SUPPORTED,
            f"The track has {stream.channels} channels; {player} plays at most {support.max_channels}.",
            subject,
        )


def _plays_first(source: Source, audio: StreamInfo) -> bool:
    """Whether a player without a choice plays this track: the default one, else the first."""
    default = next((stream for stream in source.audio if stream.is_default), source.audio[0])
    return default.index == audio.index


def _not_seekable() -> Reason:
    return _reason(ReasonCode.NOT_SEEKABLE, "The file has no index of keyframes.", "container")


def _burn_in() -> Reason:
    return _reason(ReasonCode.SUBTITLE_BURN_IN, "The chosen subtitles are pictures and must be drawn in.", "subtitle")


def _range_name(hdr: HdrKind | None) -> str:
    return "SDR" if hdr is None else hdr.value.replace("_", " ").upper()


def _name(method: PlayMethod | None) -> str:
    return "anything" if method is None else method.value.replace("_", " ")


def _reason(code: ReasonCode, message: str, subject: str | None = None) -> Reason:
    return Reason(code=code, message=message, subject=subject)


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _unique(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reasons))
