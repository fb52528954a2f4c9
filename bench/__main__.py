"""Run benchmarks by name, print a table, and write JSON when asked."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import importlib
import inspect
import json
import os
import platform
import re
import sys
from pathlib import Path

from bench import Figure

ROOM = Path(__file__).parent


def names() -> list[str]:
    """Every benchmark there is."""
    return sorted(
        path.stem for path in ROOM.glob("[!_]*.py") if re.search(r"^(async )?def run\(", path.read_text(), re.MULTILINE)
    )


def machine() -> str:
    """The machine, in words."""
    with Path("/proc/cpuinfo").open() as lines:
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown CPU")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {model}, {memory:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()}"


def measure(name: str) -> list[Figure]:
    """Run one benchmark."""
    result = importlib.import_module(f"bench.{name}").run()
    figures: list[Figure] = asyncio.run(result) if inspect.iscoroutine(result) else result
    return figures


def line(figure: Figure) -> str:
    """A figure as a row of a Markdown table."""
    peer = f"{figure.peer_value:,.4g} ({figure.peer})" if figure.peer_value is not None else ""
    ratio = f"{figure.ratio:.3g}" if figure.ratio is not None else ""
    verdict = {True: "met", False: "**missed**", None: ""}[figure.met]
    return (
        f"| {figure.name} | {figure.value:,.4g} {figure.unit} | {peer} | {ratio} | {figure.target or ''} | {verdict} | "
        f"{figure.note or ''} |"
    )


def main() -> int:
    """Entry point of ``script/bench``."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {', '.join(names())}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure as JSON")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(names())
    if unknown:
        parser.error(f"unknown benchmark {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    print(f"{machine()}\n")
    print("| what | measured | peer | ratio | target | | note |\n|---|---|---|---|---|---|---|")
    results: dict[str, list[dict[str, object]]] = {}
    for name in arguments.names or names():
        figures = measure(name)
        results[name] = [dataclasses.asdict(figure) | {"ratio": figure.ratio} for figure in figures]
        for figure in figures:
            print(line(figure), flush=True)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps({"machine": machine(), "results": results}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
