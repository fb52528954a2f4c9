"""Libraries: what there is to browse, and how it is managed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import strawberry

from foyer.api.schema.connection import After, Connection, First, Window, list_page, no_cursor, page, page_size, row_key
from foyer.api.schema.context import Context, Info
from foyer.api.schema.enums import expose
from foyer.api.schema.errors import mutation
from foyer.api.schema.fields import resolved
from foyer.api.schema.filters import ItemFilterInput, ItemOrder, item_filter, orders
from foyer.api.schema.item import Item, item_page, load_items
from foyer.api.schema.job import Job, job
from foyer.api.schema.kinds import DuplicateReason, LibraryKind, Permission
from foyer.api.schema.loading import edge
from foyer.api.schema.media import MediaFile, media_file
from foyer.api.schema.scalars import Node
from foyer.errors import NotFoundError
from foyer.ids import NodeKind, decode_as, encode
from foyer.library.files import FileRow
from foyer.library.items import ItemQuery
from foyer.library.service import LibraryRow
from foyer.library.statistics import (
    DuplicateGroup as DuplicateRow,
)
from foyer.library.statistics import LibraryStatistics, broken_count, broken_files, duplicates, statistics


class LibraryState(StrEnum):
    """What a library is doing."""

    IDLE = "idle"
    SCANNING = "scanning"
    UNAVAILABLE = "unavailable"


expose(
    LibraryState,
    "What a library is doing.",
    {
        LibraryState.IDLE: "Nothing; it can be used.",
        LibraryState.SCANNING: "A scan waits or runs; it can be used meanwhile.",
        LibraryState.UNAVAILABLE: "None of its folders can be read now; nothing is forgotten because of that.",
    },
)


@strawberry.type(description="A folder of a library.")
class LibraryFolder:
    id: strawberry.ID = strawberry.field(description="The folder's id.")
    path: str = strawberry.field(description="Where it is.")
    available: bool = strawberry.field(description="Whether it can be read now.")
    file_count: int = strawberry.field(description="How many media files are known in it.")
    problem: str | None = strawberry.field(description="Why it cannot be read.")


@strawberry.type(description="Files that say the same.")
class DuplicateGroup:
    reason: DuplicateReason = strawberry.field(description="Why they are shown together.")
    files: list[MediaFile] = strawberry.field(description="The files.")
    item_row: strawberry.Private[int | None]

    item: Item | None = edge(load_items, "item_row", description="The item they are versions of.")


async def load_libraries(context: Context, ids: list[int]) -> dict[int, Library]:
    """The libraries among these that the asker may see."""
    found = await context.services.librarian.many(context.principal, ids)
    return {key: library(row) for key, row in found.items()}


async def _statistics(context: Context, ids: list[int]) -> dict[int, LibraryStatistics]:
    return await statistics(context.services.database.reader, ids)


async def _all_folders(context: Context, ids: list[int]) -> dict[int, list[LibraryFolder]]:
    found = await context.services.libraries.folders_of(ids)
    return {
        key: [
            LibraryFolder(
                id=strawberry.ID(encode(NodeKind.FOLDER, row.id)),
                path=row.shown_path,
                available=row.available,
                file_count=row.file_count,
                problem=row.problem,
            )
            for row in rows
        ]
        for key, rows in found.items()
    }


async def _folders(context: Context, ids: list[int]) -> dict[int, list[LibraryFolder]]:
    if not context.principal.may(Permission.MANAGE_LIBRARIES):
        return {}
    return dict(zip(ids, await context.loaders.many(_all_folders, ids), strict=True))


async def _scans(context: Context, ids: list[int]) -> dict[int, Job]:
    found = await context.services.libraries.active_scans(ids)
    return {key: job(view) for key, view in found.items()}


async def _own_scans(context: Context, ids: list[int]) -> dict[int, Job]:
    scans = await context.loaders.many(_scans, ids)
    may_see = context.services.job_desk.may_see
    return {
        key: scan
        for key, scan in zip(ids, scans, strict=True)
        if scan is not None and may_see(context.principal, scan.owner)
    }


async def _states(context: Context, ids: list[int]) -> dict[int, LibraryState]:
    scans, folders = context.loaders.many(_scans, ids), context.loaders.many(_all_folders, ids)
    found = {}
    for key, scan, own in zip(ids, await scans, await folders, strict=True):
        gone = bool(own) and not any(folder.available for folder in own)
        found[key] = (
            LibraryState.SCANNING if scan is not None else LibraryState.UNAVAILABLE if gone else LibraryState.IDLE
        )
    return found


def _idle() -> LibraryState:
    return LibraryState.IDLE


def _zero() -> int:
    return 0


def _item_count(_: object, found: LibraryStatistics) -> int:
    return found.items


def _file_count(_: object, found: LibraryStatistics) -> int:
    return found.files


def _broken_count(_: object, found: LibraryStatistics) -> int:
    return found.broken_files


def _size(_: object, found: LibraryStatistics) -> float:
    return float(found.size)


def _duration(_: object, found: LibraryStatistics) -> float:
    return found.duration_ms / 1000


@strawberry.type(description="A library: folders of one kind of media.")
class Library(Node):
    name: str = strawberry.field(description="What it is called.")
    kind: LibraryKind = strawberry.field(description="What it holds.")
    created_at: datetime = strawberry.field(description="When it was added.")
    scanned_at: datetime | None = strawberry.field(description="When it was last scanned to the end.")
    version: int = strawberry.field(description="Rises with every change; give it back as `expectedVersion`.")
    row: strawberry.Private[int]

    state: LibraryState = edge(_states, "row", empty=_idle, description="What it is doing.")
    folders: list[LibraryFolder] = edge(
        _folders, "row", empty=list, description="Its folders; empty for those who may not manage libraries."
    )
    item_count: int = edge(
        _statistics, "row", empty=_zero, pick=_item_count, description="Films, series, music videos and home videos."
    )
    file_count: int = edge(_statistics, "row", empty=_zero, pick=_file_count, description="Files that are there.")
    broken_file_count: int = edge(
        _statistics, "row", empty=_zero, pick=_broken_count, description="Files that cannot be read."
    )
    size_bytes: float = edge(_statistics, "row", empty=_zero, pick=_size, description="The size of all its files.")
    duration_seconds: float = edge(_statistics, "row", empty=_zero, pick=_duration, description="How long all play.")
    active_scan: Job | None = edge(
        _own_scans, "row", description="The scan that waits or runs; null also for those who may not see the job."
    )

    @resolved("Its items: without a filter of kinds what a grid shows, by title.")
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
        wanted = item_filter(filter)
        inside = (self.row,) if wanted.libraries is None or self.row in wanted.libraries else ()
        query = ItemQuery(
            filter=replace(wanted, libraries=inside), orders=orders(order_by), after=after, first=page_size(first)
        )
        return await item_page(info.context, query)

    @resolved("Files that could not be read; for those who manage libraries.")
    async def broken_files(self, info: Info, first: First = 50, after: After = None) -> Connection[MediaFile]:
        context, window = info.context, Window.read(first, after)
        context.principal.require(Permission.MANAGE_LIBRARIES)
        reader = context.services.database.reader
        rows = await broken_files(reader, self.row, first=window.first, after=row_key(window) or 0)

        def convert(row: FileRow) -> MediaFile:
            return media_file(context, row)

        return page(window, rows, convert, lambda row: (row.id,), lambda: broken_count(reader, self.row))

    @resolved("Files with the same content, then items in several versions; for those who manage libraries.", cost=100)
    async def duplicates(self, info: Info, first: First = 50, after: After = None) -> Connection[DuplicateGroup]:
        context, window = info.context, Window.read(first, after)
        context.principal.require(Permission.MANAGE_LIBRARIES)
        reader = context.services.database.reader
        rows = await duplicates(reader, self.row, first=window.first, after=_group_key(window))

        def convert(row: DuplicateRow) -> DuplicateGroup:
            files = [media_file(context, one) for one in row.files]
            return DuplicateGroup(reason=row.reason, files=files, item_row=row.item_id)

        return page(window, rows, convert, lambda row: row.cursor)


def library(row: LibraryRow) -> Library:
    """A library as the API shows it."""
    return Library(
        id=strawberry.ID(encode(NodeKind.LIBRARY, row.id)),
        name=row.name,
        kind=row.kind,
        created_at=row.created_at,
        scanned_at=row.scanned_at,
        version=row.version,
        row=row.id,
    )


def _group_key(window: Window) -> tuple[str, int]:
    match window.after:
        case None:
            return ("", 0)
        case (str(reason), int(anchor)):
            return (reason, anchor)
    raise no_cursor()


@strawberry.type(description="A folder inside a listed one.")
class DirectoryEntry:
    name: str = strawberry.field(description="What it is called.")
    path: str = strawberry.field(description="Its full path.")
    readable: bool = strawberry.field(description="Whether the server may look into it.")
    has_children: bool = strawberry.field(description="Whether it has folders in it.")
    media_file_count: int | None = strawberry.field(
        description="Files that look like media directly in it; null when there are too many to count."
    )


@strawberry.type(description="The folders inside a folder.")
class DirectoryListing:
    path: str = strawberry.field(
        description="The folder; empty for the list of the folders media may lie in, where there are several."
    )
    parent: str | None = strawberry.field(description="The folder above; null at the top of what may be shown.")
    entries: list[DirectoryEntry] = strawberry.field(description="The folders in it, by name, at most 500.")
    truncated: bool = strawberry.field(description="Whether there are more than are listed.")


@strawberry.type
class LibraryQueries:
    @resolved("The libraries you may see, by name.")
    async def libraries(self, info: Info, first: First = 50, after: After = None) -> Connection[Library]:
        rows = await info.context.services.librarian.all(info.context.principal)
        return list_page(Window.read(first, after), rows, library, lambda row: (row.name.casefold(), row.id))

    @resolved("One library; null when there is none with this id.", name="library")
    async def one_library(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The library's id.")],  # noqa: A002
    ) -> Library | None:
        _ = info.context.principal
        try:
            row = decode_as(NodeKind.LIBRARY, id)
        except NotFoundError:
            return None
        found: Library | None = await info.context.loaders.one(load_libraries, row)
        return found

    @resolved("Folders of the server, for choosing a library's; for those who manage libraries.")
    async def directories(
        self,
        info: Info,
        path: Annotated[
            str | None, strawberry.argument(description="The folder to list; null for where media should be.")
        ] = None,
    ) -> DirectoryListing:
        found = await info.context.services.librarian.directories(info.context.principal, path)
        return DirectoryListing(
            path=found.path,
            parent=found.parent,
            truncated=found.truncated,
            entries=[
                DirectoryEntry(
                    name=entry.name,
                    path=entry.path,
                    readable=entry.readable,
                    has_children=entry.has_children,
                    media_file_count=entry.media_file_count,
                )
                for entry in found.entries
            ],
        )


@strawberry.input(description="A new library.")
class CreateLibraryInput:
    name: str = strawberry.field(description="What it is called.")
    kind: LibraryKind = strawberry.field(description="What it holds.")
    folders: list[str] = strawberry.field(description="Full paths of its folders, 1 to 50.")
    scan: bool = strawberry.field(default=True, description="Whether to scan it at once.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key again within an hour returns what was made the first time."
    )


@strawberry.type(description="The library that was added.")
class CreateLibraryPayload:
    library: Library = strawberry.field(description="The library.")
    job: Job | None = strawberry.field(description="Its first scan.")


@strawberry.input(description="Changes of a library; what is null stays as it is.")
class UpdateLibraryInput:
    library: strawberry.ID = strawberry.field(description="The library's id.")
    name: str | None = strawberry.field(default=None, description="Its new name.")
    folders: list[str] | None = strawberry.field(
        default=None, description="All its folders from now on; files of others are forgotten, not deleted."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The `version` you saw; CONFLICT when somebody changed it since."
    )


@strawberry.type(description="The library as it is now.")
class UpdateLibraryPayload:
    library: Library = strawberry.field(description="The library.")


@strawberry.input(description="Which library to forget.")
class DeleteLibraryInput:
    library: strawberry.ID = strawberry.field(description="The library's id.")


@strawberry.type(description="The library is forgotten.")
class DeleteLibraryPayload:
    deleted_id: strawberry.ID = strawberry.field(description="The id it had.")


@strawberry.input(description="Which library to scan, and how.")
class ScanLibraryInput:
    library: strawberry.ID = strawberry.field(description="The library's id.")
    full: bool = strawberry.field(default=False, description="Whether to read unchanged files again too.")


@strawberry.type(description="The scan.")
class ScanLibraryPayload:
    job: Job = strawberry.field(description="The job; the one at work already, when there was one.")


@strawberry.input(description="Which item to read again.")
class RefreshMetadataInput:
    item_id: strawberry.ID = strawberry.field(
        description="The item's id; a series or season stands for all its episodes."
    )


@strawberry.type(description="The work.")
class RefreshMetadataPayload:
    job: Job = strawberry.field(description="The job; the one at work already, when there was one.")


@strawberry.type
class LibraryMutations:
    @mutation(description="Add a library over folders of the server and scan it.")
    async def create_library(
        self,
        info: Info,
        input: Annotated[CreateLibraryInput, strawberry.argument(description="The new library.")],  # noqa: A002
    ) -> CreateLibraryPayload:
        context = info.context

        async def create() -> tuple[LibraryRow, Job | None]:
            row, scan = await context.services.librarian.create(
                context.principal, name=input.name, kind=input.kind, folders=input.folders, scan=input.scan
            )
            return row, None if scan is None else job(scan)

        row, scan = await context.services.idempotency.once(context.principal, input.idempotency_key, create)
        return CreateLibraryPayload(library=library(row), job=scan)

    @mutation(description="Rename a library or change its folders.")
    async def update_library(
        self,
        info: Info,
        input: Annotated[UpdateLibraryInput, strawberry.argument(description="What changes.")],  # noqa: A002
    ) -> UpdateLibraryPayload:
        row = await info.context.services.librarian.update(
            info.context.principal,
            decode_as(NodeKind.LIBRARY, input.library),
            name=input.name,
            folders=input.folders,
            expected_version=input.expected_version,
        )
        return UpdateLibraryPayload(library=library(row))

    @mutation(description="Forget a library with everything known about it; its files stay.")
    async def delete_library(
        self,
        info: Info,
        input: Annotated[DeleteLibraryInput, strawberry.argument(description="Which library.")],  # noqa: A002
    ) -> DeleteLibraryPayload:
        principal = info.context.principal
        await info.context.services.librarian.delete(principal, decode_as(NodeKind.LIBRARY, input.library))
        return DeleteLibraryPayload(deleted_id=input.library)

    @mutation(description="Look for new, changed and vanished files.")
    async def scan_library(
        self,
        info: Info,
        input: Annotated[ScanLibraryInput, strawberry.argument(description="Which library.")],  # noqa: A002
    ) -> ScanLibraryPayload:
        row = decode_as(NodeKind.LIBRARY, input.library)
        view = await info.context.services.librarian.scan(info.context.principal, row, full=input.full)
        return ScanLibraryPayload(job=job(view))

    @mutation(description="Read an item's files again, and the pictures and subtitles beside them.")
    async def refresh_metadata(
        self,
        info: Info,
        input: Annotated[RefreshMetadataInput, strawberry.argument(description="Which item.")],  # noqa: A002
    ) -> RefreshMetadataPayload:
        row = decode_as(NodeKind.ITEM, input.item_id)
        return RefreshMetadataPayload(
            job=job(await info.context.services.librarian.refresh(info.context.principal, row))
        )
