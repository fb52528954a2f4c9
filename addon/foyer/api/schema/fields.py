"""Typed ways to say ``strawberry.field`` and ``strawberry.argument``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import strawberry

F = TypeVar("F", bound=Callable[..., Any])

COST = "foyer.cost"
"""Key of a field's own weight in its ``metadata`` (``foyer.api.schema.limits``)."""

Id = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]


def resolved(description: str, *, name: str | None = None, cost: int = 0) -> Callable[[F], F]:
    """Make a method a field; ``cost`` is what it weighs beside the objects it brings."""
    decorate: Callable[[F], F] = strawberry.field(
        description=description, name=name, metadata={COST: cost} if cost else {}
    )
    return decorate


def followed(description: str) -> Callable[[F], F]:
    """Make an asynchronous generator a subscription."""
    decorate: Callable[[F], F] = strawberry.subscription(description=description)
    return decorate
