"""Actions for automations and scripts; ``services.yaml`` and ``strings.json`` describe them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import voluptuous as vol
from homeassistant.components.media_source import Unresolvable
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er

from . import browse, documents
from .commands import refusals, require_session, send, wrong
from .const import DOMAIN
from .coordinator import FoyerCoordinator
from .models import Item, Library, Session
from .playing import platform_of
from .scanning import scan
from .servers import loaded, loaded_entry, server_soon_with

ATTR_CONFIG_ENTRY: Final = "config_entry_id"
ATTR_TARGET: Final = "media_player"
COMMANDS: Final = ("play", "pause", "seek", "stop", "message", "play_item", "next", "previous", "set_volume")
NEEDS: Final = {"seek": "position", "message": "text", "play_item": "item_id", "set_volume": "volume"}
"""What a command is nothing without."""
POSITION: Final = vol.All(vol.Coerce(float), vol.Range(min=0))

_SERVER: Final = {vol.Optional(ATTR_CONFIG_ENTRY): cv.string}
_SESSION: Final = {
    vol.Exclusive("session_id", "session"): cv.string,
    vol.Exclusive(ATTR_ENTITY_ID, "session"): cv.entity_id,
}

PLAY_ITEM: Final = vol.All(
    vol.Schema(
        {
            **_SERVER,
            vol.Exclusive("item_id", "item"): cv.string,
            vol.Exclusive("title", "item"): cv.string,
            vol.Required(ATTR_ENTITY_ID): cv.entity_id,
            vol.Optional("position"): POSITION,
        }
    ),
    cv.has_at_least_one_key("item_id", "title"),
)
SCAN: Final = vol.Schema(
    {
        **_SERVER,
        vol.Optional("library"): vol.All(cv.ensure_list, [cv.string]),
        vol.Optional("full", default=False): cv.boolean,
    }
)
ITEM: Final = vol.Schema({**_SERVER, vol.Required("item_id"): cv.string})
SEND_COMMAND: Final = vol.All(
    vol.Schema(
        {
            **_SESSION,
            vol.Required("command"): vol.In(COMMANDS),
            vol.Optional("position"): POSITION,
            vol.Optional("text"): cv.string,
            vol.Optional("item_id"): cv.string,
            vol.Optional("volume"): vol.All(vol.Coerce(float), vol.Range(min=0, max=1)),
        }
    ),
    cv.has_at_least_one_key("session_id", ATTR_ENTITY_ID),
)
TRANSFER: Final = vol.All(
    vol.Schema({**_SESSION, vol.Required(ATTR_TARGET): cv.entity_id}),
    cv.has_at_least_one_key("session_id", ATTR_ENTITY_ID),
)
BACKGROUND_WORK: Final = vol.Schema({**_SERVER, vol.Required("enabled"): cv.boolean})


def register_actions(hass: HomeAssistant) -> None:
    """Make the actions known, whether a server is set up or not: an automation must be checkable without one."""
    actions = Actions(hass)

    def add(name: str, handle: Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]], schema: Any) -> None:
        hass.services.async_register(DOMAIN, name, handle, schema, SupportsResponse.OPTIONAL)

    def add_silent(name: str, handle: Callable[[ServiceCall], Coroutine[Any, Any, None]], schema: Any) -> None:
        hass.services.async_register(DOMAIN, name, handle, schema)

    add("play_item", actions.play_item, PLAY_ITEM)
    add("scan", actions.scan, SCAN)
    add("refresh_metadata", actions.refresh_metadata, ITEM)
    add("transfer", actions.transfer, TRANSFER)
    add_silent("mark_watched", actions.mark_watched, ITEM)
    add_silent("mark_unwatched", actions.mark_unwatched, ITEM)
    add_silent("send_command", actions.send_command, SEND_COMMAND)
    add_silent("set_background_work", actions.set_background_work, BACKGROUND_WORK)


class Actions:
    """What each action does."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass

    async def play_item(self, call: ServiceCall) -> ServiceResponse:
        """Play an item on a player of Foyer that has something open, or on any other media player."""
        entity_id, position = call.data[ATTR_ENTITY_ID], call.data.get("position")
        coordinator, item = await self._item(call)
        answer: dict[str, Any] = {"item_id": item.id, "title": item.label, "entity_id": entity_id}
        if platform_of(self._hass, entity_id) == DOMAIN:
            owner, session = self._of_player(entity_id)
            if owner is not coordinator:
                raise wrong("another_server")
            await send(owner, session, "PLAY_ITEM", item=item.id, position=position)
            return answer
        screen = coordinator.screen_of(entity_id)
        if screen is not None:
            with refusals():
                result = await coordinator.client.mutate(
                    documents.PLAY_ON,
                    user=call.context.user_id,
                    screenId=screen,
                    itemId=item.id,
                    positionSeconds=position,
                )
            return {**answer, "session_id": result["session"]["id"], "notice": result["notice"]}
        if position is not None:
            raise wrong("position_not_there", entity_id=entity_id)
        await self._play_media(call, coordinator, item, entity_id)
        return answer

    async def scan(self, call: ServiceCall) -> ServiceResponse:
        """Have libraries looked through; all of them unless some are named."""
        coordinator = self._server(call)
        libraries = [_library(coordinator, name) for name in call.data.get("library", ())]
        chosen = libraries or list(coordinator.libraries.values())
        jobs: list[Any] = [*await scan(coordinator, chosen, full=call.data["full"])]
        return {"jobs": jobs}

    async def refresh_metadata(self, call: ServiceCall) -> ServiceResponse:
        """Have an item's files, pictures and subtitles read again."""
        coordinator, item = self._named(call)
        with refusals():
            result = await coordinator.client.mutate(documents.REFRESH_METADATA, itemId=item)
        return {"job_id": result["job"]["id"]}

    async def transfer(self, call: ServiceCall) -> ServiceResponse:
        """Let playback go on on another media player, where it is."""
        coordinator, session = await self._session(call)
        target = call.data[ATTR_TARGET]
        screen = coordinator.screen_of(target)
        if screen is None:
            raise wrong("no_screen", entity_id=target)
        with refusals():
            result = await coordinator.client.mutate(documents.TRANSFER, sessionId=session.id, screenId=screen)
        moved = result["session"]
        return {
            "session_id": moved["id"] if moved else None,
            "position": result["positionSeconds"],
            "notice": result["notice"],
        }

    async def mark_watched(self, call: ServiceCall) -> None:
        """Mark an item for who calls the action; a series or season stands for its episodes."""
        await self._mark(call, watched=True)

    async def mark_unwatched(self, call: ServiceCall) -> None:
        """Take the mark back."""
        await self._mark(call, watched=False)

    async def send_command(self, call: ServiceCall) -> None:
        """Remote control of a session."""
        coordinator, session = await self._session(call)
        command = call.data["command"]
        needed = NEEDS.get(command)
        if needed and not str(call.data.get(needed, "")).strip():
            raise wrong("field_needed", command=command, field=needed)
        item = None
        if command == "play_item":
            owner, item = self._named(call, coordinator)
            if owner is not coordinator:
                raise wrong("another_server")
        await send(
            coordinator,
            session,
            command.upper(),
            position=call.data.get("position"),
            text=call.data.get("text"),
            item=item,
            volume=call.data.get("volume"),
        )

    async def set_background_work(self, call: ServiceCall) -> None:
        """Let heavy background jobs run or wait."""
        with refusals():
            await self._server(call).client.mutate(documents.SET_BACKGROUND_WORK, enabled=call.data["enabled"])

    async def _mark(self, call: ServiceCall, *, watched: bool) -> None:
        coordinator, item = self._named(call)
        with refusals():
            await coordinator.client.mutate(
                documents.SET_WATCHED, user=call.context.user_id, item=item, watched=watched
            )

    async def _play_media(self, call: ServiceCall, coordinator: FoyerCoordinator, item: Item, entity_id: str) -> None:
        data: dict[str, Any] = {
            ATTR_ENTITY_ID: entity_id,
            "media_content_id": browse.source_id(coordinator.entry.entry_id, item.id),
            "media_content_type": "video",
        }
        if platform_of(self._hass, entity_id) == "cast":
            # A cast receiver does not look into the playlist to learn that the segments are MP4.
            data["extra"] = {"media_info": {"hlsSegmentFormat": "fmp4", "hlsVideoSegmentFormat": "fmp4"}}
        await self._hass.services.async_call("media_player", "play_media", data, blocking=True, context=call.context)

    def _server(self, call: ServiceCall) -> FoyerCoordinator:
        """The server that is meant: the one that is named, else the only one."""
        if entry_id := call.data.get(ATTR_CONFIG_ENTRY):
            coordinator = loaded_entry(self._hass, entry_id)
            if coordinator is None:
                raise wrong("not_connected")
            return coordinator
        servers = loaded(self._hass)
        if len(servers) != 1:
            raise wrong("which_server" if servers else "not_connected")
        return servers[0]

    async def _item(self, call: ServiceCall) -> tuple[FoyerCoordinator, Item]:
        """The item that is named by its id, by its media-source URI, or by a title to search for."""
        if text := call.data.get("title"):
            coordinator = self._server(call)
            return coordinator, await self._playable(coordinator, (await self._find(coordinator, text)).id)
        coordinator, item_id = self._named(call)
        return coordinator, await self._playable(coordinator, item_id)

    def _named(self, call: ServiceCall, otherwise: FoyerCoordinator | None = None) -> tuple[FoyerCoordinator, str]:
        """The server and the id of the item that is named by its id or by its media-source URI.

        A bare id is one of ``otherwise``, else of the server that is named or the only one.
        """
        try:
            entry_id, item_id = browse.item_of(call.data["item_id"])
        except ValueError as error:
            raise wrong("no_such_item") from error
        if entry_id is None:
            return otherwise or self._server(call), item_id
        coordinator = loaded_entry(self._hass, entry_id)
        if coordinator is None:
            raise wrong("not_connected")
        return coordinator, item_id

    @staticmethod
    async def _find(coordinator: FoyerCoordinator, text: str) -> Item:
        with refusals():
            items = await browse.found(coordinator, text, limit=1)
        if not items:
            raise wrong("nothing_found", title=text)
        return items[0]

    @staticmethod
    async def _playable(coordinator: FoyerCoordinator, item_id: str) -> Item:
        try:
            with refusals():
                return await browse.playable(coordinator, item_id)
        except Unresolvable as error:
            raise wrong("no_such_item") from error

    async def _session(self, call: ServiceCall) -> tuple[FoyerCoordinator, Session]:
        """The session that is named by its id, or plays on a media player."""
        session_id = call.data.get("session_id")
        if session_id is None:
            return self._of_player(call.data[ATTR_ENTITY_ID])
        coordinator = await server_soon_with(self._hass, session_id)
        if coordinator is None:
            raise wrong("no_such_session")
        return coordinator, coordinator.sessions[session_id]

    def _of_player(self, entity_id: str) -> tuple[FoyerCoordinator, Session]:
        """What plays on a media player: one of this integration, or one that Foyer uses as a screen."""
        entity = er.async_get(self._hass).async_get(entity_id)
        if entity is not None and entity.platform == DOMAIN and entity.domain == "media_player":
            coordinator = loaded_entry(self._hass, entity.config_entry_id or "")
            if coordinator is None:
                raise wrong("not_connected")
            player = entity.unique_id.removeprefix(f"{coordinator.server.id}_player_")
            return coordinator, require_session(coordinator.session_of(player))
        for coordinator in loaded(self._hass):
            if (session := coordinator.session_on(entity_id)) is not None:
                return coordinator, session
        raise wrong("nothing_plays")


def _library(coordinator: FoyerCoordinator, wanted: str) -> Library:
    found = coordinator.libraries.get(wanted) or next(
        (one for one in coordinator.libraries.values() if one.name.casefold() == wanted.casefold()), None
    )
    if found is None:
        raise wrong("no_such_library", library=wanted)
    return found
