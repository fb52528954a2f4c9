"""What a screen is, read from a ``media_player`` entity of Home Assistant."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntFlag, StrEnum
from hashlib import blake2b
from typing import Any

from foyer.ids import ItemId, PlaybackSessionId
from foyer.playback.sessions import SessionView

DOMAIN = "media_player."
NOT_SCREENS = frozenset({"foyer", "spotify", "plex", "jellyfin", "emby", "samsungtv", "webostv", "androidtv_remote"})
"""Integrations whose ``play_media`` takes ids, apps or channels of their own and no address of a film."""


class ScreenState(StrEnum):
    """What a screen is doing."""

    OFF = "off"
    IDLE = "idle"
    PLAYING = "playing"
    PAUSED = "paused"
    BUFFERING = "buffering"
    UNAVAILABLE = "unavailable"


ACTIVE = frozenset((ScreenState.PLAYING, ScreenState.PAUSED, ScreenState.BUFFERING))
"""States in which something is on the screen."""

_STATES = {
    "off": ScreenState.OFF,
    "standby": ScreenState.OFF,
    "playing": ScreenState.PLAYING,
    "paused": ScreenState.PAUSED,
    "buffering": ScreenState.BUFFERING,
    "unavailable": ScreenState.UNAVAILABLE,
}
"""The states of a media player; the others (``on``, ``idle``, ``unknown``) show nothing that Foyer knows of."""


class Feature(IntFlag):
    """``MediaPlayerEntityFeature`` of Home Assistant, as far as Foyer uses it."""

    PAUSE = 1
    SEEK = 2
    VOLUME_SET = 4
    PLAY_MEDIA = 512
    STOP = 4096
    PLAY = 16384


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """What the registries say of an entity."""

    platform: str | None = None
    """The integration it comes from, such as ``cast``."""
    area: str | None = None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A media player that Foyer can play on, as it was when Home Assistant last told."""

    entity_id: str
    name: str
    area: str | None
    platform: str | None
    state: ScreenState
    features: Feature
    is_hidden: bool = False
    """Whether it is not offered to be chosen."""
    content_id: str | None = None
    position_ms: int | None = None
    """Where it was at ``position_at``."""
    position_at: datetime | None = None
    """By this machine's clock, which Home Assistant's need not agree with."""
    position_stamp: datetime | None = None
    """The same by Home Assistant's clock: when it changes, the position is new."""
    duration_ms: int | None = None
    volume: float | None = None
    """How loud it is, 0 to 1; ``None`` where it does not tell."""

    @property
    def row(self) -> int:
        """The number its global id is made of."""
        return screen_row(self.entity_id)

    def can(self, feature: Feature) -> bool:
        """Whether the player offers something now; some offer less while they show nothing."""
        return feature in self.features

    def position_now(self, moment: datetime) -> int | None:
        """Where it is by now in milliseconds; ``None`` for a player that does not tell."""
        if self.position_ms is None:
            return None
        position = self.position_ms
        if self.state is ScreenState.PLAYING and self.position_at is not None:
            position += max(0, int((moment - self.position_at).total_seconds() * 1000))
        return position if self.duration_ms is None else min(position, max(self.duration_ms, self.position_ms))

    def after(self, before: Screen | None, moment: datetime) -> Screen:
        """The screen as it follows on how it was: a position that came just now is from now."""
        if before is None:
            return self
        is_same = self.position_stamp == before.position_stamp
        return replace(self, position_at=before.position_at if is_same else self.position_stamp and moment)

    @property
    def shown(self) -> tuple[object, ...]:
        """What the API shows of it: a screen whose position alone has moved has not changed."""
        return self.name, self.area, self.state, self.features, self.volume, self.is_hidden


def screen_row(entity_id: str) -> int:
    """A number for an entity that stays the same without being stored."""
    return int.from_bytes(blake2b(entity_id.encode(), digest_size=7).digest()) or 1


def read_screen(entity_id: str, state: str, attributes: Mapping[str, Any], entity: Entity) -> Screen:
    """A screen from the state of its entity; attributes that are not what they should be count as missing."""
    features = attributes.get("supported_features")
    name = attributes.get("friendly_name")
    stamp = _instant(attributes.get("media_position_updated_at"))
    return Screen(
        entity_id=entity_id,
        name=name[:200] if isinstance(name, str) and name.strip() else entity_id.removeprefix(DOMAIN),
        area=entity.area,
        platform=entity.platform,
        state=_STATES.get(state, ScreenState.IDLE),
        is_hidden=entity.is_hidden or entity.platform in NOT_SCREENS,
        features=Feature(features & sum(Feature) if isinstance(features, int) else 0),
        content_id=_text(attributes.get("media_content_id")),
        position_ms=_milliseconds(attributes.get("media_position")),
        position_at=stamp,
        position_stamp=stamp,
        duration_ms=_milliseconds(attributes.get("media_duration")),
        volume=_share(attributes.get("volume_level")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _milliseconds(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return int(min(value, 10_000_000) * 1000)


def _share(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return round(value, 3)


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayOn:
    """What shall be played on which screen."""

    screen: int
    """The screen's ``row``."""
    item: ItemId
    position_ms: int | None = None
    """``None`` for where the viewer left off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedOn:
    """A screen that plays, and what the viewer should know of it."""

    screen: Screen
    session: SessionView
    notice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """Where playback went."""

    item: ItemId
    position_ms: int
    session: SessionView | None
    """The session on the new screen; ``None`` when the asker goes on where they are."""
    screen: Screen | None = None
    notice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A session that shall go on elsewhere."""

    session: PlaybackSessionId
    screen: int | None
    """The ``row`` of the screen it goes to; ``None`` for the player of whoever asks."""
