"""The add-on as the stand-in Supervisor knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.homeassistant.harness.supervisor_facts import manifest

SLUG = "local_foyer"


@dataclass(kw_only=True)
class Addon:
    """An installed add-on: its manifest, the token it was given, and where its ingress port is."""

    token: str = "addon-token-1"
    ingress_token: str = "Xk3v9TqLrB2wPz7eYc5mNd8u"
    target: str = ""
    version_latest: str = ""
    manifest: dict[str, Any] = field(default_factory=manifest)

    def summary(self) -> dict[str, Any]:
        """Its entry in lists."""
        version = self.manifest["version"]
        return {
            "slug": SLUG,
            "name": self.manifest["name"],
            "description": self.manifest["description"],
            "advanced": False,
            "available": True,
            "build": False,
            "detached": False,
            "homeassistant": self.manifest["homeassistant"],
            "icon": True,
            "logo": True,
            "repository": "local",
            "stage": "stable",
            "url": None,
            "version": version,
            "version_latest": self.version_latest or version,
            "update_available": bool(self.version_latest and self.version_latest != version),
            "state": "started",
            "installed": True,
            "arch": self.manifest["arch"],
            "documentation": True,
            "system_managed": False,
        }

    def info(self) -> dict[str, Any]:
        """``GET /addons/self/info``."""
        port = int(self.target.rsplit(":", 1)[1]) if self.target else 0
        return self.summary() | {
            "hostname": SLUG.replace("_", "-"),
            "dns": [],
            "long_description": None,
            "protected": True,
            "rating": 8,
            "boot": "auto",
            "boot_config": "auto",
            "options": self.manifest["options"],
            "schema": [],
            "machine": [],
            "network": self.manifest["ports"],
            "network_description": self.manifest["ports_description"],
            "host_network": False,
            "host_pid": False,
            "host_ipc": False,
            "host_uts": False,
            "host_dbus": False,
            "privileged": [],
            "full_access": False,
            "apparmor": "profile",
            "auth_api": self.manifest.get("auth_api", False),
            "hassio_api": self.manifest.get("hassio_api", False),
            "hassio_role": "default",
            "homeassistant_api": self.manifest["homeassistant_api"],
            "docker_api": False,
            "devices": [],
            "devicetree": False,
            "usb": False,
            "uart": False,
            "udev": False,
            "gpio": False,
            "video": True,
            "audio": False,
            "audio_input": None,
            "audio_output": None,
            "kernel_modules": False,
            "stdin": False,
            "signed": False,
            "changelog": True,
            "startup": "application",
            "services": self.manifest["services"],
            "discovery": self.manifest["discovery"],
            "translations": {},
            "webui": None,
            "ingress": True,
            "ingress_entry": f"/api/hassio_ingress/{self.ingress_token}",
            "ingress_url": f"/api/hassio_ingress/{self.ingress_token}/",
            "ingress_port": port,
            "ingress_panel": True,
            "ip_address": "127.0.0.1",
            "auto_update": False,
            "watchdog": False,
            "system_managed_config_entry": None,
        }

    def panel(self) -> dict[str, Any]:
        """Its place in the sidebar."""
        return {
            "title": self.manifest.get("panel_title", self.manifest["name"]),
            "icon": self.manifest["panel_icon"],
            "admin": self.manifest.get("panel_admin", True),
            "enable": True,
        }

    def may(self, path: str) -> bool:
        """Whether the Supervisor lets the add-on call this: without ``hassio_api`` only what every add-on may."""
        if path.startswith(("/addons/self/", "/services", "/discovery", "/auth")):
            return not path.endswith(("/security", "/update"))
        return path == "/info" or (bool(self.manifest.get("hassio_api")) and path.endswith("/info"))
