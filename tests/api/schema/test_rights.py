"""Who may ask for what: every root field, as nobody and as each role."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLField, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, get_named_type

from foyer.api.schema.schema import FoyerSchema, build_schema
from foyer.ids import NodeKind, encode
from tests.api.schema.conftest import House

SCHEMA = build_schema()
OPEN = {"server"}
"""Needs no login."""
LOGIN = {"completeSetup", "login", "refreshTokens", "logout"}
ADMIN_ONLY = {"settings", "updateSettings", "users", "createUser", "updateUser", "deleteUser"}
MANAGER_ONLY = {"health", "directories", "createLibrary", "updateLibrary", "deleteLibrary", "scanLibrary"}
MANAGER_ONLY |= {"setBackgroundWork", "refreshMetadata"}
MANAGER_ONLY |= {"uploads", "createUpload", "cancelUpload"}
STATE = {"setWatched", "setFavourite", "setRating"}


def _sample(kind: Any, name: str = "") -> Any:
    """A value of an input type, real enough to reach the rights."""
    if isinstance(kind, GraphQLNonNull):
        return _sample(kind.of_type, name)
    if isinstance(kind, GraphQLList):
        return [_sample(kind.of_type, name)]
    if isinstance(kind, GraphQLInputObjectType):
        return {
            key: _sample(field.type, key)
            for key, field in kind.fields.items()
            if isinstance(field.type, GraphQLNonNull) and field.default_value is not None
        }
    if kind.name == "ID":
        node = {"library": NodeKind.LIBRARY, "user": NodeKind.USER, "job": NodeKind.JOB, "item": NodeKind.ITEM}
        node |= {"session": NodeKind.PLAYBACK_SESSION, "upload": NodeKind.UPLOAD, "apiKey": NodeKind.API_KEY}
        return encode(node.get(name, NodeKind.ITEM), 1)
    if hasattr(kind, "values"):
        return next(iter(kind.values))
    return {"String": "text", "Int": 1, "Float": 1.0, "Boolean": True}.get(kind.name, "2030-01-01T00:00:00Z")


def _selection(field: GraphQLField) -> str:
    return "" if get_named_type(field.type).name in ("Boolean", "String") else "{__typename}"


def _roots(kind: str) -> list[str]:
    root = getattr(SCHEMA._schema, f"{kind}_type")
    return list(root.fields)


async def _ask(house: House, who: str | None, kind: str, name: str) -> str:
    """The code of what comes back, or ``OK``."""
    root = getattr(house.schema._schema, f"{kind}_type")
    field = root.fields[name]
    given = {key: one for key, one in field.args.items() if isinstance(one.type, GraphQLNonNull) and key != "first"}
    declared = ", ".join(f"${key}: {one.type}" for key, one in given.items())
    passed = ", ".join(f"{key}: ${key}" for key in given)
    detail = "{__typename ...on UserError{code}}" if kind == "mutation" else _selection(field)
    text = f"{kind}{f'({declared})' if declared else ''}{{{name}{f'({passed})' if passed else ''}{detail}}}"
    answer = await house.run(who, text, **{key: _sample(one.type, key) for key, one in given.items()})
    if answer["errors"]:
        return str(answer["errors"][0]["extensions"]["code"])
    result = answer["data"][name]
    return str(result.get("code", "OK")) if isinstance(result, dict) else "OK"


@pytest.mark.parametrize("name", _roots("query"))
async def test_queries_need_a_login(house: House, name: str) -> None:
    assert await _ask(house, None, "query", name) == ("OK" if name in OPEN else "UNAUTHENTICATED")


@pytest.mark.parametrize("name", [name for name in _roots("mutation") if name not in LOGIN])
async def test_mutations_need_a_login(house: House, name: str) -> None:
    assert await _ask(house, None, "mutation", name) == "UNAUTHENTICATED"


@pytest.mark.parametrize("name", _roots("query"))
async def test_viewers_query_what_is_theirs(house: House, name: str) -> None:
    code = await _ask(house, "viewer", "query", name)
    if name in ADMIN_ONLY | MANAGER_ONLY:
        assert code == "FORBIDDEN"
    else:
        assert code in ("OK", "NOT_FOUND", "FORBIDDEN" if name == "user" else "OK")


@pytest.mark.parametrize("name", [name for name in _roots("mutation") if name not in LOGIN])
async def test_viewers_change_nothing_but_their_own(house: House, name: str) -> None:
    code = await _ask(house, "viewer", "mutation", name)
    if name in ADMIN_ONLY | MANAGER_ONLY | STATE:
        assert code == "FORBIDDEN"
    else:
        assert code in ("OK", "NOT_FOUND", "VALIDATION_FAILED")


@pytest.mark.parametrize("name", sorted(ADMIN_ONLY - {"users", "settings"}))
async def test_managers_are_no_administrators(house: House, name: str) -> None:
    assert await _ask(house, "manager", "mutation", name) == "FORBIDDEN"


@pytest.mark.parametrize("name", _roots("subscription"))
async def test_subscriptions_need_a_login(house: House, name: str) -> None:
    context = await house.context(None)
    stream = await house.schema.subscribe(f"subscription{{{name}{{cursor}}}}", context_value=context)
    first = await anext(stream)
    await stream.aclose()
    assert first.errors
    assert (first.errors[0].extensions or {})["code"] == "UNAUTHENTICATED"
    assert house.services.bus.follower_count == 0


async def test_a_guest_sees_one_library_and_nothing_of_the_others(house: House) -> None:
    data = await house.ask(
        "guest", "{libraries{nodes{name}} items(first:100){nodes{library{name}}} genres{nodes{itemCount}}}"
    )
    assert data["libraries"]["nodes"] == [{"name": "Films"}]
    assert {one["library"]["name"] for one in data["items"]["nodes"]} == {"Films"}
    everything = await house.ask("admin", "{items(first:100,filter:{kinds:[SERIES,EPISODE,MUSIC_VIDEO]}){nodes{id}}}")
    hidden = [one["id"] for one in everything["items"]["nodes"]]
    seen = await house.ask("guest", "query($ids:[ID!]!){nodes(ids:$ids){id}}", ids=hidden)
    assert seen["nodes"] == [None] * len(hidden)
    assert (await house.ask("guest", "query($id:ID!){item(id:$id){id}}", id=hidden[0]))["item"] is None
    library = encode(NodeKind.LIBRARY, 2)
    assert (await house.ask("guest", "query($id:ID!){library(id:$id){id}}", id=library))["library"] is None


async def test_paths_are_for_those_who_manage_libraries(house: House) -> None:
    query = "{libraries{nodes{folders{path}}} items(first:1){nodes{...on Movie{files{path fileName}}}}}"
    for who, shown in (("manager", True), ("user", False)):
        data = await house.ask(who, query)
        file = data["items"]["nodes"][0]["files"][0]
        assert (file["path"] is not None) is shown
        assert bool(data["libraries"]["nodes"][0]["folders"]) is shown
        assert file["fileName"]


async def test_jobs_are_shown_to_their_owner_and_to_managers(house: House) -> None:
    owner = house.principals["user"].user_id
    job = await house.services.jobs.enqueue("library.scan", title="Scan", user_id=owner)
    node = encode(NodeKind.JOB, job.id)
    for who, count in (("user", 1), ("guest", 0), ("manager", 1)):
        data = await house.ask(
            who, "query($id:ID!){jobs{totalCount nodes{id}} job(id:$id){id} node(id:$id){id}}", id=node
        )
        assert data["jobs"]["totalCount"] == count
        assert (data["job"] is not None) is bool(count)
        assert (data["node"] is not None) is bool(count)


async def test_everybody_sees_the_schema_of_what_they_ask_but_only_admins_introspect(house: House) -> None:
    for who, may in (("admin", True), ("manager", False), (None, False)):
        answer = await house.run(who, '{__schema{queryType{name}} __type(name:"Job"){name}}')
        assert bool(answer["errors"]) is not may
    hint = await house.run("viewer", "{servr{name}}")
    assert "Did you mean" not in hint["errors"][0]["message"]
    assert "Did you mean" in (await house.run("admin", "{servr{name}}"))["errors"][0]["message"]


def test_the_schema_fixture_is_the_served_one(schema: FoyerSchema) -> None:
    assert schema.as_str() == SCHEMA.as_str()
