"""Where things lie: the repository, and the Home Assistant that ``script/homeassistant`` installed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
INTEGRATION = ROOT / "custom_components" / "foyer"
COMPONENTS = Path(__file__).parent / "components"
"""Integrations of every test home: players, and a witness of what Foyer puts on the bus."""


def installed() -> Path:
    """The folder of the installed Home Assistant; its ``bin`` has ``hass``."""
    answer = subprocess.run([ROOT / "script" / "homeassistant", "--where"], check=True, capture_output=True, text=True)
    folder = Path(answer.stdout.strip())
    if not (folder / "bin" / "hass").exists():
        if os.environ.get("FOYER_TEST_ALLOW_MISSING"):
            pytest.skip("no Home Assistant")
        pytest.fail("Home Assistant is not installed; script/homeassistant does it")
    return folder


def version() -> str:
    """Which Home Assistant that is, such as ``2024.3.3``."""
    return (installed() / "version").read_text().strip()
