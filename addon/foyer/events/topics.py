"""What can happen, as typed payloads. Contract tests pin these shapes; dashboards and automations rely on them."""

from __future__ import annotations

from enum import StrEnum
from typing import NotRequired, TypedDict


class Topic(StrEnum):
    """A stream of events somebody can follow."""

    JOBS = "jobs"
    LIBRARY = "library"
    PLAYBACK = "playback"
    SYSTEM = "system"
    SCREENS = "screens"
    TRANSCODE = "transcode"
    USER = "user"


class JobEventKind(StrEnum):
    """What happened to a job; PROGRESS is conflated, the others are journalled."""

    CREATED = "created"
    PROGRESS = "progress"
    CHANGED = "changed"
    FINISHED = "finished"


class LibraryEventKind(StrEnum):
    """What happened to a library or its items; ITEMS_CHANGED stands for many at once during a scan."""

    LIBRARY_CREATED = "library_created"
    LIBRARY_UPDATED = "library_updated"
    LIBRARY_DELETED = "library_deleted"
    SCAN_STARTED = "scan_started"
    SCAN_FINISHED = "scan_finished"
    ITEM_ADDED = "item_added"
    ITEM_UPDATED = "item_updated"
    ITEM_REMOVED = "item_removed"
    ITEMS_CHANGED = "items_changed"


class PlaybackEventKind(StrEnum):
    """What happened in a playback session; PROGRESS is journalled at every tenth and conflated between."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    SEEKED = "seeked"
    PROGRESS = "progress"
    CREDITS_REACHED = "credits_reached"
    STOPPED = "stopped"
    FINISHED = "finished"
    COMMAND = "command"
    STATE_CHANGED = "state_changed"


class TranscodeEventKind(StrEnum):
    """What happened to the conversion of a file; FELL_BACK means that it goes on in another way."""

    STARTED = "started"
    FELL_BACK = "fell_back"
    FAILED = "failed"
    FINISHED = "finished"


class UserEventKind(StrEnum):
    """What happened to an account."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    SIGNED_IN = "signed_in"


class SystemEventKind(StrEnum):
    """What happened to the server itself."""

    STARTED = "started"
    SETTINGS_CHANGED = "settings_changed"


class JobPayload(TypedDict):
    """A job changed; readers load the job itself by id."""

    job_id: int
    kind: str
    state: str
    subject: NotRequired[str | None]
    user_id: NotRequired[int | None]


class LibraryPayload(TypedDict):
    """A library or an item in it changed."""

    library_id: int
    item_id: NotRequired[int]
    item_kind: NotRequired[str]
    job_id: NotRequired[int]
    added: NotRequired[int]
    updated: NotRequired[int]
    removed: NotRequired[int]
    added_items: NotRequired[list[int]]
    """The first of the items a scan added, enough to name them in one message."""
    was: NotRequired[ItemWas]
    """What an item was that is gone."""


class ItemWas(TypedDict):
    """Enough of an item that is gone to tell people about it."""

    title: str
    year: int | None
    series_id: int | None
    series: str | None
    season: int | None
    episode: int | None


class ScreenEventKind(StrEnum):
    """What happened to a screen of Home Assistant; never journalled, because Home Assistant keeps the state."""

    CHANGED = "changed"
    REMOVED = "removed"


class ScreenPayload(TypedDict):
    """A screen came, changed or went."""

    screen: int
    entity_id: str


class PlaybackPayload(TypedDict):
    """A session moved, or a user's state of an item changed (then without a session)."""

    user_id: int
    item_id: int
    session_id: NotRequired[int]
    library_id: NotRequired[int]
    state: NotRequired[str]
    position_ms: NotRequired[int]
    duration_ms: NotRequired[int | None]
    command: NotRequired[CommandPayload]
    entity_id: NotRequired[str]
    """The media player of Home Assistant it plays on, where the server drives one."""


class CommandPayload(TypedDict):
    """A remote command for the player of a session."""

    id: int
    kind: str
    position_ms: NotRequired[int | None]
    text: NotRequired[str | None]
    item_id: NotRequired[int | None]
    volume: NotRequired[float | None]


class TranscodePayload(TypedDict):
    """A conversion began, changed its way, failed or ended."""

    file_id: int
    media: str
    """``video`` or ``audio``."""
    height: int | None
    """Lines of the converted video."""
    encoder: str
    """As people read it, such as ``libx264 (CPU)``; empty before one was given out."""
    reason: NotRequired[str]
    """The class of the failure, such as ``gpu_lost`` or ``timeout``."""
    message: NotRequired[str]
    """A failure in a sentence."""


class UserPayload(TypedDict):
    """An account changed, or its owner came in."""

    user_id: int
    name: str
    role: str
    disabled: bool
    device: NotRequired[str]


class SystemPayload(TypedDict):
    """Something about the server itself changed."""

    message: str
    settings: NotRequired[list[str]]
    version: NotRequired[str]


Payload = JobPayload | LibraryPayload | PlaybackPayload | ScreenPayload | SystemPayload | TranscodePayload | UserPayload
