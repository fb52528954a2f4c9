"""Resident memory of an idle server, with few and with many items."""

from __future__ import annotations

import time

from bench import Figure
from bench.process import prepare, resident_mb, serving, workplace

SETTLE_S = 6.0
TARGETS = {10_000: 100, 100_000: 200}


def run() -> list[Figure]:
    """The server's own process, some seconds after it became ready. Workers start when they are needed."""
    figures = []
    for items, target in TARGETS.items():
        with workplace() as folder:
            prepare(folder / "data", items)
            with serving(folder / "data") as server:
                time.sleep(SETTLE_S)
                resident = resident_mb(server.pid)
                private = resident_mb(server.pid, "RssAnon")
        figures.append(
            Figure(
                name=f"resident memory idle, {items:,} items",
                value=resident,
                unit="MB",
                target=f"< {target} MB",
                met=resident < target,
                note=f"of it {private:.0f} MB private",
            )
        )
    return figures
