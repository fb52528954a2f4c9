"""What one presentation lists: chosen by the playback decision and carried, signed, in the media token."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from foyer.errors import ValidationError


class VideoChoice(StrEnum):
    """Which video renditions a master playlist lists."""

    COPY = "copy"
    """Only the source's own pictures, remuxed; ``MediaError`` where they cannot be."""
    ENCODE = "encode"
    """The ladder of encodes, under the limits."""
    BOTH = "both"
    """The copy, where there is one, above the ladder: the player switches between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """The renditions a viewer is offered. Everything is from a closed set or a bounded number."""

    video: VideoChoice = VideoChoice.BOTH
    max_height: int | None = None
    """Lines of the largest encode; the smallest is always listed."""
    max_bit_rate: int | None = None
    """Bits per second of the largest encode, video only."""
    copy_audio: frozenset[str] = frozenset()
    """libavcodec names of codecs the player takes as they are; the rest is encoded as AAC."""
    max_channels: int = 2
    """2, or 6 for a player that takes AAC 5.1."""
    audio: int | None = None
    """Stream index of the track to start with; ``None`` for the file's own default."""
    text: int | None = None
    """Row id of the subtitle to start with."""
    start_ms: int = 0
    """Where playback will start, on the media timeline: encoders start there before the first segment is asked for."""

    def to_text(self) -> str:
        """A form short enough for the token: under 50 bytes."""
        parts = (
            self.video.value[0],
            _number(self.max_height),
            _number(self.max_bit_rate),
            "".join(sorted(_LETTERS[codec] for codec in self.copy_audio if codec in _LETTERS)),
            str(self.max_channels),
            _number(self.audio),
            _number(self.text),
            _number(self.start_ms),
        )
        return ",".join(parts)

    @classmethod
    def from_text(cls, text: str) -> StreamOptions:
        """Read what ``to_text`` wrote; ``ValidationError`` for anything else."""
        try:
            video, height, rate, codecs, channels, audio, track, start = text.split(",")
            return cls(
                video=_CHOICES[video],
                max_height=_read(height),
                max_bit_rate=_read(rate),
                copy_audio=frozenset(_CODECS[letter] for letter in codecs),
                max_channels=int(channels),
                audio=_read(audio),
                text=_read(track),
                start_ms=_read(start) or 0,
            )
        except (ValueError, KeyError) as error:
            raise ValidationError("These streaming options are not ours.") from error


_CHOICES = {choice.value[0]: choice for choice in VideoChoice}
_LETTERS = {"aac": "a", "ac3": "c", "eac3": "e", "flac": "f", "mp3": "m", "opus": "o", "alac": "l", "dts": "d"}
"""Audio codecs that can be copied into fragmented MP4; a player's others do not matter here."""
_CODECS = {letter: codec for codec, letter in _LETTERS.items()}


def _number(value: int | None) -> str:
    """In base 36: limits in bits a second are long."""
    if value is None:
        return ""
    digits = ""
    while value or not digits:
        value, digit = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


def _read(text: str) -> int | None:
    return int(text, 36) if text else None
