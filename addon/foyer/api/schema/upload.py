"""Uploads: files on their way into a library. The bytes go to ``url``, in pieces."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from foyer.api.schema.connection import After, Connection, First, Window, list_page
from foyer.api.schema.context import Context, Info
from foyer.api.schema.enums import expose
from foyer.api.schema.errors import mutation
from foyer.api.schema.fields import resolved
from foyer.api.schema.library import Library, load_libraries
from foyer.api.schema.loading import edge
from foyer.api.schema.scalars import Node
from foyer.errors import ValidationError
from foyer.ids import NodeKind, decode_as, encode
from foyer.library.uploads.model import PIECE_BYTES, NewUpload, UploadRow, UploadState

expose(
    UploadState,
    "How far an upload is.",
    {
        UploadState.RECEIVING: "It waits for bytes, or to be made whole; `problem` says why it could not be.",
        UploadState.FINISHED: "The file is in its folder; a scan takes it in.",
    },
)


@strawberry.type(description="A file on its way into a library.")
class Upload(Node):
    filename: str = strawberry.field(description="What the file will be called.")
    directory: str = strawberry.field(description="The folders below the library's folder; empty for none.")
    url: str = strawberry.field(
        description="Where the bytes go, relative to the server's base, by PATCH; HEAD or GET tells the offset."
    )
    offset_bytes: float = strawberry.field(description="How many bytes have arrived; go on from there.")
    size_bytes: float = strawberry.field(description="How many there will be.")
    chunk_bytes: int = strawberry.field(description="The most that one request may bring.")
    state: UploadState = strawberry.field(description="How far it is.")
    problem: str | None = strawberry.field(
        description="Why it could not be made whole; an empty PATCH at the end tries again."
    )
    created_at: datetime = strawberry.field(description="When it was begun.")
    expires_at: datetime = strawberry.field(
        description="When it is forgotten unless more bytes come, and `url` ends; ask again for a newer `url`."
    )
    library_row: strawberry.Private[int]

    library: Library | None = edge(load_libraries, "library_row", description="Where it goes.")


async def load_uploads(context: Context, ids: list[int]) -> dict[int, Upload]:
    """The uploads among these that are the asker's own."""
    found = await context.services.upload_desk.many(context.principal, ids)
    return {key: upload(context, row) for key, row in found.items()}


def upload(context: Context, row: UploadRow) -> Upload:
    """An upload as the API shows it."""
    return Upload(
        id=strawberry.ID(encode(NodeKind.UPLOAD, row.id)),
        filename=row.filename,
        directory=row.directory,
        url=context.services.upload_desk.url(context.principal, row),
        offset_bytes=float(row.received),
        size_bytes=float(row.size),
        chunk_bytes=PIECE_BYTES,
        state=row.state,
        problem=row.problem,
        created_at=row.created_at,
        expires_at=row.expires_at,
        library_row=row.library_id,
    )


@strawberry.type
class UploadQueries:
    @resolved("Your uploads that are not finished, the oldest first; for those who manage libraries.")
    async def uploads(self, info: Info, first: First = 50, after: After = None) -> Connection[Upload]:
        context = info.context
        rows = await context.services.upload_desk.own(context.principal)

        def convert(row: UploadRow) -> Upload:
            return upload(context, row)

        return list_page(Window.read(first, after), rows, convert, lambda row: (row.id,))


@strawberry.input(description="A file to send.")
class CreateUploadInput:
    library: strawberry.ID = strawberry.field(description="The library it goes into.")
    filename: str = strawberry.field(
        description="What it is called: one name with the ending of a video, a subtitle or a picture."
    )
    size_bytes: float = strawberry.field(description="How many bytes it has.")
    folder: strawberry.ID | None = strawberry.field(
        default=None, description="Which of the library's folders it goes into; null for the first that is there."
    )
    directory: str | None = strawberry.field(
        default=None, description="Folders below it with slashes between them; missing ones are made. Up to 8."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key again within an hour returns what was begun the first time."
    )


@strawberry.type(description="The upload that was begun.")
class CreateUploadPayload:
    upload: Upload = strawberry.field(description="The upload; send the bytes to its `url`.")


@strawberry.input(description="Which upload to give up.")
class CancelUploadInput:
    upload: strawberry.ID = strawberry.field(description="The upload's id.")


@strawberry.type(description="The upload is forgotten with its bytes.")
class CancelUploadPayload:
    cancelled_id: strawberry.ID = strawberry.field(description="The id it had.")


@strawberry.type
class UploadMutations:
    @mutation(description="Begin to send a file into a library; its bytes then go to the upload's `url`, in pieces.")
    async def create_upload(
        self,
        info: Info,
        input: Annotated[CreateUploadInput, strawberry.argument(description="The file.")],  # noqa: A002
    ) -> CreateUploadPayload:
        context = info.context
        wanted = NewUpload(
            library_id=decode_as(NodeKind.LIBRARY, input.library),
            folder_id=None if input.folder is None else decode_as(NodeKind.FOLDER, input.folder),
            directory=input.directory or "",
            filename=input.filename,
            size=_whole(input.size_bytes),
        )

        async def create() -> UploadRow:
            return await context.services.upload_desk.create(context.principal, wanted)

        row = await context.services.idempotency.once(context.principal, input.idempotency_key, create)
        return CreateUploadPayload(upload=upload(context, row))

    @mutation(description="Give up an upload and forget the bytes that have arrived; a finished file stays.")
    async def cancel_upload(
        self,
        info: Info,
        input: Annotated[CancelUploadInput, strawberry.argument(description="Which upload.")],  # noqa: A002
    ) -> CancelUploadPayload:
        row = decode_as(NodeKind.UPLOAD, input.upload)
        await info.context.services.upload_desk.cancel(info.context.principal, row)
        return CancelUploadPayload(cancelled_id=input.upload)


def _whole(size: float) -> int:
    if not 0 <= size < 2**53 or size != int(size):
        problem = "Give the size as a whole number of bytes."
        raise ValidationError(problem, fields={"sizeBytes": problem})
    return int(size)
