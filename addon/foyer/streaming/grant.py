"""What a media token, once verified, says about a request for streaming bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from foyer.ids import FileId
from foyer.streaming.options import StreamOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamGrant:
    """The right to one file's segments. The viewer is one playback session: its playhead steers the encoders."""

    file_id: FileId
    viewer: str
    options: StreamOptions = field(default_factory=StreamOptions)
