"""A Foyer made of nothing but its schema: what it answers is executed against graphql/schema.graphql."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from inspect import isawaitable
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from graphql import ExecutionResult, build_schema, execute, parse, subscribe, validate

SCHEMA = build_schema((Path(__file__).parents[2] / "graphql" / "schema.graphql").read_text("utf-8"))
KEY = "foyer_abcd1234_secret"
EVERYTHING = ["PLAY", "SEARCH", "MANAGE_OWN_STATE", "VIEW_SESSIONS", "CONTROL_SESSIONS", "MANAGE_LIBRARIES"]
TOKEN = "AQEBc2lnbmVkLXRva2VuLW9mLWZveWVy"
FILM = bytes(range(256)) * 4096
PICTURE = bytes(range(256)) * 2048
AT = "2026-11-29T10:00:00+00:00"


def image(name: str) -> dict[str, Any]:
    return {"url": lambda _info, width: f"media/image/{TOKEN}{name}/{width}.webp"}


def connection(*nodes: dict[str, Any], more: str | None = None) -> dict[str, Any]:
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": more is not None, "endCursor": more}}


def library(name: str = "Films", **changes: Any) -> dict[str, Any]:
    folder = {"id": "f1", "path": "/media/films", "available": True, "problem": None}
    return {
        "__typename": "Library",
        "id": f"lib-{name.lower()}",
        "name": name,
        "kind": "MOVIES",
        "state": "IDLE",
        "itemCount": 2,
        "folders": [folder],
    } | changes


FILMS = library()
SHOWS = library("Series", kind="SERIES", itemCount=1)


def item(name: str, kind: str = "MOVIE", **changes: Any) -> dict[str, Any]:
    types = {"MOVIE": "Movie", "SERIES": "Series", "SEASON": "Season", "EPISODE": "Episode", "ARTIST": "Artist"}
    return {
        "__typename": types[kind],
        "id": f"item-{name.lower().replace(' ', '-')}",
        "kind": kind,
        "title": name,
        "year": 2008,
        "overview": None,
        "durationSeconds": 596.0,
        "library": FILMS,
        "poster": image(name[0]),
        "thumb": None,
        "userState": {"positionSeconds": 60.0, "progress": 0.1, "watched": False},
    } | changes


BUNNY = item("Big Buck Bunny")
SINTEL = item("Sintel", year=2010)
SHOW = item("Pioneer One", "SERIES", library=SHOWS)
PILOT = item("Earthfall", "EPISODE", library=SHOWS, seasonNumber=1, number=1, series=SHOW, thumb=image("e"))
SECOND = item("The Man", "EPISODE", library=SHOWS, seasonNumber=1, number=2, series=SHOW)
SEASON = item("Season 1", "SEASON", library=SHOWS, series=SHOW, episodes=connection(PILOT, SECOND))
SHOW |= {"nextUp": PILOT, "seasons": connection(SEASON)}
ITEMS = {one["id"]: one for one in (BUNNY, SINTEL, SHOW, SEASON, PILOT, SECOND)}
ANNA = {"id": "user-anna", "name": "anna", "displayName": "Anna"}


def session(number: int = 1, of: dict[str, Any] = BUNNY, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"session-{number}",
        "state": "PLAYING",
        "method": "DIRECT_PLAY",
        "positionSeconds": 12.5,
        "durationSeconds": 596.0,
        "startedAt": AT,
        "updatedAt": AT,
        "client": "Foyer Web",
        "device": "Chrome on Linux",
        "screenId": None,
        "user": ANNA,
        "item": of,
    } | changes


class FakeFoyer:
    """What it says is in its attributes; what it was asked is in ``asked`` and ``inputs``."""

    def __init__(self) -> None:
        self.key = KEY
        self.server = {"id": "server-1", "name": "Living room", "version": "0.1.0", "apiVersion": 1}
        self.permissions = list(EVERYTHING)
        self.expires_at: str | None = None
        self.sessions: list[dict[str, Any]] = []
        self.libraries: list[dict[str, Any]] = [FILMS, SHOWS]
        self.candidates: list[dict[str, Any]] = [
            {"method": "DIRECT_PLAY", "url": f"media/direct/{TOKEN}/file.mp4", "mimeType": "video/mp4"}
        ]
        self.rejected: list[dict[str, Any]] = []
        self.refusal: dict[str, Any] | None = None
        self.inputs: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.after: list[dict[str, Any]] = []
        """The variables of each subscription."""
        self.media: list[web.Request] = []
        self.is_packed = False
        """Whether a proxy compresses playlists though nobody asked."""
        self.on_behalf_of: list[str | None] = []
        self.housemates: set[str] = set()
        """The users of Home Assistant for whom may be asked."""
        self.screens: list[dict[str, Any]] = []
        self.behind: list[tuple[str, dict[str, Any]]] = []
        """What happened in sessions that a follower who comes back has not heard."""
        self._queues: dict[str, list[asyncio.Queue[dict[str, Any]]]] = {}
        self._sockets: set[web.WebSocketResponse] = set()
        self._cursor = 100

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/graphql", self._post)
        app.router.add_get("/graphql", self._socket)
        app.router.add_get("/media/{path:.+}", self._media)
        app.router.add_get("/health/live", self._live)
        return app

    def playback(self, kind: str, of: dict[str, Any]) -> None:
        """Something happens in a session."""
        self.sessions = [one for one in self.sessions if one["id"] != of["id"]]
        if of["state"] != "STOPPED":
            self.sessions.append(of)
        self._tell("playbackEvents", {"kind": kind, "itemId": of["item"]["id"], "session": of})

    def library(self, kind: str, of: dict[str, Any] | None, about: dict[str, Any] | None = None) -> None:
        """Something happens to a library."""
        known = [one for one in self.libraries if of is None or one["id"] != of["id"]]
        self.libraries = [*known, of] if of else known
        self._tell("libraryEvents", {"kind": kind, "itemId": about and about["id"], "library": of, "item": about})

    def screen(self, screen_id: str, entity_id: str) -> None:
        """A media player of Home Assistant can be played on."""
        told = {"kind": "CHANGED", "screenId": screen_id, "screen": {"entityId": entity_id}}
        self.screens.append({**told, "kind": "SNAPSHOT"})
        self._tell("screenEvents", told)

    @property
    def followers(self) -> int:
        """How many follow everything."""
        counts = [len(self._queues.get(name, ())) for name in ("playbackEvents", "libraryEvents", "screenEvents")]
        return min(counts)

    async def fail_an_event(self) -> None:
        """Send an event of something that is gone."""
        payload = {"data": None, "errors": [{"message": "It is gone.", "extensions": {"code": "INTERNAL"}}]}
        for socket in self._sockets:
            await socket.send_json({"id": "playback", "type": "next", "payload": payload})

    async def babble(self) -> None:
        """Send an event of a shape nobody knows."""
        for socket in self._sockets:
            await socket.send_json({"id": "playback", "type": "next", "payload": {"data": {"playbackEvents": {}}}})

    async def hang_up(self, code: int = 1001) -> None:
        """End every connection."""
        for socket in list(self._sockets):
            await socket.close(code=code)

    def _tell(self, stream: str, event: dict[str, Any]) -> None:
        self._cursor += 1
        for queue in self._queues.get(stream, []):
            queue.put_nowait({stream: {**event, "cursor": str(self._cursor)}})

    def _is_welcome(self, header: str | None) -> bool:
        return header == f"Bearer {self.key}"

    def _root(self, welcome: bool) -> dict[str, Any]:
        viewer = {"id": "user-ha", "name": "Home Assistant", "permissions": self.permissions}

        def refuse_or(payload: str, answer: dict[str, Any]) -> Any:
            def resolve(_info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 - the schema's name
                self.inputs.append((payload, input))
                return self.refusal or {"__typename": payload, **answer}

            return resolve

        return {
            "server": {**self.server, "viewer": viewer if welcome else None},
            "apiKeys": connection({"prefix": KEY[:12], "expiresAt": self.expires_at}),
            "playbackSessions": connection(*self.sessions),
            "libraries": connection(*self.libraries),
            "health": {"state": "OK", "uptimeSeconds": 5.0, "ffmpegVersion": "7.1", "checks": []},
            "item": lambda _info, **given: ITEMS.get(given["id"]),
            "library": self._library,
            "continueWatching": connection(BUNNY, PILOT),
            "nextUp": connection(SECOND),
            "latest": connection(SINTEL),
            "search": lambda _info, text, **_: {
                "items": connection(*(one for one in ITEMS.values() if text.lower() in one["title"].lower()))
            },
            "playbackInfo": self._info,
            "sendCommand": refuse_or("SendCommandPayload", {"session": session()}),
            "scanLibrary": refuse_or("ScanLibraryPayload", {"job": {"id": "job-1"}}),
            "setWatched": refuse_or("SetWatchedPayload", {"item": BUNNY}),
            "playOn": refuse_or("PlayOnPayload", {"session": session(9), "notice": None}),
            "transferPlayback": refuse_or(
                "TransferPlaybackPayload", {"positionSeconds": 12.5, "notice": None, "session": session(9)}
            ),
            "refreshMetadata": refuse_or("RefreshMetadataPayload", {"job": {"id": "job-2"}}),
            "setBackgroundWork": refuse_or("SetBackgroundWorkPayload", {"backgroundWork": False}),
        }

    def _library(self, _info: Any, id: str) -> dict[str, Any] | None:  # noqa: A002 - the schema's name
        found = next((one for one in self.libraries if one["id"] == id), None)

        def items(_info: Any, first: int, after: str | None, **_: Any) -> dict[str, Any]:
            assert first == 100
            return connection(SINTEL) if after else connection(BUNNY, more="next/page=")

        return found and {**found, "items": items}

    def _info(self, _info: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 - the schema's name
        self.inputs.append(("playbackInfo", input))
        return {"durationSeconds": 596.0, "candidates": self.candidates, "rejected": self.rejected}

    def _answer(self, body: dict[str, Any], *, welcome: bool) -> dict[str, Any]:
        document = parse(body["query"])
        errors = validate(SCHEMA, document)
        assert not errors, errors
        name = document.definitions[0].name.value  # type: ignore[attr-defined]
        self.asked.append(name)
        if name != "Server" and not welcome:
            refusal = {"message": "Sign in first.", "extensions": {"code": "UNAUTHENTICATED"}}
            return {"data": None, "errors": [refusal]}
        result = execute(SCHEMA, document, self._root(welcome), variable_values=body.get("variables"))
        assert isinstance(result, ExecutionResult)
        assert not result.errors, result.errors
        return {"data": result.data}

    async def _post(self, request: web.Request) -> web.Response:
        welcome = self._is_welcome(request.headers.get("Authorization"))
        somebody = request.headers.get("X-Foyer-On-Behalf-Of")
        self.on_behalf_of.append(somebody)
        is_stranger = somebody is not None and somebody not in self.housemates
        body = await request.json()
        if is_stranger and "viewer" not in body["query"]:
            refusal = {"message": "Not for others.", "extensions": {"code": "FORBIDDEN"}}
            return web.json_response({"data": None, "errors": [refusal]})
        return web.json_response(self._answer(body, welcome=welcome and not is_stranger))

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("graphql-transport-ws",))
        await socket.prepare(request)
        self._sockets.add(socket)
        running: list[asyncio.Task[None]] = []
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
                message = json.loads(frame.data)
                if message["type"] == "connection_init":
                    if not self._is_welcome(message["payload"].get("authorization")):
                        await socket.close(code=4401)
                        break
                    await socket.send_json({"type": "connection_ack"})
                    await socket.send_json({"type": "ping"})
                elif message["type"] == "subscribe":
                    running.append(asyncio.create_task(self._subscribed(socket, message)))
        finally:
            self._sockets.discard(socket)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return socket

    async def _subscribed(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        document = parse(message["payload"]["query"])
        errors = validate(SCHEMA, document)
        assert not errors, errors
        field = document.definitions[0].selection_set.selections[0].name.value  # type: ignore[attr-defined]
        after = (message["payload"].get("variables") or {}).get("after")
        self.after.append({field: after})
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._queues.setdefault(field, []).append(queue)

        async def events(*_: Any, **__: Any) -> AsyncGenerator[dict[str, Any], None]:
            if field == "screenEvents":
                for one in self.screens:
                    yield {field: {**one, "cursor": "1"}}
            if field == "playbackEvents" and after:
                for kind, one in self.behind:
                    yield {field: {"kind": kind, "itemId": one["item"]["id"], "session": one, "cursor": "102"}}
            while True:
                yield await queue.get()

        try:
            variables = message["payload"].get("variables")
            stream: Any = subscribe(SCHEMA, document, variable_values=variables, subscribe_field_resolver=events)
            async for result in await stream if isawaitable(stream) else stream:
                assert not result.errors, result.errors
                await socket.send_json({"id": message["id"], "type": "next", "payload": {"data": result.data}})
        finally:
            self._queues[field].remove(queue)

    async def _live(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _media(self, request: web.Request) -> web.StreamResponse:
        self.media.append(request)
        path = request.match_info["path"]
        if path.startswith("image/"):
            return web.Response(body=PICTURE, content_type="image/webp", headers={"ETag": '"1"'})
        if path.endswith("master.m3u8"):
            text = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv1/index.m3u8\n"
            playlist = web.Response(text=text, content_type="application/vnd.apple.mpegurl")
            if self.is_packed:
                playlist.enable_compression(web.ContentCoding.gzip)
            return playlist
        if path.endswith("elsewhere.mp4"):
            raise web.HTTPFound("http://127.0.0.1:1/secret")
        headers = {"Accept-Ranges": "bytes", "ETag": '"film"', "X-Secret": "1", "Connection": "close"}
        try:
            part = request.http_range
        except ValueError:
            part = slice(None)
        start, stop = part.start or 0, min(part.stop or len(FILM), len(FILM))
        status = 200
        if "Range" in request.headers:
            status = 206
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(FILM)}"
        return web.Response(body=FILM[start:stop], status=status, headers=headers, content_type="video/mp4")
