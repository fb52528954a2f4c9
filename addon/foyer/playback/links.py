"""URLs a player can open: relative to the server's base, opaque, signed, and ending after a day.

No file name, path or id stands in one: Home Assistant's ingress refuses suspicious words, and logs keep URLs.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from foyer.accounts.media_tokens import PLAY_FOR_S, MediaPurpose, MediaTokens
from foyer.accounts.principal import Principal
from foyer.db.fields import now
from foyer.ids import FileId
from foyer.streaming.options import StreamOptions

EXTENSIONS = {
    "mp4": ("mp4", "video/mp4"),
    "mov": ("mov", "video/quicktime"),
    "matroska": ("mkv", "video/x-matroska"),
    "webm": ("webm", "video/webm"),
    "mpegts": ("ts", "video/mp2t"),
    "mpeg": ("mpg", "video/mpeg"),
    "avi": ("avi", "video/x-msvideo"),
    "asf": ("wmv", "video/x-ms-wmv"),
    "flv": ("flv", "video/x-flv"),
    "ogg": ("ogv", "video/ogg"),
    "mp3": ("mp3", "audio/mpeg"),
    "flac": ("flac", "audio/flac"),
    "wav": ("wav", "audio/wav"),
}
HLS_TYPE = "application/vnd.apple.mpegurl"


def new_viewer() -> int:
    """A number for one sitting, carried by all its URLs."""
    return secrets.randbits(48) | 1


class MediaLinks:
    """Makes the URLs of one server."""

    def __init__(self, tokens: MediaTokens) -> None:
        self._tokens = tokens

    def expiry(self) -> datetime:
        """When a link made now ends."""
        return now() + timedelta(seconds=PLAY_FOR_S)

    def direct(self, principal: Principal, file: FileId, viewer: int, container: str) -> tuple[str, str]:
        """The file as it is, and its media type."""
        token = self._tokens.issue(MediaPurpose.DIRECT, user_id=principal.user_id, subject=file, session=viewer)
        extension, media_type = EXTENSIONS.get(container, ("bin", "application/octet-stream"))
        return f"media/direct/{token}/file.{extension}", media_type

    def hls(self, principal: Principal, file: FileId, viewer: int, options: StreamOptions) -> str:
        """The multivariant playlist."""
        token = self._tokens.issue(
            MediaPurpose.HLS,
            user_id=principal.user_id,
            subject=file,
            session=viewer,
            options=options.to_text().encode("ascii"),
        )
        return f"media/hls/{token}/master.m3u8"

    def subtitle(self, principal: Principal, subtitle: int) -> str:
        """A whole WebVTT file."""
        token = self._tokens.issue(MediaPurpose.SUBTITLE, user_id=principal.user_id, subject=subtitle)
        return f"media/subtitle/{token}.vtt"

    def trickplay(self, principal: Principal, file: FileId) -> str:
        """Sheets of preview pictures; ``{sheet}`` stands for the number of one, from 0."""
        token = self._tokens.issue_stable(MediaPurpose.TRICKPLAY, user_id=principal.user_id, subject=file)
        return f"media/trickplay/{token}/{{sheet}}.webp"

    def image(self, principal: Principal, artwork: int, content_hash: str) -> str:
        """A picture, up to where the width goes: ``media/image/<token>/`` and then ``<width>.webp``.

        The same for about a week, and another one as soon as the picture's bytes change, so that browsers may keep it.
        """
        version = content_hash[:8].encode()
        token = self._tokens.issue_stable(
            MediaPurpose.IMAGE, user_id=principal.user_id, subject=artwork, options=version
        )
        return f"media/image/{token}/"
