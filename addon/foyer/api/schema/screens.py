"""Screens: the media players of Home Assistant, playing on them, and moving playback between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from enum import StrEnum
from typing import Annotated, cast

import strawberry

from foyer.accounts.roles import Permission
from foyer.api.schema.connection import After, Connection, First, Window, list_page
from foyer.api.schema.context import Context, Info, Screens
from foyer.api.schema.enums import expose
from foyer.api.schema.errors import mutation
from foyer.api.schema.fields import followed, resolved
from foyer.api.schema.following import Follower
from foyer.api.schema.item import Item, load_items
from foyer.api.schema.kinds import ScreenState
from foyer.api.schema.loading import edge
from foyer.api.schema.playback import PlaybackSession, load_sessions, milliseconds, session
from foyer.api.schema.scalars import EventCursor, Node
from foyer.errors import UnavailableError
from foyer.events.bus import Event
from foyer.events.topics import ScreenPayload, Topic
from foyer.homeassistant.screens.model import Feature, Move, PlayOn
from foyer.homeassistant.screens.model import Screen as ScreenFacts
from foyer.ids import ItemId, NodeKind, PlaybackSessionId, decode_as, encode

NO_LINK = "Foyer is not connected to a Home Assistant, so there are no screens to play on."


class ScreenEventKind(StrEnum):
    """What happened to a screen."""

    SNAPSHOT = "snapshot"
    CHANGED = "changed"
    REMOVED = "removed"


expose(
    ScreenEventKind,
    "What happened to a screen.",
    {
        ScreenEventKind.SNAPSHOT: "The screen as the subscription begins.",
        ScreenEventKind.CHANGED: "It came, or something about it changed.",
        ScreenEventKind.REMOVED: "It went; `screen` is null.",
    },
)


@strawberry.type(description="A media player of Home Assistant that Foyer can play on.")
class Screen(Node):
    entity_id: strawberry.ID = strawberry.field(description="Its entity, such as `media_player.living_room`.")
    name: str = strawberry.field(description="What Home Assistant calls it.")
    area: str | None = strawberry.field(description="The room it stands in.")
    state: ScreenState = strawberry.field(description="What it is doing, whoever made it do so.")
    can_pause: bool = strawberry.field(description="Whether it can be paused at the moment.")
    can_seek: bool = strawberry.field(description="Whether one can seek in what it plays at the moment.")
    can_set_volume: bool = strawberry.field(description="Whether its volume can be set at the moment.")
    volume: float | None = strawberry.field(description="How loud it is, 0 to 1; null where it does not tell.")
    session_row: strawberry.Private[int | None]

    session: PlaybackSession | None = edge(
        load_sessions, "session_row", description="What Foyer plays on it; null also for what you may not see."
    )


def screen(context: Context, row: ScreenFacts) -> Screen:
    """A screen as the API shows it."""
    room = context.services.screens
    return Screen(
        id=strawberry.ID(encode(NodeKind.SCREEN, row.row)),
        entity_id=strawberry.ID(row.entity_id),
        name=row.name,
        area=row.area,
        state=row.state,
        can_pause=row.can(Feature.PAUSE),
        can_seek=row.can(Feature.SEEK),
        can_set_volume=row.can(Feature.VOLUME_SET),
        volume=row.volume,
        session_row=None if room is None else room.session_on(row.entity_id),
    )


async def load_screens(context: Context, ids: list[int]) -> dict[int, Screen]:
    """The screens among these, for those who may play."""
    wanted = set(ids)
    return {row.row: screen(context, row) for row in _screens(context) if row.row in wanted}


def _screens(context: Context) -> list[ScreenFacts]:
    principal, room = context.principal, context.services.screens
    if room is None or not principal.may(Permission.PLAY):
        return []
    return room.all()


def _room(context: Context) -> Screens:
    context.principal.require(Permission.PLAY)
    if context.services.screens is None:
        raise UnavailableError(NO_LINK)
    return context.services.screens


@strawberry.type
class ScreenQueries:
    @resolved("The media players of Home Assistant to play on, by room and name; none for those who may not play.")
    async def screens(self, info: Info, first: First = 50, after: After = None) -> Connection[Screen]:
        context, window = info.context, Window.read(first, after)
        return list_page(
            window,
            _screens(context),
            lambda row: screen(context, row),
            lambda row: (row.area is None, row.area or "", row.name, row.entity_id),
        )

    @resolved("Why there are no screens, in a sentence; null while Home Assistant is connected.")
    async def screens_problem(self, info: Info) -> str | None:
        _ = info.context.principal
        room = info.context.services.screens
        return NO_LINK if room is None else room.problem


@strawberry.input(description="What to play on which screen.")
class PlayOnInput:
    screen_id: strawberry.ID = strawberry.field(description="The screen's id.")
    item_id: strawberry.ID = strawberry.field(description="The item's id; a film, an episode or a video.")
    position_seconds: float | None = strawberry.field(
        default=None, description="Where to begin; null for where you left off."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key again within an hour returns what was begun the first time."
    )


@strawberry.type(description="What plays now.")
class PlayOnPayload:
    session: PlaybackSession = strawberry.field(description="The session; stop, pause and seek it by `sendCommand`.")
    screen: Screen = strawberry.field(description="The screen.")
    notice: str | None = strawberry.field(
        description="What the viewer should know, such as that this screen always plays from the beginning."
    )


@strawberry.input(description="Which playback shall go on where.")
class TransferPlaybackInput:
    session_id: strawberry.ID = strawberry.field(description="The session that plays now, on a screen or in a browser.")
    screen_id: strawberry.ID | None = strawberry.field(
        default=None, description="The screen it goes to; null for your own player, which then starts by itself."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key again within an hour returns what was begun the first time."
    )


@strawberry.type(description="Where playback went on.")
class TransferPlaybackPayload:
    position_seconds: float = strawberry.field(description="Where it goes on.")
    session: PlaybackSession | None = strawberry.field(
        description="The session on the new screen; null when your own player is to go on."
    )
    screen: Screen | None = strawberry.field(description="The new screen; null for your own player.")
    notice: str | None = strawberry.field(description="What the viewer should know.")
    item_row: strawberry.Private[int]

    item: Item | None = edge(load_items, "item_row", description="What is played.")


@strawberry.type
class ScreenMutations:
    @mutation(description="Play an item on a screen.")
    async def play_on(
        self,
        info: Info,
        input: Annotated[PlayOnInput, strawberry.argument(description="What, and where.")],  # noqa: A002
    ) -> PlayOnPayload:
        context = info.context
        wish = PlayOn(
            screen=decode_as(NodeKind.SCREEN, input.screen_id),
            item=ItemId(decode_as(NodeKind.ITEM, input.item_id)),
            position_ms=None if input.position_seconds is None else milliseconds(input.position_seconds),
        )
        room = _room(context)
        found = await context.services.idempotency.once(
            context.principal, input.idempotency_key, lambda: room.play_on(context.principal, wish)
        )
        return PlayOnPayload(
            session=session(context, found.session), screen=screen(context, found.screen), notice=found.notice
        )

    @mutation(
        description="Let playback go on elsewhere, at the same place: on a screen, or in your own player. The old "
        "player stops once the new one plays; when the new one fails, the old one goes on."
    )
    async def transfer_playback(
        self,
        info: Info,
        input: Annotated[TransferPlaybackInput, strawberry.argument(description="What, and where to.")],  # noqa: A002
    ) -> TransferPlaybackPayload:
        context = info.context
        move = Move(
            session=PlaybackSessionId(decode_as(NodeKind.PLAYBACK_SESSION, input.session_id)),
            screen=None if input.screen_id is None else decode_as(NodeKind.SCREEN, input.screen_id),
        )
        room = _room(context)
        found = await context.services.idempotency.once(
            context.principal, input.idempotency_key, lambda: room.transfer(context.principal, move)
        )
        return TransferPlaybackPayload(
            position_seconds=found.position_ms / 1000,
            session=None if found.session is None else session(context, found.session),
            screen=None if found.screen is None else screen(context, found.screen),
            notice=found.notice,
            item_row=found.item,
        )


@strawberry.type(description="Something happened to a screen.")
class ScreenEvent:
    cursor: EventCursor = strawberry.field(description="Where the stream stands.")
    kind: ScreenEventKind = strawberry.field(description="What happened.")
    screen_id: strawberry.ID = strawberry.field(description="The screen's id, also of one that is gone.")
    screen_row: strawberry.Private[int]

    screen: Screen | None = edge(load_screens, "screen_row", description="The screen as it is now.")


@strawberry.type
class ScreenSubscription:
    @followed(
        "Screens of Home Assistant: all of them first, then each that changes. Nothing is kept for those who come "
        "back: they get all of them again."
    )
    async def screen_events(self, info: Info) -> AsyncIterator[ScreenEvent]:
        context = info.context
        _ = context.principal

        def accept(_: Event) -> bool:
            return context.principal.may(Permission.PLAY)

        follower = Follower(context, Topic.SCREENS, accept, None)
        async with aclosing(follower.events()) as events:
            async for event in events:
                cursor = EventCursor(follower.cursor)
                if event is None:
                    for row in _screens(context):
                        yield _event(cursor, ScreenEventKind.SNAPSHOT, row.row)
                    continue
                payload = cast("ScreenPayload", event.payload)
                yield _event(cursor, ScreenEventKind(event.kind), payload["screen"])


def _event(cursor: EventCursor, kind: ScreenEventKind, row: int) -> ScreenEvent:
    return ScreenEvent(cursor=cursor, kind=kind, screen_id=strawberry.ID(encode(NodeKind.SCREEN, row)), screen_row=row)
