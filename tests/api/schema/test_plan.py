"""Plans answer exactly what graphql-core answers, right and wrong values alike."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import orjson
import pytest
import strawberry

from foyer.api.schema.context import Caller, Context, Services
from foyer.api.schema.executor import CompiledExecutor
from foyer.api.schema.loading import edge
from tests.api.schema.conftest import House


@strawberry.enum
class Kind(enum.Enum):
    A = "a"
    B = "b"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Cat(Named):
    lives: int


@strawberry.type
class Dog(Named):
    weight: float


async def _friends(context: Context, keys: Sequence[int]) -> dict[int, list[Node]]:
    if 66 in keys:
        raise ValueError("boom")
    return {key: [] if key % 2 else [node(key + 100, 0), node(key + 200, 0)] for key in keys if key != 5}


async def _best(context: Context, keys: Sequence[int]) -> dict[int, Node]:
    return {key: node(key + 300, 0) for key in keys if key % 3}


@strawberry.type
class Node:
    id: strawberry.ID
    number: int
    maybe: int | None
    text: str
    ratio: float | None
    kind: Kind
    kinds: list[Kind]
    at: datetime | None
    tags: list[str]
    children: list[Node]
    favourite: Node | None
    holes: list[Node | None]
    named: list[Named]
    mixed: list[Annotated[Cat | Dog, strawberry.union("Pet")]]
    row: strawberry.Private[int]

    friends: list[Node] = edge(_friends, "row", empty=list, description="x")
    best: Node | None = edge(_best, "row", description="x")
    sure: Node = edge(_best, "row", description="x")

    @strawberry.field
    def upper(self, times: int = 1) -> str:
        return self.text.upper() * times

    @strawberry.field
    def kind_of(self, kind: Kind = Kind.A) -> bool:
        return self.kind is kind

    @strawberry.field
    async def slow(self, fail: bool = False) -> int:
        if fail:
            raise ValueError("slow")
        return self.number + 1

    @strawberry.field
    def asks(self, info: strawberry.Info[Any, None]) -> str:
        return info.field_name


def node(row: int, depth: int = 1, **more: Any) -> Node:
    values: dict[str, Any] = {
        "id": strawberry.ID(str(row)),
        "number": row,
        "maybe": None if row % 2 else row,
        "text": f"x{row}",
        "ratio": 1.5,
        "kind": Kind.A,
        "kinds": [Kind.A, Kind.B],
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "tags": ["a"],
        "children": [node(row * 10 + one, depth - 1) for one in range(2)] if depth else [],
        "favourite": node(99, 0) if depth else None,
        "holes": [None, node(7, 0)] if depth else [],
        "named": [Cat(name="c", lives=9), Dog(name="d", weight=2.0)],
        "mixed": [Dog(name="d", weight=2.5), Cat(name="c", lives=1)],
        "row": row,
    }
    return Node(**{**values, **more})


def _spoil(rows: list[Any], how: int) -> list[Any]:
    one = rows[1]
    spoilt: dict[int, dict[str, Any]] = {
        1: {"text": None},
        2: {"number": 2**40},
        3: {"ratio": float("nan")},
        4: {"number": "17"},
        5: {"maybe": "zz"},
        6: {"kind": "nope"},
        7: {"children": None},
        8: {"number": True},
        9: {"text": 5},
        10: {"children": 3},
        11: {"ratio": 3},
        12: {"named": [Cat(name="c", lives=1), "no"]},
        13: {"mixed": [Cat(name=None, lives=1)]},  # type: ignore[arg-type]
        14: {"row": 66},
        15: {"row": 3},
        16: {"kinds": [Kind.A, None]},
        17: {"tags": ("a", "b")},
        18: {"tags": "ab"},
    }
    for name, value in spoilt.get(how, {}).items():
        setattr(one, name, value)
    if how == 19:
        rows[1] = None
    if how == 20:
        del one.text
    if how == 21:
        one.children[0].text = None
    if how == 22:
        one.favourite.text = None
    if how == 23:
        one.holes = [node(7, 0, text=None), None]
    return rows


@strawberry.type
class Query:
    @strawberry.field
    def all(self, how: int = 0) -> list[Node]:
        return _spoil([node(1), node(2), node(3)], how)

    @strawberry.field
    def some(self, how: int = 0) -> list[Node | None] | None:
        return _spoil([node(1), node(2), node(3)], how)

    @strawberry.field
    def one(self, how: int = 0) -> Node | None:
        return _spoil([node(1), node(2)], how)[1]  # type: ignore[no-any-return]


QUERIES = (
    "{all(how:%d){id number maybe text ratio kind kinds at tags children{id text} favourite{text number}}}",
    "{some(how:%d){id number maybe text ratio kind children{id text children{id}} favourite{text} holes{id text}}}",
    "{one(how:%d){id text number children{text kind} holes{text} favourite{text}}}",
    "{all(how:%d){id slow text upper(times:2) children{number slow}}}",
    (
        "{some(how:%d){x:id y:id __typename number ...F children{...F __typename}}} "
        "fragment F on Node{text ratio favourite{text}}"
    ),
    (
        "query($v:Boolean=true,$k:Kind=B){some(how:%d){id text @include(if:$v) number @skip(if:$v) kindOf(kind:$k) "
        "children{text @skip(if:$v) id}}}"
    ),
    "{some(how:%d){named{name __typename ...on Cat{lives}} mixed{...on Cat{lives name} ...on Dog{weight}} text}}",
    "{some(how:%d){id friends{id text best{id}} best{id friends{id}} text}}",
    "{all(how:%d){id sure{id text} friends{id}}}",
    "{some(how:%d){asks text children{asks id}}}",
    "{some(how:%d){text slow(fail:true) maybe children{slow}}}",
)
PLAIN = strawberry.Schema(Query, types=[Cat, Dog])
COMPILED = strawberry.Schema(Query, types=[Cat, Dog], execution_context_class=CompiledExecutor)


def _context() -> Context:
    """Enough of a context for what needs no services."""
    return Context(services=cast("Services", None), caller=cast("Caller", None))


@pytest.mark.parametrize("how", range(24))
@pytest.mark.parametrize("query", QUERIES)
async def test_a_plan_answers_what_graphql_core_answers(query: str, how: int) -> None:
    answers = []
    for schema in (PLAIN, COMPILED):
        result = await schema.execute(query % how, context_value=_context())
        errors = sorted((error.formatted for error in result.errors or ()), key=orjson.dumps)
        answers.append(orjson.dumps([result.data, errors]))
        for _ in range(10):
            await asyncio.sleep(0)  # graphql-core settles what it gave up in the background
    assert answers[0] == answers[1]


async def test_lists_are_completed_by_plan_and_not_cell_by_cell(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = 0
    original = CompiledExecutor.execute_field

    def count(self: Any, *args: Any) -> Any:
        nonlocal cells
        cells += 1
        return original(self, *args)

    monkeypatch.setattr(CompiledExecutor, "execute_field", count)
    query = (
        "{items(first:50){nodes{__typename id title year addedAt poster{url(width:320) large:url(width:640) color}"
        " genres{id name} library{id name state} userState{watched progress}"
        " ...on Movie{files{fileName videoStreams{codec}} people{role person{name}}} ...on Series{unwatchedCount}"
        " ...on MusicVideo{artists{id title}}}pageInfo{hasNextPage endCursor} totalCount}}"
    )
    data = await house.ask("user", query)
    assert len(data["items"]["nodes"]) == 49
    assert cells == 1  # the root field
