"""GraphQL over HTTP: JSON in, JSON or an event stream out. Strawberry's view, narrowed to what Foyer offers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from quart import Quart, Request, Response, Websocket, g, has_websocket_context, request, websocket
from quart.typing import ResponseReturnValue
from strawberry.http import GraphQLRequestData
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.http.streaming import HTTPStreamTransport
from strawberry.quart.views import GraphQLView, QuartWebSocketAdapter
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from werkzeug.exceptions import RequestEntityTooLarge

from foyer.api.schema.context import Caller, Context, Services
from foyer.api.schema.event_stream import LAST_EVENT_ID, MEDIA_TYPE, CursorStream, resumed
from foyer.api.schema.explorer import explorer
from foyer.api.schema.guard import shape
from foyer.api.schema.limits import MAX_BATCH, MAX_BYTES, limit_error
from foyer.api.schema.persisted import PersistedOperations, persisted_extensions
from foyer.api.schema.schema import FoyerSchema, build_schema
from foyer.api.schema.websocket import SocketContext, TransportHandler, is_operation
from foyer.errors import FoyerError

CallerOf = Callable[[Mapping[str, Any]], Caller]

PATH = "/graphql"
INIT_TIMEOUT = timedelta(seconds=10)
MAX_OPERATIONS_PER_SOCKET = 100


class TextSocket(QuartWebSocketAdapter):
    """Sends text frames: graphql-transport-ws is JSON text, and browsers hand binary frames out as blobs."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send one message; raises ``WebSocketDisconnected`` when nobody is there any more."""
        try:
            await self.ws.send(orjson.dumps(message).decode())
        except asyncio.CancelledError as error:
            raise WebSocketDisconnected from error


class GraphQLEndpoint(GraphQLView[Any, None]):
    """``POST /graphql``, the WebSocket beside it, and ``GET`` for event streams only."""

    methods: ClassVar[list[str]] = ["GET", "POST"]
    init_every_request: ClassVar[bool] = False
    graphql_transport_ws_handler_class = TransportHandler
    websocket_adapter_class = TextSocket
    stream_transport_classes_by_protocol: Mapping[str, type[HTTPStreamTransport]] = {GRAPHQL_SSE_PROTOCOL: CursorStream}

    def __init__(self, schema: FoyerSchema, services: Services, caller_of: CallerOf) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=True,  # as event streams: anything else is refused before
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=INIT_TIMEOUT,
            max_subscriptions_per_connection=MAX_OPERATIONS_PER_SOCKET,
        )
        self._services = services
        self._caller_of = caller_of
        self._persisted = PersistedOperations()

    async def dispatch_request(self, **_: object) -> ResponseReturnValue:
        """Answer; what is refused before GraphQL sees it is refused in GraphQL's words."""
        if has_websocket_context():
            return await self.run(request=websocket)
        context = g.graphql = await Context.open(self._services, self._caller_of(request.scope))
        try:
            if request.method == "GET":
                _check_get(request)
            return await self.run(request=request, context=context)
        except RequestEntityTooLarge:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            error = limit_error("bytes", MAX_BYTES, None, f"A request holds at most {MAX_BYTES // 1024} KiB.")
        except HTTPException as refusal:
            status, error = HTTPStatus(refusal.status_code), _bad_request(refusal.reason)
        except FoyerError as refusal:
            status, error = HTTPStatus.OK, GraphQLError(refusal.message, extensions=persisted_extensions(refusal))
        body = {"errors": [one.formatted for one in shape([error], context)]}
        return Response(self.encode_json(body), status=status, content_type="application/json", headers=_NO_STORE)

    async def get_context(self, request: Request | Websocket, response: Response) -> Any:  # noqa: ARG002 - its signature
        """What a WebSocket knows before any operation; a request has its context already."""
        caller = self._caller_of(request.scope)
        return SocketContext(services=self._services, caller=caller, persisted=self._persisted)

    async def get_sub_response(self, request: Request) -> Response:
        """The response to be filled in; bounds the body before it is read."""
        if (request.content_length or 0) > MAX_BYTES:
            raise RequestEntityTooLarge
        request.body._max_content_length = MAX_BYTES  # noqa: SLF001 - set from the application's larger limit before this
        return Response(status=HTTPStatus.OK, content_type="application/json", headers=_NO_STORE)

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData | list[GraphQLRequestData]:
        """Read one operation or a batch; only JSON as it is, so that a form on another site can send nothing."""
        body: Any = (
            self.parse_query_params(request.query_params) if request.method == "GET" else await self._json(request)
        )
        given = body if isinstance(body, list) else [body]
        if not given or not all(is_operation(one) for one in given):
            raise HTTPException(400, "Send an operation: an object with query, variables and operationName.")
        transport = self._get_stream_transport_from_headers(request.headers)
        if isinstance(body, list) and (transport is not None or len(body) > MAX_BATCH):
            raise HTTPException(400, f"A batch holds at most {MAX_BATCH} operations and cannot be streamed.")
        last = None if transport is None else request.headers.get(LAST_EVENT_ID)
        read = [self._read(one, "http" if transport is None else transport.protocol, last) for one in given]
        return read if isinstance(body, list) else read[0]

    async def _json(self, request: AsyncHTTPRequestAdapter) -> object:
        if (request.content_type or "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(415, "Send JSON with the header Content-Type: application/json.")
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise HTTPException(415, "Send the body as it is, not compressed.")
        raw = await request.get_body()
        if len(raw) > MAX_BYTES:
            raise RequestEntityTooLarge
        return self.parse_json(raw)

    def decode_json(self, data: str | bytes) -> object:
        """Parse JSON (RFC 8259)."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        """Write JSON; numbers and texts are as the schema's types made them."""
        return orjson.dumps(data)

    def _read(self, given: dict[str, Any], protocol: Any, last_event_id: str | None) -> GraphQLRequestData:
        known = cast("Context", g.graphql).known is not None
        query = self._persisted.resolve(given.get("query"), given.get("extensions"), may_register=known)
        return GraphQLRequestData(
            query=query,
            variables=resumed(given.get("variables"), last_event_id),
            operation_name=given.get("operationName"),
            extensions=given.get("extensions"),
            protocol=protocol,
        )


def _check_get(request: Request) -> None:
    """A link can be followed from anywhere: only a page of this server, or a program, gets a stream that way."""
    if MEDIA_TYPE not in request.headers.get("Accept", ""):
        raise HTTPException(405, f"Ask with POST, or for a stream with the header Accept: {MEDIA_TYPE}.")
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        raise HTTPException(403, "A page of another site may not ask anything here.")


def attached(scope: Mapping[str, Any]) -> Caller:
    """The caller that the front of the server attached to a request."""
    return cast("Caller", scope["state"]["context"])


def mount(
    app: Quart, services: Services, *, caller_of: CallerOf = attached, schema: FoyerSchema | None = None
) -> FoyerSchema:
    """Serve GraphQL at ``/graphql``: POST, event streams and WebSocket. Returns the schema; it may be given."""
    schema = schema or build_schema()
    view = GraphQLEndpoint.as_view("graphql", schema=schema, services=services, caller_of=caller_of)
    app.register_blueprint(explorer())
    app.add_url_rule(PATH, view_func=view)
    app.add_url_rule(PATH, view_func=view, methods=["GET"], websocket=True, endpoint="graphql_websocket")
    return schema


_NO_STORE = {"Cache-Control": "no-store"}


def _bad_request(reason: str | None) -> GraphQLError:
    return GraphQLError(reason or "Bad request.", extensions={"code": "VALIDATION_FAILED"})
