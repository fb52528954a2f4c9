"""The integration's own tests, in the environment of the real Home Assistant that they need."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.homeassistant.harness.places import ROOT, installed


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("homeassistant")
def test_the_integrations_own_tests_pass() -> None:
    pytest_there = installed() / "bin" / "pytest"
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PYTHONPATH", "COV"))
    }
    done = subprocess.run(
        [pytest_there, "-c", "tests/integration/pytest.ini", "tests/integration", "-q", "--show-capture=no"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
