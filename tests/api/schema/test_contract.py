"""The contract: what is served is what is written down, described, and paged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_list_type,
)
from graphql.type import GraphQLNonNull, introspection_types, specified_scalar_types

from foyer.api.schema.enums import expose
from foyer.api.schema.schema import FoyerSchema
from foyer.jobs.model import JobState

SDL = Path(__file__).parents[3] / "graphql" / "schema.graphql"
SHORT_LISTS = {
    "AuthTokens.user": "no list",
    "ApiKey.scopes": "at most four scopes",
    "User.permissions": "one of each permission",
    "User.libraries": "opened one by one by an administrator",
    "Library.folders": "at most 50",
    "DuplicateGroup.files": "versions of one item",
    "DirectoryListing.entries": "cut at 500, and says so",
    "Item.genres": "what one title carries",
    "Movie.tags": "what one title carries",
    "Movie.people": "the credits of one title",
    "Movie.studios": "what one title carries",
    "Movie.externalIds": "one for each catalogue",
    "Playable.files": "the files of one title",
    "Movie.extras": "the files of one title",
    "Playable.chapters": "the chapters of one file",
    "MusicVideo.artists": "who performs one title",
    "MediaFile.videoStreams": "the streams of one file",
    "MediaFile.audioStreams": "the streams of one file",
    "MediaFile.subtitleStreams": "the streams of one file",
    "PlaybackInfo.candidates": "at most one for each method and way of copying",
    "PlaybackInfo.rejected": "at most one for each method",
    "PlaybackInfo.audioTracks": "the streams of one file",
    "PlaybackInfo.subtitleTracks": "the streams of one file",
    "PlaybackInfo.chapters": "the chapters of one file",
    "PlaybackInfo.qualities": "the rungs of the ladder",
    "PlaybackCandidate.reasons": "one for each obstacle",
    "RejectedMethod.reasons": "one for each obstacle",
    "PlaybackSession.reasons": "one for each obstacle",
    "HeartbeatPayload.commands": "at most 16 wait",
    "SearchResult.facets": "one for each kind",
    "SearchResult.suggestions": "at most three",
    "Setting.choices": "written in the source",
    "SystemHealth.checks": "one for each part",
    "UpdateSettingsPayload.settings": "as many as were given",
    "ValidationFailed.fields": "one for each wrong field",
    "Query.nodes": "as many as ids were given, at most 100",
}


def _types(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    built_in = {*introspection_types, *specified_scalar_types}
    return (kind for name, kind in schema.type_map.items() if name not in built_in)


def _fields(schema: GraphQLSchema) -> Iterator[tuple[str, str, GraphQLField]]:
    for kind in _types(schema):
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in kind.fields.items():
                yield kind.name, name, field


def test_the_written_contract_is_what_is_served(schema: FoyerSchema) -> None:
    written = SDL.read_text()
    assert written[written.index("\n\n") + 2 :].rstrip() == schema.as_str().rstrip()
    assert build_schema(written).query_type is not None


def test_everything_is_described(schema: FoyerSchema) -> None:
    missing = []
    for kind in _types(schema._schema):
        if not kind.description and kind.name not in ("Query", "Mutation", "Subscription"):
            missing.append(kind.name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in kind.fields.items():
                if not field.description:
                    missing.append(f"{kind.name}.{name}")
                for argument, its in getattr(field, "args", {}).items():
                    if not its.description:
                        missing.append(f"{kind.name}.{name}({argument})")
        if isinstance(kind, GraphQLEnumType):
            missing += [f"{kind.name}.{name}" for name, value in kind.values.items() if not value.description]
    assert missing == []


def test_every_list_is_paged_or_short_for_a_reason(schema: FoyerSchema) -> None:
    open_ended = []
    for kind, name, field in _fields(schema._schema):
        inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        if not is_list_type(inner) or kind.endswith("Connection"):
            continue
        owner = schema._schema.type_map[kind]
        names = [kind, *(one.name for one in getattr(owner, "interfaces", ()))]
        if not any(f"{one}.{name}" in SHORT_LISTS for one in (*names, "Movie")):
            open_ended.append(f"{kind}.{name}")
    assert open_ended == []


def test_every_connection_takes_first_and_after(schema: FoyerSchema) -> None:
    for kind, name, field in _fields(schema._schema):
        if get_named_type(field.type).name.endswith("Connection"):
            assert {"first", "after"} <= field.args.keys(), f"{kind}.{name}"


def test_every_mutation_takes_one_input_and_answers_a_union_with_every_failure(schema: FoyerSchema) -> None:
    mutation = schema._schema.mutation_type
    assert mutation
    for name, field in mutation.fields.items():
        stem = name[0].upper() + name[1:]
        assert list(field.args) == ["input"]
        assert get_named_type(field.args["input"].type).name == f"{stem}Input"
        union = get_named_type(field.type)
        assert union.name == f"{stem}Result"
        members = {one.name for one in schema._schema.get_possible_types(union)}
        assert {f"{stem}Payload", "NotFound", "Forbidden", "ValidationFailed", "RateLimited"} <= members


def test_ids_are_the_only_way_to_name_a_row(schema: FoyerSchema) -> None:
    for kind, name, field in _fields(schema._schema):
        if name == "id" or name.endswith("Id"):
            assert get_named_type(field.type).name == "ID", f"{kind}.{name}"


def test_an_enum_with_an_undescribed_value_is_refused() -> None:
    with pytest.raises(ValueError, match="FAILED"):
        expose(JobState, "States", dict.fromkeys(set(JobState) - {JobState.FAILED}, "x"))
