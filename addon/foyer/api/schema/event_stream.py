"""Answers as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

The protocol is graphql-sse in its distinct connections mode (https://github.com/enisdenjo/graphql-sse): each operation
is a request of its own, answered by events ``next`` and one ``complete``. An event that has a cursor has it as its
``id`` too, so that a browser's ``EventSource`` goes on where it was when it connects again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from strawberry.http.streaming import SSETransport

MEDIA_TYPE = "text/event-stream"
LAST_EVENT_ID = "Last-Event-ID"


class CursorStream(SSETransport):
    """Strawberry's event stream with cursors, never kept, compressed or held back on its way."""

    headers: ClassVar[Mapping[str, str]] = {
        "Content-Type": MEDIA_TYPE,
        "Cache-Control": "no-store, no-transform",
        "X-Accel-Buffering": "no",
    }
    send_initial_heartbeat: ClassVar[bool] = True
    """So that every proxy has something to pass on at once."""

    def encode_next(self, response: Any, encode_json: Callable[[object], str]) -> str:
        """One answer as an event."""
        event = super().encode_next(response, encode_json)
        cursor = cursor_of(response)
        return event if cursor is None else f"id: {cursor}\r\n{event}"


def cursor_of(response: Mapping[str, Any]) -> str | None:
    """The cursor of a subscription's answer, when it was asked for."""
    for value in (response.get("data") or {}).values():
        cursor = value.get("cursor") if isinstance(value, dict) else None
        if isinstance(cursor, str) and cursor.isalnum():
            return cursor
    return None


def resumed(variables: dict[str, Any] | None, last_event_id: str | None) -> dict[str, Any] | None:
    """The variables of an operation, going on behind the last event a browser saw, as ``$after``."""
    return variables if not last_event_id else {**(variables or {}), "after": last_event_id}
