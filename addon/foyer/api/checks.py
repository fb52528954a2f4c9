"""How each part of the server is, in a sentence for the person who runs it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from foyer.api.health import Check, HealthCheck, HealthState
from foyer.db.database import Database
from foyer.errors import FoyerError
from foyer.homeassistant.link import LinkState, LinkStatus
from foyer.homeassistant.mqtt import MqttState, MqttStatus
from foyer.media.ffmpeg import FfmpegFinder
from foyer.settings.options import Options

LEAST_FREE = 1 << 30
SCARCE = 64 << 20
_OF_MQTT = {
    MqttState.ABSENT: HealthState.ABSENT,
    MqttState.CONNECTED: HealthState.OK,
    MqttState.AWAY: HealthState.DEGRADED,
}
_OF_LINK = {
    LinkState.ABSENT: HealthState.ABSENT,
    LinkState.UNREACHABLE: HealthState.DEGRADED,
    LinkState.REFUSED: HealthState.DEGRADED,
    LinkState.STARTING: HealthState.OK,
    LinkState.CONNECTED: HealthState.OK,
}


class Used(Protocol):
    """Something that takes disk space."""

    @property
    def used(self) -> int:
        """Bytes."""


def checks(
    database: Database,
    options: Options,
    ffmpeg: FfmpegFinder,
    *,
    live_workers: Callable[[], int],
    segments: Used,
    homeassistant: Callable[[], LinkStatus],
    mqtt: Callable[[], MqttStatus],
) -> Mapping[str, Check]:
    """The parts by name."""

    async def of_database() -> HealthCheck:
        await database.reader.value("SELECT 1 FROM setting LIMIT 1")
        try:
            await database.execute("UPDATE setting SET value = value WHERE 0")
        except Exception as error:  # noqa: BLE001 - whatever keeps it from being written is what there is to tell
            return _check("database", HealthState.DOWN, f"It cannot be written: {error}")
        return _check("database", HealthState.OK, "It answers.")

    async def of_ffmpeg() -> HealthCheck:
        try:
            found = await ffmpeg.get()
        except FoyerError as error:
            return _check("ffmpeg", HealthState.DEGRADED, error.message)
        return _check("ffmpeg", HealthState.OK, f"Version {found.version} at {found.path}.")

    async def of_folders() -> HealthCheck:
        rows = await database.reader.all("SELECT path, problem FROM library_folder WHERE available = 0")
        if not rows:
            return _check("folders", HealthState.OK, "Every folder is there.")
        names = ", ".join(os.fsdecode(row["path"]).encode("utf-8", "replace").decode() for row in rows[:3])
        return _check("folders", HealthState.DEGRADED, f"Not there now: {names}{' …' if len(rows) > 3 else ''}.")

    async def of_workers() -> HealthCheck:
        return _check("media workers", HealthState.OK, f"{live_workers()} at work; they start when they are needed.")

    async def of_cache() -> HealthCheck:
        found = await asyncio.to_thread(_space, "cache", options.cache)
        return (
            found
            if found.state is not HealthState.OK
            else _check("cache", HealthState.OK, f"{found.message} {segments.used >> 20} MiB of converted video.")
        )

    async def of_data() -> HealthCheck:
        return await asyncio.to_thread(_space, "data", options.data)

    return {
        "database": of_database,
        "data": of_data,
        "backup": _of_backup(options.last_backup),
        "cache": of_cache,
        "ffmpeg": of_ffmpeg,
        "folders": of_folders,
        "media workers": of_workers,
        "Home Assistant": _of_link(homeassistant),
        "MQTT": _of_mqtt(mqtt),
    }


def _of_link(status: Callable[[], LinkStatus]) -> Check:
    """Home Assistant is optional: without it, or while it is away, the server is not down."""

    async def check() -> HealthCheck:
        found = status()
        state = HealthState.DEGRADED if found.problems else _OF_LINK[found.state]
        return _check("Home Assistant", state, found.message)

    return check


def _of_mqtt(status: Callable[[], MqttStatus]) -> Check:
    async def check() -> HealthCheck:
        found = status()
        return _check("MQTT", _OF_MQTT[found.state], found.message)

    return check


def _of_backup(made: Path) -> Check:
    """That there is no backup is no fault of the server, but it should be seen."""

    async def check() -> HealthCheck:
        try:
            status = await asyncio.to_thread(made.stat)
        except OSError:
            return _check("backup", HealthState.ABSENT, "No backup was made yet while the server ran.")
        moment = datetime.fromtimestamp(status.st_mtime, UTC)
        return _check("backup", HealthState.OK, f"Last made on {moment:%Y-%m-%d at %H:%M} UTC.")

    return check


def _space(name: str, folder: Path) -> HealthCheck:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return _check(name, HealthState.DOWN, f"The folder {folder} cannot be used: {error.strerror}.")
    if not os.access(folder, os.W_OK):
        return _check(name, HealthState.DOWN, f"The folder {folder} cannot be written.")
    state = HealthState.OK if free >= LEAST_FREE else HealthState.DEGRADED if free >= SCARCE else HealthState.DOWN
    return _check(name, state, f"{free / (1 << 30):.1f} GiB free.")


def _check(name: str, state: HealthState, message: str) -> HealthCheck:
    return HealthCheck(name=name, state=state, message=message)
