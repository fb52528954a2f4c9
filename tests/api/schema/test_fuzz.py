"""Random valid operations, made from the schema itself: whatever is asked, nothing unexpected happens."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    parse,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foyer.api.schema import guard, limits
from foyer.api.schema.schema import build_schema
from foyer.ids import NodeKind, encode
from tests.api.schema.conftest import House

SCHEMA = build_schema()._schema
EXPECTED = {
    "NOT_FOUND", "UNAUTHENTICATED", "FORBIDDEN", "VALIDATION_FAILED", "CONFLICT", "UNAVAILABLE", "LIMIT_EXCEEDED",
    "RATE_LIMITED",
}  # fmt: skip
IDS = [encode(kind, row) for kind in NodeKind for row in (1, 2, 40, 99_999)] + ["", "x", "aTox=", "é"]
TEXTS = ["", "night", '"', "\\", "%", "ö", "\x00", "'; DROP TABLE item; --", "🎬" * 3, "a" * 300]


def _quoted(text: str) -> str:
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in text) + '"'


@st.composite
def literal(draw: st.DrawFn, kind: Any, depth: int = 0) -> str:
    """A literal of an input type."""
    if isinstance(kind, GraphQLNonNull):
        return draw(literal(kind.of_type, depth))
    if isinstance(kind, GraphQLList):
        return "[" + ", ".join(draw(st.lists(literal(kind.of_type, depth + 1), max_size=3))) + "]"
    if isinstance(kind, GraphQLEnumType):
        return str(draw(st.sampled_from(list(kind.values))))
    if isinstance(kind, GraphQLInputObjectType):
        parts = []
        for name, field in kind.fields.items():
            needed = isinstance(field.type, GraphQLNonNull)
            if needed or (depth < 3 and draw(st.integers(0, 5)) == 0):
                parts.append(f"{name}: {draw(literal(field.type, depth + 1))}")
        return "{" + ", ".join(parts) + "}"
    choices: dict[str, st.SearchStrategy[str]] = {
        "Int": st.sampled_from(["0", "1", "2", "7", "100", "101", "-1", "2147483647"]),
        "Float": st.sampled_from(["0", "0.5", "-1.0", "1e300", "90"]),
        "Boolean": st.sampled_from(["true", "false"]),
        "ID": st.sampled_from(IDS).map(_quoted),
        "String": st.sampled_from(TEXTS).map(_quoted),
        "EventCursor": st.sampled_from(['"1"', '"x"']),
        "DateTime": st.sampled_from(['"2026-01-01T00:00:00Z"', '"1970-01-01T00:00:00+14:00"', '"2026-01-01T00:00:00"']),
        "Date": st.just('"2026-01-01"'),
    }
    chosen: str = draw(choices[kind.name])
    return chosen


@st.composite
def selection(draw: st.DrawFn, kind: GraphQLNamedType, depth: int) -> str:
    """A selection set of a type."""
    if isinstance(kind, GraphQLUnionType):
        inner = " ".join(f"...on {one.name}{draw(selection(one, depth - 1))}" for one in kind.types[:3])
        return "{__typename " + inner + "}"
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    parts = ["__typename"]
    for number, (name, field) in enumerate(kind.fields.items()):
        named = get_named_type(field.type)
        if draw(st.integers(0, 2)) or (not is_leaf_type(named) and depth <= 0):
            continue
        given_ = [
            f"{argument}: {draw(literal(its.type))}"
            for argument, its in field.args.items()
            if (isinstance(its.type, GraphQLNonNull) and its.default_value is None) or draw(st.booleans())
        ]
        needed = [
            f"{argument}: {draw(literal(its.type))}"
            for argument, its in field.args.items()
            if isinstance(its.type, GraphQLNonNull) and not any(one.startswith(f"{argument}:") for one in given_)
        ]
        arguments = f"({', '.join([*given_, *needed])})" if given_ or needed else ""
        inner = "" if is_leaf_type(named) else draw(selection(named, depth - 1))
        parts.append(f"f{depth}_{number}: {name}{arguments}{inner}")
    if isinstance(kind, GraphQLInterfaceType) and depth > 0:
        one = draw(st.sampled_from(SCHEMA.get_possible_types(kind)))
        parts.append(f"...on {one.name}{draw(selection(one, depth - 1))}")
    return "{" + " ".join(parts) + "}"


@st.composite
def operation(draw: st.DrawFn, kind: str) -> str:
    """One root field with whatever below it."""
    root = SCHEMA.query_type if kind == "query" else SCHEMA.mutation_type
    assert root
    name = draw(st.sampled_from(list(root.fields)))
    field = root.fields[name]
    arguments = [
        f"{argument}: {draw(literal(its.type))}"
        for argument, its in field.args.items()
        if isinstance(its.type, GraphQLNonNull) or draw(st.booleans())
    ]
    inner = "" if is_leaf_type(get_named_type(field.type)) else draw(selection(get_named_type(field.type), 3))
    return f"{kind}{{{name}{f'({chr(44).join(arguments)})' if arguments else ''}{inner}}}"


@pytest.fixture(autouse=True)
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every field is given an alias here, so that no two conflict."""
    monkeypatch.setattr(limits, "MAX_ALIASES", 100_000)
    monkeypatch.setattr(guard, "MAX_COST", 10_000_000)


async def _judge(house: House, who: str, text: str) -> None:
    answer = await house.run(who, text)
    codes = {error["extensions"]["code"] for error in answer["errors"]}
    assert codes <= EXPECTED, (text, answer["errors"])


@pytest.mark.parametrize("who", ["admin", "guest"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(text=operation("query"))
async def test_any_query_is_answered(house: House, who: str, text: str) -> None:
    await _judge(house, who, text)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(text=operation("mutation"))
async def test_any_mutation_is_answered(house: House, text: str) -> None:
    await _judge(house, "admin", text)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(text=operation("query"))
def test_what_is_made_up_is_valid(text: str) -> None:
    problems = [one.message for one in validate(SCHEMA, parse(text))]
    assert [one for one in problems if "cannot represent" not in one and "conflict" not in one] == []
