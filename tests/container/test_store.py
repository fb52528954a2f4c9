"""config.yaml by the rules of the Supervisor's store and of the add-on linter."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import Any

import pytest
import yaml

from foyer import __version__
from foyer.cli.backup import FOLDER, NAME
from foyer.settings.options import Options

REQUIRED = {"name", "version", "slug", "description", "arch"}
NO_DEFAULT = {
    "backup_exclude", "backup_post", "backup_pre", "breaking_versions", "devices", "discovery", "environment", "image",
    "ingress_entry", "machine", "map", "panel_title", "ports", "ports_description", "privileged", "services", "url",
}  # fmt: skip
OFF = {
    "advanced", "audio", "auth_api", "devicetree", "docker_api", "full_access", "gpio", "hassio_api", "host_dbus",
    "homeassistant_api", "host_ipc", "host_network", "host_pid", "host_uts", "ingress", "ingress_stream", "journald",
    "kernel_modules", "realtime", "stdin", "tmpfs", "uart", "udev", "usb", "video",
}  # fmt: skip
DEFAULTS: dict[str, object] = {
    **dict.fromkeys(OFF, False),
    "apparmor": True,
    "backup": "hot",
    "boot": "auto",
    "hassio_role": "default",
    "homeassistant": None,
    "ingress_port": 8099,
    "init": True,
    "options": {},
    "panel_admin": True,
    "panel_icon": "mdi:puzzle",
    "schema": {},
    "stage": "stable",
    "startup": "application",
    "timeout": 10,
    "ulimits": {},
}
DANGEROUS = {
    "BPF",
    "DAC_READ_SEARCH",
    "NET_ADMIN",
    "NET_RAW",
    "PERFMON",
    "SYS_ADMIN",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
}


def security_rating(manifest: dict[str, Any], *, own_profile: bool) -> int:
    """What the Supervisor computes and shows: 5, more for what protects, less for what endangers, from 1 to 8."""
    rating = 5
    if manifest.get("apparmor", True) is False:
        rating -= 1
    elif own_profile:
        rating += 1
    if manifest.get("ingress"):
        rating += 2
    elif manifest.get("auth_api"):
        rating += 1
    if DANGEROUS & set(manifest.get("privileged", ())) or manifest.get("kernel_modules"):
        rating -= 1
    rating -= {"manager": 1, "admin": 2}.get(manifest.get("hassio_role", "default"), 0)
    rating -= bool(manifest.get("host_network"))
    rating -= 2 * bool(manifest.get("host_pid"))
    rating -= bool(manifest.get("host_uts") and "SYS_ADMIN" in manifest.get("privileged", ()))
    if manifest.get("docker_api") or manifest.get("full_access"):
        rating = 1
    return max(1, min(8, rating))


def test_the_supervisor_knows_every_key(manifest: dict[str, Any]) -> None:
    """It drops others without a word."""
    assert set(manifest) - NO_DEFAULT - set(DEFAULTS) - REQUIRED == set()
    assert set(manifest) >= REQUIRED


VALUES: dict[str, str] = {
    "name": r".{1,64}",
    "version": r"\d+\.\d+\.\d+([ab.-].+)?",
    "slug": r"[a-z0-9_]+",
    "url": r"https://\S+",
    "homeassistant": r"\d{4}\.\d{1,2}\.\d+",
    "panel_icon": r"mdi:[a-z0-9-]+",
    "arch": r"aarch64|amd64",
    "services": r"(mqtt|mysql):(provide|want|need)",
    "discovery": r"[a-z0-9_]+",
    "map": r"(media|share|ssl|addon_config|homeassistant_config|backup|addons|all_addon_configs)(:(rw|ro))?",
    "ports": r"\d+(/tcp|/udp)?",
    "environment": r"[A-Z_]+",
    "options": r"[a-z_]+",
}
"""What the Supervisor's schema takes as a value, or as each element of a list or key of a table."""
ELEMENT = re.compile(
    r"bool\??|email\??|url\??|port\??|device(\(subsystem=[a-z]+\))?\??|(str|password|int|float)(\([\d.-]*,[\d.-]*\))?\??"
    r"|match\(.*\)\??|list\(.+\)\??"
)


def test_every_value_is_one_the_supervisor_takes(manifest: dict[str, Any]) -> None:
    for key, pattern in VALUES.items():
        value = manifest[key]
        for one in [value] if isinstance(value, str) else value:
            assert re.fullmatch(pattern, one), (key, one)
    assert all(type(manifest[key]) is bool for key in set(manifest) & (OFF | {"init", "panel_admin", "apparmor"}))
    assert 10 <= manifest["timeout"] <= 300
    assert all(isinstance(manifest[key], str) for key in ("description", "backup_pre", "backup_post"))
    assert all(isinstance(pattern, str) for pattern in manifest["backup_exclude"])
    assert all(isinstance(value, str) for value in manifest["environment"].values())
    for element in manifest["schema"].values():
        (rule,) = element if isinstance(element, list) else [element]
        assert ELEMENT.fullmatch(rule), rule


def test_nothing_is_asked_of_home_assistant_that_nothing_uses(root: Path, manifest: dict[str, Any]) -> None:
    """The Supervisor lets every add-on ask about itself, for services and for discovery."""
    code = "".join(path.read_text("utf-8") for path in (root / "addon" / "foyer" / "homeassistant").rglob("*.py"))
    paths = set(re.findall(r'_call\("[A-Z]+", f?"(/[a-z]+(?:/self)?)', code))
    assert paths == {"/addons/self", "/services", "/discovery"}
    assert manifest["homeassistant_api"] is True
    assert "config/auth/list" in code
    assert not {"auth_api", "hassio_api", "hassio_role", "docker_api"} & set(manifest)


def test_no_key_repeats_its_default(manifest: dict[str, Any]) -> None:
    assert {key for key, value in manifest.items() if key in DEFAULTS and value == DEFAULTS[key]} == set()


def test_the_version_is_the_servers_and_a_text(root: Path, manifest: dict[str, Any]) -> None:
    assert manifest["version"] == __version__
    assert f'\nversion: "{__version__}"\n' in (root / "config.yaml").read_text("utf-8")
    assert f'\nversion = "{__version__}"\n' in (root / "pyproject.toml").read_text("utf-8")


def test_it_is_as_safe_as_an_add_on_can_be(root: Path, manifest: dict[str, Any]) -> None:
    own_profile = (root / "apparmor.txt").is_file()
    assert security_rating(manifest, own_profile=own_profile) == 8
    assert not {"privileged", "devices", "webui", "watchdog"} & set(manifest)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"host_network": True}, 7),
        ({"host_pid": True}, 6),
        ({"hassio_role": "manager"}, 7),
        ({"hassio_role": "admin"}, 6),
        ({"privileged": ["NET_ADMIN"]}, 7),
        ({"privileged": ["SYS_TIME"]}, 8),
        ({"apparmor": False}, 6),
        ({"full_access": True}, 1),
        ({"docker_api": True}, 1),
        ({"ingress": False}, 6),
        ({"ingress": False, "auth_api": True}, 7),
    ],
)
def test_the_rating_would_notice(manifest: dict[str, Any], change: dict[str, object], expected: int) -> None:
    assert security_rating({**manifest, **change}, own_profile=True) == expected


def test_folders_are_written_in_one_way(manifest: dict[str, Any]) -> None:
    """The linter refuses a mixture of texts and tables; ``config`` is another add-on's idea of our configuration."""
    pattern = r"(addon_config|homeassistant_config|ssl|share|media)(:(rw|ro))?"
    assert all(re.fullmatch(pattern, entry) for entry in manifest["map"])


def test_what_it_is_built_on_is_named_for_every_processor(root: Path, manifest: dict[str, Any]) -> None:
    bases = yaml.safe_load((root / "build.yaml").read_text("utf-8"))["build_from"]
    assert set(bases) == set(manifest["arch"])
    default = re.search(r"(?m)^ARG BUILD_FROM=(\S+)$", (root / "Dockerfile").read_text("utf-8"))
    assert default is not None
    assert set(bases.values()) == {default[1]}


def test_the_repository_has_a_name(root: Path) -> None:
    assert yaml.safe_load((root / "repository.yaml").read_text("utf-8"))["name"]


def test_every_port_is_explained_and_closed_until_it_is_wanted(manifest: dict[str, Any]) -> None:
    assert set(manifest["ports"]) == set(manifest["ports_description"]) == {"8096/tcp"}
    assert set(manifest["ports"].values()) == {None}
    assert "8099/tcp" not in manifest["ports"]


def test_every_option_has_a_schema_and_a_default_that_fits(manifest: dict[str, Any]) -> None:
    assert set(manifest["options"]) == set(manifest["schema"])
    for name, element in manifest["schema"].items():
        value = manifest["options"][name]
        for one, rule in [(value, element)] if isinstance(element, str) else [(each, element[0]) for each in value]:
            if rule.startswith("list("):
                assert one in rule[5:-1].split("|")
            else:
                assert re.fullmatch(rule.removeprefix("match(").removesuffix(")"), one)


@pytest.mark.parametrize(
    ("option", "good", "bad"),
    [
        (
            "allowed_hosts",
            ["media.example.org", "*.example.org", "*", "nas"],
            ["https://nas", "nas:8096", "a,b", "*x", ""],
        ),
    ],
)
def test_options_take_what_the_server_can_use(
    manifest: dict[str, Any], option: str, good: list[str], bad: list[str]
) -> None:
    element = manifest["schema"][option]
    rule = (element if isinstance(element, str) else element[0]).removeprefix("match(").removesuffix(")")
    assert [one for one in good if not re.match(rule, one)] == []
    assert [one for one in bad if re.match(rule, one)] == []


def test_a_backup_holds_the_snapshot_and_nothing_that_changes_meanwhile(
    manifest: dict[str, Any], tmp_path: Path
) -> None:
    """The Supervisor matches whole paths of its own with ``PurePath.match``."""
    options = Options(data=tmp_path, cache=tmp_path / "cache")
    database = options.database.name

    def is_left_out(name: str) -> bool:
        path = PurePath("/data/addons/data/a0d7b954_foyer") / name
        return any(path.match(pattern) for pattern in manifest["backup_exclude"])

    changing = [
        database,
        f"{database}-wal",
        f"{database}-shm",
        f"{database}.before-0002",
        options.cache.name,
        "foyer.lock",
    ]
    assert [name for name in changing if not is_left_out(name)] == []
    kept = [f"{FOLDER}/{NAME}", "secrets/signing.key", "artwork/ab/cdef.jpg", "options.json"]
    assert [name for name in kept if is_left_out(name)] == []


def test_the_icons_are_what_the_store_shows(root: Path) -> None:
    from PIL import Image  # noqa: PLC0415

    with Image.open(root / "icon.png") as icon, Image.open(root / "logo.png") as logo:
        assert icon.size[0] == icon.size[1] >= 128
        assert logo.size[0] > 2 * logo.size[1]
        assert icon.mode == logo.mode == "RGBA"


def test_the_add_on_page_and_changelog_are_there(root: Path) -> None:
    for name in ("DOCS.md", "README.md", "CHANGELOG.md"):
        assert (root / name).read_text("utf-8").startswith("# ")
