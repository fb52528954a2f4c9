"""Health for watchdogs and people, metrics for Prometheus."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import orjson
from quart import Blueprint, Response, request

from foyer import __version__
from foyer.accounts.roles import Permission
from foyer.api.http.context import context_of

CHECK_TIMEOUT_S = 3.0


class HealthState(StrEnum):
    """How a part is; ABSENT means it is optional and not there."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """How one part is, in a sentence."""

    name: str
    state: HealthState
    message: str


Check = Callable[[], Awaitable[HealthCheck]]
_WORST = (HealthState.DOWN, HealthState.DEGRADED)


@dataclass(slots=True, kw_only=True)
class Health:
    """Whether the server is ready, and what each of its parts says of itself."""

    checks: Mapping[str, Check] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    is_ready: bool = False

    @property
    def uptime_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    async def run(self) -> tuple[HealthState, list[HealthCheck]]:
        """Ask every part, at once and not for long; the whole is as well as its worst part."""
        results = await asyncio.gather(*(_ask(name, check) for name, check in self.checks.items()))
        worst = next((state for state in _WORST if any(one.state is state for one in results)), HealthState.OK)
        return worst, list(results)

    async def problems(self) -> tuple[str, ...]:
        """What is not well, a sentence for each part."""
        _, checks = await self.run()
        return tuple(f"{one.name}: {one.message}" for one in checks if one.state in _WORST)


async def _ask(name: str, check: Check) -> HealthCheck:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check()
    except TimeoutError:
        return HealthCheck(name=name, state=HealthState.DOWN, message="It does not answer in time.")
    except Exception as error:  # noqa: BLE001 - a part that cannot even say how it is, is down; the rest still answers
        return HealthCheck(name=name, state=HealthState.DOWN, message=f"The check failed: {error}")


def routes(health: Health, metrics: Callable[[], Awaitable[str]]) -> Blueprint:
    """``/health`` for those who may look at the system, ``/metrics`` likewise."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/health")
    async def deep() -> Response:
        principal = await context_of(request.scope).principal()
        principal.require(Permission.VIEW_SYSTEM)
        state, checks = await health.run()
        document = {
            "state": state,
            "version": __version__,
            "uptimeSeconds": round(health.uptime_s, 1),
            "checks": [{"name": one.name, "state": one.state, "message": one.message} for one in checks],
        }
        return Response(
            orjson.dumps(document),
            status=503 if state is HealthState.DOWN else 200,
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    @blueprint.get("/metrics")
    async def prometheus() -> Response:
        principal = await context_of(request.scope).principal()
        principal.require(Permission.VIEW_SYSTEM)
        return Response(
            await metrics(),
            content_type="text/plain; version=0.0.4; charset=utf-8",
            headers={"Cache-Control": "no-store"},
        )

    return blueprint
