"""The add-on's options speak every language there is a file for, completely."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

LANGUAGES = ("de", "en", "es", "fr", "nl")


def texts(root: Path, language: str) -> dict[str, Any]:
    found = yaml.safe_load((root / "translations" / f"{language}.yaml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def test_these_languages_are_spoken(root: Path) -> None:
    assert tuple(sorted(path.stem for path in (root / "translations").iterdir())) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_and_port_has_its_texts(root: Path, manifest: dict[str, Any], language: str) -> None:
    found = texts(root, language)
    assert set(found) == {"configuration", "network"}
    assert set(found["configuration"]) == set(manifest["schema"])
    assert set(found["network"]) == set(manifest["ports"])
    for option in found["configuration"].values():
        assert set(option) == {"name", "description"}
        assert all(isinstance(text, str) and text.strip() == text != "" for text in option.values())
        assert not option["name"].endswith(".")
        assert option["description"].endswith(".")


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_nothing_is_left_in_english(root: Path, language: str) -> None:
    found, english = texts(root, language), texts(root, "en")
    for option, theirs in found["configuration"].items():
        assert theirs["description"] != english["configuration"][option]["description"]
        assert theirs["name"] != english["configuration"][option]["name"]
    assert found["network"] != english["network"]


def test_the_ports_english_text_is_the_one_in_the_manifest(root: Path, manifest: dict[str, Any]) -> None:
    assert texts(root, "en")["network"] == manifest["ports_description"]
