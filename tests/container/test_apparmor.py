"""apparmor.txt: what the Supervisor's rules and AppArmor's own parser say to it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

INCLUDES = Path("/etc/apparmor.d/tunables/global")


def test_the_supervisor_finds_one_profile_to_rename(root: Path) -> None:
    text = (root / "apparmor.txt").read_text("utf-8")
    assert re.findall(r"(?m)^profile (\S+)", text) == ["foyer"]


def test_the_server_has_a_profile_of_its_own_with_fewer_rights(root: Path) -> None:
    text = (root / "apparmor.txt").read_text("utf-8")
    outer, _, inner = text.partition("  profile server ")
    assert "/opt/foyer/bin/foyer cx -> server," in outer
    assert re.findall(r"capability (\w+),", inner) == ["dac_override"]
    assert not re.search(r"(?m)^\s*(capability|network|file|mount|ptrace|umount|change_profile),\s*$", text)
    written = re.findall(r"(?m)^\s*(?:owner )?(/\S*) \w*w\w*,", inner)
    assert not [path for path in written if path.startswith(("/etc", "/opt", "/usr", "/lib", "/run", "/sys", "/**"))]


def test_the_server_reaches_home_assistant_and_the_broker(root: Path) -> None:
    """Over TCP, by names that the resolver looks up over UDP; and libraries ask the kernel for its addresses."""
    inner = (root / "apparmor.txt").read_text("utf-8").partition("  profile server ")[2]
    assert {"inet", "inet6", "unix", "netlink raw"} == set(re.findall(r"(?m)^\s*network ([\w ]+),$", inner))


@pytest.mark.skipif(
    shutil.which("apparmor_parser") is None or not INCLUDES.exists(), reason="apparmor_parser is not installed"
)
def test_the_parser_accepts_it(root: Path, tmp_path: Path) -> None:
    """As the Supervisor installs it: under the add-on's full name, which differs from store to store."""
    profile = tmp_path / "a0d7b954_foyer"
    text = re.sub(r"(?m)^profile foyer", "profile a0d7b954_foyer", (root / "apparmor.txt").read_text("utf-8"))
    profile.write_text(text)
    command = ["apparmor_parser", "--skip-kernel-load", "--skip-cache", "--stdout", str(profile)]
    parsed = subprocess.run(command, capture_output=True, check=False)
    assert parsed.returncode == 0, parsed.stderr.decode()
    assert b"a0d7b954_foyer" in parsed.stdout
    profile.write_text(text.replace("profile server", "profile server nonsense"))
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
