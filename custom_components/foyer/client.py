"""Foyer's API over HTTP and WebSocket (graphql-transport-ws), with its errors as exceptions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from yarl import URL

from . import documents
from .models import Server

_LOGGER = logging.getLogger(__name__)

TIMEOUT: Final = aiohttp.ClientTimeout(total=30, sock_connect=10)
HEARTBEAT_S: Final = 30
"""After so long a silence a ping is sent; when as long again nothing comes, the connection is a dead one."""
ACK_TIMEOUT_S: Final = 15
ON_BEHALF_OF: Final = "X-Foyer-On-Behalf-Of"
PROTOCOL: Final = "graphql-transport-ws"
UNAUTHORIZED, FORBIDDEN = 4401, 4403
_UNKNOWN: Final = ("Cannot query field", "Unknown ", "Value ", "Field ", "Variable ")
"""How GraphQL's own validation begins when the schema lacks something (graphql-core's wording)."""


class FoyerError(Exception):
    """Something went wrong between Home Assistant and Foyer."""


class CannotConnectError(FoyerError):
    """Nothing answers, or the connection broke."""


class NotFoyerError(FoyerError):
    """Something answers, but it is no Foyer."""


class InvalidAuthError(FoyerError):
    """The API key is not valid, or not any more."""


class IncompatibleError(FoyerError):
    """It is a Foyer, of a version this integration cannot speak to."""


class UnsupportedError(FoyerError):
    """Foyer does not know what was asked; it is older than the integration."""


class RefusedError(FoyerError):
    """Foyer understood and said no; the message is a sentence for the user."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class FoyerClient:
    """One server, asked with one API key."""

    def __init__(self, session: aiohttp.ClientSession, url: str, api_key: str) -> None:
        """``url`` is the server's base, without what GraphQL or media add."""
        self._session = session
        self.base = URL(url.rstrip("/"))
        self._headers = {"Authorization": f"Bearer {api_key}"}

    @property
    def session(self) -> aiohttp.ClientSession:
        """For bytes, which go another way than questions."""
        return self._session

    def address(self, path: str) -> URL:
        """Where a path that Foyer gave out is; it is relative to the server's base and already encoded."""
        return URL(f"{self.base}/{path.lstrip('/')}", encoded=True)

    async def server(self) -> Server:
        """Which Foyer this is; raises ``NotFoyerError`` when the answer is not a Foyer's."""
        try:
            return Server.read((await self.query(documents.SERVER))["server"])
        except UnsupportedError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise NotFoyerError("The answer is not one of Foyer's.") from error

    async def query(
        self, document: str, variables: Mapping[str, Any] | None = None, *, user: str | None = None
    ) -> dict[str, Any]:
        """The data of an operation; every way it can fail is a ``FoyerError``.

        ``user`` is somebody in Home Assistant to ask for. Where Foyer does not know them, or the key may not, it is
        asked for whom the key belongs to; what somebody it knows may not do stays refused.
        """
        if user is not None:
            try:
                return await self._query(document, variables, {**self._headers, ON_BEHALF_OF: user})
            except RefusedError as error:
                if error.code != "FORBIDDEN" or await self._speaks_for(user):
                    raise
            except InvalidAuthError:
                pass
        return await self._query(document, variables, self._headers)

    async def _speaks_for(self, user: str) -> bool:
        """Whether Foyer knows somebody in Home Assistant, and lets this key ask for them."""
        try:
            answer = await self._query(documents.SERVER, None, {**self._headers, ON_BEHALF_OF: user})
        except (InvalidAuthError, RefusedError):
            return False
        return answer["server"]["viewer"] is not None

    async def _query(
        self, document: str, variables: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        body = {"query": document, "variables": dict(variables or {})}
        try:
            async with self._session.post(
                self.address("graphql"), json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                if response.status in (401, 403):
                    raise InvalidAuthError("Foyer does not accept the API key.")
                answer = await response.json(content_type=None)
        except (TimeoutError, aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            raise CannotConnectError(f"Foyer does not answer: {error or type(error).__name__}.") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise NotFoyerError("The answer is not one of Foyer's.") from error
        if not isinstance(answer, dict) or not ("data" in answer or "errors" in answer):
            raise NotFoyerError("The answer is not one of Foyer's.")
        return _data(answer)

    async def mutate(self, document: str, *, user: str | None = None, **fields: Any) -> dict[str, Any]:
        """The payload of a mutation whose field is called ``result``; raises ``RefusedError`` for expected failures."""
        given = {name: value for name, value in fields.items() if value is not None}
        result: dict[str, Any] = (await self.query(document, {"input": given}, user=user))["result"]
        if user is not None and result.get("code") == "FORBIDDEN" and not await self._speaks_for(user):
            return await self.mutate(document, **fields)
        if "code" in result and "message" in result:
            _refuse(result["code"], result["message"])
        return result

    @asynccontextmanager
    async def follow(
        self, subscriptions: Mapping[str, tuple[str, Mapping[str, Any]]]
    ) -> AsyncGenerator[AsyncGenerator[tuple[str, dict[str, Any]], None], None]:
        """Subscriptions over one connection: yields ``(name, data)`` until the connection ends, which is an error."""
        try:
            async with self._session.ws_connect(
                self.address("graphql"), protocols=(PROTOCOL,), max_msg_size=16 * 1024 * 1024
            ) as socket:
                await socket.send_json({"type": "connection_init", "payload": self._credentials()})
                await self._acknowledged(socket)
                for name, (document, variables) in subscriptions.items():
                    payload = {"query": document, "variables": dict(variables)}
                    await socket.send_json({"id": name, "type": "subscribe", "payload": payload})
                messages = self._messages(socket)
                try:
                    yield messages
                finally:
                    await messages.aclose()
        except aiohttp.WSServerHandshakeError as error:
            raise CannotConnectError(f"Foyer does not take the connection ({error.status}).") from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise CannotConnectError(f"The connection to Foyer broke: {error or type(error).__name__}.") from error

    def _credentials(self) -> dict[str, str]:
        return {"authorization": self._headers["Authorization"]}

    async def _acknowledged(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async with asyncio.timeout(ACK_TIMEOUT_S):
            while (await self._message(socket))["type"] != "connection_ack":
                pass

    async def _messages(
        self, socket: aiohttp.ClientWebSocketResponse
    ) -> AsyncGenerator[tuple[str, dict[str, Any]], None]:
        while True:
            message = await self._message(socket)
            if message["type"] == "next":
                try:
                    data = _data(message["payload"])
                except RefusedError as error:
                    # One event that cannot be told, of something that is gone, must not end all that follow.
                    _LOGGER.debug("Foyer could not tell an event: %s", error)
                    continue
                yield message["id"], data
            elif message["type"] == "error":
                _data({"errors": message["payload"]})
            elif message["type"] == "complete":
                raise CannotConnectError("Foyer ended a subscription.")

    async def _message(self, socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
        """The next message that is no ping; raises for the end of the connection."""
        asked = False
        while True:
            try:
                frame = await socket.receive(timeout=HEARTBEAT_S)
            except TimeoutError as error:
                if asked:
                    raise CannotConnectError("Foyer does not answer any more.") from error
                asked = True
                await socket.send_json({"type": "ping"})
                continue
            asked = False
            if frame.type is aiohttp.WSMsgType.TEXT:
                message = frame.json()
                if message.get("type") == "ping":
                    await socket.send_json({"type": "pong"})
                elif message.get("type") != "pong":
                    return dict(message)
            elif frame.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED):
                if socket.close_code in (UNAUTHORIZED, FORBIDDEN):
                    raise InvalidAuthError("Foyer does not accept the API key any more.")
                raise CannotConnectError("Foyer closed the connection.")
            elif frame.type is aiohttp.WSMsgType.ERROR:
                raise CannotConnectError(f"The connection to Foyer broke: {socket.exception()}.")


def _data(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer brings; its first error as an exception otherwise."""
    if errors := answer.get("errors"):
        code = (errors[0].get("extensions") or {}).get("code", "")
        _refuse(str(code), str(errors[0].get("message", "")))
    data = answer.get("data")
    if not isinstance(data, dict):
        raise NotFoyerError("The answer is not one of Foyer's.")
    return data


def _refuse(code: str, message: str) -> None:
    if code == "UNAUTHENTICATED":
        raise InvalidAuthError(message)
    if code == "VALIDATION_FAILED" and message.startswith(_UNKNOWN):
        raise UnsupportedError(message)
    raise RefusedError(code, message)
