"""What ``foyer doctor`` looks at."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from foyer.errors import FoyerError
from foyer.instance import is_served
from foyer.media.ffmpeg import FfmpegFinder
from foyer.media.runner import Runner
from foyer.settings.options import Options

LEAST_FREE = 1 << 30
LEAST_WATCHES = 65_536
WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")


class Grade(StrEnum):
    """How a finding is to be taken."""

    GOOD = "ok"
    POOR = "warn"
    BAD = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    grade: Grade
    message: str


async def examine(options: Options, *, ports: Sequence[int]) -> list[Finding]:
    """Look at everything; nothing is changed but that missing folders are made."""
    return [
        _python(),
        await _ffmpeg(),
        *_folders(options),
        await asyncio.to_thread(_database, options.database),
        _server(options),
        *_ports(options, ports),
        _inotify(),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    grade = Grade.GOOD if sys.version_info >= (3, 11) else Grade.BAD
    return Finding(what="Python", grade=grade, message=version)


async def _ffmpeg() -> Finding:
    try:
        found = await FfmpegFinder(Runner()).get()
    except FoyerError as error:
        return Finding(what="ffmpeg", grade=Grade.BAD, message=error.message)
    return Finding(what="ffmpeg", grade=Grade.GOOD, message=f"{found.version} at {found.path}")


def _folders(options: Options) -> Iterator[Finding]:
    for what, path in (("Data folder", options.data), ("Cache folder", options.cache)):
        try:
            path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
            free = shutil.disk_usage(path).free
        except OSError as error:
            yield Finding(what=what, grade=Grade.BAD, message=f"{path} cannot be written: {error.strerror}")
            continue
        grade = Grade.GOOD if free >= LEAST_FREE else Grade.POOR
        yield Finding(what=what, grade=grade, message=f"{path}, {free / (1 << 30):.1f} GiB free")


def _database(path: Path) -> Finding:
    what = "Database"
    if not path.exists():
        return Finding(what=what, grade=Grade.GOOD, message="none yet; it is made at the first start")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            problems = [row[0] for row in connection.execute("PRAGMA quick_check(5)") if row[0] != "ok"]
            dangling = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    except sqlite3.DatabaseError as error:
        return Finding(what=what, grade=Grade.BAD, message=f"{path} cannot be read: {error}")
    if problems or dangling:
        message = "; ".join([*problems, f"{dangling} dangling references" if dangling else ""]).strip("; ")
        return Finding(what=what, grade=Grade.BAD, message=message)
    return Finding(what=what, grade=Grade.GOOD, message=f"{path.stat().st_size / (1 << 20):.1f} MiB, intact")


def _server(options: Options) -> Finding:
    runs = options.data.exists() and os.access(options.data, os.W_OK) and is_served(options.data)
    return Finding(what="Server", grade=Grade.GOOD, message="runs on this folder" if runs else "not running")


def _ports(options: Options, ports: Sequence[int]) -> Iterator[Finding]:
    runs = is_served(options.data) if options.data.exists() and os.access(options.data, os.W_OK) else False
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))  # noqa: S104 - only to see whether it is free
            except OSError as error:
                grade = Grade.GOOD if runs else Grade.POOR
                message = "in use, by the server that runs" if runs else f"not free: {error.strerror}"
                yield Finding(what=f"Port {port}", grade=grade, message=message)
                continue
        yield Finding(what=f"Port {port}", grade=Grade.GOOD, message="free")


def _inotify() -> Finding:
    what = "Folder watches"
    try:
        limit = int(WATCHES.read_text("ascii"))
    except (OSError, ValueError):
        return Finding(what=what, grade=Grade.POOR, message="this system has no inotify; folders are scanned instead")
    if limit >= LEAST_WATCHES:
        return Finding(what=what, grade=Grade.GOOD, message=f"up to {limit} folders")
    message = f"only {limit} folders can be watched; raise fs.inotify.max_user_watches"
    return Finding(what=what, grade=Grade.POOR, message=message)
