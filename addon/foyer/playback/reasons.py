"""Why a way of playing was not taken: closed codes for programs, sentences for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PlayMethod(StrEnum):
    """How a file reaches the player, best first: as it is, repackaged, or encoded anew in whole or in part."""

    DIRECT_PLAY = "direct_play"
    REMUX = "remux"
    TRANSCODE = "transcode"


class ReasonCode(StrEnum):
    """Everything that can stand in the way."""

    CONTAINER_NOT_SUPPORTED = "container_not_supported"
    VIDEO_CODEC_NOT_SUPPORTED = "video_codec_not_supported"
    VIDEO_PROFILE_NOT_SUPPORTED = "video_profile_not_supported"
    VIDEO_LEVEL_NOT_SUPPORTED = "video_level_not_supported"
    VIDEO_BIT_DEPTH_NOT_SUPPORTED = "video_bit_depth_not_supported"
    VIDEO_RANGE_NOT_SUPPORTED = "video_range_not_supported"
    VIDEO_RESOLUTION_NOT_SUPPORTED = "video_resolution_not_supported"
    VIDEO_FRAME_RATE_NOT_SUPPORTED = "video_frame_rate_not_supported"
    VIDEO_INTERLACED_NOT_SUPPORTED = "video_interlaced_not_supported"
    VIDEO_BIT_RATE_TOO_HIGH = "video_bit_rate_too_high"
    VIDEO_KEYFRAMES_TOO_FAR_APART = "video_keyframes_too_far_apart"
    AUDIO_CODEC_NOT_SUPPORTED = "audio_codec_not_supported"
    AUDIO_CHANNELS_NOT_SUPPORTED = "audio_channels_not_supported"
    AUDIO_TRACK_NOT_DEFAULT = "audio_track_not_default"
    AUDIO_BIT_RATE_TOO_HIGH = "audio_bit_rate_too_high"
    SUBTITLE_BURN_IN = "subtitle_burn_in"
    REQUESTED_BY_CLIENT = "requested_by_client"
    NOT_SEEKABLE = "not_seekable"
    MULTIPLE_PARTS = "multiple_parts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One obstacle, and what it is about."""

    code: ReasonCode
    message: str
    subject: str | None = None
    """``container``, ``video``, ``audio:1`` …: the part of the file it speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A method that was not offered, with every obstacle found."""

    method: PlayMethod
    reasons: tuple[Reason, ...]
