"""A player begins: what it opened, found again from the URL it was given."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

from foyer.accounts.media_tokens import MediaGrant, MediaPurpose, MediaTokens
from foyer.accounts.principal import Principal
from foyer.db.database import Database
from foyer.errors import ForbiddenError, NotFoundError
from foyer.ids import FileId, ItemId
from foyer.library.files import FileRow, files_of_items
from foyer.playback.reasons import PlayMethod, Reason
from foyer.playback.service import PlaybackInfo
from foyer.playback.sessions import Opening, PlaybackSessions, SessionView

MAX_OFFERS = 1000
_URL = re.compile(r"media/(direct|hls)/([A-Za-z0-9_-]+)/")
_PURPOSES = {"direct": MediaPurpose.DIRECT, "hls": MediaPurpose.HLS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a player says when it begins."""

    item: ItemId
    method: PlayMethod
    file: FileId | None = None
    url: str | None = None
    """The candidate's URL; it ties the session to what streams."""
    position_ms: int = 0
    client: str = ""
    device: str = ""


class Starting:
    """Opens sessions. Remembers for a while why each offer was made, because players only hand back its URL."""

    def __init__(self, database: Database, sessions: PlaybackSessions, tokens: MediaTokens) -> None:
        self._database = database
        self._sessions = sessions
        self._tokens = tokens
        self._offers: OrderedDict[str, tuple[Reason, ...]] = OrderedDict()

    def remember(self, info: PlaybackInfo) -> None:
        """Keep the reasons of what was just offered."""
        for offer in info.offers:
            self._offers[offer.url] = offer.reasons
        while len(self._offers) > MAX_OFFERS:
            self._offers.popitem(last=False)

    async def start(self, principal: Principal, start: Start) -> SessionView:
        """Open a session; raises ``NotFoundError`` for an item, or a file of it, that may not be seen."""
        grant = self._grant(principal, start.url)
        wanted = start.file if start.file is not None or grant is None else FileId(grant.subject)
        file = await self._file(start.item, wanted)
        return await self._sessions.start(
            principal,
            Opening(
                item_id=start.item,
                file_id=None if file is None else file.id,
                duration_ms=None if file is None else file.duration_ms,
                method=start.method,
                reasons=self._offers.get(start.url or "", ()),
                position_ms=start.position_ms,
                client=start.client,
                device=start.device,
                viewer=None if grant is None else str(grant.session),
            ),
        )

    def _grant(self, principal: Principal, url: str | None) -> MediaGrant | None:
        """What the URL's token says; nothing for a URL that is not ours, not theirs, or has ended."""
        found = _URL.search(url or "")
        if found is None:
            return None
        try:
            grant = self._tokens.read(found[2], _PURPOSES[found[1]])
        except ForbiddenError:
            return None
        return grant if grant.user_id == principal.user_id else None

    async def _file(self, item: ItemId, wanted: FileId | None) -> FileRow | None:
        rows = (await files_of_items(self._database.reader, [item]))[item]
        if wanted is None:
            return rows[0].file if rows else None
        found = next((row.file for row in rows if row.file.id == wanted), None)
        if found is None:
            raise NotFoundError("The item has no such file.", id=wanted)
        return found
