"""Films that reached a screen by another way: Home Assistant's media browser, an automation, a link sent to a player.

The link says enough to open a session: its token is signed, and names the user, the file and the way it streams.
"""

from __future__ import annotations

from datetime import datetime

from foyer.accounts.directory import Directory
from foyer.accounts.media_tokens import MediaGrant, MediaPurpose, MediaTokens
from foyer.accounts.principal import Principal, Via
from foyer.db.database import Database
from foyer.errors import ForbiddenError, ValidationError
from foyer.homeassistant.screens.model import Screen
from foyer.homeassistant.screens.showing import link_in
from foyer.ids import FileId, ItemId
from foyer.playback.reasons import PlayMethod
from foyer.playback.sessions import Opening, PlaybackSessions, PlaybackState
from foyer.streaming.options import StreamOptions, VideoChoice

CLIENT = "Home Assistant"
_PURPOSES = {"direct": MediaPurpose.DIRECT, "hls": MediaPurpose.HLS}


class Adoption:
    """Reads what a screen shows as a session that could be opened."""

    def __init__(self, database: Database, people: Directory, tokens: MediaTokens, sessions: PlaybackSessions) -> None:
        self._database = database
        self._people = people
        self._tokens = tokens
        self._sessions = sessions

    async def read(self, screen: Screen, moment: datetime) -> tuple[Principal, Opening] | None:
        """Who watches what; ``None`` for a link that is not ours, has ended, or belongs to a session of a player's own.

        What its user may no longer see is found out when the session is opened.
        """
        grant = self._grant(screen)
        if grant is None or self._sessions.has_viewer(str(grant.session)):
            return None
        user = await self._people.get(grant.user_id)
        row = await self._database.reader.first(
            "SELECT l.item_id, f.duration_ms FROM item_file l JOIN media_file f ON f.id = l.file_id "
            "WHERE l.file_id = ? ORDER BY l.extra IS NOT NULL, l.item_id LIMIT 1",
            (grant.subject,),
        )
        if user is None or user.disabled or row is None:
            return None
        return user.principal(Via.TOKEN), Opening(
            item_id=ItemId(row["item_id"]),
            file_id=FileId(grant.subject),
            duration_ms=row["duration_ms"],
            method=_method(grant),
            position_ms=screen.position_now(moment) or 0,
            client=CLIENT,
            device=screen.name,
            state=PlaybackState.BUFFERING,
            viewer=str(grant.session),
            entity_id=screen.entity_id,
        )

    def viewer_of(self, token: str) -> str | None:
        """The streaming viewer that a link reads as, while the link is good."""
        for purpose in _PURPOSES.values():
            try:
                return str(self._tokens.read(token, purpose).session)
            except ForbiddenError:
                continue
        return None

    def _grant(self, screen: Screen) -> MediaGrant | None:
        link = link_in(screen.content_id)
        if link is None:
            return None
        try:
            return self._tokens.read(link[1], _PURPOSES[link[0]])
        except ForbiddenError:
            return None


def _method(grant: MediaGrant) -> PlayMethod:
    if grant.purpose is MediaPurpose.DIRECT:
        return PlayMethod.DIRECT_PLAY
    try:
        options = StreamOptions.from_text(grant.options.decode("ascii", "replace"))
    except ValidationError:
        return PlayMethod.TRANSCODE
    return PlayMethod.REMUX if options.video is VideoChoice.COPY else PlayMethod.TRANSCODE
