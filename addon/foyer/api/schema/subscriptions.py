"""What happens, as it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from enum import StrEnum
from typing import Annotated, cast

import strawberry

from foyer.accounts.roles import Permission
from foyer.api.administration import JobSearch
from foyer.api.schema.context import Context, Info
from foyer.api.schema.enums import expose
from foyer.api.schema.fields import followed, resolved
from foyer.api.schema.filters import rows
from foyer.api.schema.following import Follower
from foyer.api.schema.item import Item, UserState, load_items, load_user_state
from foyer.api.schema.job import Job, job
from foyer.api.schema.library import Library, load_libraries
from foyer.api.schema.loading import edge
from foyer.api.schema.playback import PlaybackSession, RemoteCommand, command, load_sessions
from foyer.api.schema.scalars import EventCursor
from foyer.events.bus import Event
from foyer.events.topics import CommandPayload, JobPayload, LibraryPayload, PlaybackPayload, Topic
from foyer.ids import ItemId, JobId, NodeKind, encode
from foyer.jobs.model import JobView
from foyer.playback.commands import Command, CommandKind

AfterCursor = Annotated[
    EventCursor | None,
    strawberry.argument(description="The `cursor` last seen, to go on behind it; null for a snapshot first."),
]


class JobEventKind(StrEnum):
    """What happened to a job."""

    SNAPSHOT = "snapshot"
    CREATED = "created"
    PROGRESS = "progress"
    CHANGED = "changed"
    FINISHED = "finished"


class LibraryEventKind(StrEnum):
    """What happened to a library or in it."""

    SNAPSHOT = "snapshot"
    LIBRARY_CREATED = "library_created"
    LIBRARY_UPDATED = "library_updated"
    LIBRARY_DELETED = "library_deleted"
    SCAN_STARTED = "scan_started"
    SCAN_FINISHED = "scan_finished"
    ITEM_ADDED = "item_added"
    ITEM_UPDATED = "item_updated"
    ITEM_REMOVED = "item_removed"
    ITEMS_CHANGED = "items_changed"


class PlaybackEventKind(StrEnum):
    """What happened in a playback session."""

    SNAPSHOT = "snapshot"
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    SEEKED = "seeked"
    PROGRESS = "progress"
    CREDITS_REACHED = "credits_reached"
    STOPPED = "stopped"
    FINISHED = "finished"
    COMMAND = "command"
    STATE_CHANGED = "state_changed"


expose(
    JobEventKind,
    "What happened to a job.",
    {
        JobEventKind.SNAPSHOT: "It waits or runs as the subscription begins, or after events were lost.",
        JobEventKind.CREATED: "It was asked for.",
        JobEventKind.PROGRESS: "It got further; at most 4 times a second, and not kept for those who come back.",
        JobEventKind.CHANGED: "Its state changed.",
        JobEventKind.FINISHED: "It ended.",
    },
)
expose(
    LibraryEventKind,
    "What happened to a library or in it.",
    {
        LibraryEventKind.SNAPSHOT: "The library as the subscription begins, or after events were lost.",
        LibraryEventKind.LIBRARY_CREATED: "It was added.",
        LibraryEventKind.LIBRARY_UPDATED: "Its name, folders or availability changed.",
        LibraryEventKind.LIBRARY_DELETED: "It was forgotten; `library` is null.",
        LibraryEventKind.SCAN_STARTED: "A scan began.",
        LibraryEventKind.SCAN_FINISHED: "A scan ended.",
        LibraryEventKind.ITEM_ADDED: "An item came.",
        LibraryEventKind.ITEM_UPDATED: "Something about an item changed.",
        LibraryEventKind.ITEM_REMOVED: "An item went; `item` is null.",
        LibraryEventKind.ITEMS_CHANGED: "Many items came, changed or went at once.",
    },
)
expose(
    PlaybackEventKind,
    "What happened in a playback session.",
    {
        PlaybackEventKind.SNAPSHOT: "A session as the subscription begins, or after events were lost.",
        PlaybackEventKind.STARTED: "It began.",
        PlaybackEventKind.PAUSED: "It was paused.",
        PlaybackEventKind.RESUMED: "It went on.",
        PlaybackEventKind.SEEKED: "It jumped.",
        PlaybackEventKind.PROGRESS: "It got further.",
        PlaybackEventKind.CREDITS_REACHED: "The closing credits began, as a chapter of the file says; once a session.",
        PlaybackEventKind.STOPPED: "It ended before the end.",
        PlaybackEventKind.FINISHED: "It ended at the end.",
        PlaybackEventKind.COMMAND: "Something is asked of your player.",
        PlaybackEventKind.STATE_CHANGED: "Your watched mark, favourite or rating of `itemId` changed.",
    },
)


@strawberry.type(description="Something happened to a job.")
class JobEvent:
    cursor: EventCursor = strawberry.field(description="Where the stream stands.")
    kind: JobEventKind = strawberry.field(description="What happened.")
    job: Job = strawberry.field(description="The job as it is now.")


@strawberry.type(description="Something happened to a library or in it.")
class LibraryEvent:
    cursor: EventCursor = strawberry.field(description="Where the stream stands.")
    kind: LibraryEventKind = strawberry.field(description="What happened.")
    item_id: strawberry.ID | None = strawberry.field(description="The item's id, also of one that is gone.")
    library_row: strawberry.Private[int]
    item_row: strawberry.Private[int | None]

    library: Library | None = edge(load_libraries, "library_row", description="The library as it is now.")
    item: Item | None = edge(load_items, "item_row", description="The item as it is now.")


@strawberry.type(description="Something happened in a playback session, or to what you did with an item.")
class PlaybackEvent:
    cursor: EventCursor = strawberry.field(description="Where the stream stands.")
    kind: PlaybackEventKind = strawberry.field(description="What happened.")
    item_id: strawberry.ID | None = strawberry.field(description="The item it is about.")
    command: RemoteCommand | None = strawberry.field(description="What is asked of your player.")
    session_row: strawberry.Private[int | None]
    item_row: strawberry.Private[int]
    own: strawberry.Private[bool]

    session: PlaybackSession | None = edge(load_sessions, "session_row", description="The session as it is now.")

    @resolved("What you did with the item, when the event is your own.")
    async def user_state(self, info: Info) -> UserState | None:
        if not self.own:
            return None
        item: Item | None = await info.context.loaders.one(load_items, self.item_row)
        return None if item is None else await load_user_state(info.context, item)


@strawberry.type
class Subscription:
    @followed(
        "Jobs: those that wait or run first, then what happens to them; progress at most 4 times a second "
        "a job. All for those who manage jobs, else your own."
    )
    async def job_events(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID] | None, strawberry.argument(description="Only these jobs.")] = None,
        kinds: Annotated[list[str] | None, strawberry.argument(description="Only these kinds of jobs.")] = None,
        after: AfterCursor = None,
    ) -> AsyncIterator[JobEvent]:
        context = info.context
        _ = context.principal
        desk, only = context.services.job_desk, rows(NodeKind.JOB, ids)
        search = JobSearch(ids=None if only is None else list(only), kinds=kinds or ())

        def accept(event: Event) -> bool:
            payload = cast("JobPayload", event.payload)
            wanted = (only is None or payload["job_id"] in only) and (not kinds or payload["kind"] in kinds)
            return wanted and desk.may_see(context.principal, payload.get("user_id"))

        follower = Follower(context, Topic.JOBS, accept, after)
        async with aclosing(follower.events()) as events:
            async for event in events:
                cursor = EventCursor(follower.cursor)
                if event is None:
                    for view in await desk.live(context.principal, search):
                        yield JobEvent(cursor=cursor, kind=JobEventKind.SNAPSHOT, job=job(view))
                    continue
                found = await _job_of(context, event)
                if found is not None:
                    yield JobEvent(cursor=cursor, kind=JobEventKind(event.kind), job=job(found))

    @followed("Libraries you may see: all of them first, then what happens to them and in them.")
    async def library_events(
        self,
        info: Info,
        libraries: Annotated[
            list[strawberry.ID] | None, strawberry.argument(description="Only these libraries.")
        ] = None,
        after: AfterCursor = None,
    ) -> AsyncIterator[LibraryEvent]:
        context = info.context
        _ = context.principal
        only = rows(NodeKind.LIBRARY, libraries)

        def accept(event: Event) -> bool:
            row = cast("LibraryPayload", event.payload)["library_id"]
            return (only is None or row in only) and context.principal.may_see(row)

        follower = Follower(context, Topic.LIBRARY, accept, after)
        async with aclosing(follower.events()) as events:
            async for event in events:
                cursor = EventCursor(follower.cursor)
                if event is None:
                    for row in await context.services.librarian.all(context.principal):
                        if only is None or row.id in only:
                            yield _library_event(cursor, LibraryEventKind.SNAPSHOT, row.id, None)
                    continue
                payload = cast("LibraryPayload", event.payload)
                yield _library_event(
                    cursor, LibraryEventKind(event.kind), payload["library_id"], payload.get("item_id")
                )

    @followed(
        "Playback: open sessions first, then what happens in them: your own, or everyone's for those who "
        "may view sessions. Remote commands for your own players arrive here too."
    )
    async def playback_events(self, info: Info, after: AfterCursor = None) -> AsyncIterator[PlaybackEvent]:
        context = info.context
        _ = context.principal

        def accept(event: Event) -> bool:
            principal, payload = context.principal, cast("PlaybackPayload", event.payload)
            if payload["user_id"] == principal.user_id:
                return True
            private = event.kind in (PlaybackEventKind.COMMAND, PlaybackEventKind.STATE_CHANGED)
            return principal.may(Permission.VIEW_SESSIONS) and not private

        follower = Follower(context, Topic.PLAYBACK, accept, after)
        async with aclosing(follower.events()) as events:
            async for event in events:
                cursor = EventCursor(follower.cursor)
                if event is None:
                    for row in await context.services.sessions.list_open(context.principal, first=MAX_SNAPSHOT):
                        own = row.user_id == context.principal.user_id
                        yield _playback_event(cursor, PlaybackEventKind.SNAPSHOT, row.item_id, row.id, own=own)
                    continue
                payload = cast("PlaybackPayload", event.payload)
                own = payload["user_id"] == context.principal.user_id
                yield _playback_event(
                    cursor,
                    PlaybackEventKind(event.kind),
                    payload["item_id"],
                    payload.get("session_id"),
                    own=own,
                    asked=payload.get("command"),
                )


MAX_SNAPSHOT = 500


async def _job_of(context: Context, event: Event) -> JobView | None:
    row = JobId(cast("JobPayload", event.payload)["job_id"])

    async def load() -> JobView | None:
        return next(iter(await context.services.jobs.many([row])), None)

    found: JobView | None = await context.services.shared.get((Topic.JOBS, event.seq), load)
    return found


def _library_event(cursor: EventCursor, kind: LibraryEventKind, library_row: int, item_row: int | None) -> LibraryEvent:
    return LibraryEvent(
        cursor=cursor,
        kind=kind,
        item_id=None if item_row is None else strawberry.ID(encode(NodeKind.ITEM, item_row)),
        library_row=library_row,
        item_row=item_row,
    )


def _playback_event(
    cursor: EventCursor,
    kind: PlaybackEventKind,
    item_row: int,
    session_row: int | None,
    *,
    own: bool,
    asked: CommandPayload | None = None,
) -> PlaybackEvent:
    return PlaybackEvent(
        cursor=cursor,
        kind=kind,
        item_id=strawberry.ID(encode(NodeKind.ITEM, item_row)),
        command=None if asked is None else command(_command(asked)),
        session_row=session_row,
        item_row=item_row,
        own=own,
    )


def _command(payload: CommandPayload) -> Command:
    return Command(
        id=payload["id"],
        kind=CommandKind(payload["kind"]),
        position_ms=payload.get("position_ms"),
        text=payload.get("text"),
        item_id=None if payload.get("item_id") is None else ItemId(payload["item_id"] or 0),
        volume=payload.get("volume"),
    )
