"""Anything by its id: one table says how each kind of node is loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated

import strawberry

from foyer.api.schema.account import load_api_keys, load_login_sessions, load_users
from foyer.api.schema.connection import MAX_FIRST
from foyer.api.schema.context import Context, Info
from foyer.api.schema.fields import resolved
from foyer.api.schema.item import load_items
from foyer.api.schema.job import load_jobs
from foyer.api.schema.labels import load_genres, load_people, load_studios, load_tags
from foyer.api.schema.library import load_libraries
from foyer.api.schema.loading import Batch
from foyer.api.schema.media import load_files
from foyer.api.schema.playback import load_sessions
from foyer.api.schema.scalars import Node
from foyer.api.schema.screens import load_screens
from foyer.api.schema.upload import load_uploads
from foyer.errors import NotFoundError, ValidationError
from foyer.ids import NodeKind, decode

LOADERS: dict[NodeKind, Batch] = {
    NodeKind.API_KEY: load_api_keys,
    NodeKind.FILE: load_files,
    NodeKind.GENRE: load_genres,
    NodeKind.ITEM: load_items,
    NodeKind.JOB: load_jobs,
    NodeKind.LIBRARY: load_libraries,
    NodeKind.LOGIN_SESSION: load_login_sessions,
    NodeKind.PERSON: load_people,
    NodeKind.PLAYBACK_SESSION: load_sessions,
    NodeKind.SCREEN: load_screens,
    NodeKind.STUDIO: load_studios,
    NodeKind.TAG: load_tags,
    NodeKind.UPLOAD: load_uploads,
    NodeKind.USER: load_users,
}


async def find_nodes(context: Context, ids: Sequence[str]) -> dict[str, Node]:
    """The nodes among these ids that exist and that the asker may see: one statement for each kind."""
    rows: dict[NodeKind, dict[int, str]] = defaultdict(dict)
    for global_id in ids:
        try:
            kind, row = decode(global_id)
        except NotFoundError:
            continue
        if kind in LOADERS:
            rows[kind][row] = global_id
    found: dict[str, Node] = {}
    for kind, wanted in rows.items():
        nodes = await context.loaders.many(LOADERS[kind], list(wanted))
        found.update((global_id, node) for global_id, node in zip(wanted.values(), nodes, strict=True) if node)
    return found


@strawberry.type
class NodeQueries:
    @resolved("Anything by its id; null when there is nothing, or nothing you may see.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The id.")],  # noqa: A002
    ) -> Node | None:
        _ = info.context.principal
        return (await find_nodes(info.context, [id])).get(id)

    @resolved("Up to 100 things by their ids, in their order; null for what is not there.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="The ids, at most 100.")],
    ) -> list[Node | None]:
        _ = info.context.principal
        if len(ids) > MAX_FIRST:
            raise ValidationError(f"At most {MAX_FIRST} ids at once.", fields={"ids": f"Give at most {MAX_FIRST}."})
        found = await find_nodes(info.context, ids)
        return [found.get(one) for one in ids]
