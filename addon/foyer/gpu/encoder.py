"""What encodes: a codec library and the device it runs on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Work(StrEnum):
    """What is asked of an encoder."""

    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """An encoder ffmpeg knows by ``name``, on one device."""

    name: str
    device: str = "CPU"

    @property
    def label(self) -> str:
        """As people read it."""
        return f"{self.name} ({self.device})"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeRequest:
    """What admission weighs: kind of work and its size."""

    work: Work
    width: int = 0
    height: int = 0
    frame_rate: float = 0.0


SOFTWARE = {Work.VIDEO: Encoder(name="libx264"), Work.AUDIO: Encoder(name="aac")}
"""What every machine has."""
