"""Column types that SQLite has no name for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.fields.base import Field
from tortoise.models import Model

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_instant(value: datetime) -> int:
    """Microseconds since the Unix epoch; raises ``ValueError`` for a naive datetime."""
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return (value - EPOCH) // _MICROSECOND


def from_instant(microseconds: int) -> datetime:
    """The aware UTC datetime of a stored instant."""
    return EPOCH + timedelta(microseconds=microseconds)


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


class InstantField(Field[datetime], datetime):
    """An aware UTC datetime kept as an integer of microseconds, which sorts, indexes and pages exactly."""

    SQL_TYPE = "BIGINT"

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:  # noqa: ARG002 - Tortoise's signature
        """Accept a datetime; integers pass through for raw filters."""
        self.validate(value)
        return to_instant(value) if isinstance(value, datetime) else value

    def to_python_value(self, value: Any) -> Any:
        """Give back a datetime."""
        return from_instant(value) if isinstance(value, int) else value
