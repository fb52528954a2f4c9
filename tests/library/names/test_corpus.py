"""The labelled corpus: every category is read at least as well as the field's best-known parser reads it."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from guessit import guessit

from foyer.library.names import identify

CORPUS = Path(__file__).parent / "corpus.jsonl"


@lru_cache(maxsize=1)
def cases() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines())


def key(value: object) -> object:
    """Titles are compared by their letters and digits."""
    return re.sub(r"[\W_]+", " ", value.casefold()).strip() if isinstance(value, str) else value


def first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def peer(path: str) -> dict[str, object]:
    """What guessit says, in the words of our contract, read in its favour."""
    guess = guessit(path)
    numbers = guess.get("episode", guess.get("absolute_episode"))
    episodes = [] if numbers is None else sorted(numbers if isinstance(numbers, list) else [numbers])
    is_episode = guess.get("type") == "episode"
    return {
        "kind": guess.get("type"),
        "title": guess.get("episode_title") if is_episode else guess.get("title"),
        "series": guess.get("title") if is_episode else None,
        "year": guess.get("year"),
        "season": first(guess.get("season")),
        "episodes": episodes,
        "absolute": episodes[0] if episodes and "season" not in guess else None,
        "date": str(guess["date"]) if "date" in guess else None,
        "part": first(guess.get("cd", guess.get("part"))),
        "edition": str(first(guess.get("edition", ""))),
    }


def agrees(said: dict[str, object], field: str, wanted: object) -> bool:
    got = said.get(field)
    if field == "ids" and isinstance(wanted, dict):
        return isinstance(got, dict) and wanted.items() <= got.items()
    return key(got) == key(wanted)


def scores(read: Any) -> Counter[str]:
    right: Counter[str] = Counter()
    for case in cases():
        said = read(case["path"])
        right[case["category"]] += sum(agrees(said, field, wanted) for field, wanted in case["want"].items())
    return right


def test_corpus_is_broad() -> None:
    assert len(cases()) >= 300
    assert len({case["category"] for case in cases()}) >= 20
    assert len({case["path"] for case in cases()}) == len(cases())


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["path"])
def test_name_is_understood(case: dict[str, Any]) -> None:
    said = identify(case["path"]).as_json()
    assert {field: said[field] for field in case["want"] if not agrees(said, field, case["want"][field])} == {}


@pytest.mark.filterwarnings("ignore")
def test_no_category_is_read_worse_than_by_guessit() -> None:
    ours = scores(lambda path: identify(path).as_json())
    theirs = scores(peer)
    assert {name: (ours[name], theirs[name]) for name in ours if ours[name] < theirs[name]} == {}
    assert sum(ours.values()) > sum(theirs.values())
