"""What the entities show, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from foyer import __version__
from foyer.gpu import GpuReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """An item in the words of Home Assistant's events."""

    item_id: str
    """Its global id."""
    item_kind: str
    title: str
    series: str | None = None
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    library: str | None = None

    @property
    def shown(self) -> str:
        """As one line, such as ``The Show S02E05 Pilot``."""
        if self.series is None:
            return f"{self.title} ({self.year})" if self.year else self.title
        if self.season is None or self.episode is None:
            return f"{self.series} {self.title}"
        return f"{self.series} S{self.season:02}E{self.episode:02} {self.title}"

    def attributes(self) -> dict[str, object]:
        """What there is to say of it; nothing is empty."""
        names = ("item_id", "item_kind", "title", "series", "season", "episode", "year", "library")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewing:
    """Somebody watches something."""

    user: str
    item: Title
    state: str
    method: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A file system that matters; sizes in bytes."""

    key: str
    name: str
    free: int
    total: int

    @property
    def used_percent(self) -> int:
        """How full it is, as whole percent."""
        return round(100 * (1 - self.free / self.total)) if self.total else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The add-on as the Supervisor knows it."""

    slug: str
    version: str
    latest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything; a part that was never read has the values of an empty server."""

    name: str = "Foyer"
    version: str = __version__
    release: Release | None = None
    background_work: bool = True
    problems: tuple[str, ...] = ()

    session_count: int = 0
    viewings: tuple[Viewing, ...] = ()
    """The newest of them, not more than fit into an entity."""
    streams: Mapping[str, int] = field(default_factory=dict)
    """Open sessions by method of playback."""
    is_playing: bool = False
    is_transcoding: bool = False

    counts: Mapping[str, int] = field(default_factory=dict)
    """Items by kind."""
    added: Title | None = None
    added_at: datetime | None = None
    is_scanning: bool = False

    disks: tuple[Disk, ...] = ()
    cache_bytes: int = 0
    gpus: tuple[GpuReading, ...] = ()
