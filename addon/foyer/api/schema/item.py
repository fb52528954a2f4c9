"""Items: films, series with their seasons and episodes, artists, music videos and home videos."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from foyer.api.schema.connection import After, Connection, First, page_size
from foyer.api.schema.context import Context, Info
from foyer.api.schema.fields import resolved
from foyer.api.schema.kinds import ItemKind
from foyer.api.schema.labels import (
    Credit,
    ExternalId,
    Genre,
    Studio,
    Tag,
    load_item_external_ids,
    load_item_genres,
    load_item_people,
    load_item_studios,
    load_item_tags,
)
from foyer.api.schema.loading import edge
from foyer.api.schema.media import Chapter, Image, MediaFile, chapter, image, media_file, seconds
from foyer.api.schema.scalars import Node
from foyer.ids import ItemId, NodeKind, encode
from foyer.library.browse import Neighbours, artist_videos_query, episodes_query, neighbours, seasons_query
from foyer.library.details import (
    NO_STATE,
    ArtworkKind,
    ChildCounts,
    UserStateRow,
    artists_of_items,
    artwork_of_items,
    child_counts,
    user_states,
)
from foyer.library.files import chapters_of_files, files_of_items
from foyer.library.items import ItemQuery, ItemRow

if TYPE_CHECKING:
    from foyer.api.schema.library import Library

LazyLibrary = Annotated["Library", strawberry.lazy("foyer.api.schema.library")]


@strawberry.type(description="What you did with an item.")
class UserState:
    position_seconds: float = strawberry.field(description="Where to go on; 0 to start over.")
    progress: float = strawberry.field(
        description="How much is played, 0 to 1; of a series or season the share of watched episodes."
    )
    watched: bool = strawberry.field(description="Whether you have seen it; a series, when every episode is watched.")
    play_count: int = strawberry.field(description="How often you have seen it to the end.")
    last_played_at: datetime | None = strawberry.field(description="When you last watched it.")
    favourite: bool = strawberry.field(description="Whether it is one of your favourites.")
    rating: int | None = strawberry.field(description="Your rating, 1 to 10.")


# ---------------------------------------------------------------- batch functions


async def load_items(context: Context, ids: list[int]) -> dict[int, Item]:
    """The items among these that the asker may see."""
    found = await context.services.items.by_ids(ids, context.viewer)
    return {key: item(row) for key, row in found.items()}


async def _artwork(context: Context, ids: list[int]) -> dict[int, dict[ArtworkKind, Image | None]]:
    found = await artwork_of_items(context.services.database.reader, ids)
    return {key: {kind: image(context, row) for kind, row in kinds.items()} for key, kinds in found.items()}


async def _states(context: Context, ids: list[int]) -> dict[int, UserStateRow]:
    return await user_states(context.services.database.reader, ids, context.viewer)


async def _counts(context: Context, ids: list[int]) -> dict[int, ChildCounts]:
    return await child_counts(context.services.database.reader, ids, context.viewer)


async def _container_states(context: Context, ids: list[int]) -> dict[int, tuple[UserStateRow, ChildCounts]]:
    states, counts = context.loaders.many(_states, ids), context.loaders.many(_counts, ids)
    return dict(zip(ids, zip(await states, await counts, strict=True), strict=True))


async def _files(context: Context, ids: list[int]) -> dict[int, tuple[list[MediaFile], list[MediaFile]]]:
    found = await files_of_items(context.services.database.reader, ids)
    return {
        key: (
            [media_file(context, row.file, row) for row in rows if row.extra is None],
            [media_file(context, row.file, row) for row in rows if row.extra is not None],
        )
        for key, rows in found.items()
    }


async def _chapters(context: Context, ids: list[int]) -> dict[int, list[Chapter]]:
    files = await context.loaders.many(_files, ids)
    first = {key: found[0][0].row for key, found in zip(ids, files, strict=True) if found and found[0]}
    chapters = await chapters_of_files(context.services.database.reader, list(first.values()))
    return {key: [chapter(one) for one in chapters[row]] for key, row in first.items()}


async def _artists(context: Context, ids: list[int]) -> dict[int, list[Item]]:
    found = await artists_of_items(context.services.database.reader, ids)
    return {key: [item(row) for row in rows] for key, rows in found.items()}


async def _neighbours(context: Context, ids: list[int]) -> dict[int, Neighbours]:
    return await neighbours(context.services.database.reader, ids)


async def _next_up(context: Context, ids: list[int]) -> dict[int, Item]:
    # One question a series: a series is looked at alone, and the answer walks its episodes.
    upnext, principal = context.services.upnext, context.principal
    chosen = {key: await upnext.next_in_series(principal, ItemId(key)) for key in ids}
    found = await context.loaders.many(load_items, list(chosen.values()))
    return {key: one for key, one in zip(chosen, found, strict=True) if one is not None}


async def _libraries(context: Context, ids: list[int]) -> dict[int, Library]:
    from foyer.api.schema.library import load_libraries  # noqa: PLC0415 - a library lists its items

    found: dict[int, Library] = dict(zip(ids, await context.loaders.many(load_libraries, ids), strict=True))
    return found


async def load_user_state(context: Context, item: Item) -> UserState:
    """What the asker did with an item."""
    return _state(item, await context.loaders.one(_states, item.row))


def _picture(kind: ArtworkKind) -> Callable[[Any, dict[ArtworkKind, Image | None]], Image | None]:
    def pick(_: object, found: dict[ArtworkKind, Image | None]) -> Image | None:
        return found.get(kind)

    return pick


def _state(parent: Item, row: UserStateRow) -> UserState:
    duration = parent.duration_seconds
    position = row.position_ms / 1000
    progress = min(1.0, position / duration) if duration else 0.0
    return _user_state(row, watched=row.watched, progress=1.0 if row.watched and not position else progress)


def _container_state(_: object, found: tuple[UserStateRow, ChildCounts]) -> UserState:
    row, counts = found
    seen = counts.episodes - counts.unwatched
    watched = counts.episodes > 0 and counts.unwatched == 0
    return _user_state(row, watched=watched, progress=seen / counts.episodes if counts.episodes else 0.0)


def _user_state(row: UserStateRow, *, watched: bool, progress: float) -> UserState:
    return UserState(
        position_seconds=row.position_ms / 1000,
        progress=progress,
        watched=watched,
        play_count=row.play_count,
        last_played_at=row.last_played_at,
        favourite=row.favourite,
        rating=row.rating,
    )


def _no_state() -> UserState:
    return _user_state(NO_STATE, watched=False, progress=0.0)


def _main_files(_: object, found: tuple[list[MediaFile], list[MediaFile]]) -> list[MediaFile]:
    return found[0]


def _extra_files(_: object, found: tuple[list[MediaFile], list[MediaFile]]) -> list[MediaFile]:
    return found[1]


def _next(_: object, found: Neighbours) -> Item | None:
    return None if found.next is None else item(found.next)


def _previous(_: object, found: Neighbours) -> Item | None:
    return None if found.previous is None else item(found.previous)


def _seasons(_: object, counts: ChildCounts) -> int:
    return counts.seasons


def _episodes(_: object, counts: ChildCounts) -> int:
    return counts.episodes


def _unwatched(_: object, counts: ChildCounts) -> int:
    return counts.unwatched


def _videos(_: object, counts: ChildCounts) -> int:
    return counts.videos


def _zero() -> int:
    return 0


# ---------------------------------------------------------------- types


@strawberry.interface(description="Anything a library holds.")
class Item(Node):
    kind: ItemKind = strawberry.field(description="What it is.")
    title: str = strawberry.field(description="What it is called.")
    sort_title: str = strawberry.field(description="The title as it is sorted: without a leading article.")
    year: int | None = strawberry.field(description="The year it came out.")
    overview: str | None = strawberry.field(description="What it is about.")
    added_at: datetime = strawberry.field(description="When it came into the library.")
    updated_at: datetime = strawberry.field(description="When something about it was last changed.")
    duration_seconds: float | None = strawberry.field(description="How long it plays; null for what holds others.")
    row: strawberry.Private[int]
    library_row: strawberry.Private[int]

    library: LazyLibrary = edge(_libraries, "library_row", description="The library it belongs to.")
    poster: Image | None = edge(
        _artwork, "row", pick=_picture(ArtworkKind.POSTER), description="An upright picture, 2:3."
    )
    thumb: Image | None = edge(_artwork, "row", pick=_picture(ArtworkKind.THUMB), description="A wide picture, 16:9.")
    backdrop: Image | None = edge(
        _artwork, "row", pick=_picture(ArtworkKind.BACKDROP), description="A large wide picture without text."
    )
    genres: list[Genre] = edge(load_item_genres, "row", empty=list, description="Its genres, by name.")
    user_state: UserState = edge(_states, "row", empty=_no_state, pick=_state, description="What you did with it.")


@strawberry.interface(description="An item that can be played itself.")
class Playable(Node):
    title: str = strawberry.field(description="What it is called.")
    duration_seconds: float | None = strawberry.field(description="How long it plays.")
    row: strawberry.Private[int]

    files: list[MediaFile] = edge(
        _files,
        "row",
        empty=list,
        pick=_main_files,
        description="Its files, the best version first; of a film in parts each part.",
    )
    chapters: list[Chapter] = edge(_chapters, "row", empty=list, description="The chapters of its best file.")
    user_state: UserState = edge(_states, "row", empty=_no_state, pick=_state, description="What you did with it.")


ItemConnection = Connection[Item]


@strawberry.type(description="A film.")
class Movie(Item, Playable):
    original_title: str | None = strawberry.field(description="The title in its own language.")
    premiered: date | None = strawberry.field(description="The day it came out.")
    tagline: str | None = strawberry.field(description="One line about it.")
    community_rating: float | None = strawberry.field(description="What others think of it, 0 to 10.")
    content_rating: str | None = strawberry.field(description="From which age it is meant, such as `PG-13`.")

    tags: list[Tag] = edge(load_item_tags, "row", empty=list, description="Its tags, by name.")
    people: list[Credit] = edge(load_item_people, "row", empty=list, description="Who took part, in billing order.")
    studios: list[Studio] = edge(load_item_studios, "row", empty=list, description="Who made it.")
    external_ids: list[ExternalId] = edge(
        load_item_external_ids, "row", empty=list, description="Its ids in other catalogues."
    )
    extras: list[MediaFile] = edge(
        _files, "row", empty=list, pick=_extra_files, description="Trailers, interviews and the like."
    )


@strawberry.type(description="A series.")
class Series(Item):
    premiered: date | None = strawberry.field(description="The day it began.")
    community_rating: float | None = strawberry.field(description="What others think of it, 0 to 10.")
    content_rating: str | None = strawberry.field(description="From which age it is meant, such as `TV-14`.")

    tags: list[Tag] = edge(load_item_tags, "row", empty=list, description="Its tags, by name.")
    people: list[Credit] = edge(load_item_people, "row", empty=list, description="Who took part, in billing order.")
    external_ids: list[ExternalId] = edge(
        load_item_external_ids, "row", empty=list, description="Its ids in other catalogues."
    )
    user_state: UserState = edge(
        _container_states, "row", empty=_no_state, pick=_container_state, description="What you did with it."
    )
    season_count: int = edge(_counts, "row", empty=_zero, pick=_seasons, description="How many seasons are there.")
    episode_count: int = edge(_counts, "row", empty=_zero, pick=_episodes, description="How many episodes are there.")
    unwatched_count: int = edge(
        _counts, "row", empty=_zero, pick=_unwatched, description="How many of them you have not watched."
    )
    next_up: Annotated[Episode, strawberry.lazy("foyer.api.schema.item")] | None = edge(
        _next_up, "row", description="The episode to play now: the one begun, the next, or the first."
    )

    @resolved("Its seasons by number; specials are number 0.")
    async def seasons(self, info: Info, first: First = 100, after: After = None) -> Connection[Item]:
        return await item_page(info.context, seasons_query(self.row, first=page_size(first), after=after))


@strawberry.type(description="A season of a series.")
class Season(Item):
    number: int = strawberry.field(description="Which season; 0 holds specials.")
    parent_row: strawberry.Private[int | None]

    series: Series = edge(load_items, "parent_row", description="The series it belongs to.")
    user_state: UserState = edge(
        _container_states, "row", empty=_no_state, pick=_container_state, description="What you did with it."
    )
    episode_count: int = edge(_counts, "row", empty=_zero, pick=_episodes, description="How many episodes are there.")
    unwatched_count: int = edge(
        _counts, "row", empty=_zero, pick=_unwatched, description="How many of them you have not watched."
    )

    @resolved("Its episodes in order.")
    async def episodes(self, info: Info, first: First = 100, after: After = None) -> Connection[Item]:
        return await item_page(info.context, episodes_query(self.row, first=page_size(first), after=after))


@strawberry.type(description="An episode of a series.")
class Episode(Item, Playable):
    premiered: date | None = strawberry.field(description="The day it was first shown.")
    season_number: int | None = strawberry.field(description="The number of its season; null when unknown.")
    number: int | None = strawberry.field(description="Its number within the season; null when unknown.")
    last_number: int | None = strawberry.field(description="The last number, when one file holds several episodes.")
    absolute_number: int | None = strawberry.field(description="Its number within the series, where that is used.")
    series_row: strawberry.Private[int | None]
    parent_row: strawberry.Private[int | None]

    series: Series = edge(load_items, "series_row", description="The series it belongs to.")
    season: Season | None = edge(load_items, "parent_row", description="The season it belongs to.")
    next: Annotated[Episode, strawberry.lazy("foyer.api.schema.item")] | None = edge(
        _neighbours, "row", pick=_next, description="The episode after it."
    )
    previous: Annotated[Episode, strawberry.lazy("foyer.api.schema.item")] | None = edge(
        _neighbours, "row", pick=_previous, description="The episode before it."
    )


@strawberry.type(description="An artist with music videos.")
class Artist(Item):
    video_count: int = edge(_counts, "row", empty=_zero, pick=_videos, description="How many music videos are there.")

    @resolved("The music videos, by title.")
    async def videos(self, info: Info, first: First = 50, after: After = None) -> Connection[Item]:
        return await item_page(info.context, artist_videos_query(self.row, first=page_size(first), after=after))


@strawberry.type(description="A music video.")
class MusicVideo(Item, Playable):
    premiered: date | None = strawberry.field(description="The day it came out.")

    artists: list[Artist] = edge(_artists, "row", empty=list, description="Who performs, in billing order.")
    tags: list[Tag] = edge(load_item_tags, "row", empty=list, description="Its tags, by name.")


@strawberry.type(description="A video of one's own.")
class HomeVideo(Item, Playable):
    premiered: date | None = strawberry.field(description="The day it was taken.")

    tags: list[Tag] = edge(load_item_tags, "row", empty=list, description="Its tags, by name.")


# ---------------------------------------------------------------- from rows


async def item_page(context: Context, query: ItemQuery) -> Connection[Item]:
    """A page of items."""
    items, viewer = context.services.items, context.viewer
    found = await items.page(query, viewer)

    async def count() -> int:
        return await items.total(query, viewer)

    return Connection(
        nodes=[item(row) for row in found.items],
        cursors=found.cursors,
        more=found.has_next,
        behind=query.after is not None,
        count=count,
    )


def item(row: ItemRow) -> Item:
    """An item as the API shows it."""
    common: dict[str, Any] = {
        "id": strawberry.ID(encode(NodeKind.ITEM, row.id)),
        "kind": row.kind,
        "title": row.title,
        "sort_title": row.sort_title,
        "year": row.year,
        "overview": row.overview,
        "added_at": row.added_at,
        "updated_at": row.updated_at,
        "duration_seconds": seconds(row.duration_ms),
        "row": row.id,
        "library_row": row.library_id,
    }
    return _BUILD[row.kind](row, common)


def _premiered(row: ItemRow) -> date | None:
    try:
        return None if row.premiered is None else date.fromisoformat(row.premiered)
    except ValueError:  # a year alone, from a name or a tag
        return None


def _movie(row: ItemRow, common: dict[str, Any]) -> Item:
    return Movie(
        **common,
        original_title=row.original_title,
        premiered=_premiered(row),
        tagline=row.tagline,
        community_rating=row.community_rating,
        content_rating=row.content_rating,
    )


def _series(row: ItemRow, common: dict[str, Any]) -> Item:
    return Series(
        **common,
        premiered=_premiered(row),
        community_rating=row.community_rating,
        content_rating=row.content_rating,
    )


def _season(row: ItemRow, common: dict[str, Any]) -> Item:
    number = row.season_number if row.season_number is not None else row.number or 0
    return Season(**common, number=number, parent_row=row.series_id or row.parent_id)


def _episode(row: ItemRow, common: dict[str, Any]) -> Item:
    return Episode(
        **common,
        premiered=_premiered(row),
        season_number=row.season_number,
        number=row.number,
        last_number=row.last_number,
        absolute_number=row.absolute_number,
        series_row=row.series_id,
        parent_row=row.parent_id,
    )


_BUILD: dict[ItemKind, Callable[[ItemRow, dict[str, Any]], Item]] = {
    ItemKind.MOVIE: _movie,
    ItemKind.SERIES: _series,
    ItemKind.SEASON: _season,
    ItemKind.EPISODE: _episode,
    ItemKind.MUSIC_VIDEO: lambda row, common: MusicVideo(**common, premiered=_premiered(row)),
    ItemKind.ARTIST: lambda _, common: Artist(**common),
    ItemKind.HOME_VIDEO: lambda row, common: HomeVideo(**common, premiered=_premiered(row)),
}
