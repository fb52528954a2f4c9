"""Whole servers as processes for benchmarks, and what the kernel says of them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.catalogue import fill
from foyer.db.migrations import migrate

BYTECODE = Path(__file__).parents[1] / ".cache" / "bytecode"
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server."""

    pid: int
    port: int
    data: Path

    @property
    def url(self) -> str:
        """Its public listener."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder for one benchmark, on a disk rather than in memory where there is the choice."""
    folder = Path(tempfile.mkdtemp(prefix="foyer-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepare(data: Path, items: int) -> None:
    """A data folder with made-up items."""
    data.mkdir(parents=True, exist_ok=True)
    migrate(data / "foyer.db")
    with closing(sqlite3.connect(data / "foyer.db", isolation_level=None)) as connection:
        fill(connection, items)


def start(data: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start ``foyer serve`` on a free port without waiting for anything."""
    port = free_port()
    command = [sys.executable, "-m", "foyer", "serve", "--data", str(data), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--ingress-port", "-1", "--log-level", "error"]
    # As installed: with its bytecode, which checkouts often go without.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(BYTECODE)}
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment), port


@contextmanager
def serving(data: Path) -> Iterator[Served]:
    """A server that is ready."""
    process, port = start(data)
    try:
        wait_for(f"http://127.0.0.1:{port}/health/ready")
        yield Served(pid=process.pid, port=port, data=data)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def wait_for(url: str, *, limit_s: float = 60, body: bytes | None = None) -> bytes:
    """Ask until there is a good answer, and return it."""
    deadline = time.monotonic() + limit_s
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"} if body else {})
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return bytes(response.read())
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.002)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(*pids: int) -> float:
    """Processor time of processes, with that of their threads, in user and kernel."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def resident_mb(pid: int, field: str = "VmRSS") -> float:
    """Resident memory of a process in MB (10^6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
