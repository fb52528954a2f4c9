"""What a resolver may reach: who asks, the services behind the API, and the request's loaders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import strawberry

from foyer.accounts.principal import Principal
from foyer.accounts.service import Accounts
from foyer.api.administration import JobDesk, SettingsDesk
from foyer.api.librarian import Librarian, viewer_of
from foyer.api.schema.idempotency import Idempotency
from foyer.api.schema.kinds import Role
from foyer.api.schema.loading import Loaders
from foyer.api.schema.places import Places
from foyer.api.schema.sharing import Shared
from foyer.api.starting import Starting
from foyer.api.uploading import UploadDesk
from foyer.api.vitals import Vitals
from foyer.db.database import Database
from foyer.errors import ForbiddenError, FoyerError, UnauthenticatedError
from foyer.events.bus import EventBus
from foyer.homeassistant.screens.model import Move, PlayedOn, PlayOn, Screen, Transferred
from foyer.ids import PlaybackSessionId
from foyer.jobs.queue import JobQueue
from foyer.library.items import Items
from foyer.library.search import Search
from foyer.library.service import Libraries
from foyer.library.uploads.service import Uploads
from foyer.library.viewer import Viewer
from foyer.playback.links import MediaLinks
from foyer.playback.progress import ProgressService
from foyer.playback.service import PlaybackService
from foyer.playback.sessions import PlaybackSessions
from foyer.playback.upnext import UpNext
from foyer.settings.store import Settings
from foyer.streaming.service import Transcode


class Screens(Protocol):
    """Home Assistant's media players, as far as the API shows and uses them."""

    @property
    def problem(self) -> str | None:
        """Why there are none, in a sentence."""

    def all(self) -> list[Screen]:
        """Every screen there is now."""

    def entity_of(self, session: PlaybackSessionId) -> str | None:
        """The entity a session plays on; ``None`` for a player of Foyer's own."""

    def session_on(self, entity_id: str) -> PlaybackSessionId | None:
        """The session that plays on an entity."""

    async def play_on(self, principal: Principal, wish: PlayOn) -> PlayedOn:
        """Play an item on a screen."""

    async def transfer(self, principal: Principal, move: Move) -> Transferred:
        """Let a session go on elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases the API is a thin layer over; built once by the composition root."""

    database: Database
    bus: EventBus
    settings: Settings
    jobs: JobQueue
    accounts: Accounts
    libraries: Libraries
    uploads: Uploads
    playback: PlaybackService
    progress: ProgressService
    sessions: PlaybackSessions
    upnext: UpNext
    links: MediaLinks
    vitals: Vitals
    transcodes: Callable[[], Sequence[Transcode]] | None = None
    """What is being encoded now."""
    screens: Screens | None = None
    """Screens to play on; ``None`` without a Home Assistant."""
    items: Items = field(init=False)
    search: Search = field(init=False)
    librarian: Librarian = field(init=False)
    job_desk: JobDesk = field(init=False)
    settings_desk: SettingsDesk = field(init=False)
    starting: Starting = field(init=False)
    upload_desk: UploadDesk = field(init=False)
    idempotency: Idempotency = field(init=False)
    shared: Shared = field(init=False)
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        parts = {
            "items": Items(self.database.reader),
            "search": Search(self.database.reader),
            "librarian": Librarian(self.libraries),
            "job_desk": JobDesk(self.database, self.jobs, self.settings),
            "settings_desk": SettingsDesk(self.settings),
            "starting": Starting(self.database, self.sessions, self.accounts.media_tokens),
            "upload_desk": UploadDesk(self.uploads, self.accounts),
            "idempotency": Idempotency(),
            "shared": Shared(),
            "places": Places(),
        }
        for name, part in parts.items():
            object.__setattr__(self, name, part)


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

    async def look_again(self) -> None:
        """Take over what the asker may do now; raises when they may do nothing any more."""
        if self.known is not None:
            self.known = await self.caller.principal()

    @property
    def principal(self) -> Principal:
        """Who asks; raises ``UnauthenticatedError`` when nobody is logged in."""
        if self.known is None:
            raise self.refusal or UnauthenticatedError("Sign in first.")
        return self.known

    @property
    def viewer(self) -> Viewer:
        """Who asks, as the library sees them."""
        return viewer_of(self.principal)

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
