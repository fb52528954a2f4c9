"""What the stand-in Supervisor answers about the machine it is not on; Core's ``hassio`` integration asks all of it."""

from __future__ import annotations

from typing import Any

import yaml

from tests.homeassistant.harness.places import ROOT

SUPERVISOR_VERSION = "2026.08.0"


def manifest() -> dict[str, Any]:
    """The add-on's own ``config.yaml``: what it may do and how its panel looks is read from there, as in a real one."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    return loaded


def machine_facts(core_version: str, addons: list[dict[str, Any]], panels: dict[str, Any]) -> dict[str, Any]:
    """The answers of ``GET`` by path."""
    core = {
        "version": core_version,
        "version_latest": core_version,
        "update_available": False,
        "machine": "generic-x86-64",
        "ip_address": "127.0.0.1",
        "arch": "amd64",
        "image": "ghcr.io/home-assistant/generic-x86-64-homeassistant",
        "boot": True,
        "port": 8123,
        "ssl": False,
        "watchdog": False,
        "audio_input": None,
        "audio_output": None,
        "backups_exclude_database": False,
        "duplicate_log_file": False,
    }
    return {
        "/supervisor/ping": {},
        "/info": {
            "supervisor": SUPERVISOR_VERSION,
            "homeassistant": core_version,
            "hassos": "14.2",
            "docker": "27.2.0",
            "hostname": "homeassistant",
            "operating_system": "Home Assistant OS 14.2",
            "features": ["reboot"],
            "machine": "generic-x86-64",
            "machine_id": "0" * 32,
            "arch": "amd64",
            "state": "running",
            "supported_arch": ["amd64"],
            "supported": True,
            "channel": "stable",
            "logging": "info",
            "timezone": "UTC",
        },
        "/supervisor/info": {
            "version": SUPERVISOR_VERSION,
            "version_latest": SUPERVISOR_VERSION,
            "update_available": False,
            "channel": "stable",
            "arch": "amd64",
            "supported": True,
            "healthy": True,
            "ip_address": "127.0.0.1",
            "timezone": "UTC",
            "logging": "info",
            "debug": False,
            "debug_block": False,
            "diagnostics": False,
            "auto_update": False,
            "country": None,
            "detect_blocking_io": False,
            "feature_flags": {},
            "addons": addons,
            "addons_repositories": [],
            "wait_boot": 5,
        },
        "/core/info": core,
        "/homeassistant/info": core,
        "/host/info": {
            "agent_version": "1.6.0",
            "apparmor_version": "3",
            "chassis": "vm",
            "virtualization": "kvm",
            "cpe": None,
            "deployment": "production",
            "disk_free": 50.0,
            "disk_total": 100.0,
            "disk_used": 50.0,
            "disk_life_time": None,
            "features": ["reboot"],
            "hostname": "homeassistant",
            "llmnr_hostname": None,
            "kernel": "6.6",
            "operating_system": "Home Assistant OS 14.2",
            "timezone": "UTC",
            "dt_utc": "2026-01-01T00:00:00+00:00",
            "dt_synchronized": True,
            "use_ntp": True,
            "startup_time": 1.0,
            "boot_timestamp": 1,
            "broadcast_llmnr": None,
            "broadcast_mdns": None,
        },
        "/os/info": {
            "version": "14.2",
            "version_latest": "14.2",
            "version_pending": None,
            "update_available": False,
            "board": "generic-x86-64",
            "boot": "A",
            "data_disk": "disk",
            "boot_slots": {},
        },
        "/network/info": {
            "interfaces": [],
            "docker": {
                "interface": "hassio",
                "address": "172.30.32.0/23",
                "gateway": "172.30.32.1",
                "dns": "172.30.32.3",
            },
            "host_internet": False,
            "supervisor_internet": False,
        },
        "/core/stats": STATS,
        "/supervisor/stats": STATS,
        "/ingress/panels": {"panels": panels},
        "/store": {"addons": addons, "repositories": []},
        "/addons": {"addons": addons},
        "/resolution/info": {"unsupported": [], "unhealthy": [], "issues": [], "suggestions": [], "checks": []},
        "/jobs/info": {"ignore_conditions": [], "jobs": []},
        "/mounts": {"default_backup_mount": None, "mounts": []},
        "/backups": {"backups": []},
        "/backups/info": {"backups": [], "days_until_stale": 30},
        "/available_updates": {"available_updates": []},
    }


STATS = {
    "cpu_percent": 1.0,
    "memory_usage": 1,
    "memory_limit": 10,
    "memory_percent": 10.0,
    "network_rx": 0,
    "network_tx": 0,
    "blk_read": 0,
    "blk_write": 0,
}
"""Of a container that rests."""

ACCEPTED = frozenset(
    {
        "/homeassistant/options",
        "/core/options",
        "/supervisor/options",
        "/refresh_updates",
        "/reload_updates",
        "/store/reload",
    }
)
"""What Core tells its Supervisor, of which the stand-in keeps only the refresh token."""
