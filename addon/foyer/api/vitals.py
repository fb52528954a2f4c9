"""How the server itself is doing: its parts, and what it takes of the machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Permission
from foyer.api.health import Health, HealthCheck, HealthState
from foyer.api.metrics import resident_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The vitals at one moment; sizes in bytes."""

    state: HealthState
    checks: tuple[HealthCheck, ...]
    uptime_s: float
    memory_bytes: int
    database_bytes: int
    cache_bytes: int
    cache_budget_bytes: int
    ffmpeg_version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Reads the vitals for those who may see the system."""

    health: Health
    database: Path
    cache_used: Callable[[], int] = lambda: 0
    cache_budget: Callable[[], int] = lambda: 0
    ffmpeg_version: Callable[[], str | None] = lambda: None

    async def read(self, principal: Principal) -> Reading:
        """Ask every part."""
        principal.require(Permission.VIEW_SYSTEM)
        state, checks = await self.health.run()
        return Reading(
            state=state,
            checks=tuple(checks),
            uptime_s=self.health.uptime_s,
            memory_bytes=resident_bytes(),
            database_bytes=await asyncio.to_thread(_size_with_journal, self.database),
            cache_bytes=self.cache_used(),
            cache_budget_bytes=self.cache_budget(),
            ffmpeg_version=self.ffmpeg_version(),
        )


def _size_with_journal(path: Path) -> int:
    total = 0
    for name in (path, path.with_name(f"{path.name}-wal")):
        try:
            total += name.stat().st_size
        except OSError:
            continue
    return total
