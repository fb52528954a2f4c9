"""Libraries as somebody may see and change them: the rules every transport shares."""

from __future__ import annotations

from collections.abc import Sequence

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Permission
from foyer.jobs.model import JobView
from foyer.library.folders import DirectoryListing
from foyer.library.kinds import LibraryKind
from foyer.library.service import Libraries, LibraryRow
from foyer.library.viewer import Viewer


def viewer_of(principal: Principal) -> Viewer:
    """A principal as the library sees them."""
    return Viewer(
        user_id=principal.user_id, libraries=None if principal.all_libraries else frozenset(principal.libraries)
    )


class Librarian:
    """Libraries for those who may look at them, changed by those who manage libraries."""

    def __init__(self, libraries: Libraries) -> None:
        self._libraries = libraries

    async def all(self, principal: Principal) -> list[LibraryRow]:
        """Every library open to somebody, by name."""
        return await self._libraries.all(viewer_of(principal))

    async def many(self, principal: Principal, ids: Sequence[int]) -> dict[int, LibraryRow]:
        """The libraries among these that are open to somebody."""
        found = await self._libraries.by_ids(ids)
        return {key: row for key, row in found.items() if principal.may_see(key)}

    async def create(
        self, principal: Principal, *, name: str, kind: LibraryKind, folders: Sequence[str], scan: bool
    ) -> tuple[LibraryRow, JobView | None]:
        """Add a library and, unless told otherwise, scan it."""
        principal.require(Permission.MANAGE_LIBRARIES)
        return await self._libraries.create(name, kind, folders, scan=scan, user_id=principal.user_id)

    async def update(
        self,
        principal: Principal,
        library_id: int,
        *,
        name: str | None,
        folders: Sequence[str] | None,
        expected_version: int | None,
    ) -> LibraryRow:
        """Rename a library or change its folders."""
        self._require(principal, library_id)
        return await self._libraries.update(library_id, name=name, folders=folders, expected_version=expected_version)

    async def delete(self, principal: Principal, library_id: int) -> None:
        """Forget a library; the files stay."""
        self._require(principal, library_id)
        await self._libraries.delete(library_id)

    async def scan(self, principal: Principal, library_id: int, *, full: bool) -> JobView:
        """Scan a library, or return the scan at work."""
        self._require(principal, library_id)
        return await self._libraries.scan(library_id, full=full, user_id=principal.user_id)

    async def refresh(self, principal: Principal, item_id: int) -> JobView:
        """Read an item's files again, and what lies beside them."""
        principal.require(Permission.MANAGE_METADATA)
        return await self._libraries.refresh(item_id, viewer_of(principal), user_id=principal.user_id)

    async def directories(self, principal: Principal, path: str | None) -> DirectoryListing:
        """Folders of the server, for choosing a library's."""
        principal.require(Permission.MANAGE_LIBRARIES)
        return await self._libraries.directories(path)

    @staticmethod
    def _require(principal: Principal, library_id: int) -> None:
        principal.require(Permission.MANAGE_LIBRARIES)
        principal.require_library(library_id)
