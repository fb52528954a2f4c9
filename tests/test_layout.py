"""The house keeps its shape: where files may lie, what they may be called, and how long they may grow."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_LINES = 600


def tracked(*patterns: str) -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


FILES = tracked()
if not FILES:
    pytest.skip("not a git checkout", allow_module_level=True)


def test_the_store_finds_one_add_on() -> None:
    """The Supervisor reads every ``config.*``, ``build.*`` and ``repository.*`` outside rootfs as an add-on's."""
    stray = [
        path.relative_to(ROOT)
        for path in FILES
        if re.fullmatch(r"(config|build|repository)\.(ya?ml|json)", path.name)
        and path.parent != ROOT
        and "rootfs" not in path.relative_to(ROOT).parts
    ]
    assert stray == []


def test_nothing_shadows_graphql_core() -> None:
    assert not list((ROOT / "graphql").rglob("*.py"))
    assert not (ROOT / "tests" / "graphql").exists()


def test_tests_are_no_packages() -> None:
    assert not [path for path in FILES if path.name == "__init__.py" and path.is_relative_to(ROOT / "tests")]


@pytest.mark.parametrize("folder", ["addon", "tests", "bench", "web/src"])
def test_a_file_is_a_room_not_a_house(folder: str) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in FILES
        if path.is_relative_to(ROOT / folder)
        and path.suffix in {".py", ".ts"}
        and path.name != "generated.ts"
        and (lines := len(path.read_text("utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}


def test_no_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "manager2"}
    assert [path for path in FILES if path.suffix == ".py" and path.stem in drawers] == []


def test_locks_name_no_registry_and_sources_no_machine() -> None:
    guilty = []
    for path in FILES:
        if path.suffix in {".lock", ".json", ".py", ".ts", ".toml", ".sh", ""} or path.name == ".npmrc":
            text = path.read_text("utf-8", errors="replace")
            if re.search(r"https?://(registry|files|pypi|index|deb)\.[a-z.]*(npmjs|pythonhosted|pypi|debian)", text):
                guilty.append(path)
            if re.search(r"(?<![\w.])/(work|root|home/\w+)/(?!\w*\$)", text) and path.name != "test_layout.py":
                guilty.append(path)
    assert guilty == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path.relative_to(ROOT)
        for path in FILES
        if path.suffix == ".py"
        and path.is_relative_to(ROOT / "addon")
        and not path.read_text("utf-8").lstrip().startswith(('"""', "#!"))
    ]
    assert silent == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert [path for path in FILES if path.suffix in {".py", ".ts"} and marks.search(path.read_text("utf-8"))] == []
