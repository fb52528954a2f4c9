"""What can be asked of a player from afar."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from foyer.errors import ValidationError
from foyer.events.topics import CommandPayload
from foyer.ids import ItemId

MAX_TEXT = 500


class CommandKind(StrEnum):
    """What can be asked of a player from afar."""

    PLAY = "play"
    PAUSE = "pause"
    SEEK = "seek"
    STOP = "stop"
    MESSAGE = "message"
    PLAY_ITEM = "play_item"
    NEXT = "next"
    PREVIOUS = "previous"
    SET_VOLUME = "set_volume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One request to a player; the id lets it be obeyed once though it comes by two ways."""

    id: int
    kind: CommandKind
    position_ms: int | None = None
    text: str | None = None
    item_id: ItemId | None = None
    volume: float | None = None
    """From 0 to 1."""


def check(
    kind: CommandKind, *, position_ms: int | None, text: str | None, item_id: ItemId | None, volume: float | None
) -> None:
    """Raise ``ValidationError`` when a command lacks what it is about."""
    if kind is CommandKind.SEEK and position_ms is None:
        raise ValidationError("Say where to seek to.", fields={"positionSeconds": "Give a position."})
    if kind is CommandKind.MESSAGE and not (text or "").strip():
        raise ValidationError("Say what to show.", fields={"text": "Give a text."})
    if kind is CommandKind.PLAY_ITEM and item_id is None:
        raise ValidationError("Say what to play.", fields={"itemId": "Give an item's id."})
    if kind is CommandKind.SET_VOLUME and volume is None:
        raise ValidationError("Say how loud.", fields={"volume": "Give a volume from 0 to 1."})
    if volume is not None and not 0 <= volume <= 1:
        raise ValidationError("This is no volume.", fields={"volume": "Use 0 to 1."})


def as_payload(command: Command) -> CommandPayload:
    """A command as the bus carries it."""
    return {
        "id": command.id,
        "kind": command.kind.value,
        "position_ms": command.position_ms,
        "text": command.text,
        "item_id": command.item_id,
        "volume": command.volume,
    }
