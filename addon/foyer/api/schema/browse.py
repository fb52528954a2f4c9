"""Finding items: lists over all libraries, what to watch now, genres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry

from foyer.api.schema.connection import After, Connection, First, Window, encode_cursor, no_cursor, page_size
from foyer.api.schema.context import Context, Info
from foyer.api.schema.fields import resolved
from foyer.api.schema.filters import ItemFilterInput, ItemOrder, item_filter, orders
from foyer.api.schema.item import Item, item_page, load_items
from foyer.api.schema.item import item as item_of
from foyer.api.schema.kinds import Permission
from foyer.api.schema.labels import Genre, genre, load_genre_counts
from foyer.errors import NotFoundError
from foyer.ids import ItemId, NodeKind, decode_as
from foyer.library.browse import label_page, latest
from foyer.library.items import ItemQuery
from foyer.playback.upnext import PlayedItem

OneLibrary = Annotated[strawberry.ID | None, strawberry.argument(description="Only of this library.")]


@strawberry.type
class BrowseQueries:
    @resolved("Items of all libraries: without a filter of kinds what a grid shows, by title.")
    async def items(
        self,
        info: Info,
        first: First = 50,
        after: After = None,
        filter: Annotated[ItemFilterInput | None, strawberry.argument(description="Which items.")] = None,  # noqa: A002
        order_by: Annotated[
            list[ItemOrder] | None, strawberry.argument(description="How they are sorted, up to 3 levels.")
        ] = None,
    ) -> Connection[Item]:
        _browse(info.context)
        query = ItemQuery(filter=item_filter(filter), orders=orders(order_by), after=after, first=page_size(first))
        return await item_page(info.context, query)

    @resolved("One item; null when there is none with this id.")
    async def item(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The item's id.")],  # noqa: A002
    ) -> Item | None:
        _ = info.context.principal
        try:
            row = decode_as(NodeKind.ITEM, id)
        except NotFoundError:
            return None
        found: Item | None = await info.context.loaders.one(load_items, row)
        return found

    @resolved("Titles you have begun, the last played first.")
    async def continue_watching(self, info: Info, first: First = 20, after: After = None) -> Connection[Item]:
        context, window = info.context, Window.read(first, after)
        found = await context.services.upnext.continue_watching(
            context.principal, first=window.first + 1, after=_played(window)
        )
        return await _played_page(context, window, found)

    @resolved("The next episode of each series you follow, the series you last watched first.")
    async def next_up(self, info: Info, first: First = 20, after: After = None) -> Connection[Item]:
        context, window = info.context, Window.read(first, after)
        found = await context.services.upnext.next_up(context.principal, first=window.first + 1, after=_played(window))
        return await _played_page(context, window, found)

    @resolved("What came last; a series once, as new as its newest episode.")
    async def latest(
        self, info: Info, first: First = 20, after: After = None, library: OneLibrary = None
    ) -> Connection[Item]:
        context = info.context
        _browse(context)
        found = await latest(
            context.services.items,
            context.viewer,
            library=None if library is None else decode_as(NodeKind.LIBRARY, library),
            first=page_size(first),
            after=after,
        )
        return Connection(
            nodes=[item_of(row) for row in found.items],
            cursors=found.cursors,
            more=found.has_next,
            behind=after is not None,
        )

    @resolved("The genres of what you may see, by name.")
    async def genres(
        self, info: Info, first: First = 100, after: After = None, library: OneLibrary = None
    ) -> Connection[Genre]:
        context, window = info.context, Window.read(first, after)
        _browse(context)
        inside = None if library is None else decode_as(NodeKind.LIBRARY, library)
        found = await label_page(
            context.services.database.reader,
            context.viewer,
            library=inside,
            first=window.first,
            after=_name_key(window),
        )
        if inside is None:
            context.loaders.prime(
                load_genre_counts, {row.id: count for row, count in zip(found.labels, found.counts, strict=True)}
            )
        return Connection(
            nodes=[genre(row) for row in found.labels],
            cursors=[encode_cursor((row.name, row.id)) for row in found.labels],
            more=found.has_next,
            behind=window.after is not None,
        )


def _browse(context: Context) -> None:
    context.principal.require(Permission.SEARCH)


def _played(window: Window) -> PlayedItem | None:
    match window.after:
        case None:
            return None
        case (int(at), int(row)):
            return PlayedItem(item=ItemId(row), at=at)
    raise no_cursor()


def _name_key(window: Window) -> tuple[str, int] | None:
    match window.after:
        case None:
            return None
        case (str(name), int(row)):
            return name, row
    raise no_cursor()


async def _played_page(context: Context, window: Window, found: Sequence[PlayedItem]) -> Connection[Item]:
    kept = found[: window.first]
    nodes = await context.loaders.many(load_items, [one.item for one in kept])
    shown = [(one, node) for one, node in zip(kept, nodes, strict=True) if node is not None]
    return Connection(
        nodes=[node for _, node in shown],
        cursors=[encode_cursor((one.at, one.item)) for one, _ in shown],
        more=len(found) > window.first,
        behind=window.after is not None,
    )
