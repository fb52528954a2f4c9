"""A stand-in for Core with media players in it: it answers for the registries, and plays what it is asked to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.homeassistant.standins import Message, RefusalError, StandInCore

ALL = 1 | 2 | 4 | 512 | 4096 | 16384
"""Pause, seek, volume, play media, stop, play."""


@dataclass(eq=False)
class Home(StandInCore):
    """Core with a sofa's screen, a bed's and a kitchen radio that plays no films."""

    entities: dict[str, Message] = field(default_factory=dict)
    """State and attributes by entity."""
    registry: list[Message] = field(default_factory=list)
    calls: list[tuple[str, str, Message]] = field(default_factory=list)
    """Service, entity and data of each action."""
    refusals: dict[str, str] = field(default_factory=dict)
    """Why a service is refused."""
    lazy: set[str] = field(default_factory=set)
    """Players that take a request and show nothing."""
    network: Message = field(default_factory=dict)
    entries: list[Message] = field(default_factory=list)
    internal_url: str | None = None

    def __post_init__(self) -> None:
        for name, features in (("sofa", ALL), ("bed", ALL), ("kitchen", 4)):
            self.put(f"media_player.{name}", "idle", friendly_name=name.title(), supported_features=features)
        self.entities["sensor.noise"] = {"state": "1", "attributes": {}}
        self.registry = [
            {"entity_id": "media_player.sofa", "platform": "kodi", "device_id": "d1", "area_id": None},
            {"entity_id": "media_player.bed", "platform": "cast", "device_id": None, "area_id": "a2"},
            {"entity_id": "sensor.noise", "platform": "demo", "device_id": None, "area_id": None},
        ]
        self.handlers |= {
            "get_states": lambda _: [{"entity_id": one, **row} for one, row in self.entities.items()],
            "config/entity_registry/list": lambda _: self.registry,
            "config/device_registry/list": lambda _: [{"id": "d1", "area_id": "a1"}],
            "config/area_registry/list": lambda _: [
                {"area_id": "a1", "name": "Living room"},
                {"area_id": "a2", "name": "Bedroom"},
            ],
            "call_service": self._act,
            "network": lambda _: self.network or _unknown(),
            "config_entries/get": lambda _: self.entries,
            "get_config": lambda _: {"state": self.state, "version": self.version, "internal_url": self.internal_url},
        }

    def put(self, entity_id: str, state: str, **attributes: Any) -> None:
        """How an entity is when somebody asks."""
        self.entities[entity_id] = {"state": state, "attributes": attributes}

    async def show(self, entity_id: str, state: str, **attributes: Any) -> None:
        """An entity changes, as Core tells it; an attribute that is ``None`` goes."""
        row = self.entities[entity_id]
        row["state"] = state
        row["attributes"] |= {name: value for name, value in attributes.items() if value is not None}
        gone = [name for name, value in attributes.items() if value is None and row["attributes"].pop(name, None)]
        added = {name: value for name, value in attributes.items() if value is not None}
        difference: Message = {"+": {"s": state, "a": added}}
        if gone:
            difference["-"] = {"a": gone}
        for number, (socket, command) in tuple(self.subscriptions.items()):
            if command["type"] == "subscribe_entities" and entity_id in command["entity_ids"]:
                await socket.send_json({"id": number, "type": "event", "event": {"c": {entity_id: difference}}})

    async def play(self, entity_id: str, position: float, state: str = "playing") -> None:
        """A player is at a position."""
        moment = datetime.now(UTC).isoformat()
        await self.show(entity_id, state, media_position=position, media_position_updated_at=moment)

    def called(self, service: str) -> list[tuple[str, Message]]:
        """The actions of a kind, with entity and data."""
        return [(entity, data) for name, entity, data in self.calls if name == service]

    def _act(self, command: Message) -> Message:
        service, entity_id = command["service"], command["target"]["entity_id"]
        data = command["service_data"]
        self.calls.append((service, entity_id, data))
        if service in self.refusals:
            raise RefusalError("home_assistant_error", self.refusals[service])
        asyncio.get_running_loop().create_task(self._react(service, entity_id, data))
        return {"context": {"id": "01HX"}}

    async def _react(self, service: str, entity_id: str, data: Message) -> None:
        if entity_id in self.lazy:
            return
        match service:
            case "play_media":
                start = float(data["extra"].get("current_time", 0))
                await self.show(entity_id, "buffering", media_content_id=data["media_content_id"])
                await self.play(entity_id, start)
            case "media_seek":
                await self.play(entity_id, data["seek_position"])
            case "media_pause" | "media_play":
                await self.show(entity_id, "paused" if service == "media_pause" else "playing")
            case "media_stop":
                await self.show(entity_id, "idle", media_content_id=None, media_position=None)

    async def _take(self, socket: web.WebSocketResponse, command: Message) -> None:
        await super()._take(socket, command)
        if command["type"] == "subscribe_entities":
            assert command["entity_ids"], "an empty list would mean every entity"
            states = {
                one: {"s": row["state"], "a": row["attributes"]}
                for one, row in self.entities.items()
                if one in command["entity_ids"]
            }
            await socket.send_json({"id": command["id"], "type": "event", "event": {"a": states}})


def _unknown() -> Message:
    raise RefusalError("unknown_command", "Unknown command.")


@asynccontextmanager
async def home(**options: Any) -> AsyncIterator[Home]:
    """A Core with players that listens."""
    running = Home(**options)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()
