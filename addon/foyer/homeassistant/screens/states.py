"""Entity states as ``subscribe_entities`` sends them: all of them first, then only what is different.

Source: ``homeassistant/components/websocket_api/messages.py`` of Core. A message has ``a`` (whole states by entity),
``c`` (changes by entity: ``+`` what is new or different, ``-`` attributes that went) and ``r`` (entities that went); in
a state ``s`` is the state and ``a`` are the attributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class EntityState:
    """The state of an entity and its attributes."""

    state: str = "unknown"
    attributes: dict[str, Any] = field(default_factory=dict)


class EntityStates:
    """The states of some entities, kept up to date by the messages of one subscription."""

    def __init__(self) -> None:
        self._states: dict[str, EntityState] = {}

    def get(self, entity_id: str) -> EntityState | None:
        """The state of an entity; ``None`` when Core has none."""
        return self._states.get(entity_id)

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._states))

    def take(self, message: Mapping[str, Any]) -> list[str]:
        """Take in one message, and return the entities it speaks of. What is not understood is passed over."""
        touched: list[str] = []
        for entity_id, whole in _entries(message.get("a")):
            self._states[entity_id] = EntityState(str(whole.get("s", "unknown")), dict(_mapping(whole.get("a"))))
            touched.append(entity_id)
        for entity_id, difference in _entries(message.get("c")):
            if (known := self._states.get(entity_id)) is not None:
                _change(known, difference)
                touched.append(entity_id)
        touched += [one for one in message.get("r") or () if self._states.pop(one, None) is not None]
        return touched

    def keep(self, entity_ids: set[str]) -> list[str]:
        """Forget all others, and return those that were forgotten."""
        gone = [entity_id for entity_id in self._states if entity_id not in entity_ids]
        for entity_id in gone:
            del self._states[entity_id]
        return gone


def _change(known: EntityState, difference: Mapping[str, Any]) -> None:
    added, removed = _mapping(difference.get("+")), _mapping(difference.get("-"))
    if "s" in added:
        known.state = str(added["s"])
    known.attributes.update(_mapping(added.get("a")))
    for name in removed.get("a") or ():
        known.attributes.pop(name, None)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _entries(value: object) -> list[tuple[str, Mapping[str, Any]]]:
    return [(key, one) for key, one in _mapping(value).items() if isinstance(one, Mapping)]
