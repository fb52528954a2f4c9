"""Where everything stands at the broker, and the discovery documents.

Each entity has a topic of its own for discovery: Home Assistant before 2024.11 knows no discovery of whole devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from foyer import __version__
from foyer.homeassistant.mqtt.entities import TRIGGERS, Entity, Platform, entities
from foyer.homeassistant.mqtt.snapshot import Snapshot

DISCOVERY = "homeassistant"
BIRTH = f"{DISCOVERY}/status"
"""Home Assistant says ``online`` here when its MQTT integration has started."""
ONLINE, OFFLINE = "online", "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """The topics of one server."""

    server_id: str

    @property
    def root(self) -> str:
        """What all its own topics begin with."""
        return f"foyer/{self.server_id}"

    @property
    def availability(self) -> str:
        """Whether the server is there."""
        return f"{self.root}/availability"

    @property
    def echo(self) -> str:
        """Where the server hears itself, to know that the broker has sent all it kept."""
        return f"{self.root}/echo"

    def retained(self) -> tuple[str, ...]:
        """Filters for everything the broker may have kept of this server, also of another version of it."""
        discovery = f"{DISCOVERY}/+/{self._node}/+/config"
        return discovery, f"{self.root}/+/state", f"{self.root}/+/attributes", self.availability

    def state(self, key: str) -> str:
        """The state of an entity, retained."""
        return f"{self.root}/{key}/state"

    def attributes(self, key: str) -> str:
        """Its attributes, retained."""
        return f"{self.root}/{key}/attributes"

    def command(self, key: str) -> str:
        """What it is asked to do."""
        return f"{self.root}/{key}/set"

    @property
    def commands(self) -> str:
        """A filter for every command."""
        return self.command("+")

    def event(self, key: str) -> str:
        """The events of an event entity, not retained."""
        return f"{self.root}/{key}/event"

    def tree(self, now: Snapshot) -> dict[str, str]:
        """Everything retained, by topic, in the order in which it is to be published: documents, states, availability.

        Whoever hears that the server is there hears it last, and finds nothing stale.
        """
        found = list(entities(now))
        documents = {self._discovery(one.platform, one.key): self._document(one, now) for one in found}
        documents |= {self._discovery("device_automation", key): self._trigger(key, now) for key in TRIGGERS}
        states = {self.state(one.key): one.state for one in found if one.state is not None}
        states |= {self.attributes(one.key): _json(one.attributes) for one in found if one.attributes is not None}
        return {**documents, **states, self.availability: ONLINE}

    @property
    def _node(self) -> str:
        return f"foyer_{self.server_id}"

    def _discovery(self, platform: str, key: str) -> str:
        return f"{DISCOVERY}/{platform}/{self._node}/{key}/config"

    def _document(self, entity: Entity, now: Snapshot) -> str:
        topics: dict[str, object] = {}
        if entity.platform is Platform.EVENT:
            topics["state_topic"] = self.event(entity.key)
        elif entity.state is not None:
            topics["state_topic"] = self.state(entity.key)
        if entity.attributes is not None:
            topics["json_attributes_topic"] = self.attributes(entity.key)
        if entity.takes_commands:
            topics["command_topic"] = self.command(entity.key)
        return _json(
            {
                "name": entity.name,
                "unique_id": f"{self._node}_{entity.key}",
                "availability_topic": self.availability,
                "qos": 1,
                **topics,
                **entity.config,
                **self._about(now),
            }
        )

    def _trigger(self, key: str, now: Snapshot) -> str:
        event, event_type, kind, subtype = TRIGGERS[key]
        return _json(
            {
                "automation_type": "trigger",
                "topic": self.event(event),
                "value_template": "{{ value_json.event_type }}",
                "payload": event_type,
                "type": kind,
                "subtype": subtype,
                "qos": 1,
                **self._about(now),
            }
        )

    def _about(self, now: Snapshot) -> dict[str, object]:
        device: dict[str, object] = {
            "identifiers": [self._node],
            "name": now.name,
            "manufacturer": "Foyer",
            "model": "Media server",
            "sw_version": now.version,
        }
        if now.release is not None:
            device["configuration_url"] = f"homeassistant://hassio/ingress/{now.release.slug}"
        return {"device": device, "origin": {"name": "Foyer", "sw_version": __version__}}


def _json(document: Mapping[str, object]) -> str:
    return orjson.dumps(document).decode()
