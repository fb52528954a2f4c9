"""The papers of the add-on, read once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def manifest() -> dict[str, Any]:
    """config.yaml."""
    found = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="session")
def services() -> Path:
    """The folder with the services of the container."""
    return ROOT / "rootfs" / "etc" / "s6-overlay" / "s6-rc.d"
