"""Show the domain's own enums in the schema, with a sentence on every value."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

E = TypeVar("E", bound=Enum)


def expose(kind: type[E], description: str, values: Mapping[E, str], *, name: str | None = None) -> type[E]:
    """Make an enum a GraphQL type; raises ``ValueError`` unless every value is described."""
    if missing := set(kind) - set(values):
        raise ValueError(f"{kind.__name__} lacks descriptions of {sorted(member.name for member in missing)}")
    strawberry.enum(kind, name=name or kind.__name__, description=description)
    definition: StrawberryEnumDefinition = kind.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[kind[value.name]]
    return kind
