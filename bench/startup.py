"""From starting the process to the first answer, with 10,000 items in the library."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench import Figure
from bench.process import prepare, start, wait_for, workplace

ITEMS = 10_000
RUNS = 7
QUERY = b'{"query": "{ server { name setupRequired } }"}'


def run() -> list[Figure]:
    """The median of several starts; the first, which reads from the disk, does not count."""
    with workplace() as folder:
        prepare(folder / "data", ITEMS)
        live, answered = _times(folder / "data")
    bare = statistics.median(_bare() for _ in range(RUNS))
    return [
        Figure(name="start to live", value=live, unit="s", peer="an empty Python", peer_value=bare),
        Figure(
            name="start to first answered GraphQL request",
            value=answered,
            unit="s",
            peer="an empty Python",
            peer_value=bare,
            target="< 1 s",
            met=answered < 1,
            note=f"{ITEMS:,} items; median of {RUNS}",
        ),
    ]


def _times(data: Path) -> tuple[float, float]:
    lives, answers = [], []
    for number in range(RUNS + 1):
        began = time.perf_counter()
        process, port = start(data)
        try:
            wait_for(f"http://127.0.0.1:{port}/health/live")
            live = time.perf_counter() - began
            wait_for(f"http://127.0.0.1:{port}/graphql", body=QUERY)
            answered = time.perf_counter() - began
        finally:
            process.terminate()
            process.wait(20)
        if number:
            lives.append(live)
            answers.append(answered)
    return statistics.median(lives), statistics.median(answers)


def _bare() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - began
