"""What the tests of the API stand on: the real services over a real database, and a real view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from quart import Quart

from foyer.accounts.principal import Principal, Via
from foyer.accounts.roles import PERMISSIONS, Role
from foyer.api.schema import Services, mount
from foyer.db.database import Database
from foyer.errors import ForbiddenError, RateLimitedError, UnauthenticatedError
from foyer.events.bus import EventBus
from foyer.ids import UserId
from foyer.jobs.queue import JobQueue
from foyer.settings.store import Settings


def principal(role: Role, *, user_id: int = 1, libraries: frozenset[int] | None = None) -> Principal:
    """Somebody with a role."""
    return Principal(
        user_id=UserId(user_id),
        name=role.value,
        role=role,
        permissions=PERMISSIONS[role],
        all_libraries=libraries is None,
        libraries=libraries or frozenset(),
        via=Via.TOKEN,
    )


@dataclass(slots=True, kw_only=True)
class Door:
    """The front of the server as the API sees it: bearers are the names of roles."""

    request_id: str = "r1"
    address: str = "192.0.2.1"
    bearer: str | None = None
    is_ingress: bool = False
    guessed: bool = False
    revoked: set[str] = field(default_factory=set)

    async def principal(self) -> Principal:
        if self.bearer is None:
            raise UnauthenticatedError("Sign in first.")
        if self.bearer in self.revoked:
            raise ForbiddenError("This account is closed.")
        if self.bearer.upper() not in Role.__members__:
            raise UnauthenticatedError("The credentials are not valid.")
        return principal(Role(self.bearer))

    def guess_once(self) -> None:
        if self.guessed:
            raise RateLimitedError("Once in a request.", retry_after=0.0)
        self.guessed = True


@pytest.fixture
def services(database: Database, bus: EventBus, settings: Settings, queue: JobQueue) -> Services:
    return Services(database=database, bus=bus, settings=settings, jobs=queue)


@pytest.fixture
def revoked() -> set[str]:
    """Bearers that are no longer good."""
    return set()


@pytest.fixture
def app(services: Services, revoked: set[str]) -> Quart:
    served = Quart(__name__)
    served.config["RESPONSE_TIMEOUT"] = None

    def caller_of(scope: Mapping[str, Any]) -> Door:
        headers = {name.lower(): value.decode() for name, value in scope["headers"]}
        bearer = headers.get(b"authorization", "").removeprefix("Bearer ") or None
        return Door(bearer=bearer, revoked=revoked)

    mount(served, services, caller_of=caller_of)
    return served
