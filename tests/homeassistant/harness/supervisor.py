"""A stand-in for the Home Assistant Supervisor: what Core's ``hassio`` integration and an add-on ask of a real one.

Core's side is ``SUPERVISOR=host:port`` and ``SUPERVISOR_TOKEN``; an add-on's side is this server's URL in the place of
``http://supervisor``, and the token of the add-on. Lives in the test's event loop, so that tests read and change what
it holds: rotate a token, take the broker away, stop it, start it again on the same port.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.homeassistant.harness.addon import SLUG, Addon
from tests.homeassistant.harness.ingress import BODY_LIMIT, MESSAGE_LIMIT, Ingress
from tests.homeassistant.harness.supervisor_core import CoreAccess, join
from tests.homeassistant.harness.supervisor_facts import ACCEPTED, STATS, machine_facts

CORE_TOKEN = "core-token-1"
PANEL = Path(__file__).parent / "panel.js"
HOP = ("Accept", "Last-Event-ID", "Content-Type")

Caller = Addon | str | None
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerService:
    """The MQTT broker the Supervisor tells add-ons of."""

    host: str
    port: int
    username: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request the stand-in answered, for tests that look at what was asked."""

    caller: str
    method: str
    path: str
    status: int


class StandInSupervisor:
    """The server. Use as an async context manager."""

    def __init__(self, *, core_version: str = "2024.3.3") -> None:
        self.core_version = core_version
        self.addon = Addon()
        self.broker: BrokerService | None = None
        self.discovery: dict[str, dict[str, Any]] = {}
        self.asked: list[Asked] = []
        self.port = 0
        self.core: CoreAccess
        self.ingress: Ingress
        self._http: aiohttp.ClientSession
        self._runner: web.AppRunner | None = None
        self._pushes: set[asyncio.Task[int | None]] = set()

    @property
    def address(self) -> str:
        """``SUPERVISOR`` of Core."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """What stands for ``http://supervisor``."""
        return f"http://{self.address}"

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        self.core = CoreAccess(self._http)
        self.ingress = Ingress(self._http, self.addon)
        try:
            await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.stop()
            await asyncio.gather(*self._pushes)
        finally:
            await self.core.close()
            await self._http.close()

    async def start(self) -> None:
        """Listen, on the same port as before if there was a before."""
        app = web.Application(middlewares=[self._remember, self._guard], client_max_size=BODY_LIMIT)
        route = app.router.add_route
        route("*", "/ingress/{token:[A-Za-z0-9_-]{10,}}/{path:.*}", self.ingress.handle)
        for name in ("core", "homeassistant"):
            route("*", f"/{name}/api/{{path:.*}}", self._core_api)
            route("GET", f"/{name}/websocket", self._core_websocket)
        route("GET", "/app/entrypoint.js", self._frontend)
        route("POST", "/ingress/session", self._open_session)
        route("POST", "/ingress/validate_session", self._validate_session)
        route("GET", "/services/mqtt", self._mqtt)
        route("GET", "/discovery", self._discoveries)
        route("POST", "/discovery", self._announce)
        route("GET", "/discovery/{uuid}", self._discovery)
        route("DELETE", "/discovery/{uuid}", self._withdraw)
        for prefix in ("/addons", "/store/addons"):
            route("GET", f"{prefix}/{{slug:self|{SLUG}}}/{{what:info|stats|changelog|documentation}}", self._addon)
            route("GET", f"{prefix}/{{slug:self|{SLUG}}}", self._addon)
        route("*", "/{path:.*}", self._facts)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Be away, as while the Supervisor updates itself."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def _remember(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        status = 500
        try:
            answer = await handler(request)
            status = answer.status
        except web.HTTPException as err:
            status = err.status
            raise
        finally:
            caller = self._caller(request)
            name = SLUG if isinstance(caller, Addon) else caller or "nobody"
            self.asked.append(Asked(caller=name, method=request.method, path=request.path, status=status))
        return answer

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Core may everything, an add-on what its manifest allows; proxies look at their callers themselves."""
        if not re.match(r"/(ingress/.{10,}/|(core|homeassistant)/(api/|websocket)|supervisor/ping|app/)", request.path):
            caller = self._caller(request)
            if caller is None:
                raise web.HTTPUnauthorized
            if isinstance(caller, Addon) and not caller.may(request.path):
                raise web.HTTPForbidden
        return await handler(request)

    def _caller(self, request: web.Request) -> Caller:
        token = request.headers.get("Authorization", "").rpartition(" ")[2] or request.headers.get("X-Supervisor-Token")
        if token == self.addon.token:
            return self.addon
        return "core" if token == CORE_TOKEN else None

    async def _core_api(self, request: web.Request) -> web.StreamResponse:
        if self._caller(request) is not self.addon or not self.addon.manifest.get("homeassistant_api"):
            raise web.HTTPUnauthorized
        path = request.match_info["path"]
        if path.startswith(("hassio/", "hassio_")):
            raise web.HTTPForbidden
        headers = {name: request.headers[name] for name in HOP if name in request.headers}
        limit = aiohttp.ClientTimeout(total=300)
        try:
            async with await self.core.request(
                request.method,
                f"/api/{path}",
                headers=headers,
                params=request.query,
                data=await request.read(),
                timeout=limit,
            ) as answer:
                return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)
        except (aiohttp.ClientError, TimeoutError) as err:
            raise web.HTTPBadGateway from err

    async def _core_websocket(self, request: web.Request) -> web.StreamResponse:
        try:
            async with await self.core.request("GET", "/api/", timeout=aiohttp.ClientTimeout(total=10)):
                pass
        except (aiohttp.ClientError, TimeoutError) as err:
            raise web.HTTPBadGateway from err
        near = web.WebSocketResponse(heartbeat=30, max_msg_size=MESSAGE_LIMIT)
        await near.prepare(request)
        await near.send_json({"type": "auth_required", "ha_version": self.core_version})
        offered = await near.receive_json(timeout=10)
        if (offered.get("access_token") or offered.get("api_password")) != self.addon.token:
            await near.send_json({"type": "auth_invalid", "message": "Invalid access"})
            await near.close()
            return near
        await near.send_json({"type": "auth_ok", "ha_version": self.core_version})
        try:
            far = await self.core.websocket()
        except (aiohttp.ClientError, TypeError, web.HTTPBadGateway):
            await near.close()
            return near
        try:
            await join(near, far)
        finally:
            await far.close()
            await near.close()
        return near

    async def _facts(self, request: web.Request) -> web.Response:
        facts = machine_facts(self.core_version, [self.addon.summary()], {SLUG: self.addon.panel()})
        if request.method == "GET" and request.path in facts:
            return _ok(facts[request.path])
        if request.path in ACCEPTED:
            if (refresh_token := (await _body(request)).get("refresh_token")) is not None:
                self.core.trust(refresh_token)
            return _ok()
        return _refuse(f"The stand-in does not know {request.method} {request.path}", 404)

    async def _frontend(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(PANEL, headers={"Content-Type": "text/javascript"})

    async def _open_session(self, request: web.Request) -> web.Response:
        user_id = (await _body(request)).get("user_id")
        user = await self.core.user(user_id) if user_id else None
        return _ok({"session": self.ingress.open_session(user)})

    async def _validate_session(self, request: web.Request) -> web.Response:
        if self.ingress.valid((await _body(request)).get("session", "")) is None:
            raise web.HTTPUnauthorized
        return _ok()

    async def _mqtt(self, _: web.Request) -> web.Response:
        if self.broker is None:
            return _refuse("Service not enabled")
        return _ok({"addon": "core_mosquitto", "ssl": False, "protocol": "3.1.1", **asdict(self.broker)})

    async def _addon(self, request: web.Request) -> web.Response:
        match request.match_info.get("what", "info"):
            case "info":
                return _ok(self.addon.info())
            case "stats":
                return _ok(STATS)
        return web.Response(text="# Foyer\n")

    def offer_again(self) -> None:
        """Tell Core once more what add-ons have announced, as when it has started."""
        for message in self.discovery.values():
            self._push("POST", message)

    async def _discoveries(self, _: web.Request) -> web.Response:
        return _ok({"discovery": list(self.discovery.values()), "services": {}})

    async def _discovery(self, request: web.Request) -> web.Response:
        found = self.discovery.get(request.match_info["uuid"].replace("-", ""))
        return _ok(found) if found else _refuse("Discovery message not found", 404)

    async def _withdraw(self, request: web.Request) -> web.Response:
        found = self.discovery.get(request.match_info["uuid"].replace("-", ""))
        if found is None:
            return _refuse("Discovery message not found", 404)
        if self._caller(request) is not self.addon:
            return _refuse("Can't remove discovery message", 403)
        del self.discovery[found["uuid"]]
        self._push("DELETE", found)
        return _ok()

    async def _announce(self, request: web.Request) -> web.Response:
        caller, body = self._caller(request), await _body(request)
        if not isinstance(caller, Addon) or body["service"] not in caller.manifest["discovery"]:
            return _refuse("Add-ons must list services they provide via discovery in their config!", 403)
        known = next((each for each in self.discovery.values() if each["service"] == body["service"]), None)
        if known is not None and known["config"] == body["config"]:
            return _ok({"uuid": known["uuid"]})
        message = {"addon": SLUG, "service": body["service"], "uuid": uuid.uuid4().hex, **(known or {})}
        message["config"] = body["config"]
        self.discovery[message["uuid"]] = message
        self._push("POST", message)
        return _ok({"uuid": message["uuid"]})

    def _push(self, method: str, message: dict[str, Any]) -> None:
        body = {name: value for name, value in message.items() if name != "config"}
        task = asyncio.create_task(self.core.push(method, f"/api/hassio_push/discovery/{message['uuid']}", body))
        self._pushes.add(task)
        task.add_done_callback(self._pushes.discard)


async def _body(request: web.Request) -> dict[str, Any]:
    body = await request.json() if request.can_read_body else None
    return body if isinstance(body, dict) else {}


def _ok(data: dict[str, Any] | None = None) -> web.Response:
    return web.json_response({"result": "ok", "data": data or {}})


def _refuse(message: str, status: int = 400) -> web.Response:
    return web.json_response({"result": "error", "message": message}, status=status)
