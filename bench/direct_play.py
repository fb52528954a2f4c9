"""Direct play beside nginx: bytes a second of processor time, and a hundred films at once."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench import Figure
from bench.process import cpu_seconds, free_port, prepare, resident_mb, serving, workplace
from foyer.accounts.keyring import Keyring
from foyer.accounts.media_tokens import MediaPurpose, MediaTokens

SIZE = 1 << 30
ROUNDS = 5
PASSES = 8
"""Times the file is read in one round: processor time is counted in hundredths of a second."""
CLIENTS, MBIT, WATCH_S = 100, 20.0, 15.0

NGINX = """{user}
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on; default_type video/mp4;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {media}; }} }}
"""
_USER = "user root;" if os.geteuid() == 0 else ""
"""The folder is nobody else's to read."""


def run() -> list[Figure]:
    """Alternate between the two, so that whatever else the machine does meets both."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with workplace() as folder:
        film = folder / "media" / "film.mp4"
        film.parent.mkdir()
        _write(film)
        prepare(folder / "data", 10)
        path = _add(folder / "data", film)
        with serving(folder / "data") as server, _nginx(program, folder, film.parent) as (pids, port):
            url, peer_url = f"{server.url}{path}", f"http://127.0.0.1:{port}/film.mp4"
            ours, theirs, walls, peer_walls = [], [], [], []
            for _ in range(ROUNDS):
                per_cpu, per_wall = _throughput(url, server.pid)
                ours.append(per_cpu)
                walls.append(per_wall)
                per_cpu, per_wall = _throughput(peer_url, *pids)
                theirs.append(per_cpu)
                peer_walls.append(per_wall)
            stalls, share = _crowd(url, server.pid)
            peer_stalls, peer_share = _crowd(peer_url, *pids)
            resident = resident_mb(server.pid)
    best, peer_best = _middle(ours), _middle(theirs)
    return [
        Figure(
            name="direct play: bytes a second of processor time",
            value=best / 1e9,
            unit="GB/s",
            peer="nginx sendfile",
            peer_value=peer_best / 1e9,
            target="at least 0.9 of nginx",
            met=best >= 0.9 * peer_best,
            note=f"median of {ROUNDS} rounds of {PASSES} GiB, taken in turns",
        ),
        Figure(
            name="direct play: bytes a second, one client",
            value=_middle(walls) / 1e9,
            unit="GB/s",
            peer="nginx sendfile",
            peer_value=_middle(peer_walls) / 1e9,
        ),
        Figure(
            name=f"stalled players among {CLIENTS} at {MBIT:g} Mbit/s",
            value=stalls,
            unit="",
            peer="nginx sendfile",
            peer_value=peer_stalls,
            target="0",
            met=stalls == 0,
            note=f"{share:.0%} of a core (nginx {peer_share:.0%}), {resident:.0f} MB; the players share the machine",
        ),
    ]


def _write(film: Path) -> None:
    block = os.urandom(1 << 20)
    with film.open("wb") as file:
        for _ in range(SIZE >> 20):
            file.write(block)


def _add(data: Path, film: Path) -> str:
    """Put the film into the library and sign a link for its viewer."""
    with closing(sqlite3.connect(data / "foyer.db")) as connection, connection:
        connection.execute("UPDATE user SET all_libraries = 1")
        folder = connection.execute(
            "INSERT INTO library_folder (library_id, path) VALUES (1, ?)", (os.fsencode(film.parent),)
        ).lastrowid
        file = connection.execute(
            "INSERT INTO media_file (library_id, folder_id, path, size, mtime_ns, state, container, added_at) "
            "VALUES (1, ?, ?, ?, 0, 'ok', 'mp4', 0)",
            (folder, os.fsencode(film), SIZE),
        ).lastrowid
    tokens = MediaTokens(Keyring.open(data))
    return f"/media/direct/{tokens.issue(MediaPurpose.DIRECT, user_id=1, subject=int(file or 0))}/file.mp4"


@contextmanager
def _nginx(program: str, folder: Path, media: Path) -> Iterator[tuple[tuple[int, ...], int]]:
    port = free_port()
    settings = folder / "nginx.txt"
    settings.write_text(NGINX.format(folder=folder, port=port, media=media, user=_USER))
    master = subprocess.Popen([program, "-c", str(settings)], stderr=subprocess.DEVNULL)
    try:
        _wait_for_port(port)
        children = Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text().split()
        yield (master.pid, *map(int, children)), port
    finally:
        master.terminate()
        master.wait(10)


def _wait_for_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port}")


def _throughput(url: str, *pids: int) -> tuple[float, float]:
    """Bytes a second of the server's processor time, and of the clock."""
    before, began = cpu_seconds(*pids), time.perf_counter()
    for _ in range(PASSES):
        _fetch(url)
    used, took = cpu_seconds(*pids) - before, time.perf_counter() - began
    return PASSES * SIZE / used, PASSES * SIZE / took


def _fetch(url: str) -> None:
    """Read it all and look at nothing: the client's own work should not be the limit."""
    host, _, path = url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port))) as peer:
        peer.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        buffer = bytearray(1 << 20)
        total = 0
        while count := peer.recv_into(buffer):
            total += count
    if total < SIZE:
        raise ConnectionError(f"only {total} bytes came from {host}")


def _crowd(url: str, *pids: int) -> tuple[int, float]:
    """How many of many viewers stall, and the share of a core the server takes meanwhile."""
    before, began = cpu_seconds(*pids), time.perf_counter()
    arguments = [url, str(CLIENTS), str(MBIT), str(WATCH_S)]
    done = subprocess.run([sys.executable, "-m", "bench.paced", *arguments], check=True, capture_output=True)
    share = (cpu_seconds(*pids) - before) / (time.perf_counter() - began)
    return int(json.loads(done.stdout)["stalled"]), share


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
