"""The peer in C: how fast MiniDLNA scans the same kind of files, where Debian's ``minidlna`` is installed."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

LIMIT_S = 60.0


def files_per_second(files: list[Path], folder: Path) -> float | None:
    """Files a second until its database holds them all; ``None`` where there is no minidlnad or it gives up."""
    program = shutil.which("minidlnad") or shutil.which("minidlnad", path="/usr/sbin")
    if program is None:
        return None
    media = folder / "minidlna-media"
    for file in files:
        place = media / file.parent.name
        place.mkdir(parents=True)
        os.link(file, place / file.name)
    work = folder / "minidlna"
    work.mkdir()
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    settings = work / "minidlna.conf"
    settings.write_text(
        f"media_dir=V,{media}\ndb_dir={work}\nlog_dir={work}\nport={port}\nnetwork_interface=lo\ninotify=no\n"
    )
    started = time.perf_counter()
    command = [program, "-f", str(settings), "-P", str(work / "pid"), "-S", "-R"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while time.perf_counter() - started < LIMIT_S and process.poll() is None:
                if _known(work / "files.db") >= len(files):
                    return len(files) / (time.perf_counter() - started)
                time.sleep(0.05)
        finally:
            process.kill()
    return None


def _known(database: Path) -> int:
    if not database.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            row = connection.execute("SELECT count(*) FROM DETAILS WHERE MIME LIKE 'video/%'").fetchone()
            return int(row[0])
    except sqlite3.Error:
        return 0
