"""Marks of tests that share the one home: one event loop, one worker of the test run, and time for a start."""

from __future__ import annotations

import pytest

REAL = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("homeassistant"),
    pytest.mark.timeout(180),
]
