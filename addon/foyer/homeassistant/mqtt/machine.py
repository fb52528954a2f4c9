"""The machine's disks and graphics cards, read so that one that hangs holds up nobody."""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from foyer.gpu import GpuMeters, GpuReading
from foyer.homeassistant.mqtt.snapshot import Disk

PATIENCE_S = 3.0
MOST_DISKS = 8

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class _Gauge(Generic[T]):
    """A reading that blocks a thread. While one hangs, no other is begun, and the last one stands."""

    read: Callable[[], T]
    known: T | None = None
    _reading: asyncio.Future[T] | None = None

    async def value(self) -> T | None:
        """The newest value; the one before when this takes too long; ``None`` while there never was one."""
        if self._reading is None:
            self._reading = _in_a_thread(self.read)
        done, _ = await asyncio.wait({self._reading}, timeout=PATIENCE_S)
        if done:
            reading, self._reading = self._reading, None
            self.known = reading.result()
        return self.known

    def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None


def _in_a_thread(read: Callable[[], T]) -> asyncio.Future[T]:
    """None of the event loop's threads: a few that hang would leave none to anybody, and hold up the server's end."""
    outcome: concurrent.futures.Future[T] = concurrent.futures.Future()

    def work() -> None:
        outcome.set_running_or_notify_cancel()
        try:
            outcome.set_result(read())
        except Exception as error:  # noqa: BLE001 - it is raised where the value is asked for
            outcome.set_exception(error)

    threading.Thread(target=work, name="gauge", daemon=True).start()
    return asyncio.wrap_future(outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Space:
    device: int
    free: int
    total: int


@dataclass(slots=True, kw_only=True)
class Machine:
    """What there is to measure; ``close`` it."""

    data: Path
    gpus: GpuMeters = field(default_factory=GpuMeters)
    _disks: dict[Path, _Gauge[_Space | None]] = field(default_factory=dict)
    _cards: _Gauge[tuple[GpuReading, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self._cards = _Gauge(read=self.gpus.read)

    async def cards(self) -> tuple[GpuReading, ...]:
        """Graphics cards that tell how busy they are."""
        return await self._cards.value() or ()

    async def disks(self, folders: Mapping[Path, str]) -> tuple[Disk, ...]:
        """The disk of the data folder, and each that holds media once; ``folders`` are media folders by their names.

        A folder that is away, or never answered, is left out.
        """
        wanted = {self.data: "data", **dict(list(folders.items())[:MOST_DISKS])}
        for path in set(self._disks) - set(wanted):
            self._disks.pop(path).close()
        for path in wanted:
            self._disks.setdefault(path, _Gauge(read=lambda path=path: _space(path)))  # type: ignore[misc]
        spaces = await asyncio.gather(*(self._disks[path].value() for path in wanted))
        found: list[Disk] = []
        seen: set[int] = set()
        for (path, name), space in zip(wanted.items(), spaces, strict=True):
            if space is None or space.device in seen:
                continue
            key = "data" if path == self.data else f"media_{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"
            if path != self.data:
                seen.add(space.device)
            found.append(Disk(key=key, name=name, free=space.free, total=space.total))
        return tuple(found)

    def close(self) -> None:
        """Let go of what hangs."""
        for gauge in self._disks.values():
            gauge.close()
        self._cards.close()
        self.gpus.close()


def _space(path: Path) -> _Space | None:
    try:
        usage = shutil.disk_usage(path)
        return _Space(device=path.stat().st_dev, free=usage.free, total=usage.total)
    except OSError:
        return None
