"""Marks of tests that share the one home: one event loop, and time for its start.

``tests/conftest.py`` keeps them on one worker.
"""

from __future__ import annotations

import pytest

REAL = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]
