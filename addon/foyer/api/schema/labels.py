"""Names that items carry: genres, tags, studios, people, and ids in other catalogues."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

import strawberry

from foyer.api.schema.context import Context
from foyer.api.schema.enums import expose
from foyer.api.schema.loading import edge
from foyer.api.schema.scalars import Node
from foyer.ids import NodeKind, encode
from foyer.library.browse import label_counts, labels_by_ids
from foyer.library.details import (
    CreditRow,
    LabelKind,
    LabelRow,
    credits_of_items,
    external_ids_of_items,
    labels_of_items,
)

T = TypeVar("T")


class CreditRole(StrEnum):
    """What somebody did for an item."""

    ACTOR = "actor"
    DIRECTOR = "director"
    WRITER = "writer"
    PRODUCER = "producer"
    COMPOSER = "composer"
    GUEST = "guest"
    OTHER = "other"


expose(
    CreditRole,
    "What somebody did for an item.",
    {
        CreditRole.ACTOR: "Plays in it.",
        CreditRole.DIRECTOR: "Directed it.",
        CreditRole.WRITER: "Wrote it.",
        CreditRole.PRODUCER: "Produced it.",
        CreditRole.COMPOSER: "Wrote the music.",
        CreditRole.GUEST: "Appears as a guest.",
        CreditRole.OTHER: "Anything else.",
    },
)


async def load_genre_counts(context: Context, ids: list[int]) -> dict[int, int]:
    """How many items open to the asker are of each genre."""
    return await label_counts(context.services.database.reader, ids, context.viewer)


def _zero() -> int:
    return 0


@strawberry.type(description="A genre.")
class Genre(Node):
    name: str = strawberry.field(description="What it is called.")
    row: strawberry.Private[int]

    item_count: int = edge(load_genre_counts, "row", empty=_zero, description="How many items you may see are of it.")


@strawberry.type(description="A tag.")
class Tag(Node):
    name: str = strawberry.field(description="What it is called.")


@strawberry.type(description="A studio.")
class Studio(Node):
    name: str = strawberry.field(description="What it is called.")


@strawberry.type(description="Somebody who took part in items.")
class Person(Node):
    name: str = strawberry.field(description="Their name.")


@strawberry.type(description="What a person did for an item.")
class Credit:
    person: Person = strawberry.field(description="Who.")
    role: CreditRole = strawberry.field(description="What they did.")
    character: str | None = strawberry.field(description="Whom they play.")


@strawberry.type(description="An item's id in another catalogue.")
class ExternalId:
    provider: str = strawberry.field(description="The catalogue, such as `tmdb` or `imdb`.")
    value: str = strawberry.field(description="The id there.")


def genre(row: LabelRow) -> Genre:
    """A genre as the API shows it."""
    return Genre(id=strawberry.ID(encode(NodeKind.GENRE, row.id)), name=row.name, row=row.id)


def _tag(row: LabelRow) -> Tag:
    return Tag(id=strawberry.ID(encode(NodeKind.TAG, row.id)), name=row.name)


def _studio(row: LabelRow) -> Studio:
    return Studio(id=strawberry.ID(encode(NodeKind.STUDIO, row.id)), name=row.name)


def _credit(row: CreditRow) -> Credit:
    person = Person(id=strawberry.ID(encode(NodeKind.PERSON, row.person_id)), name=row.name)
    role = CreditRole[row.role.upper()] if row.role.upper() in CreditRole.__members__ else CreditRole.OTHER
    return Credit(person=person, role=role, character=row.character)


def _once(found: Mapping[int, Iterable[LabelRow]], convert: Callable[[LabelRow], T]) -> dict[int, list[T]]:
    """Labels of items, each made once: many items carry few labels."""
    known: dict[int, T] = {}
    lists: dict[int, list[T]] = {}
    for key, rows in found.items():
        shown = lists[key] = []
        for row in rows:
            one = known.get(row.id)
            if one is None:
                one = known[row.id] = convert(row)
            shown.append(one)
    return lists


async def load_item_genres(context: Context, ids: list[int]) -> dict[int, list[Genre]]:
    """The genres of items."""
    found = await labels_of_items(context.services.database.reader, ids, LabelKind.GENRE)
    return _once(found, genre)


async def load_item_tags(context: Context, ids: list[int]) -> dict[int, list[Tag]]:
    """The tags of items."""
    found = await labels_of_items(context.services.database.reader, ids, LabelKind.TAG)
    return _once(found, _tag)


async def load_item_studios(context: Context, ids: list[int]) -> dict[int, list[Studio]]:
    """The studios of items."""
    found = await labels_of_items(context.services.database.reader, ids, LabelKind.STUDIO)
    return _once(found, _studio)


async def load_item_people(context: Context, ids: list[int]) -> dict[int, list[Credit]]:
    """Who took part in items."""
    found = await credits_of_items(context.services.database.reader, ids)
    return {key: [_credit(row) for row in rows] for key, rows in found.items()}


async def load_item_external_ids(context: Context, ids: list[int]) -> dict[int, list[ExternalId]]:
    """The ids of items in other catalogues."""
    found = await external_ids_of_items(context.services.database.reader, ids)
    return {key: [ExternalId(provider=row.provider, value=row.value) for row in rows] for key, rows in found.items()}


async def load_genres(context: Context, ids: list[int]) -> dict[int, Genre]:
    """Genres by id."""
    found = await labels_by_ids(context.services.database.reader, ids, LabelKind.GENRE)
    return {key: genre(row) for key, row in found.items()}


async def load_tags(context: Context, ids: list[int]) -> dict[int, Tag]:
    """Tags by id."""
    found = await labels_by_ids(context.services.database.reader, ids, LabelKind.TAG)
    return {key: _tag(row) for key, row in found.items()}


async def load_studios(context: Context, ids: list[int]) -> dict[int, Studio]:
    """Studios by id."""
    found = await labels_by_ids(context.services.database.reader, ids, LabelKind.STUDIO)
    return {key: _studio(row) for key, row in found.items()}


async def load_people(context: Context, ids: list[int]) -> dict[int, Person]:
    """People by id."""
    rows = await context.services.database.reader.all(
        f"SELECT id, name FROM person WHERE id IN ({', '.join('?' * len(ids))})",  # noqa: S608 - only placeholders
        ids,
    )
    return {row["id"]: Person(id=strawberry.ID(encode(NodeKind.PERSON, row["id"])), name=row["name"]) for row in rows}
