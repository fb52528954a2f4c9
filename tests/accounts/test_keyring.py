from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from foyer.accounts.keyring import Keyring
from foyer.errors import UnavailableError


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = Keyring.open(tmp_path).derive("a")
    path = tmp_path / "secrets" / "signing.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert Keyring.open(tmp_path).derive("a") == first
    assert Keyring.open(tmp_path).derive("b") != first


def test_an_opened_up_file_is_closed_again(tmp_path: Path) -> None:
    Keyring.open(tmp_path)
    path = tmp_path / "secrets" / "signing.key"
    path.chmod(0o644)
    Keyring.open(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_start_together_share_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: Keyring.open(tmp_path).derive("a"), range(32)))
    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["signing.key"]


def test_a_torn_secret_is_named_not_used(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "signing.key").write_bytes(b"short")
    with pytest.raises(UnavailableError, match="damaged"):
        Keyring.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("a file in the way")
    with pytest.raises(UnavailableError, match="cannot be read"):
        Keyring.open(tmp_path)
