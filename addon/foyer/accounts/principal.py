"""Who is asking: the one value every service checks rights against."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from foyer.accounts.roles import Permission, Role
from foyer.errors import ForbiddenError, NotFoundError
from foyer.ids import ApiKeyId, LoginSessionId, UserId


class Via(StrEnum):
    """How somebody proved who they are."""

    TOKEN = "token"  # noqa: S105 - not a password
    API_KEY = "api_key"
    INGRESS = "ingress"
    LOCAL = "local"
    """The command line on the machine itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """An authenticated asker and what they may do and see."""

    user_id: UserId
    name: str
    role: Role
    permissions: frozenset[Permission]
    all_libraries: bool
    libraries: frozenset[int]
    """Libraries opened to them; of no meaning when ``all_libraries``."""
    via: Via
    address: str | None = None
    login_session: LoginSessionId | None = None
    api_key: ApiKeyId | None = None

    def may(self, permission: Permission) -> bool:
        """Whether they hold a permission."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise ``ForbiddenError`` unless they hold a permission."""
        if permission not in self.permissions:
            raise ForbiddenError("Your account may not do this.", permission=permission.value)

    def may_see(self, library_id: int) -> bool:
        """Whether a library is open to them."""
        return self.all_libraries or library_id in self.libraries

    def require_library(self, library_id: int) -> None:
        """Raise ``NotFoundError`` for a library they may not know of."""
        if not self.may_see(library_id):
            raise NotFoundError("There is no such library.", id=library_id)

    def visible(self, column: str) -> tuple[str, tuple[int, ...]]:
        """A SQL condition on a library-id column that holds for what they may see, with its parameters."""
        if self.all_libraries:
            return "1", ()
        marks = ", ".join("?" * len(self.libraries))
        return f"{column} IN ({marks})", tuple(sorted(self.libraries))
