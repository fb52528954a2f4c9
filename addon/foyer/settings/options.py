"""Start-up options: where things are and what to listen on. Everything else is a setting in the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from foyer.settings.homeassistant import HomeAssistantAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What must be known before Foyer starts; from the command line, the environment or the add-on's options."""

    data: Path
    """Holds the database, artwork and secrets; worth a backup."""
    cache: Path
    """Holds what can be made again: segments, sprites, resized pictures."""
    media: tuple[Path, ...] = ()
    """Where the folder picker starts, and the only trees libraries may live in; none means anywhere."""
    host: str = "0.0.0.0"  # noqa: S104 - a media server is there for the devices of the house
    port: int = 8096
    ingress_host: str = "0.0.0.0"  # noqa: S104 - other peers than the Supervisor are refused by address
    ingress_port: int | None = 8099
    ingress_peers: frozenset[str] = field(default_factory=lambda: frozenset({"172.30.32.2"}))
    """Addresses whose identity headers are believed, on the ingress listener only."""
    allowed_hosts: frozenset[str] = field(default_factory=frozenset)
    """Extra host names the public listener answers to, against DNS rebinding; IP addresses always pass."""
    log_level: str = "info"
    log_json: bool = False
    demo: bool = False
    """Offer the demo library when there is none."""
    ready_fd: int | None = None
    """A file descriptor that gets a newline once the server is ready, as s6 wants it, and is closed then."""
    homeassistant: HomeAssistantAccess = field(default_factory=HomeAssistantAccess)
    """How Home Assistant is reached; by default not at all."""

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.data / "foyer.db"

    @property
    def last_backup(self) -> Path:
        """An empty file whose time is that of the last snapshot for a backup; not there before the first."""
        return self.data / "backup.made"
