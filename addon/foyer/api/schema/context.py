"""What a resolver may reach: who asks, the services behind the API, and the request's loaders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import strawberry

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role
from foyer.api.administration import JobDesk, SettingsDesk
from foyer.api.schema.loading import Loaders
from foyer.db.database import Database
from foyer.errors import ForbiddenError, FoyerError, UnauthenticatedError
from foyer.events.bus import EventBus
from foyer.jobs.queue import JobQueue
from foyer.settings.store import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases the API is a thin layer over; built once by the composition root."""

    database: Database
    bus: EventBus
    settings: Settings
    jobs: JobQueue

    @property
    def job_desk(self) -> JobDesk:
        """Jobs as somebody may see them."""
        return JobDesk(self.database, self.jobs)

    @property
    def settings_desk(self) -> SettingsDesk:
        """Settings as somebody may change them."""
        return SettingsDesk(self.settings)


class Caller(Protocol):
    """Where a request comes from, as the front of the server knows it (``foyer.api.http.context``)."""

    request_id: str
    address: str
    bearer: str | None

    @property
    def is_ingress(self) -> bool:
        """Whether it came through Home Assistant."""

    async def principal(self) -> Principal:
        """Who asks now; raises ``UnauthenticatedError`` or ``ForbiddenError``."""

    def guess_once(self) -> None:
        """Raise ``RateLimitedError`` when a guessable secret was tried in this request before."""


@dataclass(slots=True, kw_only=True)
class Context:
    """One request, one operation over a WebSocket, or one event of a subscription."""

    services: Services
    caller: Caller
    known: Principal | None = None
    refusal: FoyerError | None = None
    """Why the credentials that came along were not accepted; shown where somebody is needed."""
    loaders: Loaders = field(init=False)
    _spent: int = 0

    def __post_init__(self) -> None:
        self.loaders = Loaders(self)

    @classmethod
    async def open(cls, services: Services, caller: Caller) -> Context:
        """Find out who asks. Somebody unknown gets a context too: they may log in."""
        try:
            return cls(services=services, caller=caller, known=await caller.principal())
        except (UnauthenticatedError, ForbiddenError) as error:
            return cls(services=services, caller=caller, refusal=error)

    @property
    def principal(self) -> Principal:
        """Who asks; raises ``UnauthenticatedError`` when nobody is logged in."""
        if self.known is None:
            raise self.refusal or UnauthenticatedError("Sign in first.")
        return self.known

    @property
    def is_admin(self) -> bool:
        """Whether the asker may look into the schema."""
        return self.known is not None and self.known.role is Role.ADMIN

    @property
    def request_id(self) -> str:
        """What the log has the request under."""
        return self.caller.request_id

    def spend(self, cost: int) -> int:
        """Add to what the request costs, over all operations of a batch, and return the sum."""
        self._spent += cost
        return self._spent

    def again(self) -> Context:
        """The same asker with nothing remembered: for the next event of a subscription."""
        return Context(services=self.services, caller=self.caller, known=self.known, refusal=self.refusal)


Info = strawberry.Info[Context, None]
