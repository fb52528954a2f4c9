"""What Foyer tells, as values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from homeassistant.util import dt as dt_util


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Which Foyer this is, and what the key may do there."""

    id: str
    name: str
    version: str
    api_version: int
    viewer_id: str | None
    viewer: str | None
    permissions: frozenset[str]

    @classmethod
    def read(cls, data: dict[str, Any]) -> Server:
        """From the answer of ``documents.SERVER``; raises ``KeyError`` or ``TypeError`` when it is no Foyer's."""
        viewer = data["viewer"]
        return cls(
            id=str(data["id"]),
            name=str(data["name"]),
            version=str(data["version"]),
            api_version=int(data["apiVersion"]),
            viewer_id=viewer["id"] if viewer else None,
            viewer=viewer["name"] if viewer else None,
            permissions=frozenset(viewer["permissions"]) if viewer else frozenset(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A film, an episode, or what holds others. Durations and positions in seconds."""

    id: str
    kind: str
    title: str
    year: int | None = None
    duration: float | None = None
    library_id: str | None = None
    library: str | None = None
    poster: str | None = None
    thumb: str | None = None
    position: float = 0.0
    progress: float = 0.0
    watched: bool = False
    season: int | None = None
    episode: int | None = None
    series: str | None = None
    series_id: str | None = None
    artist: str | None = None

    @classmethod
    def read(cls, data: dict[str, Any]) -> Item:
        """From the fragment ``ItemLine``."""
        series, state = data.get("series") or {}, data["userState"]
        artists = [artist["title"] for artist in data.get("artists") or ()]
        return cls(
            id=data["id"],
            kind=data["kind"],
            title=data["title"],
            year=data["year"],
            duration=data["durationSeconds"],
            library_id=data["library"]["id"],
            library=data["library"]["name"],
            poster=_url(data["poster"]) or _url(series.get("poster")),
            thumb=_url(data["thumb"]),
            position=state["positionSeconds"],
            progress=state["progress"],
            watched=state["watched"],
            season=data.get("seasonNumber"),
            episode=data.get("number"),
            series=series.get("title"),
            series_id=series.get("id"),
            artist=", ".join(artists) or None,
        )

    @property
    def is_playable(self) -> bool:
        """Whether it is played itself, not what is in it."""
        return self.kind not in ("SERIES", "SEASON", "ARTIST")

    @property
    def label(self) -> str:
        """The title with what one needs to know which it is."""
        if self.series and self.episode is not None:
            return f"{self.series} {self.season or 0}x{self.episode:02} · {self.title}"
        if self.artist:
            return f"{self.artist} · {self.title}"
        return f"{self.title} ({self.year})" if self.year and self.kind == "MOVIE" else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody watches something on some player. Times in seconds."""

    id: str
    state: str
    method: str
    position: float
    duration: float
    started_at: datetime
    updated_at: datetime
    client: str
    device: str
    user_id: str
    user: str
    """As they are called."""
    account: str
    """The name they sign in with, by which Foyer's events on the bus name them."""
    item: Item
    screen: str | None = None
    """The screen of Foyer's it plays on, when that is a media player of Home Assistant."""

    @classmethod
    def read(cls, data: dict[str, Any]) -> Session:
        """From the fragment ``SessionLine``."""
        user = data["user"]
        return cls(
            id=data["id"],
            state=data["state"],
            method=data["method"],
            position=data["positionSeconds"],
            duration=data["durationSeconds"],
            started_at=_moment(data["startedAt"]),
            updated_at=_moment(data["updatedAt"]),
            client=data["client"],
            device=data["device"],
            user_id=user["id"],
            user=user["displayName"] or user["name"],
            account=user["name"],
            item=Item.read(data["item"]),
            screen=data["screenId"],
        )

    @property
    def player(self) -> str:
        """The same for every session of one person in one program on one device."""
        text = f"{self.user_id}\0{self.client}\0{self.device}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder of a library."""

    path: str
    available: bool
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A library and how it is."""

    id: str
    name: str
    kind: str
    state: str
    item_count: int
    folders: tuple[Folder, ...] = ()

    @classmethod
    def read(cls, data: dict[str, Any]) -> Library:
        """From the fragment ``LibraryLine``."""
        folders = (
            Folder(path=one["path"], available=one["available"], problem=one["problem"]) for one in data["folders"]
        )
        return cls(
            id=data["id"],
            name=data["name"],
            kind=data["kind"],
            state=data["state"],
            item_count=data["itemCount"],
            folders=tuple(folders),
        )

    @property
    def missing(self) -> tuple[str, ...]:
        """The folders that are not there now."""
        return tuple(folder.path for folder in self.folders if not folder.available)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened, as automations see it."""

    topic: str
    """``playback`` or ``library``."""
    type: str
    data: dict[str, Any]
    player: str | None = None
    replayed: bool = False
    """It happened while the connection was away: nothing that switches a light should follow."""


@dataclass(slots=True, kw_only=True)
class Player:
    """A device that played something once."""

    key: str
    device: str
    client: str
    user: str
    seen: datetime = field(default_factory=dt_util.utcnow)

    @classmethod
    def of(cls, session: Session) -> Player:
        """The player of a session."""
        return cls(key=session.player, device=session.device, client=session.client, user=session.user)

    @property
    def name(self) -> str:
        """What to call it, such as ``Chrome on Linux (Anna)``."""
        return f"{self.device or self.client or 'Player'} ({self.user})"


def playback_data(session: Session) -> dict[str, Any]:
    """A session as automations see it, with the names Foyer's own events on the bus have."""
    item = session.item
    return {
        "session_id": session.id,
        "user": session.account,
        "user_id": session.user_id,
        "device": session.device,
        "client": session.client,
        "method": session.method.lower(),
        "state": session.state.lower(),
        "position": session.position,
        "duration": session.duration,
        "progress": round(100 * session.position / session.duration, 1) if session.duration else 0.0,
        **item_data(item),
    }


def item_data(item: Item) -> dict[str, Any]:
    """An item as automations see it."""
    return {
        "item_id": item.id,
        "title": item.title,
        "item_kind": item.kind.lower(),
        "series": item.series,
        "series_id": item.series_id,
        "season": item.season,
        "episode": item.episode,
        "year": item.year,
        "library": item.library,
        "library_id": item.library_id,
    }


def _url(image: dict[str, Any] | None) -> str | None:
    return image["url"] if image else None


def _moment(text: str) -> datetime:
    return dt_util.parse_datetime(text) or dt_util.utcnow()
