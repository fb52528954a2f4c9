"""The one door every request passes before anything else sees it.

It knows which listener the request came through, takes away or checks what claims an identity, refuses foreign names
and peers, bounds the body and the rate, gives the request an id, adds the security headers, turns every failure into a
problem document, and writes the access log. It is plain ASGI, so that HTTP, WebSocket and files meet the same rules.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from foyer.accounts.identity import IngressIdentity
from foyer.accounts.service import Accounts
from foyer.api.http import headers as header
from foyer.api.http.context import RequestContext
from foyer.api.http.hosts import AllowedHosts
from foyer.api.http.limits import BodyTooLargeError, BodyTooSlowError, RateLimiter, limited
from foyer.api.http.listener import ASGI, ListenerKind
from foyer.api.http.metrics import HttpMetrics
from foyer.api.http.problems import CONTENT_TYPE, INTERNAL, Problem, from_error, of_status
from foyer.api.http.router import UPLOAD_PATH
from foyer.errors import FoyerError, RateLimitedError
from foyer.ids import new_token
from foyer.logs import REQUEST_ID

log = logging.getLogger(__name__)
access_log = logging.getLogger("foyer.access")

BODY_LIMIT = 256 * 1024
UPLOAD_LIMIT = 8 * 1024 * 1024
"""A piece of an upload; what Home Assistant's ingress lets pass with room to spare."""
UPLOAD_TIMEOUT_S = 600.0
"""For one piece, on the slowest line that still makes sense."""
LOOPBACK = frozenset({"127.0.0.1", "::1"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CLOSES = ((b"connection", b"close"),)
"""A refused handshake ends its connection, and must say so before a client sends the next request there."""
QUERY_PATH = "/graphql"
"""Where even a GET may ask for work."""
FREQUENT = ("/health/", "/media/", "/assets/")
"""What is asked for all the time is logged only when it fails, or at the level debug."""
OPEN_ON_LOOPBACK = "/health/"
ON_BEHALF_OF = b"x-foyer-on-behalf-of"
LONGEST_NAME = 64
"""Home Assistant's ids of users have 32 signs."""


class RefusedError(Exception):
    """The request goes no further; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


IdentityReader = Callable[[list[tuple[bytes, bytes]]], IngressIdentity]
"""Reads the identity headers of a request that came from the Supervisor; raises ``ValidationError`` for bad ones."""


@dataclass(slots=True, kw_only=True)
class Front:
    """The guard, and the way on to what answers."""

    accounts: Accounts
    inner: ASGI
    hosts: AllowedHosts
    ingress_peers: frozenset[str]
    read_identity: IdentityReader
    metrics: HttpMetrics
    anonymous: RateLimiter = field(default_factory=lambda: RateLimiter(rate=20, burst=100))
    known: RateLimiter = field(default_factory=lambda: RateLimiter(rate=500, burst=2000))

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Handle one request or WebSocket."""
        exchange = Exchange(scope=scope, receive=receive, send=send)
        token = REQUEST_ID.set(exchange.request_id)
        try:
            await self._answer(exchange)
        finally:
            exchange.finish(self.metrics)
            REQUEST_ID.reset(token)

    async def _answer(self, exchange: Exchange) -> None:
        scope = exchange.scope
        try:
            context = self._admit(exchange)
            scope["state"] = {**scope.get("state", {}), "context": context}
            if scope["type"] == "http":
                await self._limit_rate(scope, context)
                exchange.receive = limited(
                    exchange.receive,
                    _body_limit(scope),
                    timeout_s=UPLOAD_TIMEOUT_S if _is_piece(scope) else None,
                )
            await self.inner(scope, exchange.receive, exchange.reply)
        except RefusedError as refusal:
            await exchange.refuse(refusal.problem)
        except BodyTooLargeError:
            await exchange.refuse(of_status(413, f"This request may bring at most {_body_limit(scope) // 1024} KiB."))
        except BodyTooSlowError:
            await exchange.refuse(of_status(408, "The request did not arrive in time."))
        except FoyerError as error:
            await exchange.refuse(from_error(error))
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("A request failed", extra={"path": exchange.path})
            await exchange.refuse(INTERNAL)

    def _admit(self, exchange: Exchange) -> RequestContext:
        scope = exchange.scope
        _check_form(scope)
        if scope["state"].get("listener") is ListenerKind.INGRESS:
            identity = self._admit_ingress(scope, exchange.address)
            return self._context(exchange, ListenerKind.INGRESS, identity)
        scope["headers"] = header.without_identity(scope["headers"])
        self._check_host(scope)
        return self._context(exchange, ListenerKind.PUBLIC, IngressIdentity(user=None, base_path=""))

    def _admit_ingress(self, scope: dict[str, Any], address: str) -> IngressIdentity:
        """Only the Supervisor may come this way; the container's own health check may look at its health."""
        if address in self.ingress_peers:
            identity = self.read_identity(scope["headers"])
            scope["headers"] = header.without_identity(scope["headers"])
            return identity
        if address in LOOPBACK and scope["type"] == "http" and scope["path"].startswith(OPEN_ON_LOOPBACK):
            scope["headers"] = header.without_identity(scope["headers"])
            return IngressIdentity(user=None, base_path="")
        detail = "This port is for Home Assistant only. Use the public port (8096) instead."
        raise RefusedError(Problem(status=403, code="FORBIDDEN", detail=detail))

    def _check_host(self, scope: dict[str, Any]) -> None:
        hosts = header.values(scope["headers"], b"host")
        if len(hosts) != 1:
            raise RefusedError(of_status(400, "A request needs exactly one Host header."))
        if not self.hosts.allows(hosts[0]):
            detail = "This server does not answer to that name. Add it to the allowed host names, or use the address."
            raise RefusedError(Problem(status=421, code="MISDIRECTED_REQUEST", detail=detail))

    def _context(self, exchange: Exchange, kind: ListenerKind, identity: IngressIdentity) -> RequestContext:
        return RequestContext(
            request_id=exchange.request_id,
            listener=kind,
            address=exchange.address,
            base_path=identity.base_path,
            accounts=self.accounts,
            bearer=_bearer(exchange.scope["headers"]),
            on_behalf_of=_on_behalf_of(exchange.scope["headers"]),
            home_assistant_user=identity.user,
        )

    async def _limit_rate(self, scope: dict[str, Any], context: RequestContext) -> None:
        """Hold what costs work to a rate, each asker for themselves; media tokens bring their own limits."""
        if scope["method"] in SAFE_METHODS and scope["path"] != QUERY_PATH:
            return
        try:
            principal = await context.principal()
        except FoyerError:
            wait = self.anonymous.take(context.address)
        else:
            wait = self.known.take(f"user:{principal.user_id}")
        if wait:
            raise RateLimitedError("Too many requests. Wait a moment and try again.", retry_after=wait)


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request and what has been answered so far."""

    scope: dict[str, Any]
    receive: Any
    send: Callable[[dict[str, Any]], Awaitable[None]]
    request_id: str = field(default_factory=lambda: new_token(96))
    status: int = 0
    sent: int = 0
    started: float = field(default_factory=time.perf_counter)

    @property
    def address(self) -> str:
        """The peer's address, an IPv4 one written as such."""
        address = str((self.scope.get("client") or ("",))[0])
        return address.removeprefix("::ffff:")

    @property
    def path(self) -> str:
        """The path, with secrets in it left out by the log."""
        return str(self.scope["path"])[:200]

    @property
    def is_websocket(self) -> bool:
        """Whether it is a WebSocket's handshake."""
        return bool(self.scope["type"] == "websocket")

    async def reply(self, message: dict[str, Any]) -> None:
        """Send on what the application says, with the headers that are always there."""
        kind = message["type"]
        if kind in {"http.response.start", "websocket.http.response.start"}:
            self.status = int(message["status"])
            defaults = header.SECURITY
            if self.scope["path"].startswith("/media/"):
                defaults = (*header.MEDIA, *header.SECURITY)
            if self.is_websocket:
                defaults = (*CLOSES, *defaults)
            request_id = (b"x-request-id", self.request_id.encode())
            message = {**message, "headers": header.with_defaults(message.get("headers", ()), request_id, *defaults)}
        elif kind == "websocket.accept":
            self.status = 101
        elif kind == "http.response.body":
            self.sent += len(message.get("body", b""))
        elif kind == "http.response.zerocopysend":
            self.sent += message["count"]
        await self.send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answer with a problem, unless an answer has begun: then only the end of the connection tells."""
        if self.status:
            return
        body = problem.body(self.request_id)
        prefix = "websocket." if self.is_websocket else ""
        headers = [
            (b"content-type", CONTENT_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *((name.encode(), value.encode()) for name, value in problem.headers),
        ]
        await self.reply({"type": f"{prefix}http.response.start", "status": problem.status, "headers": headers})
        await self.reply({"type": f"{prefix}http.response.body", "body": body, "more_body": False})

    def finish(self, metrics: HttpMetrics) -> None:
        """Write the line of the access log."""
        took = time.perf_counter() - self.started
        method = "WS" if self.is_websocket else str(self.scope["method"])
        metrics.observe(self.path, self.status, took, self.sent)
        access_log.log(
            logging.DEBUG if self.path.startswith(FREQUENT) and self.status < 400 else logging.INFO,
            "%s %s %s",
            method,
            self.path,
            self.status or "-",
            extra={
                "status": self.status,
                "ms": round(took * 1000, 1),
                "bytes": self.sent,
                "address": self.address,
                "listener": str(self.scope["state"].get("listener", "-")),
                "request_id": self.request_id,
            },
        )


def _check_form(scope: dict[str, Any]) -> None:
    """Refuse requests no part of Foyer understands, before a part that misunderstands them."""
    raw = scope["raw_path"]
    if not raw.startswith(b"/") or b"\0" in scope["path"].encode("utf-8", "surrogatepass"):
        raise RefusedError(of_status(400, "This is not a path on this server."))
    if scope["type"] != "http":
        return
    if scope["method"] not in METHODS:
        raise RefusedError(of_status(405))
    encodings = header.values(scope["headers"], b"content-encoding")
    if any(encoding.lower() != "identity" for encoding in encodings):
        raise RefusedError(of_status(415, "Send the body without compression."))
    if scope["method"] not in SAFE_METHODS and "cross-site" in header.values(scope["headers"], b"sec-fetch-site"):
        raise RefusedError(of_status(403, "A page of another site may not change anything here."))
    lengths = header.values(scope["headers"], b"content-length")
    if any(not length.isdigit() or int(length) > _body_limit(scope) for length in lengths):
        raise BodyTooLargeError


def _is_piece(scope: dict[str, Any]) -> bool:
    """Whether a request brings a piece of an upload, the only large thing anybody may send."""
    return bool(scope["method"] == "PATCH" and scope["path"].startswith(UPLOAD_PATH))


def _body_limit(scope: dict[str, Any]) -> int:
    return UPLOAD_LIMIT if _is_piece(scope) else BODY_LIMIT


def _on_behalf_of(headers: list[tuple[bytes, bytes]]) -> str | None:
    """Who the key of Home Assistant's integration asks for; an empty name stands for nobody and is refused later."""
    given = header.values(headers, ON_BEHALF_OF)
    return ",".join(given)[:LONGEST_NAME] if given else None


def _bearer(headers: list[tuple[bytes, bytes]]) -> str | None:
    given = header.values(headers, b"authorization")
    if len(given) != 1:
        return None
    scheme, _, credentials = given[0].partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" and credentials.strip() else None
