"""The blueprints as files: what Home Assistant, its import and its forms expect of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "blueprints" / "automation" / "foyer"
FILES = sorted(FOLDER.glob("*.yaml"))
NAMES = ["bedtime", "encode_on_surplus", "film_lights", "follow_me", "new_episodes", "pause_on_doorbell"]


class Input(str):
    """The name after ``!input``."""

    __slots__ = ()


class Loader(yaml.SafeLoader):
    """YAML as Home Assistant reads it."""


def _input(loader: Loader, node: yaml.nodes.Node) -> Input:
    assert isinstance(node, yaml.ScalarNode)
    return Input(loader.construct_scalar(node))


Loader.add_constructor("!input", _input)


def read(path: Path) -> dict[str, Any]:
    found = yaml.load(path.read_text("utf-8"), Loader)
    assert isinstance(found, dict)
    return found


def inputs(value: object) -> Iterator[str]:
    """Every input that is used somewhere."""
    if isinstance(value, Input):
        yield str(value)
    elif isinstance(value, dict):
        for each in value.values():
            yield from inputs(each)
    elif isinstance(value, list):
        for each in value:
            yield from inputs(each)


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_these_are_there() -> None:
    assert [path.stem for path in FILES] == NAMES


def test_every_input_is_asked_for_and_used(path: Path) -> None:
    document = read(path)
    head = document.pop("blueprint")
    assert set(inputs(document)) == set(head["input"])
    assert list(inputs(head)) == []


def test_the_import_finds_where_it_comes_from(path: Path) -> None:
    head = read(path)["blueprint"]
    url = yaml.safe_load((ROOT / "repository.yaml").read_text("utf-8"))["url"]
    assert head["source_url"] == f"{url}/blob/main/{path.relative_to(ROOT)}"
    assert head["domain"] == "automation"


def test_it_asks_for_the_home_assistant_the_add_on_asks_for(path: Path) -> None:
    manifest = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    assert read(path)["blueprint"]["homeassistant"] == {"min_version": manifest["homeassistant"]}


def test_it_is_written_so_that_old_and_new_versions_understand_it(path: Path) -> None:
    document = read(path)
    assert set(document) <= {"blueprint", "mode", "max", "max_exceeded", "variables", "trigger", "condition", "action"}
    assert all("platform" in trigger for trigger in document["trigger"])
    steps = str(document["action"])
    assert "'action':" not in steps


def test_a_form_can_be_made_of_it(path: Path) -> None:
    head = read(path)["blueprint"]
    assert head["name"][0].isupper()
    assert head["description"].endswith(".")
    for key, asked in head["input"].items():
        assert set(asked) <= {"name", "description", "default", "selector"}, key
        assert asked["name"], key
        ((kind, options),) = asked["selector"].items()
        if "default" in asked and (options or {}).get("multiple"):
            assert isinstance(asked["default"], list), key
        if kind == "number":
            assert options["min"] <= asked["default"] <= options["max"], key
        if kind == "select":
            assert set(asked["default"]) <= {option["value"] for option in options["options"]}, key


def test_lights_and_limits_ignore_what_happened_while_home_assistant_was_away(path: Path) -> None:
    document = read(path)
    if any(trigger.get("event_type") == "foyer_playback" for trigger in document["trigger"]):
        assert "replayed" in str(document["condition"])
