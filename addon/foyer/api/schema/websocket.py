"""GraphQL over a WebSocket (graphql-transport-ws): each operation on its own, each subscription while its owner may.

Credentials come with the handshake or with ``connection_init``. They are looked at again for every operation and, while
subscriptions are open, every few seconds: a connection does not outlive the account, key or token it was opened with.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)

from foyer.api.schema.context import Caller, Context, Services
from foyer.api.schema.persisted import PersistedOperations, persisted_extensions
from foyer.errors import ForbiddenError, FoyerError, UnauthenticatedError

CHECK_INTERVAL = 5.0
"""Seconds between looks at whether the account of an open connection is still good."""
MAX_ID = 128
UNAUTHORIZED, FORBIDDEN = 4401, 4403


@dataclass(slots=True, kw_only=True)
class SocketContext:
    """What a connection knows before any operation."""

    services: Services
    caller: Caller
    persisted: PersistedOperations


class TransportHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """One connection."""

    context: SocketContext
    _watch: asyncio.Task[None] | None = None

    async def handle_message(self, message: Message) -> None:
        """Take a message that has the right shape; close on any other."""
        if not _has_shape(message):
            await self.handle_invalid_message("Failed to parse message")
            return
        await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Learn who connects; credentials that are not accepted close the connection."""
        payload: object = message.get("payload") or {}
        if not isinstance(payload, dict):
            await self.websocket.close(code=4400, reason="Invalid connection init payload")
            return
        authorization = payload.get("authorization", payload.get("Authorization"))
        if isinstance(authorization, str):
            scheme, _, token = authorization.partition(" ")
            self.context.caller.bearer = token.strip() if scheme.lower() == "bearer" else authorization
        if not await self._is_welcome(UNAUTHORIZED):
            return
        await super().handle_connection_init({**message, "payload": payload})
        self._watch = asyncio.create_task(self._keep_watch())

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start an operation, by its text or by its hash."""
        payload = message["payload"]
        try:
            text = self.context.persisted.resolve(
                payload.get("query"), payload.get("extensions"), may_register=self.connection_acknowledged
            )
        except FoyerError as error:
            refusal = GraphQLError(error.message, extensions=persisted_extensions(error))
            await self.send_message({"id": message["id"], "type": "error", "payload": [refusal.formatted]})
            return
        await super().handle_subscribe({**message, "payload": {**payload, "query": text or ""}})

    async def run_operation(self, operation: Operation[Any, None]) -> None:
        """Run an operation with a context of its own, as if it had come as a request."""
        context = await Context.open(self.context.services, self.context.caller)
        runner = _OperationRunner(self, context)
        await BaseGraphQLTransportWSHandler.run_operation(cast("Any", runner), operation)

    async def shutdown(self) -> None:
        """End the watch with the connection."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await super().shutdown()

    async def _keep_watch(self) -> None:
        good = True
        while good:
            await asyncio.sleep(CHECK_INTERVAL)
            good = await self._is_welcome(FORBIDDEN)

    async def _is_welcome(self, code: int) -> bool:
        """Whether the credentials that were given are good; closes the connection otherwise."""
        caller = self.context.caller
        if caller.bearer is None and not caller.is_ingress:
            return True
        try:
            await caller.principal()
        except (UnauthenticatedError, ForbiddenError) as error:
            await self.websocket.close(code=code, reason=error.message[:120])
            return False
        return True


class _OperationRunner:
    """The handler as one operation sees it: everything of the connection's, but with the operation's own context."""

    def __init__(self, handler: TransportHandler, context: Context) -> None:
        self._handler = handler
        self.context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handler, name)


def _has_shape(message: object) -> bool:
    if not isinstance(message, Mapping) or not isinstance(message.get("type"), str):
        return False
    if message["type"] not in ("subscribe", "complete"):
        return True
    identity = message.get("id")
    if not isinstance(identity, str) or not 0 < len(identity) <= MAX_ID:
        return False
    return message["type"] == "complete" or is_operation(message.get("payload"))


def is_operation(payload: object) -> bool:
    """Whether a message has the parts of a GraphQL request, each of its type."""
    if not isinstance(payload, Mapping):
        return False
    kinds = (("query", str), ("variables", dict), ("operationName", str), ("extensions", dict))
    return all(payload.get(name) is None or isinstance(payload[name], kind) for name, kind in kinds)
