"""Search as you type."""

from __future__ import annotations

from typing import Annotated

import strawberry

from foyer.accounts.roles import Permission
from foyer.api.schema.connection import After, Connection, First, Window, encode_cursor, row_key
from foyer.api.schema.context import Info
from foyer.api.schema.fields import resolved
from foyer.api.schema.filters import rows
from foyer.api.schema.item import Item, item
from foyer.api.schema.kinds import ItemKind
from foyer.ids import NodeKind
from foyer.library.search import FEW, Hits, Search
from foyer.library.viewer import Viewer


@strawberry.type(description="How many results there are of a kind.")
class SearchFacet:
    kind: ItemKind = strawberry.field(description="The kind.")
    count: int = strawberry.field(description="How many; exact up to 600 results, then at least so many.")


@strawberry.type(description="What a search found.")
class SearchResult:
    facets: list[SearchFacet] = strawberry.field(description="How many results there are of each kind, most first.")
    hits: strawberry.Private[Hits]
    search: strawberry.Private[Search]
    text: strawberry.Private[str]
    viewer: strawberry.Private[Viewer]
    kinds: strawberry.Private[list[ItemKind] | None]

    @resolved("The results, best first; at most 500.")
    async def items(self, first: First = 20, after: After = None) -> Connection[Item]:
        window = Window.read(first, after)
        found = await self.search.page(self.hits, first=window.first, offset=row_key(window) or 0)
        places = range(found.offset + 1, found.offset + 1 + len(found.items))

        async def count() -> int:
            return found.total

        return Connection(
            nodes=[item(row) for row in found.items],
            cursors=[encode_cursor((place,)) for place in places],
            more=found.next_offset is not None,
            behind=found.offset > 0,
            count=count,
        )

    @resolved("Spellings that would find something, best first; when nothing or little matched.", cost=20)
    async def suggestions(self) -> list[str]:
        if len(self.hits.ids) >= FEW:
            return []
        return await self.search.suggestions(self.text, self.viewer, self.kinds)


@strawberry.type
class SearchQueries:
    @resolved("Items by words in titles, people, genres, tags and overviews; the last word as a beginning.", cost=50)
    async def search(
        self,
        info: Info,
        text: Annotated[str, strawberry.argument(description="What was typed, at most 200 letters.")],
        kinds: Annotated[list[ItemKind] | None, strawberry.argument(description="Only of these kinds.")] = None,
        libraries: Annotated[
            list[strawberry.ID] | None, strawberry.argument(description="Only in these libraries.")
        ] = None,
    ) -> SearchResult:
        context = info.context
        context.principal.require(Permission.SEARCH)
        only = rows(NodeKind.LIBRARY, libraries)
        viewer = context.viewer if only is None else context.viewer.narrowed(only)
        search = context.services.search
        hits = await search.hits(text, viewer, kinds)
        facets = [SearchFacet(kind=kind, count=count) for kind, count in hits.facets.items()]
        return SearchResult(facets=facets, hits=hits, search=search, text=text, viewer=viewer, kinds=kinds)
