"""Events in the words of Home Assistant: who, what and where instead of row ids."""

from __future__ import annotations

from collections.abc import Mapping

from foyer.db.database import Database
from foyer.events.bus import Event
from foyer.homeassistant.mqtt.survey import title_of
from foyer.ids import NodeKind, encode

_FACTS = ("added", "updated", "removed")


class Happenings:
    """Describes events by what the database knows when they are passed on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def describe(self, event: Event) -> Mapping[str, object]:
        """``type`` and everything known of the event; names that are gone are left out."""
        payload = event.payload
        found: dict[str, object] = {"type": event.kind, "seq": event.seq}
        if isinstance(item := payload.get("item_id"), int):
            title = await self._database.reader.run(lambda connection: title_of(connection, item))
            found |= {"item_id": encode(NodeKind.ITEM, item)} if title is None else title.attributes()
        elif isinstance(library := payload.get("library_id"), int):
            name = await self._database.reader.value("SELECT name FROM library WHERE id = ?", (library,))
            found |= {"library": name, "library_id": encode(NodeKind.LIBRARY, library)}
        if isinstance(session := payload.get("session_id"), int):
            found |= await self._session(session)
        for name, key in (("position", "position_ms"), ("duration", "duration_ms")):
            if isinstance(milliseconds := payload.get(key), int):
                found[name] = milliseconds / 1000
        return found | {name: payload[name] for name in _FACTS if name in payload}  # type: ignore[literal-required]

    async def _session(self, session: int) -> dict[str, object]:
        row = await self._database.reader.first(
            "SELECT u.display_name, s.state, s.method, s.device FROM playback_session s "
            "JOIN user u ON u.id = s.user_id WHERE s.id = ?",
            (session,),
        )
        if row is None:
            return {}
        return {
            "session_id": encode(NodeKind.PLAYBACK_SESSION, session),
            "user": row["display_name"],
            "state": row["state"],
            "method": row["method"],
            "device": row["device"],
        }
