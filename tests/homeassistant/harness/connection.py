"""A connection to Home Assistant's WebSocket API: commands, and subscriptions that can be waited on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Self

import aiohttp


class CoreSocket:
    """A signed-in connection. Subscriptions are queues of what came."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._next_id = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._events: dict[int, asyncio.Queue[Any]] = {}
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    async def sign_in(self, token: str) -> None:
        """Authenticate; the connection is of use from here on."""
        await self._socket.receive_json(timeout=20)
        await self._socket.send_json({"type": "auth", "access_token": token})
        answer = await self._socket.receive_json(timeout=20)
        assert answer["type"] == "auth_ok", answer
        self._reader = asyncio.create_task(self._read())

    async def send(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return the whole answer, good or bad."""
        return await self._send(self._id(), kind, fields)

    async def command(self, kind: str, **fields: Any) -> Any:
        """Send a command that has to succeed, and return its result."""
        answer = await self.send(kind, **fields)
        assert answer["success"], answer
        return answer.get("result")

    async def subscribe(self, kind: str, **fields: Any) -> asyncio.Queue[Any]:
        """Send a command that subscribes to something; what comes is put into the queue."""
        number = self._id()
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self._events[number] = queue
        answer = await self._send(number, kind, fields)
        assert answer["success"], answer
        return queue

    async def events(self, event_type: str) -> asyncio.Queue[Any]:
        """Follow the bus; ``event_type`` may not be a pattern."""
        return await self.subscribe("subscribe_events", event_type=event_type)

    def _id(self) -> int:
        self._next_id += 1
        return self._next_id

    async def _send(self, number: int, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        answer = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        await self._socket.send_json({"id": number, "type": kind, **fields})
        async with asyncio.timeout(30):
            received: dict[str, Any] = await answer
        return received

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            told = message.json()
            for one in told if isinstance(told, list) else [told]:
                if one["type"] == "event":
                    self._events[one["id"]].put_nowait(one["event"])
                elif one["id"] in self._answers:
                    self._answers.pop(one["id"]).set_result(one)
