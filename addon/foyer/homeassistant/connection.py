"""One signed-in WebSocket connection to Home Assistant Core, from its greeting to its end.

Source: https://developers.home-assistant.io/docs/api/websocket.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
import orjson

from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError

log = logging.getLogger(__name__)

GREETING_TIMEOUT_S = 10.0
COMMAND_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 1.0
HEARTBEAT_S = 20.0
"""A ping this often; a Core that does not answer within half of it is gone."""
MAX_MESSAGE = 64 << 20
"""All states of a large house come in one message, and a longer one would end every connection anew."""

OnEvent = Callable[[dict[str, Any]], None]


class TokenRefusedError(HomeAssistantRefusedError):
    """Core does not take the token."""


class Connection:
    """A connection that commands can be sent on while ``read`` runs."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, version: str) -> None:
        self.version = version
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._events: dict[int, OnEvent] = {}
        self.has_ended = False
        """Whether Core has closed it: nothing can be sent any more."""

    @classmethod
    @asynccontextmanager
    async def open(cls, http: aiohttp.ClientSession, url: str, token: str) -> AsyncIterator[Self]:
        """Connect and sign in.

        Raises ``TokenRefusedError`` when Core does not take the token and ``HomeAssistantUnavailableError`` when it
        is not there or does not speak its protocol.
        """
        try:
            async with asyncio.timeout(GREETING_TIMEOUT_S):
                socket = await http.ws_connect(
                    url,
                    heartbeat=HEARTBEAT_S,
                    max_msg_size=MAX_MESSAGE,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S),
                )
        except TimeoutError as error:
            raise HomeAssistantUnavailableError("Home Assistant does not answer in time.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise HomeAssistantUnavailableError(f"Home Assistant cannot be reached: {error}.") from error
        async with socket:
            yield cls(socket, await _sign_in(socket, token))

    async def read(self) -> None:
        """Take in answers and events until Core closes the connection."""
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(orjson.loads(message.data))
        except ValueError:
            log.warning("Home Assistant sent something that is not JSON; Foyer connects anew.")
        finally:
            self.has_ended = True
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(HomeAssistantUnavailableError("The connection to Home Assistant ended."))
                    future.exception()  # whoever waited has been told; one who gave up need not be

    async def command(
        self, type_: str, fields: dict[str, Any], on_event: OnEvent | None = None, *, is_patient: bool = False
    ) -> tuple[int, Any]:
        """Send a command and wait for its result; returns its id and the result.

        With ``on_event`` the command is a subscription: events that carry its id go there until ``forget``. With
        ``is_patient`` only the end of the connection ends the wait.
        """
        if self.has_ended:
            raise HomeAssistantUnavailableError("The connection to Home Assistant ended.")
        number = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        if on_event is not None:
            self._events[number] = on_event
        try:
            async with asyncio.timeout(None if is_patient else COMMAND_TIMEOUT_S):
                await self._socket.send_str(orjson.dumps({**fields, "id": number, "type": type_}).decode())
                return number, await future
        except TimeoutError as error:
            self._events.pop(number, None)
            raise HomeAssistantUnavailableError(f"Home Assistant did not answer {type_} in time.") from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise HomeAssistantUnavailableError("The connection to Home Assistant ended.") from error
        except BaseException:
            self._events.pop(number, None)
            raise
        finally:
            del self._waiting[number]

    def forget(self, number: int) -> None:
        """Events of a subscription are not wanted any more."""
        self._events.pop(number, None)

    def _take(self, message: Any) -> None:
        for one in message if isinstance(message, list) else [message]:
            match one:
                case {"type": "result", "id": int(number)}:
                    self._answer(number, one)
                case {"type": "event", "id": int(number), "event": dict(event)} if number in self._events:
                    try:
                        self._events[number](event)
                    except Exception:  # one follower's mistake is not the others'
                        log.exception("An event from Home Assistant could not be handled")
                case _:
                    pass

    def _answer(self, number: int, message: dict[str, Any]) -> None:
        future = self._waiting.get(number)
        if future is None or future.done():
            return
        if message.get("success"):
            future.set_result(message.get("result"))
            return
        error = message.get("error") or {}
        refused = HomeAssistantRefusedError(str(error.get("code", "unknown")), str(error.get("message", "")))
        future.set_exception(refused)


async def _sign_in(socket: aiohttp.ClientWebSocketResponse, token: str) -> str:
    try:
        async with asyncio.timeout(GREETING_TIMEOUT_S):
            greeting = await socket.receive_json()
            if greeting.get("type") == "auth_required":
                await socket.send_json({"type": "auth", "access_token": token})
                greeting = await socket.receive_json()
    except TimeoutError as error:
        raise HomeAssistantUnavailableError("Home Assistant does not answer in time.") from error
    except (TypeError, ValueError, AttributeError, aiohttp.ClientError, ConnectionError) as error:
        raise HomeAssistantUnavailableError("Home Assistant closed the connection before it was set up.") from error
    if greeting.get("type") == "auth_invalid":
        raise TokenRefusedError("auth_invalid", "it does not take the token")
    if greeting.get("type") != "auth_ok":
        raise HomeAssistantUnavailableError("What answers at Home Assistant's address is not Home Assistant.")
    return str(greeting.get("ha_version", ""))
