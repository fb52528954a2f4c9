"""What the container adds to its base: the tree of services, and scripts that do what the server expects."""

from __future__ import annotations

import argparse
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from foyer.cli import serve
from foyer.settings.options import Options

TYPES = {"oneshot": "up", "longrun": "run"}


def scripts(root: Path) -> list[Path]:
    return [path for path in (root / "rootfs").rglob("*") if path.is_file() and path.read_bytes().startswith(b"#!")]


def test_the_tree_is_one_s6_rc_accepts(services: Path) -> None:
    """A genuine container with an invalid tree stays up and empty."""
    bundle = {path.name for path in (services / "user" / "contents.d").iterdir()}
    found = {path.name for path in services.iterdir()} - {"user"}
    assert bundle == found
    for name in found:
        kind = (services / name / "type").read_text().strip()
        assert (services / name / TYPES[kind]).is_file()
        needed = {path.name for path in (services / name / "dependencies.d").iterdir()}
        assert needed
        assert needed - found == needed & {"base"}
    for folder in (*services.glob("*/dependencies.d"), services / "user" / "contents.d"):
        assert all(path.stat().st_size == 0 for path in folder.iterdir())


def test_the_server_starts_after_its_folder_is_ready_and_says_when_it_is(services: Path) -> None:
    server = services / "foyer"
    assert {path.name for path in (server / "dependencies.d").iterdir()} == {"init-foyer"}
    descriptor = int((server / "notification-fd").read_text())
    assert descriptor >= 3
    assert f"\nexec env FOYER_READY_FD={descriptor} " in (server / "run").read_text()


def test_a_server_that_hangs_is_killed_before_the_supervisor_loses_patience(
    services: Path, manifest: dict[str, Any]
) -> None:
    patience_ms = int((services / "foyer" / "timeout-kill").read_text())
    assert 10_000 <= patience_ms < manifest["timeout"] * 1000


def test_a_stopped_server_has_time_to_make_its_database_fit_for_a_backup(services: Path) -> None:
    assert int((services / "foyer" / "timeout-finish").read_text()) >= 10_000


@pytest.mark.parametrize("has_database", [False, True])
def test_a_snapshot_is_what_a_folder_without_a_database_starts_from(
    services: Path, tmp_path: Path, *, has_database: bool
) -> None:
    data = tmp_path / "data"
    (data / "backup").mkdir(parents=True)
    (data / "backup" / "foyer.snapshot").write_text("snapshot")
    if has_database:
        (data / "foyer.db").write_text("database")
    helper = tmp_path / "as-foyer"
    helper.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/helped\n')
    helper.chmod(0o755)
    prelude = "bashio::log.info() { :; }; id() { echo 1000; }; "
    subprocess.run(
        ["bash", "-c", f'{prelude}source "$0"', str(services / "init-foyer" / "run")],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "FOYER_DATA": str(data)},
        check=True,
    )
    assert (tmp_path / "helped").exists() == (not has_database)
    assert (data / "backup" / "foyer.snapshot").exists() == (not has_database)


def test_up_is_a_command_line_that_exists(root: Path, services: Path) -> None:
    """s6-rc runs it through execline, not through a shell."""
    command = (services / "init-foyer" / "up").read_text().split()
    assert len(command) == 1
    assert (root / "rootfs" / command[0].lstrip("/")).is_file()


def test_every_script_may_be_executed_and_parses(root: Path) -> None:
    found = scripts(root)
    assert len(found) >= 5
    for path in found:
        assert path.stat().st_mode & stat.S_IXUSR, path
        shell = "sh" if path.read_text().startswith("#!/bin/sh") else "bash"
        checked = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr


def test_scripts_that_speak_to_home_assistant_get_its_environment(services: Path) -> None:
    for path in (services / "foyer" / "run", services / "init-foyer" / "run"):
        assert path.read_text().startswith("#!/command/with-contenv bashio\n")
    assert "\nexec " in (services / "foyer" / "run").read_text()


@pytest.fixture
def environment_of(services: Path, tmp_path: Path) -> Any:
    """The environment ``run`` would start the server with, given options of the add-on or none."""
    program = tmp_path / "foyer"
    program.write_text('#!/bin/sh\nenv -0 | grep -z ^FOYER_\necho "$@" >&2\n')
    program.chmod(0o755)
    script = tmp_path / "run"
    script.write_text((services / "foyer" / "run").read_text().replace("/usr/bin/foyer", str(program)))

    def start(options: dict[str, Any] | None, **environment: str) -> tuple[dict[str, str], list[str]]:
        # As bashio answers: the elements of a list a line each, an empty one as null.
        answers = {
            key: "\n".join(value) or "null" if isinstance(value, list) else value
            for key, value in (options or {}).items()
        }
        cases = "".join(f"{key}) printf '%s\\n' \"$OPTION_{key}\" ;;" for key in answers)
        prelude = (
            'bashio::var.has_value() { [ -n "$1" ]; }\n'
            f'bashio::config() {{ case "$1" in {cases} *) echo null ;; esac; }}\n'
            'bashio::config.has_value() { [ "$(bashio::config "$1")" != null ]; }\n'
        )
        if options is not None:
            environment["SUPERVISOR_TOKEN"] = "token"
        finished = subprocess.run(
            ["bash", "-c", f'{prelude}source "$0"', str(script)],
            env={
                "PATH": f"{tmp_path}:{os.environ['PATH']}",
                **{f"OPTION_{key}": value for key, value in answers.items()},
                **environment,
            },
            capture_output=True,
            check=True,
        )
        found = dict(line.split("=", 1) for line in finished.stdout.decode().split("\0") if line)
        return found, finished.stderr.decode().split()

    return start


def as_options(found: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Options:
    """What ``foyer serve`` makes of an environment."""
    for name in [name for name in os.environ if name.startswith("FOYER_")]:
        monkeypatch.delenv(name)
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    parser = argparse.ArgumentParser()
    serve.add_parser(parser.add_subparsers())
    return serve.options(parser.parse_args(["serve"]))


def test_the_defaults_of_the_add_on_become_the_options_of_the_server(
    environment_of: Any, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, command = environment_of(manifest["options"], FOYER_DATA="/data")
    options = as_options(found, monkeypatch)
    assert options == Options(
        data=Path("/data"),
        cache=Path("/data/cache"),
        media=(Path("/media"), Path("/share")),
        host="0.0.0.0",
        log_level="info",
        ready_fd=3,
    )
    assert (options.port, options.ingress_port, options.ingress_peers) == (8096, 8099, frozenset({"172.30.32.2"}))
    assert command == ["serve"]


def test_every_folder_of_home_assistant_that_may_hold_media_is_offered(
    environment_of: Any, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = environment_of(manifest["options"])
    mapped = {Path("/", entry.partition(":")[0]) for entry in manifest["map"]}
    assert set(as_options(found, monkeypatch).media) == mapped


def test_every_option_of_the_add_on_reaches_the_server(
    environment_of: Any, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {"log_level": "warning", "allowed_hosts": ["a.example.org", "*.b.org"]}
    assert set(chosen) == set(manifest["options"])
    found, _ = environment_of(chosen)
    options = as_options(found, monkeypatch)
    assert options.log_level == "warning"
    assert options.allowed_hosts == {"a.example.org", "*.b.org"}


def test_the_server_knows_every_level_the_add_on_offers(manifest: dict[str, Any]) -> None:
    assert tuple(manifest["schema"]["log_level"][5:-1].split("|")) == serve.LEVELS


def test_without_a_supervisor_the_environment_decides_and_ingress_is_closed(
    environment_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = environment_of(None, FOYER_LOG_LEVEL="error", FOYER_MEDIA="/films:/mnt/more films")
    options = as_options(found, monkeypatch)
    assert (options.log_level, options.ingress_port) == ("error", None)
    assert options.media == (Path("/films"), Path("/mnt/more films"))


@pytest.mark.parametrize(
    ("code", "signal", "before", "status", "recorded", "is_halted"),
    [
        (0, 0, "0", 0, "0", False),
        (1, 0, "0", 125, "1", True),
        (256, 9, "0", 125, "137", True),
        (256, 15, "0", 125, "143", True),
        (256, 9, "3", 125, "3", True),
    ],
    ids=["orderly", "failed", "killed", "terminated", "somebody else said why before"],
)
def test_a_server_that_ends_badly_takes_the_container_with_it(
    services: Path, tmp_path: Path, code: int, signal: int, before: str, status: int, recorded: str, is_halted: bool
) -> None:
    results, halt = tmp_path / "s6-linux-init-container-results", tmp_path / "s6" / "basedir" / "bin" / "halt"
    results.mkdir()
    (results / "exitcode").write_text(f"{before}\n")
    halt.parent.mkdir(parents=True)
    halt.write_text(f"#!/bin/sh\ntouch {tmp_path}/halted\n")
    halt.chmod(0o755)
    script = tmp_path / "finish"
    script.write_text((services / "foyer" / "finish").read_text().replace("/run/s6", f"{tmp_path}/s6"))
    helper = tmp_path / "as-foyer"
    helper.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/helped\nexit 1\n')
    helper.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = ["sh", str(script), str(code), str(signal)]
    finished = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert finished.returncode == status
    assert (tmp_path / "helped").read_text() == "/opt/foyer/bin/python -m foyer.cli.backup keep\n"
    assert (results / "exitcode").read_text().strip() == recorded
    assert (tmp_path / "halted").exists() == is_halted


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="changing the user needs root and setpriv"
)
@pytest.mark.parametrize(
    ("environment", "user", "capabilities"),
    [({}, "1000 1000", 0), ({"PUID": "1234", "PGID": "99"}, "1234 99", 0), ({"SUPERVISOR_TOKEN": "x"}, "1000 1000", 2)],
    ids=["a container", "a container for a user of the host", "an add-on"],
)
def test_the_server_is_nobody_special(
    root: Path, tmp_path: Path, environment: dict[str, str], user: str, capabilities: int
) -> None:
    said = subprocess.run(
        [str(root / "rootfs/usr/bin/as-foyer"), "cat", "/proc/self/status"],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = dict(line.split(":\t", 1) for line in said.splitlines())
    assert " ".join([found["Uid"].split()[0], found["Gid"].split()[0]]) == user
    for kind in ("CapPrm", "CapEff", "CapInh", "CapAmb", "CapBnd"):
        assert int(found[kind], 16) == capabilities, kind
    assert user.split()[1] in found["Groups"].split()
    assert "0" not in found["Groups"].split()
