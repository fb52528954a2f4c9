"""The tree that media browsers show, and its names.

``media-source://foyer/<entry>`` is a server, ``…/<item id>`` an item, ``…/continue``, ``…/next-up`` and ``…/latest``
are its lists, ``…/library/<id>`` is a library and ``…/library/<id>/<cursor>`` a further page of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

from homeassistant.components.media_player import BrowseError, MediaClass, MediaType
from homeassistant.components.media_source import BrowseMediaSource, Unresolvable
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from . import documents
from .client import FoyerError
from .const import DOMAIN
from .coordinator import FoyerCoordinator
from .models import Item, Library
from .servers import loaded, loaded_entry
from .views import media_path

PAGE: Final = 100
LIST: Final = 50
LISTS: Final = {
    "continue": documents.CONTINUE_WATCHING,
    "next-up": documents.NEXT_UP,
    "latest": documents.LATEST,
}
_CLASSES: Final = {
    "MOVIE": MediaClass.MOVIE,
    "SERIES": MediaClass.TV_SHOW,
    "SEASON": MediaClass.SEASON,
    "EPISODE": MediaClass.EPISODE,
    "MUSIC_VIDEO": MediaClass.VIDEO,
    "HOME_VIDEO": MediaClass.VIDEO,
    "ARTIST": MediaClass.ARTIST,
}
_TYPES: Final = {
    "MOVIE": MediaType.MOVIE,
    "SERIES": MediaType.TVSHOW,
    "SEASON": MediaType.SEASON,
    "EPISODE": MediaType.EPISODE,
    "MUSIC_VIDEO": MediaType.VIDEO,
    "HOME_VIDEO": MediaType.VIDEO,
    "ARTIST": MediaType.ARTIST,
}
_INSIDE: Final = {
    "MOVIES": MediaClass.MOVIE,
    "SERIES": MediaClass.TV_SHOW,
    "MUSIC_VIDEOS": MediaClass.ARTIST,
    "HOME_VIDEOS": MediaClass.VIDEO,
}
_KINDS_OF_CLASS: Final = {
    MediaClass.MOVIE: ("MOVIE",),
    MediaClass.TV_SHOW: ("SERIES",),
    MediaClass.SEASON: ("SEASON",),
    MediaClass.EPISODE: ("EPISODE",),
    MediaClass.VIDEO: ("MUSIC_VIDEO", "HOME_VIDEO", "MOVIE", "EPISODE"),
    MediaClass.ARTIST: ("ARTIST",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the tree."""

    entry_id: str = ""
    kind: str = "root"
    """``root``, ``server``, ``library``, ``item`` or one of ``LISTS``."""
    id: str = ""
    after: str | None = None

    @classmethod
    def read(cls, identifier: str) -> Place:
        """From the part of a media-source URI behind the domain; raises ``ValueError`` for what is no place."""
        if not identifier:
            return cls()
        entry_id, *rest = identifier.split("/")
        match rest:
            case []:
                return cls(entry_id=entry_id, kind="server")
            case ["library", library]:
                return cls(entry_id=entry_id, kind="library", id=library)
            case ["library", library, cursor]:
                return cls(entry_id=entry_id, kind="library", id=library, after=unquote(cursor))
            case [name] if name in LISTS:
                return cls(entry_id=entry_id, kind=name)
            case [item] if item:
                return cls(entry_id=entry_id, kind="item", id=item)
        raise ValueError("There is no such place in Foyer.")


def source_id(entry_id: str, *parts: str) -> str:
    """The media-source URI of a place."""
    return "/".join((f"media-source://{DOMAIN}", entry_id, *parts))


def item_of(media_id: str) -> tuple[str | None, str]:
    """The entry and the item of a media-source URI; a bare item id has no entry. Raises ``ValueError``."""
    prefix = f"media-source://{DOMAIN}/"
    if not media_id.startswith(prefix):
        if "/" in media_id or ":" in media_id or not media_id:
            raise ValueError("This is no item of Foyer.")
        return None, media_id
    place = Place.read(media_id.removeprefix(prefix))
    if place.kind != "item":
        raise ValueError("This is no item of Foyer.")
    return place.entry_id, place.id


async def browse(hass: HomeAssistant, identifier: str) -> BrowseMediaSource:
    """What is at a place; raises ``BrowseError``."""
    try:
        place = Place.read(identifier)
        if place.kind == "root":
            return _root(hass, await _words(hass))
        coordinator = loaded_entry(hass, place.entry_id)
        if coordinator is None:
            raise BrowseError("This Foyer is not connected.")
        return await _at(coordinator, place, await _words(hass))
    except (FoyerError, ValueError) as error:
        raise BrowseError(str(error)) from error


async def playable(coordinator: FoyerCoordinator, item_id: str) -> Item:
    """The item itself, or of a series, season or artist what comes next in it; raises ``Unresolvable``."""
    found = (await coordinator.client.query(documents.ITEM, {"id": item_id}))["item"]
    if found is None:
        raise Unresolvable("There is no such item in Foyer.")
    item = Item.read(found)
    if item.is_playable:
        return item
    if found.get("nextUp"):
        return Item.read(found["nextUp"])
    inside = [Item.read(one) for one in _children(found)]
    if not inside:
        raise Unresolvable("There is nothing in it to play.")
    chosen = next((one for one in inside if not one.watched), inside[0])
    return chosen if chosen.is_playable else await playable(coordinator, chosen.id)


async def items_of(coordinator: FoyerCoordinator, name: str, limit: int, user: str | None = None) -> list[Item]:
    """The items of one of ``LISTS``, for somebody in Home Assistant where Foyer knows them."""
    data = await coordinator.client.query(LISTS[name], {"first": limit}, user=user)
    return [Item.read(one) for one in data["list"]["nodes"]]


async def found(
    coordinator: FoyerCoordinator, text: str, kinds: list[str] | None = None, limit: int = LIST
) -> list[Item]:
    """What a search finds, the best first."""
    variables = {"text": text, "kinds": kinds, "first": limit}
    data = await coordinator.client.query(documents.SEARCH, variables)
    return [Item.read(one) for one in data["search"]["items"]["nodes"]]


async def search(coordinator: FoyerCoordinator, query: Any) -> Any:
    """Home Assistant's search of a player or a source (2025.6 and later)."""
    from homeassistant.components.media_player import SearchMedia  # noqa: PLC0415 - not in older versions

    classes = query.media_filter_classes or ()
    kinds = [kind for one in classes for kind in _KINDS_OF_CLASS.get(one, ())]
    if classes and not kinds:
        return SearchMedia(result=[])
    items = await found(coordinator, query.search_query, kinds or None)
    return SearchMedia(result=[_node(coordinator, item) for item in items])


def _root(hass: HomeAssistant, words: dict[str, str]) -> BrowseMediaSource:
    servers = loaded(hass)
    if len(servers) == 1:
        return _server(servers[0], words)
    return _folder(None, "Foyer", children=[_server(one, {}) for one in servers], shallow=True)


async def _at(coordinator: FoyerCoordinator, place: Place, words: dict[str, str]) -> BrowseMediaSource:
    if place.kind == "server":
        return _server(coordinator, words)
    if place.kind == "library":
        return await _library(coordinator, place, words)
    if place.kind in LISTS:
        items = await items_of(coordinator, place.kind, LIST)
        return _folder(
            f"{place.entry_id}/{place.kind}",
            words.get(place.kind, place.kind),
            children=[_node(coordinator, item) for item in items],
        )
    data = (await coordinator.client.query(documents.ITEM, {"id": place.id}))["item"]
    if data is None:
        raise BrowseError("There is no such item in Foyer.")
    node = _node(coordinator, Item.read(data))
    node.children = [_node(coordinator, Item.read(one)) for one in _children(data)]
    return node


def _server(coordinator: FoyerCoordinator, words: dict[str, str]) -> BrowseMediaSource:
    entry_id = coordinator.entry.entry_id
    lists = [_folder(f"{entry_id}/{name}", words.get(name, name)) for name in LISTS]
    libraries = [_library_node(entry_id, library) for library in coordinator.libraries.values()]
    node = _folder(entry_id, coordinator.server.name, children=[*lists, *libraries])
    if hasattr(node, "can_search"):
        node.can_search = True
    return node


async def _library(coordinator: FoyerCoordinator, place: Place, words: dict[str, str]) -> BrowseMediaSource:
    variables = {"id": place.id, "first": PAGE, "after": place.after}
    data = (await coordinator.client.query(documents.LIBRARY_ITEMS, variables))["library"]
    if data is None:
        raise BrowseError("There is no such library in Foyer.")
    node = _library_node(place.entry_id, Library.read(data))
    page = data["items"]
    children = [_node(coordinator, Item.read(one)) for one in page["nodes"]]
    if page["pageInfo"]["hasNextPage"]:
        further = quote(page["pageInfo"]["endCursor"], safe="")
        more = _folder(f"{place.entry_id}/library/{place.id}/{further}", words.get("more", "…"))
        children.append(more)
    node.children = children
    return node


def _library_node(entry_id: str, library: Library) -> BrowseMediaSource:
    node = _folder(f"{entry_id}/library/{library.id}", library.name)
    node.children_media_class = _INSIDE.get(library.kind, MediaClass.VIDEO)
    return node


def _node(coordinator: FoyerCoordinator, item: Item) -> BrowseMediaSource:
    entry_id = coordinator.entry.entry_id
    picture = item.poster or item.thumb
    if item.kind in ("EPISODE", "MUSIC_VIDEO", "HOME_VIDEO"):
        picture = item.thumb or item.poster
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=f"{entry_id}/{item.id}",
        media_class=_CLASSES.get(item.kind, MediaClass.VIDEO),
        media_content_type=_TYPES.get(item.kind, MediaType.VIDEO),
        title=item.label,
        can_play=True,
        can_expand=not item.is_playable,
        thumbnail=media_path(entry_id, picture) if picture else None,
    )


def _folder(
    identifier: str | None,
    title: str,
    *,
    children: list[BrowseMediaSource] | None = None,
    shallow: bool = False,
) -> BrowseMediaSource:
    for child in children or () if shallow else ():
        child.children = None
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type=MediaType.VIDEO,
        title=title,
        can_play=False,
        can_expand=True,
        children=children,
    )


def _children(data: dict[str, Any]) -> list[dict[str, Any]]:
    return next((data[name]["nodes"] for name in ("seasons", "episodes", "videos") if name in data), [])


async def _words(hass: HomeAssistant) -> dict[str, str]:
    """The names of lists in the house's language, from ``strings.json``."""
    texts = await async_get_translations(hass, hass.config.language, "selector", {DOMAIN})
    prefix = f"component.{DOMAIN}.selector.browse.options."
    return {key.removeprefix(prefix).replace("_", "-"): text for key, text in texts.items() if key.startswith(prefix)}
