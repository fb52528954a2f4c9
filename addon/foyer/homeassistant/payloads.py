"""What Home Assistant's bus gets to hear: the data of each event, and how it is made from Foyer's own.

Every key is always there, with ``None`` for what is not known or no longer; only ``entity_id`` may be missing, so that
an automation can ask whether it is there. Contract tests hold these shapes to what is really sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Row
from types import MappingProxyType
from typing import Any, NotRequired, TypedDict, cast

from foyer.db.fields import from_instant
from foyer.db.reader import Reader
from foyer.events.bus import Event
from foyer.events.topics import (
    LibraryEventKind,
    LibraryPayload,
    PlaybackEventKind,
    PlaybackPayload,
    SystemPayload,
    Topic,
    TranscodePayload,
    UserPayload,
)
from foyer.ids import NodeKind, encode
from foyer.library.filters import marks

TOPICS = (Topic.PLAYBACK, Topic.LIBRARY, Topic.TRANSCODE, Topic.USER, Topic.SYSTEM)
_INTERNAL = {
    (Topic.PLAYBACK, PlaybackEventKind.COMMAND),
    (Topic.PLAYBACK, PlaybackEventKind.STATE_CHANGED),
    (Topic.LIBRARY, LibraryEventKind.LIBRARY_CREATED),
    (Topic.LIBRARY, LibraryEventKind.LIBRARY_UPDATED),
    (Topic.LIBRARY, LibraryEventKind.LIBRARY_DELETED),
}
"""What is between Foyer and its own pages and players."""


class Fact(TypedDict):
    """What every event says."""

    type: str
    seq: int
    """Rises with every event of a server; the same number again is the same event again."""
    at: str
    """When it happened, ISO 8601 in UTC."""
    replayed: bool
    """It happened while Home Assistant was away: too late for lights."""
    server_id: str


class ItemFact(Fact):
    """An event about an item: ``foyer_library`` with item_added, item_updated, item_removed."""

    item_id: str | None
    title: str | None
    item_kind: str | None
    """movie, series, season, episode, artist, music_video, home_video."""
    series: str | None
    series_id: str | None
    season: int | None
    episode: int | None
    year: int | None
    library: str | None
    library_id: str | None


class PlaybackFact(ItemFact):
    """``foyer_playback``: started, paused, resumed, seeked, progress, credits, stopped, finished."""

    session_id: str | None
    user: str | None
    user_id: str | None
    device: str | None
    client: str | None
    entity_id: NotRequired[str]
    """The media player of Home Assistant it plays on, where Foyer drives one."""
    method: str | None
    """direct_play, remux, transcode."""
    state: str | None
    """playing, paused, buffering, stopped."""
    position: float | None
    """Seconds."""
    duration: float | None
    progress: float | None
    """Percent."""


class NewItem(TypedDict):
    """An item a scan has added."""

    item_id: str | None
    title: str | None
    item_kind: str | None
    series: str | None
    season: int | None
    episode: int | None
    year: int | None


class ScanFact(Fact):
    """``foyer_library``: scan_started, scan_finished, items_changed (new files of a folder that is watched)."""

    library: str | None
    library_id: str | None
    added: int | None
    updated: int | None
    removed: int | None
    items: list[NewItem]
    """The first twenty of those that were added, so that one message can name them."""


class TranscodeFact(ItemFact):
    """``foyer_transcode``: started, fell_back, failed, finished."""

    media: str
    height: int | None
    encoder: str | None
    reason: str | None
    message: str | None


class UserFact(Fact):
    """``foyer_user``: created, updated, deleted, signed_in."""

    user: str
    user_id: str
    role: str
    disabled: bool
    device: str | None


class SystemFact(Fact):
    """``foyer_system``: started, settings_changed."""

    message: str
    settings: list[str]
    version: str | None


AnyFact = ItemFact | PlaybackFact | ScanFact | TranscodeFact | UserFact | SystemFact


def is_for_home_assistant(event: Event) -> bool:
    """Whether an event is one that Home Assistant hears: state changes, and progress at every tenth."""
    return event.topic in TOPICS and event.conflate is None and (event.topic, event.kind) not in _INTERNAL


def event_type(event: Event) -> str:
    """The event's type on Home Assistant's bus, such as ``foyer_playback``."""
    return f"foyer_{event.topic.value}"


@dataclass(frozen=True, slots=True)
class _Known:
    """The rows that some events are about, by id."""

    items: Mapping[int, Row]
    sessions: Mapping[int, Row]
    users: Mapping[int, str]
    libraries: Mapping[int, str]
    files: Mapping[int, int]


class Facts:
    """Makes the data of events, many at a time: what they are about is read in one statement for each kind."""

    def __init__(self, reader: Reader, server_id: str) -> None:
        self._reader = reader
        self._server = server_id

    async def of(self, events: Sequence[Event]) -> list[AnyFact]:
        """The data of events that ``is_for_home_assistant``, in their order; whether one comes late is the sender's."""
        known = await self._look_up(events)
        return [self._fact(event, known) for event in events]

    def _fact(self, event: Event, known: _Known) -> AnyFact:
        kind = "credits" if event.kind == PlaybackEventKind.CREDITS_REACHED else str(event.kind)
        fact: Fact = {
            "type": kind,
            "seq": event.seq,
            "at": from_instant(event.seq).isoformat(),
            "replayed": False,
            "server_id": self._server,
        }
        payload: Any = event.payload
        return _MAKERS[event.topic](fact, payload, known)

    async def _look_up(self, events: Sequence[Event]) -> _Known:
        payloads = [cast("dict[str, Any]", event.payload) for event in events]
        files = await self._by_id(
            "SELECT file_id AS id, min(item_id) AS item FROM item_file WHERE extra IS NULL AND file_id IN ({}) "
            "GROUP BY file_id",
            _ids(payloads, "file_id"),
        )
        file_items = {file: int(row["item"]) for file, row in files.items()}
        return _Known(
            items=await self._by_id(
                "SELECT i.id, i.kind, i.title, i.year, i.series_id, s.title AS series, i.season_number, i.number, "
                "i.library_id FROM item i LEFT JOIN item s ON s.id = i.series_id WHERE i.id IN ({})",
                {
                    *_ids(payloads, "item_id"),
                    *file_items.values(),
                    *(item for payload in payloads for item in payload.get("added_items", ())),
                },
            ),
            sessions=await self._by_id(
                "SELECT id, method, device, client FROM playback_session WHERE id IN ({})", _ids(payloads, "session_id")
            ),
            users={
                user: str(row["name"])
                for user, row in (
                    await self._by_id("SELECT id, name FROM user WHERE id IN ({})", _ids(payloads, "user_id"))
                ).items()
            },
            libraries={row["id"]: str(row["name"]) for row in await self._reader.all("SELECT id, name FROM library")},
            files=file_items,
        )

    async def _by_id(self, sql: str, ids: Iterable[int]) -> dict[int, Row]:
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        return {row["id"]: row for row in await self._reader.all(sql.format(marks(wanted)), wanted)}


def _ids(payloads: Iterable[Mapping[str, Any]], key: str) -> set[int]:
    return {payload[key] for payload in payloads if payload.get(key) is not None}


def _about(fact: Fact, item_id: int | None, known: _Known, library_id: int | None = None) -> ItemFact:
    row = None if item_id is None else known.items.get(item_id)
    library = library_id if row is None else row["library_id"]
    return {
        **fact,
        "item_id": _global(NodeKind.ITEM, item_id),
        "title": row["title"] if row else None,
        "item_kind": row["kind"] if row else None,
        "series": row["series"] if row else None,
        "series_id": _global(NodeKind.ITEM, row["series_id"]) if row else None,
        "season": row["season_number"] if row else None,
        "episode": row["number"] if row and row["kind"] == "episode" else None,
        "year": row["year"] if row else None,
        "library": None if library is None else known.libraries.get(library),
        "library_id": _global(NodeKind.LIBRARY, library),
    }


def _new(item_id: int, known: _Known) -> NewItem:
    row = known.items.get(item_id)
    return {
        "item_id": encode(NodeKind.ITEM, item_id),
        "title": row["title"] if row else None,
        "item_kind": row["kind"] if row else None,
        "series": row["series"] if row else None,
        "season": row["season_number"] if row else None,
        "episode": row["number"] if row and row["kind"] == "episode" else None,
        "year": row["year"] if row else None,
    }


def _playback(fact: Fact, payload: PlaybackPayload, known: _Known) -> PlaybackFact:
    session_id = payload.get("session_id")
    session = None if session_id is None else known.sessions.get(session_id)
    position, duration = payload.get("position_ms"), payload.get("duration_ms")
    made = cast(
        "PlaybackFact",
        {
            **_about(fact, payload["item_id"], known, payload.get("library_id")),
            "session_id": _global(NodeKind.PLAYBACK_SESSION, session_id),
            "user": known.users.get(payload["user_id"]),
            "user_id": _global(NodeKind.USER, payload["user_id"]),
            "device": session["device"] if session else None,
            "client": session["client"] if session else None,
            "method": session["method"] if session else None,
            "state": payload.get("state"),
            "position": None if position is None else position / 1000,
            "duration": None if duration is None else duration / 1000,
            "progress": round(min(100.0, position * 100 / duration), 1) if position is not None and duration else None,
        },
    )
    if "entity_id" in payload:
        made["entity_id"] = payload["entity_id"]
    return made


def _library(fact: Fact, payload: LibraryPayload, known: _Known) -> ItemFact | ScanFact:
    if "item_id" not in payload:
        return {
            **fact,
            "library": known.libraries.get(payload["library_id"]),
            "library_id": encode(NodeKind.LIBRARY, payload["library_id"]),
            "added": payload.get("added"),
            "updated": payload.get("updated"),
            "removed": payload.get("removed"),
            "items": [_new(item, known) for item in payload.get("added_items", ())],
        }
    made = _about(fact, payload["item_id"], known, payload["library_id"])
    made["item_kind"] = payload.get("item_kind") or made["item_kind"]
    if was := payload.get("was"):
        made["title"], made["year"] = was["title"], was["year"]
        made["series"], made["series_id"] = was["series"], _global(NodeKind.ITEM, was["series_id"])
        made["season"] = was["season"]
        made["episode"] = was["episode"] if made["item_kind"] == "episode" else None
    return made


def _transcode(fact: Fact, payload: TranscodePayload, known: _Known) -> TranscodeFact:
    return {
        **_about(fact, known.files.get(payload["file_id"]), known),
        "media": payload["media"],
        "height": payload["height"],
        "encoder": payload["encoder"] or None,
        "reason": payload.get("reason"),
        "message": payload.get("message"),
    }


def _user(fact: Fact, payload: UserPayload, known: _Known) -> UserFact:  # noqa: ARG001 - one signature for all
    return {
        **fact,
        "user": payload["name"],
        "user_id": encode(NodeKind.USER, payload["user_id"]),
        "role": payload["role"],
        "disabled": payload["disabled"],
        "device": payload.get("device"),
    }


def _system(fact: Fact, payload: SystemPayload, known: _Known) -> SystemFact:  # noqa: ARG001 - one signature for all
    return {
        **fact,
        "message": payload["message"],
        "settings": payload.get("settings", []),
        "version": payload.get("version"),
    }


_MAKERS: Mapping[Topic, Callable[[Fact, Any, _Known], AnyFact]] = MappingProxyType(
    {
        Topic.PLAYBACK: _playback,
        Topic.LIBRARY: _library,
        Topic.TRANSCODE: _transcode,
        Topic.USER: _user,
        Topic.SYSTEM: _system,
    }
)


def _global(kind: NodeKind, row: int | None) -> str | None:
    return None if row is None else encode(kind, row)
