"""The documents the UI sends are those of graphql/operations, checked against what the server serves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_typed_documents_fit_the_schema_and_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "script" / "generate-graphql", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
