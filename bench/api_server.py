"""A server for the API's benchmarks, in a process of its own: the real front, listener and services on made-up rows.

Started as ``python -m bench.api_server FOLDER ITEMS``; prints one JSON line with the port and a token, and ends with
its standard input. Beside ``/graphql`` it answers ``/empty``, a request that does nothing, and ``/sql``, the same page
built by SQLite alone.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from quart import Response

from bench.catalogue import fill
from foyer.accounts.roles import Role
from foyer.accounts.service import Accounts
from foyer.api.health import Health
from foyer.api.http.application import create
from foyer.api.http.front import Front
from foyer.api.http.hosts import AllowedHosts
from foyer.api.http.listener import Listener, ListenerKind
from foyer.api.http.metrics import HttpMetrics
from foyer.api.media.sendfile import FilePump
from foyer.api.schema.context import Services
from foyer.api.schema.view import mount
from foyer.api.vitals import Vitals
from foyer.db.database import Database
from foyer.db.migrations import migrate
from foyer.events.bus import EventBus
from foyer.homeassistant.identity import read_identity
from foyer.jobs.model import JobKind, Lane
from foyer.jobs.queue import JobQueue
from foyer.jobs.worker import JobWorker
from foyer.library.service import Libraries
from foyer.library.uploads.service import Uploads
from foyer.playback.links import MediaLinks
from foyer.playback.progress import ProgressService
from foyer.playback.service import PlaybackService
from foyer.playback.sessions import PlaybackSessions
from foyer.playback.upnext import UpNext
from foyer.settings.options import Options
from foyer.settings.store import Settings

FILES = (
    "INSERT INTO media_file (id, library_id, folder_id, path, size, mtime_ns, state, container, duration_ms, added_at) "
    "SELECT id, library_id, 1, CAST('/media/' || id AS BLOB), 1000000 + id, 0, 'ok', 'mp4', duration_ms, 0 FROM item "
    "WHERE kind = 'movie'"
)
PAGE_SQL = """
SELECT json_object('data', json_object('items', json_object('nodes', json_group_array(json(node))))) FROM (
SELECT json_object('id', i.id, 'kind', i.kind, 'title', i.title, 'sortTitle', i.sort_title, 'year', i.year,
  'overview', i.overview, 'addedAt', i.added_at, 'updatedAt', i.updated_at, 'durationSeconds', i.duration_ms / 1000.0,
  'originalTitle', i.original_title, 'premiered', i.premiered, 'tagline', i.tagline,
  'communityRating', i.community_rating, 'contentRating', i.content_rating, '__typename', 'Movie',
  'genres', json((SELECT json_group_array(json_object('id', b.id, 'name', b.name)) FROM item_label l
     JOIN label b ON b.id = l.label_id WHERE l.item_id = i.id)),
  'files', json((SELECT json_group_array(json_object('id', f.id, 'container', f.container, 'sizeBytes', f.size,
     'state', f.state)) FROM item_file l JOIN media_file f ON f.id = l.file_id WHERE l.item_id = i.id))) AS node
FROM item i WHERE i.library_id = 1 AND i.kind = 'movie' AND i.hidden = 0 AND (i.sort_title, i.id) > (?, ?)
ORDER BY i.sort_title, i.id LIMIT 100)
"""
TICKS = "bench.ticks"


class _NoViewers:
    def seen(self, viewer: str, position_ms: int | None = None) -> None: ...

    def stop_viewer(self, viewer: str) -> None: ...


def _prepare(path: Path, items: int) -> None:
    migrate(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        fill(connection, items)
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO library_folder (id, library_id, path) VALUES (1, 1, CAST('/media' AS BLOB))")
        connection.execute(FILES)
        connection.execute("INSERT INTO item_file (item_id, file_id) SELECT id, id FROM media_file")
        connection.execute("COMMIT")
        connection.execute("ANALYZE")


async def serve(folder: Path, items: int) -> None:
    """Serve until the parent closes our standard input."""
    options = Options(data=folder, cache=folder / "cache", ingress_port=None)
    _prepare(options.database, items)
    database = await Database.open(options.database)
    bus = EventBus(database)
    settings = Settings(database, bus)
    await settings.load()
    queue = JobQueue(database, bus)
    accounts = Accounts(database, options.data, bus)
    admin = await accounts.users.create(accounts.local_principal(), name="admin", password=None, role=Role.ADMIN)
    token = (await accounts.sessions.open(admin, device="bench", address=None)).access_token
    progress, upnext = ProgressService(database, bus, settings), UpNext(database)
    links = MediaLinks(accounts.media_tokens)
    health, libraries = Health(checks={}), Libraries(database, bus, queue, options)
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
        sessions=PlaybackSessions(database, bus, progress, _NoViewers()),
        upnext=upnext,
        links=links,
        vitals=Vitals(health=health, database=options.database),
    )
    app = create()
    mount(app, services)

    @app.post("/empty")
    async def empty() -> Response:
        return Response(b"{}", content_type="application/json")

    @app.post("/sql")
    async def sql() -> Response:
        body = await database.reader.value(PAGE_SQL, ("m", 0))
        return Response(str(body), content_type="application/json")

    @app.post("/job")
    async def job() -> Response:
        await queue.enqueue(TICKS, title="Tick")
        return Response(b"{}", content_type="application/json")

    async def nothing(_: object) -> None: ...

    queue.register(JobKind(name=TICKS, lane=Lane.GPU, handler=nothing))
    pump = FilePump()
    front = Front(
        accounts=accounts,
        inner=app,
        hosts=AllowedHosts(frozenset()),
        ingress_peers=frozenset(),
        read_identity=read_identity,
        metrics=HttpMetrics(),
    )
    listener = Listener(front, pump, kind=ListenerKind.PUBLIC, host="127.0.0.1", port=0)
    await listener.start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    print(json.dumps({"port": listener.port, "token": token}), flush=True)
    background = [asyncio.create_task(bus.run()), asyncio.create_task(JobWorker(queue, {}).run())]
    await asyncio.to_thread(sys.stdin.read)
    await listener.stop(0)
    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    pump.close()
    accounts.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
