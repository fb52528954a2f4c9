"""The streaming service: presentations, playlists and segments, whoever asks for them and however they are made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from foyer.ids import FileId
from foyer.streaming.grant import StreamGrant
from foyer.streaming.options import StreamOptions
from foyer.streaming.renditions import Presentation


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Bytes to send: held in memory, or a file of the cache."""

    content: bytes | Path
    length: int
    content_type: str
    etag: str
    immutable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcode:
    """A running encoder, for sessions and metrics."""

    file_id: FileId
    rendition: str
    encoder: str
    """As people read it: ``libx264 (CPU)``."""
    speed: float
    """Seconds of media made a second of not being held back."""
    position_s: float
    """How far it has come on the media timeline, in seconds."""
    is_blocked: bool
    """It is far enough ahead of every viewer and waits."""
    viewers: tuple[str, ...]


class StreamingService:
    """Everything that serves HLS. Open it once for the life of the server."""

    async def open_presentation(self, file_id: FileId) -> Presentation:
        """Every rendition of a file.

        Raises ``NotFoundError`` for an unknown file and ``UnavailableError`` for one that was not indexed yet or is
        gone from its disk.
        """
        raise NotImplementedError

    async def master_playlist(self, grant: StreamGrant) -> Body:
        """The multivariant playlist; ``MediaError`` when the options leave nothing to play."""
        raise NotImplementedError

    async def media_playlist(self, grant: StreamGrant, rendition: str) -> Body:
        """The playlist of one rendition."""
        raise NotImplementedError

    async def init_segment(self, grant: StreamGrant, rendition: str) -> Body:
        """``ftyp`` + ``moov`` of a rendition; waits for an encoder where none has run yet."""
        raise NotImplementedError

    async def segment(self, grant: StreamGrant, rendition: str, i: int) -> Body:
        """Segment ``i``; waits for an encoder where it must.

        Raises ``NotFoundError`` for what the playlist does not list, ``CapacityError`` (with ``retry_after``) when it
        could not be made in time, ``MediaError`` when no way of making it works.
        """
        raise NotImplementedError

    async def warm_up(self, grant: StreamGrant) -> None:
        """Start the encoders a viewer will need at ``options.start_ms``, before the first request comes."""
        raise NotImplementedError

    def seen(self, viewer: str, position_ms: int | None = None) -> None:
        """A viewer reported progress: keeps its encoders alive, and moves its playhead where a position is given."""
        raise NotImplementedError

    def stop_viewer(self, viewer: str) -> None:
        """Forget a viewer; encoders nobody else needs end at once."""
        raise NotImplementedError

    def transcodes(self) -> tuple[Transcode, ...]:
        """Every running encoder."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Kill every encoder."""
        raise NotImplementedError


__all__ = ["Body", "Presentation", "StreamGrant", "StreamOptions", "StreamingService", "Transcode"]
