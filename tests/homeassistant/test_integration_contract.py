"""The integration's papers agree with each other, with the schema, and with what Home Assistant wants of them."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from graphql import build_schema, parse, validate

ROOT = Path(__file__).parents[2]
HOME = ROOT / "custom_components" / "foyer"
LANGUAGES = ("en", "de", "fr", "es", "nl")


def module(name: str) -> ModuleType:
    """A module of the integration that needs no Home Assistant."""
    spec = importlib.util.spec_from_file_location(f"foyer_integration_{name}", HOME / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def read(name: str) -> Any:
    return json.loads((HOME / name).read_text("utf-8"))


def leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, key))
    else:
        yield path, node


DOCUMENTS = {name: value for name, value in vars(module("documents")).items() if name.isupper() and name[0] != "_"}
SCHEMA = build_schema((ROOT / "graphql" / "schema.graphql").read_text("utf-8"))
STRINGS = read("strings.json")
SERVICES = yaml.safe_load((HOME / "services.yaml").read_text("utf-8"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_fits_the_schema(name: str) -> None:
    assert validate(SCHEMA, parse(DOCUMENTS[name])) == []


def test_every_profile_fits_the_schema() -> None:
    fields = SCHEMA.type_map["DeviceProfileInput"].fields  # type: ignore[attr-defined]
    profiles = module("profiles")
    for profile in (profiles.BASELINE, *profiles.BY_PLATFORM.values()):
        assert set(profile) <= set(fields)
        assert {name for name, field in fields.items() if field.ast_node.type.kind == "non_null_type"} <= {
            *profile,
            *(name for name, field in fields.items() if field.default_value is not None),
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_every_language(language: str) -> None:
    english, found = dict(leaves(STRINGS)), dict(leaves(read(f"translations/{language}.json")))
    assert found.keys() == english.keys()
    for path, text in found.items():
        assert text.strip(), path
        assert sorted(re.findall(r"{(\w+)}", text)) == sorted(re.findall(r"{(\w+)}", english[path])), path


def test_strings_are_the_english_translation() -> None:
    assert (HOME / "strings.json").read_bytes() == (HOME / "translations" / "en.json").read_bytes()
    assert {path.stem for path in (HOME / "translations").iterdir()} == set(LANGUAGES)


def test_every_action_is_described_and_has_an_icon() -> None:
    assert SERVICES.keys() == STRINGS["services"].keys() == read("icons.json")["services"].keys()
    for name, action in SERVICES.items():
        assert action["fields"].keys() == STRINGS["services"][name]["fields"].keys(), name
    tree = ast.parse((HOME / "actions.py").read_text("utf-8"))
    added = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id.startswith("add")
        and isinstance(node.args[0], ast.Constant)
    }
    assert added == SERVICES.keys()


def test_every_error_that_is_raised_has_a_text() -> None:
    raised = set()
    for path in HOME.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"wrong", "failure"}:
                raised |= {one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)}
    assert raised
    assert raised | {"refused"} == STRINGS["exceptions"].keys()


def test_every_entity_has_a_name_and_an_icon() -> None:
    names = {(domain, key) for domain, keys in STRINGS["entity"].items() for key in keys}
    icons = {(domain, key) for domain, keys in read("icons.json")["entity"].items() for key in keys}
    assert names == icons


def test_every_event_and_trigger_has_a_text() -> None:
    const = module("const")
    events = STRINGS["entity"]["event"]
    for topic, kinds in (("playback", const.PLAYBACK_EVENTS), ("library", const.LIBRARY_EVENTS)):
        assert events[topic]["state_attributes"]["event_type"]["state"].keys() == set(kinds)
    source = (HOME / "device_trigger.py").read_text("utf-8")
    for trigger in STRINGS["device_automation"]["trigger_type"]:
        assert trigger.removeprefix("playback_") in source


def test_every_kind_of_event_is_told_or_left_out_on_purpose() -> None:
    const = module("const")
    kinds = {kind.lower() for kind in SCHEMA.type_map["PlaybackEventKind"].values}  # type: ignore[attr-defined]
    told = {const.PLAYBACK_KINDS.get(kind, kind) for kind in kinds - set(const.PLAYBACK_UNTOLD)}
    assert told == set(const.PLAYBACK_EVENTS)
    kinds = {kind.lower() for kind in SCHEMA.type_map["LibraryEventKind"].values}  # type: ignore[attr-defined]
    assert kinds - {"snapshot"} == set(const.LIBRARY_EVENTS)


def test_its_pictures_are_the_add_ons() -> None:
    for name in ("icon.png", "logo.png"):
        assert (HOME / "brand" / name).read_bytes() == (ROOT / name).read_bytes()


def test_the_manifest_is_one() -> None:
    manifest = read("manifest.json")
    keys = list(manifest)
    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert (manifest["domain"], manifest["iot_class"], manifest["integration_type"]) == (
        "foyer",
        "local_push",
        "service",
    )
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    assert manifest["requirements"] == []


def test_the_integration_has_the_version_of_the_server() -> None:
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert found is not None
    assert read("manifest.json")["version"] == found[1]


def test_hacs_finds_one_integration() -> None:
    hacs = json.loads((ROOT / "hacs.json").read_text("utf-8"))
    assert hacs["homeassistant"] == "2024.3.0"
    assert [path.name for path in (ROOT / "custom_components").iterdir() if path.is_dir()] == ["foyer"]


def test_the_quality_scale_says_of_every_rule_how_it_stands() -> None:
    scale = yaml.safe_load((HOME / "quality_scale.yaml").read_text("utf-8"))["rules"]
    assert len(scale) >= 52
    for rule, status in scale.items():
        if isinstance(status, dict):
            assert status["status"] in {"exempt", "todo"}, rule
            assert status["comment"].strip(), rule
        else:
            assert status in {"done", "todo"}, rule
