"""The Dockerfile and what it may see of the repository."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import Any

import pytest
import yaml


@pytest.fixture(scope="module")
def steps(root: Path) -> list[tuple[str, str]]:
    """Instructions and their arguments, continued lines joined."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (root / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [(name.upper(), rest.strip()) for name, _, rest in (line.strip().partition(" ") for line in lines)]


def runtime(steps: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The steps of the last stage."""
    last = max(index for index, (name, _) in enumerate(steps) if name == "FROM")
    return steps[last:]


def test_every_stage_stands_on_the_base_that_was_asked_for(steps: list[tuple[str, str]]) -> None:
    """No other image is pulled: what runs is what Home Assistant's base brings, and Debian's packages."""
    stages = {"${BUILD_FROM}"}
    for name, rest in steps:
        if name == "FROM":
            image, _, alias = rest.partition(" AS ")
            assert image in stages
            stages.add(alias)
        if name == "COPY" and (source := re.search(r"--from=(\S+)", rest)):
            assert source[1] in stages


def test_it_says_what_home_assistant_wants_to_know(steps: list[tuple[str, str]], manifest: dict[str, Any]) -> None:
    labels = dict(re.findall(r'([\w.]+)="([^"]*)"', " ".join(rest for name, rest in runtime(steps) if name == "LABEL")))
    assert labels["io.hass.type"] in {"addon", "app"}
    assert labels["io.hass.arch"] == "${BUILD_ARCH}"
    assert labels["io.hass.version"] == labels["org.opencontainers.image.version"] == "${BUILD_VERSION}"
    assert labels["io.hass.name"] == manifest["name"]
    assert labels["io.hass.description"] == manifest["description"]
    declared = {rest.partition("=")[0] for name, rest in runtime(steps) if name == "ARG"}
    assert declared == {"BUILD_ARCH", "BUILD_VERSION"}


def test_a_server_that_does_not_answer_is_noticed(steps: list[tuple[str, str]]) -> None:
    (check,) = [rest for name, rest in runtime(steps) if name == "HEALTHCHECK"]
    assert "/health/live" in check
    assert "127.0.0.1" in check
    assert {"--interval", "--timeout", "--start-period", "--retries"} <= set(re.findall(r"--[a-z-]+", check))


def test_packages_come_locked_from_lists_that_do_not_stay(steps: list[tuple[str, str]]) -> None:
    for name, rest in steps:
        if name == "RUN" and "apt-get install" in rest:
            assert "apt-get update" in rest
            assert "--no-install-recommends" in rest
            assert "rm -rf /var/lib/apt/lists/*" in rest
        if name == "RUN" and " -r /src/" in rest:
            assert "--require-hashes --only-binary :all:" in rest
        if name == "RUN" and "npm-cli.js" in rest:
            assert " ci " in rest
            assert "--ignore-scripts" in rest


def test_nothing_replaces_the_init_of_the_base(steps: list[tuple[str, str]]) -> None:
    assert not {"ADD", "CMD", "ENTRYPOINT", "USER"} & {name for name, _ in steps}
    assert "set -x" not in " ".join(rest for _, rest in steps)


def test_the_build_sees_what_it_copies_and_little_else(root: Path, steps: list[tuple[str, str]]) -> None:
    lines = (root / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {PurePath(rule[1:]) for rule in rules if rule.startswith("!")}
    assert all((root / path).exists() for path in allowed)
    for name, rest in steps:
        if name == "COPY" and "--from" not in rest:
            for source in map(PurePath, rest.split()[:-1]):
                assert any(path == source or path.is_relative_to(source) for path in allowed), source
    for secret in (".git", "data", "tests", ".venv", "web/node_modules", "web/dist"):
        assert not any(PurePath(secret).is_relative_to(path) for path in allowed)


def compose(root: Path, name: str) -> dict[str, Any]:
    found = yaml.safe_load((root / name).read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def test_the_plain_container_keeps_its_data_and_nothing_it_need_not(root: Path) -> None:
    service = compose(root, "docker-compose.yml")["services"]["foyer"]
    targets = [volume.rpartition(":")[2] for volume in service["volumes"]]
    assert targets == ["/data", "/data/cache", "/data/cache/segments", "/media"]
    assert service["ports"] == ["8096:8096"]
    assert "privileged" not in service
    assert "network_mode" not in service


def test_hardware_is_added_by_a_second_file(root: Path) -> None:
    graphics = compose(root, "docker-compose.vaapi.yml")["services"]["foyer"]
    assert graphics == {"devices": ["/dev/dri:/dev/dri"]}
    card = compose(root, "docker-compose.gpu.yml")["services"]["foyer"]
    (device,) = card["deploy"]["resources"]["reservations"]["devices"]
    assert device["driver"] == "nvidia"
    assert "video" in card["environment"]["NVIDIA_DRIVER_CAPABILITIES"].split(",")


def test_both_kinds_of_start_give_the_card_the_same_way(root: Path, manifest: dict[str, Any]) -> None:
    assert compose(root, "docker-compose.gpu.yml")["services"]["foyer"]["environment"] == manifest["environment"]
    assert manifest["video"] is True
