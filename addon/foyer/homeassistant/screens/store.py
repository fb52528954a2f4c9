"""Which sessions are on which screens, kept so that a restart of the server loses none."""

from __future__ import annotations

from dataclasses import dataclass

from foyer.db.database import Database
from foyer.homeassistant.screens.showing import Showing
from foyer.ids import PlaybackSessionId
from foyer.playback.sessions import SessionView


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A session that was open on a screen."""

    session: PlaybackSessionId
    entity_id: str
    token: str
    content_id: str | None
    duration_ms: int | None


class ScreenStore:
    """The table ``screen_session``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self) -> list[Saved]:
        """Those whose sessions are still open, the newest first; the others are forgotten."""
        await self._database.execute(
            "DELETE FROM screen_session WHERE session_id NOT IN "
            "(SELECT id FROM playback_session WHERE ended_at IS NULL)"
        )
        rows = await self._database.reader.all(
            "SELECT c.session_id, c.entity_id, c.token, c.content_id, coalesce(f.duration_ms, i.duration_ms) AS "
            "duration_ms FROM screen_session c JOIN playback_session s ON s.id = c.session_id "
            "JOIN item i ON i.id = s.item_id LEFT JOIN media_file f ON f.id = s.file_id ORDER BY c.session_id DESC"
        )
        return [
            Saved(
                session=PlaybackSessionId(row["session_id"]),
                entity_id=row["entity_id"],
                token=row["token"],
                content_id=row["content_id"],
                duration_ms=row["duration_ms"],
            )
            for row in rows
        ]

    async def keep(self, showing: Showing) -> None:
        """Remember a session, or what its player calls what it shows."""
        await self._database.execute(
            "INSERT INTO screen_session (session_id, entity_id, token, content_id) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (session_id) DO UPDATE SET content_id = excluded.content_id",
            (showing.session, showing.entity_id, showing.token, showing.content_id),
        )

    async def forget(self, session: PlaybackSessionId) -> None:
        """A session is over."""
        await self._database.execute("DELETE FROM screen_session WHERE session_id = ?", (session,))

    async def title(self, session: SessionView) -> str:
        """What a screen is told that it shows."""
        row = await self._database.reader.first(
            "SELECT i.title, s.title AS series FROM item i LEFT JOIN item s ON s.id = i.series_id WHERE i.id = ?",
            (session.item_id,),
        )
        if row is None:
            return "Foyer"
        return f"{row['series']}: {row['title']}" if row["series"] else str(row["title"])
