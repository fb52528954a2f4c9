from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from foyer.errors import ConflictError, UnavailableError
from foyer.instance import InstanceLock, is_served


def test_one_server_to_a_folder(tmp_path: Path) -> None:
    assert not is_served(tmp_path)
    with InstanceLock(tmp_path):
        assert is_served(tmp_path)
        with pytest.raises(ConflictError, match="already serves"), InstanceLock(tmp_path):
            pass
    assert not is_served(tmp_path)
    with InstanceLock(tmp_path):
        pass


def test_a_killed_server_leaves_no_lock(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys; from foyer.instance import InstanceLock; "
        "InstanceLock(pathlib.Path(sys.argv[1])).acquire(); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert ended.returncode == -9
    with InstanceLock(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot be written"):
        InstanceLock(tmp_path / "file" / "data").acquire()
