"""The commands as somebody types them: what is printed where, and with which exit status."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import foyer
from foyer.cli.main import build_parser


@dataclass(frozen=True, kw_only=True)
class Outcome:
    status: int
    out: str
    err: str


def foyer_command(*arguments: str, data: Path | None = None, typed: str = "", **environment: str) -> Outcome:
    where = [] if data is None else ["--data", str(data)]
    done = subprocess.run(
        [sys.executable, "-m", "foyer", *arguments, *where],
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Outcome(status=done.returncode, out=done.stdout, err=done.stderr)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_the_version_is_told() -> None:
    assert foyer_command("--version").out == f"foyer {foyer.__version__}\n"


def test_every_command_has_help() -> None:
    text = build_parser().format_help()
    for name in ("serve", "user", "token", "schema", "doctor", "identify"):
        assert name in text


def test_help_needs_none_of_the_heavy_parts() -> None:
    script = (
        "import sys; from foyer.cli.main import build_parser; build_parser(); "
        "print([m for m in ('quart', 'tortoise', 'strawberry', 'argon2', 'PIL', 'av', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["user"], ["user", "add"], ["serve", "--port", "99999"]])
def test_a_wrong_call_is_told_how(arguments: list[str]) -> None:
    done = foyer_command(*arguments)
    assert done.status == 2
    assert "usage: foyer" in done.err
    assert done.out == ""


def test_a_user_is_added_listed_and_let_in_again(data: Path) -> None:
    added = foyer_command("user", "add", "anna", "--role", "admin", data=data, typed="correct horse\n")
    assert (added.status, added.out) == (0, "Added anna (admin).\n")
    foyer_command("user", "add", "bert", data=data, typed="correct horse\n")
    assert foyer_command("user", "list", data=data).out == "anna\tadmin\nbert\tuser\n"
    reset = foyer_command("user", "reset-password", "Anna", data=data, typed="another horse\n")
    assert reset.status == 0
    assert "another horse" not in reset.out + reset.err


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        (["user", "add", "anna"], "", "No password came"),
        (["user", "add", "anna"], "short\n", "at least 8 characters"),
        (["user", "add", "a\tb"], "correct horse\n", "The name does not do"),
        (["user", "reset-password", "nobody"], "correct horse\n", "no user called nobody"),
        (["token", "create", "script"], "", "Add a user first"),
        (["token", "create", "script", "--user", "nobody"], "", "no user called nobody"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(data: Path, arguments: list[str], typed: str, sentence: str) -> None:
    done = foyer_command(*arguments, data=data, typed=typed)
    assert done.status == 1
    assert done.out == ""
    assert sentence in done.err


def test_a_key_is_alone_on_standard_output(data: Path) -> None:
    foyer_command("user", "add", "anna", "--role", "admin", data=data, typed="correct horse\n")
    done = foyer_command("token", "create", "dashboard", "--scope", "read", data=data)
    assert done.status == 0
    assert done.out.startswith("foyer_")
    assert done.out.count("\n") == 1
    kept = sqlite3.connect(data / "foyer.db").execute("SELECT name, scopes FROM api_key").fetchall()
    assert kept == [("dashboard", "read")]


def test_the_environment_says_where_the_data_is(tmp_path: Path) -> None:
    done = foyer_command("user", "add", "anna", typed="correct horse\n", FOYER_DATA=str(tmp_path / "elsewhere"))
    assert done.status == 0
    assert (tmp_path / "elsewhere" / "foyer.db").exists()


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = foyer_command("user", "list", data=tmp_path / "file" / "data")
    assert done.status == 1
    assert str(tmp_path / "file") in done.err


def test_a_database_of_the_future_is_left_alone(data: Path) -> None:
    foyer_command("user", "list", data=data)
    with sqlite3.connect(data / "foyer.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    done = foyer_command("user", "list", data=data)
    assert done.status == 1
    assert "newer Foyer" in done.err


def test_the_schema_can_be_printed() -> None:
    done = foyer_command("schema", "export")
    assert done.status == 0
    assert "type Query" in done.out


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m foyer schema export | head -1"], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def test_the_doctor_finds_a_healthy_machine_healthy(data: Path) -> None:
    done = foyer_command("doctor", "--port", "0", "--ingress-port", "0", data=data)
    assert done.status == 0, done.out
    for what in ("Python", "ffmpeg", "Data folder", "Cache folder", "Database", "Folder watches", "Port"):
        assert what in done.out


def test_the_doctor_finds_a_broken_database(data: Path) -> None:
    foyer_command("user", "add", "anna", data=data, typed="correct horse\n")
    (data / "foyer.db").write_bytes(b"not a database at all" * 1000)
    done = foyer_command("doctor", data=data)
    assert done.status == 1
    assert "FAIL" in done.out
    assert "Database" in done.out


def test_the_doctor_misses_ffmpeg(data: Path, tmp_path: Path) -> None:
    done = foyer_command("doctor", data=data, FOYER_FFMPEG=str(tmp_path / "nowhere"))
    assert done.status == 1
    assert "FAIL" in next(line for line in done.out.splitlines() if "ffmpeg" in line)
