"""What every noun of the schema uses: the node, scalars, and the inputs that filter lists."""

from __future__ import annotations

from datetime import datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition, StrawberryType
from strawberry.types.scalar import ScalarDefinition

EventCursor = NewType("EventCursor", str)


def read_moment(value: object) -> datetime:
    """An aware datetime from ISO 8601 text; raises ``GraphQLError`` for anything else, a time without a zone too."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise GraphQLError("Write a moment with its time zone, such as 2026-01-31T20:15:00Z.")
    return moment


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment with its time zone (ISO 8601, RFC 3339).",
        serialize=datetime.isoformat,
        parse_value=read_moment,
    ),
    EventCursor: strawberry.scalar(
        name="EventCursor",
        description="An opaque position in an event stream; give it back as `after` to resume.",
        serialize=str,
        parse_value=str,
    ),
}


@strawberry.interface(description="Anything that can be fetched again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque and globally unique; give it back, do not take it apart.")


@strawberry.input(description="Conditions on a text; all of those given must hold. Upper and lower case are equal.")
class StringFilter:
    eq: str | None = strawberry.field(default=None, description="Exactly this text.")
    in_: list[str] | None = strawberry.field(default=None, name="in", description="One of these texts.")
    contains: str | None = strawberry.field(default=None, description="This text stands somewhere in it.")
    starts_with: str | None = strawberry.field(default=None, description="It begins with this text.")


@strawberry.input(description="A range of whole numbers; both ends belong to it.")
class IntRange:
    gte: int | None = strawberry.field(default=None, description="At least.")
    lte: int | None = strawberry.field(default=None, description="At most.")


@strawberry.input(description="A range of numbers; both ends belong to it.")
class FloatRange:
    gte: float | None = strawberry.field(default=None, description="At least.")
    lte: float | None = strawberry.field(default=None, description="At most.")


@strawberry.input(description="A span of time.")
class DateTimeRange:
    gte: datetime | None = strawberry.field(default=None, description="At this moment or later.")
    lt: datetime | None = strawberry.field(default=None, description="Before this moment.")


@strawberry.input(description="Conditions on a set of ids; all of those given must hold.")
class IdSetFilter:
    any: list[strawberry.ID] | None = strawberry.field(default=None, description="Has at least one of these.")
    all: list[strawberry.ID] | None = strawberry.field(default=None, description="Has every one of these.")
    none: list[strawberry.ID] | None = strawberry.field(default=None, description="Has none of these.")


class _Names(NameConverter):
    """Connections are named after what people call their entries."""

    def from_generic(self, object_type: StrawberryObjectDefinition, types: list[StrawberryType | type]) -> str:
        """``JobLogConnection`` rather than ``JobLogLineConnection``."""
        return super().from_generic(object_type, types).replace("JobLogLine", "JobLog")


def config() -> StrawberryConfig:
    """How the schema is built."""
    return StrawberryConfig(
        batching_config={"max_operations": 10},
        scalar_map=SCALARS,
        name_converter=_Names(),
    )
