"""What a path was understood to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

_NO_IDS: Mapping[str, str] = MappingProxyType({})


class ItemKind(StrEnum):
    """What one file is. EXTRA belongs to a film or series and is never an item of its own in a grid."""

    MOVIE = "movie"
    EPISODE = "episode"
    MUSIC_VIDEO = "music_video"
    HOME_VIDEO = "home_video"
    EXTRA = "extra"
    TRACK = "track"
    PHOTO = "photo"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a name says. ``None`` and ``()`` mean that it does not say.

    ``title`` is the episode's own title for episodes and the title for everything else; ``series`` is the series.
    ``episodes`` are the numbers as written; with ``season`` None they have no season in the name. ``absolute`` is the
    first of them when it counts through the whole series. ``date`` is ISO 8601 (``YYYY-MM-DD``), ``part`` the number
    of a file among several that make one item. ``extra`` names what an extra is (``trailer``, ``deleted_scene`` …) and
    ``parent`` the film it belongs to. ``version`` tells copies of one item apart (``2160p``).
    """

    kind: ItemKind
    title: str | None = None
    year: int | None = None
    series: str | None = None
    season: int | None = None
    episodes: tuple[int, ...] = ()
    date: str | None = None
    absolute: int | None = None
    part: int | None = None
    ids: Mapping[str, str] = field(default_factory=lambda: _NO_IDS)
    edition: str | None = None
    version: str | None = None
    extra: str | None = None
    parent: str | None = None
    artist: str | None = None
    album: str | None = None
    country: str | None = None

    def as_json(self) -> dict[str, object]:
        """The stable contract of ``foyer identify --json``: every key always there, in this order."""
        return {
            "kind": self.kind.value,
            "title": self.title,
            "year": self.year,
            "series": self.series,
            "season": self.season,
            "episodes": list(self.episodes),
            "date": self.date,
            "absolute": self.absolute,
            "part": self.part,
            "ids": dict(self.ids),
            "edition": self.edition,
            "version": self.version,
            "extra": self.extra,
            "parent": self.parent,
            "artist": self.artist,
            "album": self.album,
            "country": self.country,
        }
