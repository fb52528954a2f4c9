"""The entities there are for a snapshot: each with what Home Assistant is told of it and what it shows.

Keys are part of ``unique_id`` and of the topics: they never change, or people's dashboards break.
Sources: https://www.home-assistant.io/integrations/mqtt and the pages of its platforms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import orjson

from foyer.gpu import GpuReading
from foyer.homeassistant.mqtt.snapshot import Disk, Snapshot, Viewing

GIGABYTE = 1_000_000_000
LONGEST_STATE = 255
"""What Home Assistant takes as a state."""


class Platform(StrEnum):
    """The kind of entity; part of the discovery topic."""

    SENSOR = "sensor"
    BINARY_SENSOR = "binary_sensor"
    BUTTON = "button"
    SWITCH = "switch"
    EVENT = "event"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One entity; ``None`` for what it does not have."""

    platform: Platform
    key: str
    name: str
    state: str | None = None
    attributes: Mapping[str, object] | None = None
    takes_commands: bool = False
    config: Mapping[str, object] = field(default_factory=dict)
    """More of its discovery document."""


SCAN_BUTTON = "scan"
BACKGROUND_SWITCH = "background_work"
PLAYBACK_EVENT, LIBRARY_EVENT = "playback", "library"
EVENT_TYPES: Mapping[str, tuple[str, ...]] = {
    PLAYBACK_EVENT: ("started", "paused", "resumed", "seeked", "credits", "stopped", "finished"),
    LIBRARY_EVENT: ("scan_started", "scan_finished", "item_added", "item_updated", "item_removed"),
}
TRIGGERS: Mapping[str, tuple[str, str, str, str]] = {
    **{
        f"playback_{kind}": (PLAYBACK_EVENT, kind, "playback", kind)
        for kind in ("started", "paused", "resumed", "stopped", "finished")
    },
    "item_added": (LIBRARY_EVENT, "item_added", "item", "added"),
    "scan_finished": (LIBRARY_EVENT, "scan_finished", "scan", "finished"),
}
"""Device triggers by key: the event entity and its event type, and what Home Assistant shows as type and subtype."""

_KINDS = {
    "movie": ("Movies", "mdi:movie"),
    "series": ("Series", "mdi:television-classic"),
    "episode": ("Episodes", "mdi:television-play"),
    "music_video": ("Music videos", "mdi:music-box"),
    "artist": ("Artists", "mdi:account-music"),
    "home_video": ("Home videos", "mdi:video-vintage"),
}
_METHODS = {
    "direct_play": ("Direct play streams", "mdi:play-network"),
    "remux": ("Remuxed streams", "mdi:package-variant"),
    "transcode": ("Transcoded streams", "mdi:cog-play"),
}


def entities(now: Snapshot) -> Iterator[Entity]:
    """Every entity that exists now."""
    yield from _playback(now)
    yield from _library(now)
    yield from _machine(now)
    yield from _server(now)


def _playback(now: Snapshot) -> Iterator[Entity]:
    yield _measure(
        "active_sessions",
        "Active sessions",
        now.session_count,
        icon="mdi:account-group",
        attributes={"sessions": [_viewing(one) for one in now.viewings]},
    )
    for method, (name, icon) in _METHODS.items():
        yield _measure(f"streams_{method}", name, now.streams.get(method, 0), icon=icon)
    yield _binary("playing", "Playing", on=now.is_playing, icon="mdi:play-circle")
    yield _binary("transcoding", "Transcoding", on=now.is_transcoding, device_class="running")
    yield Entity(
        platform=Platform.EVENT,
        key=PLAYBACK_EVENT,
        name="Playback",
        config={"event_types": list(EVENT_TYPES[PLAYBACK_EVENT]), "icon": "mdi:play-pause"},
    )


def _library(now: Snapshot) -> Iterator[Entity]:
    for kind, (name, icon) in _KINDS.items():
        if now.counts.get(kind):
            yield _measure(f"count_{kind}", name, now.counts[kind], icon=icon)
    if now.added is not None and now.added_at is not None:
        yield Entity(
            platform=Platform.SENSOR,
            key="last_added",
            name="Last added",
            state=now.added.shown[:LONGEST_STATE],
            attributes=now.added.attributes(),
            config={"icon": "mdi:new-box"},
        )
        yield Entity(
            platform=Platform.SENSOR,
            key="last_added_at",
            name="Last added at",
            state=now.added_at.isoformat(timespec="seconds"),
            config={"device_class": "timestamp"},
        )
    yield _binary("scanning", "Scanning", on=now.is_scanning, device_class="running")
    yield Entity(
        platform=Platform.BUTTON,
        key=SCAN_BUTTON,
        name="Scan libraries",
        takes_commands=True,
        config={"icon": "mdi:folder-refresh", "payload_press": "PRESS"},
    )
    yield Entity(
        platform=Platform.EVENT,
        key=LIBRARY_EVENT,
        name="Library",
        config={"event_types": list(EVENT_TYPES[LIBRARY_EVENT]), "icon": "mdi:bookshelf"},
    )


def _machine(now: Snapshot) -> Iterator[Entity]:
    for disk in now.disks:
        yield from _disk(disk)
    yield _size("cache_size", "Cache size", now.cache_bytes, icon="mdi:cached")
    for number, gpu in enumerate(now.gpus, start=1):
        yield from _gpu(gpu, "GPU" if len(now.gpus) == 1 else f"GPU {number}")


def _server(now: Snapshot) -> Iterator[Entity]:
    yield Entity(
        platform=Platform.SENSOR,
        key="version",
        name="Server version",
        state=now.version,
        config={"icon": "mdi:tag", "entity_category": "diagnostic"},
    )
    yield _binary(
        "problem",
        "Problem",
        on=bool(now.problems),
        device_class="problem",
        attributes={"problems": list(now.problems)},
        entity_category="diagnostic",
    )
    yield Entity(
        platform=Platform.SWITCH,
        key=BACKGROUND_SWITCH,
        name="Background work",
        state="ON" if now.background_work else "OFF",
        takes_commands=True,
        config={"icon": "mdi:cogs"},
    )
    if now.release is not None:
        # Not called "Update", nor the sensor "Version": the Supervisor's own entities of an add-on are.
        # No install button: the Supervisor refuses /addons/self/update to every add-on, itself included.
        versions = {"installed_version": now.release.version, "latest_version": now.release.latest}
        yield Entity(
            platform=Platform.UPDATE,
            key="update",
            name="New version",
            state=orjson.dumps({**versions, "title": "Foyer"}).decode(),
            config={"entity_category": "diagnostic"},
        )


def _viewing(one: Viewing) -> dict[str, object]:
    return {
        "user": one.user,
        **one.item.attributes(),
        "state": one.state,
        "method": one.method,
        "device": one.device,
    }


def _disk(disk: Disk) -> Iterator[Entity]:
    icon = "mdi:harddisk"
    yield _size(f"disk_{disk.key}_free", f"Free space {disk.name}", disk.free, icon=icon)
    yield _percent(f"disk_{disk.key}_used", f"Used space {disk.name}", disk.used_percent, icon=icon)


def _gpu(gpu: GpuReading, name: str) -> Iterator[Entity]:
    key = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in gpu.key)
    card = {"card": gpu.name}
    if gpu.load is not None:
        yield _percent(f"gpu_{key}_load", f"{name} load", gpu.load, icon="mdi:expansion-card", attributes=card)
    if gpu.encoder is not None:
        yield _percent(f"gpu_{key}_encoder", f"{name} encoder", gpu.encoder, icon="mdi:video", attributes=card)
    if gpu.memory_used is not None:
        yield _size(f"gpu_{key}_memory", f"{name} memory used", gpu.memory_used, icon="mdi:memory")


def _measure(
    key: str, name: str, value: int, *, icon: str, attributes: Mapping[str, object] | None = None, **config: object
) -> Entity:
    return Entity(
        platform=Platform.SENSOR,
        key=key,
        name=name,
        state=str(value),
        attributes=attributes,
        config={"icon": icon, "state_class": "measurement", **config},
    )


def _size(key: str, name: str, size: int, *, icon: str) -> Entity:
    """Gigabytes with one decimal: finer steps would only fill Home Assistant's history."""
    return Entity(
        platform=Platform.SENSOR,
        key=key,
        name=name,
        state=f"{size / GIGABYTE:.1f}",
        config={
            "icon": icon,
            "state_class": "measurement",
            "device_class": "data_size",
            "unit_of_measurement": "GB",
            "suggested_display_precision": 1,
            "entity_category": "diagnostic",
        },
    )


def _percent(key: str, name: str, value: int, *, icon: str, attributes: Mapping[str, object] | None = None) -> Entity:
    return _measure(
        key, name, value, icon=icon, attributes=attributes, unit_of_measurement="%", entity_category="diagnostic"
    )


def _binary(
    key: str, name: str, *, on: bool, attributes: Mapping[str, object] | None = None, **config: object
) -> Entity:
    return Entity(
        platform=Platform.BINARY_SENSOR,
        key=key,
        name=name,
        state="ON" if on else "OFF",
        attributes=attributes,
        config=config,
    )
