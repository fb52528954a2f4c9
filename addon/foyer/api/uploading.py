"""Uploads as somebody may make them: the rules GraphQL and the bytes' own route share."""

from __future__ import annotations

from collections.abc import Sequence

from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.principal import Principal
from foyer.accounts.roles import Permission
from foyer.accounts.service import Accounts
from foyer.db.fields import now
from foyer.library.uploads.model import NewUpload, UploadRow
from foyer.library.uploads.service import Uploads


class UploadDesk:
    """Uploads for those who manage libraries; each sees their own."""

    def __init__(self, uploads: Uploads, accounts: Accounts) -> None:
        self._uploads = uploads
        self._accounts = accounts

    async def create(self, principal: Principal, wanted: NewUpload) -> UploadRow:
        """Begin an upload."""
        principal.require(Permission.MANAGE_LIBRARIES)
        principal.require_library(wanted.library_id)
        return await self._uploads.create(principal.user_id, wanted)

    async def own(self, principal: Principal) -> list[UploadRow]:
        """Uploads that wait for more, the oldest first."""
        principal.require(Permission.MANAGE_LIBRARIES)
        return [row for row in await self._uploads.open_of(principal.user_id) if principal.may_see(row.library_id)]

    async def many(self, principal: Principal, ids: Sequence[int]) -> dict[int, UploadRow]:
        """The uploads among these that are somebody's own."""
        if not principal.may(Permission.MANAGE_LIBRARIES):
            return {}
        found = await self._uploads.by_ids(ids, principal.user_id)
        return {key: row for key, row in found.items() if principal.may_see(row.library_id)}

    async def cancel(self, principal: Principal, upload_id: int) -> None:
        """Forget an upload with its bytes; raises ``NotFoundError`` for another's."""
        principal.require(Permission.MANAGE_LIBRARIES)
        await self._uploads.cancel(await self._uploads.get(upload_id, principal.user_id))

    async def opened(self, token: str) -> UploadRow:
        """The upload a link is for; raises ``ForbiddenError`` or ``NotFoundError``."""
        grant, principal = await self._accounts.media_grant(token, MediaPurpose.UPLOAD)
        row = await self._uploads.get(grant.subject, principal.user_id)
        principal.require_library(row.library_id)
        return row

    def url(self, principal: Principal, row: UploadRow) -> str:
        """Where the bytes go: relative to the server's base, and good until the upload expires."""
        seconds = max(1, int((row.expires_at - now()).total_seconds()))
        token = self._accounts.media_tokens.issue(
            MediaPurpose.UPLOAD, user_id=principal.user_id, subject=row.id, lifetime_s=seconds
        )
        return f"media/upload/{token}"
