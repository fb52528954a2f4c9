"""What the canned server resolves each root field of the contract with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from tests.web.demo import GENRES, NOW, House, Row, connection
from tests.web.mutations import Mutations
from tests.web.rows import job, screen, user
from tests.web.uploads import Uploads

Resolver = Callable[..., Any]


def by_id(rows: list[Row]) -> Resolver:
    """A root field that finds one of these."""

    def find(_info: object, **arguments: Any) -> Row | None:
        return next((row for row in rows if row["id"] == arguments["id"]), None)

    return find


class Answers:
    """Root values over a House; tests replace what they need in ``replaced``."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.replaced: dict[str, Any] = {}
        self.background_work = True
        self.uploads = Uploads()
        self.viewer: Row | None = user("ada", "ADMIN")
        self.server: Row = {
            "name": "Foyer",
            "version": "0.1.0",
            "apiVersion": 1,
            "setupRequired": False,
            "ingress": False,
        }
        self.users = [
            user("ada", "ADMIN"),
            user("milo", "USER"),
            user("kid", "VIEWER", allLibraries=False, libraries=[house.libraries[1]]),
        ]
        self.jobs = [
            job("Films", "RUNNING"),
            job("Series", "SUCCEEDED", finishedAt=NOW),
            job(
                "Family",
                "FAILED",
                finishedAt=NOW,
                error={"code": "UNAVAILABLE", "message": "The disk of /media/home is not mounted."},
            ),
        ]
        self.sessions: list[Row] = [self.session("film-2", "living-room", "TRANSCODE")]
        self.screens = [
            screen("projector", "Attic", "UNAVAILABLE"),
            screen("television", "Living room", "IDLE"),
            screen("bedroom_tv", "Bedroom", "OFF"),
            screen("display", "Kitchen", "PLAYING", canSeek=False),
        ]
        self.screens_problem: str | None = None
        self.elsewhere: list[Row] = []
        self.settings = [
            self._setting(
                "scan.interval_hours",
                "Scan every",
                "How often libraries are looked through, in hours.",
                "Library",
                "INTEGER",
                24,
                minimum=1,
                maximum=720,
            ),
            self._setting(
                "scan.watch", "Watch folders", "Notice new files within seconds.", "Library", "BOOLEAN", True
            ),
            self._setting(
                "stream.preset",
                "Encoder preset",
                "Faster costs quality.",
                "Streaming",
                "CHOICE",
                "fast",
                choices=["fast", "medium", "slow"],
            ),
            self._setting(
                "homeassistant.size", "Largest piece", "How much goes at once.", "homeassistant", "BYTES", 8 << 20
            ),
            self._setting("server.name", "Server name", "What clients call this server.", "Server", "STRING", "Foyer"),
        ]
        self.video: Row = {"candidates": [self.candidate("DIRECT_PLAY", "media/clip.mp4", "video/mp4")]}
        self.tops: tuple[str, ...] = ("/media",)
        """Where media may lie."""
        self.commands: list[Row] = []
        self._queues: dict[str, list[asyncio.Queue[Row]]] = {}

    def publish(self, field: str, event: Row) -> None:
        for queue in self._queues.get(field, []):
            queue.put_nowait(event)

    def candidate(self, method: str, url: str, mime: str, *reasons: str) -> Row:
        return {
            "method": method,
            "url": url,
            "mimeType": mime,
            "codecs": "avc1.640028,mp4a.40.2",
            "container": "mp4",
            "height": 360,
            "bitRate": 900_000,
            "reasons": [
                {"code": "VIDEO_CODEC_NOT_SUPPORTED", "message": reason, "subject": None} for reason in reasons
            ],
            "expiresAt": NOW,
        }

    def session(self, item: str, device: str, method: str) -> Row:
        row = self.house.items[item]
        reason = {
            "code": "VIDEO_CODEC_NOT_SUPPORTED",
            "message": "The device cannot decode HEVC.",
            "subject": "HEVC Main 10",
        }
        return {
            "__typename": "PlaybackSession",
            "id": f"session-{device}",
            "user": user("milo", "USER"),
            "item": row,
            "file": row["files"][0],
            "method": method,
            "reasons": [reason],
            "state": "PLAYING",
            "positionSeconds": 1830.0,
            "durationSeconds": 5400.0,
            "startedAt": NOW,
            "updatedAt": NOW,
            "client": "Foyer Web",
            "device": device,
            "address": "192.168.1.23",
            "encoder": "h264_nvenc (GPU 0)",
            "height": 720,
            "bitRate": 3_000_000,
        }

    def play_on(self, screen_id: str, item: str, position: float) -> Row:
        """A screen begins to play for the viewer; everyone who listens hears of it."""
        found = next(one for one in self.screens if one["id"] == screen_id)
        session = self.session(item, found["name"], "REMUX") | {
            "id": f"session-{screen_id}",
            "user": self.viewer,
            "positionSeconds": position,
            "screenId": screen_id,
        }
        found |= {"state": "PLAYING", "session": session}
        self.elsewhere = [session]
        self.publish("screenEvents", self.screen_event(found, "CHANGED"))
        self.publish("playbackEvents", {"cursor": "2", "kind": "STARTED", "session": session})
        return session

    def stop_elsewhere(self, session: str) -> None:
        """What plays on a screen ends."""
        for one in self.elsewhere:
            if one["id"] == session:
                self.publish("playbackEvents", {"cursor": "3", "kind": "STOPPED", "session": one})
        self.elsewhere = [one for one in self.elsewhere if one["id"] != session]

    @staticmethod
    def screen_event(row: Row, kind: str) -> Row:
        return {"cursor": "1", "kind": kind, "screenId": row["id"], "screen": row}

    @staticmethod
    def _setting(key: str, title: str, description: str, group: str, kind: str, value: object, **more: object) -> Row:
        coded = json.dumps(value)
        return {
            "key": key,
            "title": title,
            "description": description,
            "group": group,
            "kind": kind,
            "value": coded,
            "defaultValue": coded,
            "choices": [],
            **more,
        }

    def streams(self) -> dict[str, Resolver]:
        """Root values of the subscriptions: a snapshot, then what is published."""
        snapshots = {
            "jobEvents": [
                {"cursor": "1", "kind": "SNAPSHOT", "job": one} for one in self.jobs if one["state"] == "RUNNING"
            ],
            "libraryEvents": [],
            "playbackEvents": [{"cursor": "1", "kind": "SNAPSHOT", "session": one} for one in self.elsewhere],
            "screenEvents": [self.screen_event(one, "SNAPSHOT") for one in self.screens],
        }

        def stream(field: str) -> Resolver:
            async def events(_info: object, **_: object) -> AsyncIterator[Row]:
                queue: asyncio.Queue[Row] = asyncio.Queue()
                self._queues.setdefault(field, []).append(queue)
                for event in snapshots[field]:
                    yield {field: event}
                try:
                    while True:
                        yield {field: await queue.get()}
                finally:
                    self._queues[field].remove(queue)

            return events

        return {field: stream(field) for field in snapshots}

    def root(self, authorised: bool) -> dict[str, Any]:
        house = self.house
        items = house.items.values()
        episodes = [
            row for row in items if row["kind"] == "EPISODE" and row["seasonNumber"] == 1 and row["number"] == 3
        ]
        health = {
            "state": "OK",
            "uptimeSeconds": 93_000.0,
            "memoryBytes": 8.8e7,
            "ffmpegVersion": "9.0.2",
            "databaseBytes": 4.1e7,
            "cacheBytes": 2.1e9,
            "cacheBudgetBytes": 1e10,
            "backgroundWork": self.background_work,
            "checks": [
                {"name": "Database", "state": "OK", "message": "Answers in 0.3 ms."},
                {"name": "GPU", "state": "ABSENT", "message": "No device found; the processor encodes."},
            ],
        }
        root: dict[str, Any] = {
            "server": {**self.server, "viewer": self.viewer if authorised else None},
            "libraries": connection(house.libraries),
            "library": by_id(house.libraries),
            "item": by_id(list(items)),
            "continueWatching": connection([row for row in items if row["userState"]["progress"] > 0]),
            "nextUp": connection(episodes),
            "latest": self._latest,
            "genres": connection(GENRES),
            "search": self._search,
            "playbackInfo": self._playback_info,
            "playbackSessions": connection(self.sessions),
            "screens": connection(self.screens),
            "screensProblem": self.screens_problem,
            "users": connection(self.users),
            "loginSessions": connection(
                [
                    {
                        "id": "login-1",
                        "device": "Chrome on Linux",
                        "address": "192.168.1.5",
                        "createdAt": NOW,
                        "lastUsedAt": NOW,
                        "expiresAt": NOW,
                        "current": True,
                    }
                ]
            ),
            "apiKeys": connection(
                [
                    {
                        "id": "key-1",
                        "name": "Kitchen dashboard",
                        "prefix": "fy_8Jq",
                        "scopes": ["READ", "PLAY"],
                        "createdAt": NOW,
                    }
                ]
            ),
            "jobs": connection(self.jobs),
            "job": by_id(self.jobs),
            "uploads": connection(self.uploads.open()),
            "settings": connection(self.settings),
            "directories": self._directories,
            "health": health,
        }
        return root | Mutations(self).fields() | self.replaced

    def _latest(self, info: object, library: str | None = None, **page: Any) -> Row:
        rows = [row for one in self.house.libraries if library in {one["id"], None} for row in one["rows"]]
        return connection(rows)(info, **page)

    def _search(self, _info: object, text: str, kinds: list[str] | None = None, **_: object) -> Row:
        found = [row for row in self.house.items.values() if text.lower() in row["title"].lower()]
        counts = {
            kind: sum(row["kind"] == kind for row in found) for kind in dict.fromkeys(row["kind"] for row in found)
        }
        shown = [row for row in found if not kinds or row["kind"] in kinds]
        facets = [{"kind": kind, "count": count} for kind, count in counts.items()]
        return {"items": connection(shown), "suggestions": [] if found else ["winter"], "facets": facets}

    def _playback_info(self, _info: object, **arguments: Any) -> Row:
        row = self.house.items[arguments["input"]["item"]]
        tracks = [
            {"index": 1, "language": "eng", "codec": "aac", "channels": 6, "default": True},
            {"index": 2, "language": "deu", "codec": "aac", "channels": 2, "default": False},
        ]
        subtitle = {
            "forced": False,
            "hearingImpaired": False,
            "default": False,
            "text": True,
            "url": "media/subtitles.vtt",
        }
        return {
            "item": row,
            "file": row["files"][0],
            "durationSeconds": 40.0,
            "resumeSeconds": 12.0 if row["userState"]["positionSeconds"] else 0.0,
            "rejected": [],
            "audioTracks": tracks,
            "subtitleTracks": [
                {**subtitle, "id": "sub-en", "language": "eng"},
                {**subtitle, "id": "sub-de", "language": "deu"},
            ],
            "chapters": row["chapters"],
            "qualities": [
                {"label": "720p", "height": 720, "bitRate": 3_000_000},
                {"label": "480p", "height": 480, "bitRate": 1_200_000},
            ],
            "trickplay": {
                "url": "media/sheet0.jpg",
                "urlTemplate": "media/sheet{sheet}.jpg",
                "tileWidth": 160,
                "tileHeight": 90,
                "columns": 5,
                "rows": 2,
                "count": 8,
                "intervalSeconds": 5.0,
            },
            "next": row.get("next"),
            **self.video,
        }

    def _directories(self, _info: object, path: str | None = None) -> Row:
        if not path and len(self.tops) > 1:
            return {"path": "", "parent": None, "entries": [_entry(top, top) for top in self.tops], "truncated": False}
        here = path or self.tops[0]
        names = ["films", "series", "music videos", "family"] if here in self.tops else ["2024", "2025"]
        parent: str | None = here.rpartition("/")[0]
        if here in self.tops:
            parent = "" if len(self.tops) > 1 else None
        entries = [_entry(name, f"{here}/{name}") for name in names]
        return {"path": here, "parent": parent, "entries": entries, "truncated": False}


def _entry(name: str, path: str) -> Row:
    return {"name": name, "path": path, "readable": name != "family", "hasChildren": True, "mediaFileCount": 12}
