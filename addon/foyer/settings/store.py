"""The settings' values: read from memory, written through, announced on the bus."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from foyer.db.database import Database
from foyer.db.fields import now, to_instant
from foyer.errors import NotFoundError
from foyer.events.bus import EventBus
from foyer.events.topics import SystemEventKind, Topic
from foyer.settings.registry import BY_KEY, SettingValue


class Settings:
    """Every setting's present value; ``load`` once before use."""

    def __init__(self, database: Database, bus: EventBus) -> None:
        self._database = database
        self._bus = bus
        self._changed: dict[str, SettingValue] = {}

    async def load(self) -> None:
        """Read what differs from the defaults; a value that no longer fits falls back to its default."""
        for row in await self._database.reader.all("SELECT key, value FROM setting"):
            description = BY_KEY.get(row["key"])
            if description is None:
                continue
            value = orjson.loads(row["value"])
            if description.fits(value):
                self._changed[row["key"]] = value

    def get(self, key: str) -> SettingValue:
        """The value of a setting."""
        return self._changed.get(key, BY_KEY[key].default)

    def integer(self, key: str) -> int:
        """The value of a whole-number or size setting."""
        return int(self.get(key))

    def number(self, key: str) -> float:
        """The value of a number or duration setting, durations in seconds."""
        return float(self.get(key))

    def flag(self, key: str) -> bool:
        """The value of a Boolean setting."""
        return bool(self.get(key))

    def text(self, key: str) -> str:
        """The value of a text or choice setting."""
        return str(self.get(key))

    async def update(self, values: Mapping[str, object]) -> None:
        """Change settings together: all of them or, when one does not fit, none.

        Raises ``NotFoundError`` for an unknown key and ``ValidationError`` for a value that does not fit.
        """
        checked: dict[str, SettingValue] = {}
        for key, value in values.items():
            if key not in BY_KEY:
                raise NotFoundError(f"There is no setting called {key[:80]}.", key=key[:80])
            checked[key] = BY_KEY[key].check(value)
        moment = to_instant(now())
        await self._database.execute_many(
            "INSERT INTO setting (key, value, updated_at) VALUES (?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            [(key, orjson.dumps(value).decode(), moment) for key, value in checked.items()],
        )
        self._changed.update(checked)
        self._bus.publish(
            Topic.SYSTEM,
            SystemEventKind.SETTINGS_CHANGED,
            {"message": "Settings changed.", "settings": [*checked]},
        )
