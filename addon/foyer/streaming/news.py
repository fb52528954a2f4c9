"""What is told of a conversion: it began, went on in another way, failed, ended; each once, not for every segment."""

from __future__ import annotations

from collections.abc import Callable

from foyer.errors import FoyerError
from foyer.events.topics import TranscodeEventKind, TranscodePayload
from foyer.ids import FileId
from foyer.media.failures import FailureClass
from foyer.streaming.heads import Head, Outcome
from foyer.streaming.rendition import AudioRendition, VideoRendition

Tell = Callable[[TranscodeEventKind, TranscodePayload], object]
"""Tells the house about conversions."""

_SHORT = "ended_early"
"""The reason when a file had less in it than its index said."""


class ConversionNews:
    """Publishes what happens to one rendition while somebody watches it."""

    def __init__(self, tell: Tell, file_id: FileId, rendition: VideoRendition | AudioRendition) -> None:
        self._tell = tell
        self._file = file_id
        self._rendition = rendition
        self._is_told = False
        self._encoder = ""
        self._troubles: set[str] = set()

    def started(self, head: Head) -> None:
        """An encoder made a segment; only the first is news, and only of video: audio costs next to nothing."""
        self._note(head)
        if not self._is_told and isinstance(self._rendition, VideoRendition):
            self._is_told = True
            self._publish(TranscodeEventKind.STARTED)

    def fell_back(self, head: Head, outcome: Outcome) -> None:
        """An encoder failed and another way is tried; the same trouble again is no news."""
        reason = outcome.failure.value if outcome.failure is not None else _SHORT
        self._note(head)
        if reason not in self._troubles:
            self._troubles.add(reason)
            self._publish(TranscodeEventKind.FELL_BACK, reason=reason)

    def failed(self, head: Head, failure: FailureClass | None, error: FoyerError) -> None:
        """A part cannot be made, or not now; each sentence is told once."""
        self._note(head)
        if error.message not in self._troubles:
            self._troubles.add(error.message)
            reason = failure.value if failure is not None else error.code.lower()
            self._publish(TranscodeEventKind.FAILED, reason=reason, message=error.message)

    def finished(self) -> None:
        """Nobody needs it any more."""
        if self._is_told:
            self._is_told = False
            self._publish(TranscodeEventKind.FINISHED)

    def _note(self, head: Head) -> None:
        self._encoder = head.encoder or self._encoder

    def _publish(self, kind: TranscodeEventKind, *, reason: str | None = None, message: str | None = None) -> None:
        is_video = isinstance(self._rendition, VideoRendition)
        payload: TranscodePayload = {
            "file_id": self._file,
            "media": "video" if is_video else "audio",
            "height": self._rendition.height if isinstance(self._rendition, VideoRendition) else None,
            "encoder": self._encoder,
        }
        if reason is not None:
            payload["reason"] = reason
        if message is not None:
            payload["message"] = message
        self._tell(kind, payload)
