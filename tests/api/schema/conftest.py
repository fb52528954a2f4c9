"""What the tests of the API stand on: the real services over a real, populated database, and the real view."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from quart import Quart

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role
from foyer.accounts.service import Accounts
from foyer.accounts.users import Users
from foyer.api.health import Health, HealthCheck, HealthState
from foyer.api.http.context import RequestContext
from foyer.api.http.listener import ListenerKind
from foyer.api.schema.context import Context, Services
from foyer.api.schema.schema import FoyerSchema, build_schema
from foyer.api.schema.view import mount
from foyer.api.vitals import Vitals
from foyer.db.database import Database
from foyer.db.migrations import migrate
from foyer.events.bus import EventBus
from foyer.jobs.context import JobContext
from foyer.jobs.model import JobKind, Lane
from foyer.jobs.queue import JobQueue
from foyer.library.service import REMOVE, SCAN, Libraries
from foyer.library.uploads.service import Uploads
from foyer.playback.links import MediaLinks
from foyer.playback.progress import ProgressService
from foyer.playback.service import PlaybackService
from foyer.playback.sessions import PlaybackSessions
from foyer.playback.upnext import UpNext
from foyer.settings.options import Options
from foyer.settings.store import Settings
from tests.api.schema.house import furnish

PASSWORD = "correct horse battery"


class Streams:
    """The streaming room, as far as playback sessions need it: remembers what it was told."""

    def __init__(self) -> None:
        self.stopped: list[str] = []

    def seen(self, viewer: str, position_ms: int | None = None) -> None: ...

    def stop_viewer(self, viewer: str) -> None:
        self.stopped.append(viewer)


@dataclass(slots=True, kw_only=True)
class House:
    """A server with users of every role, and libraries with something of everything in them."""

    services: Services
    schema: FoyerSchema
    tokens: dict[str, str]
    principals: dict[str, Principal]
    app: Quart

    def caller(self, bearer: str | None, *, ingress: bool = False) -> RequestContext:
        return RequestContext(
            request_id="r1",
            listener=ListenerKind.INGRESS if ingress else ListenerKind.PUBLIC,
            address="192.0.2.1",
            base_path="",
            accounts=self.services.accounts,
            bearer=bearer,
        )

    async def context(self, who: str | None) -> Context:
        return await Context.open(self.services, self.caller(None if who is None else self.tokens[who]))

    async def run(self, who: str | None, query: str, **variables: Any) -> dict[str, Any]:
        """Execute without a transport; the answer as JSON would have it."""
        result = await self.schema.execute(query, variable_values=variables, context_value=await self.context(who))
        return {"data": result.data, "errors": [error.formatted for error in result.errors or ()]}

    async def ask(self, who: str | None, query: str, **variables: Any) -> dict[str, Any]:
        """Execute, and fail on any error."""
        answer = await self.run(who, query, **variables)
        assert not answer["errors"], answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def post(self, who: str | None, body: Any, **headers: str) -> tuple[int, Any]:
        """Send over HTTP, through Quart's own test client."""
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        response = await self.app.test_client().post("/graphql", json=body, headers=headers)
        return response.status_code, await response.get_json()


async def _nothing(context: JobContext) -> None: ...


async def _fine() -> HealthCheck:
    return HealthCheck(name="database", state=HealthState.OK, message="It answers.")


async def _people(users: Users, accounts: Accounts) -> tuple[dict[str, str], dict[str, Principal]]:
    tokens: dict[str, str] = {}
    principals: dict[str, Principal] = {}
    local = accounts.local_principal()
    for role in (Role.ADMIN, Role.MANAGER, Role.USER, Role.VIEWER):
        made = await users.create(local, name=role.value, password=None, role=role)
        given = await accounts.sessions.open(made, device="test", address=None)
        tokens[role.value] = given.access_token
    # Somebody who may see the first library only.
    made = await users.create(local, name="guest", password=None, role=Role.USER, all_libraries=False, libraries=[1])
    tokens["guest"] = (await accounts.sessions.open(made, device="test", address=None)).access_token
    for name, token in tokens.items():
        principals[name] = await accounts.authenticate(token)
    return tokens, principals


@pytest.fixture
def house_options(tmp_path: Path) -> Options:
    media = tmp_path / "media"
    (media / "films").mkdir(parents=True)
    (media / "more").mkdir()
    (tmp_path / "data").mkdir()
    return Options(data=tmp_path / "data", cache=tmp_path / "cache", media=(media,))


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated and populated database, to be copied."""
    path = tmp_path_factory.mktemp("furnished") / "foyer.db"
    migrate(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        furnish(connection)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
async def database(tmp_path: Path, furnished: Path) -> AsyncIterator[Database]:
    """A populated database of the test's own."""
    shutil.copy(furnished, tmp_path / "foyer.db")
    opened = await Database.open(tmp_path / "foyer.db")
    yield opened
    await opened.close()


@pytest.fixture
async def house(
    schema: FoyerSchema, database: Database, bus: EventBus, settings: Settings, queue: JobQueue, house_options: Options
) -> AsyncIterator[House]:
    for name in (SCAN, REMOVE):
        queue.register(JobKind(name=name, lane=Lane.IO, handler=_nothing))
    accounts = Accounts(database, house_options.data, bus)
    tokens, principals = await _people(accounts.users, accounts)
    progress, upnext = ProgressService(database, bus, settings), UpNext(database)
    links, libraries = MediaLinks(accounts.media_tokens), Libraries(database, bus, queue, house_options)
    services = Services(
        database=database,
        bus=bus,
        settings=settings,
        jobs=queue,
        accounts=accounts,
        libraries=libraries,
        uploads=Uploads(database, settings, queue, libraries),
        playback=PlaybackService(database, progress, upnext, links),
        progress=progress,
        sessions=PlaybackSessions(database, bus, progress, Streams()),
        upnext=upnext,
        links=links,
        vitals=Vitals(health=Health(checks={"database": _fine}), database=database.path),
    )
    app = Quart(__name__)
    app.config["RESPONSE_TIMEOUT"] = None
    found = House(services=services, schema=schema, tokens=tokens, principals=principals, app=app)

    def caller_of(scope: Mapping[str, Any]) -> RequestContext:
        headers = {name.lower(): value.decode() for name, value in scope["headers"]}
        bearer = headers.get(b"authorization", "").removeprefix("Bearer ") or None
        return found.caller(bearer)

    mount(app, services, caller_of=caller_of, schema=schema)
    yield found
    accounts.close()


@pytest.fixture(scope="session")
def schema() -> FoyerSchema:
    return build_schema()
