"""What the directories above a file say: the library's kind, the series and season, the film, extras, discs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from foyer.library.kinds import LibraryKind
from foyer.library.names.clean import prepare
from foyer.library.names.extras import FOLDERS, SHY_FOLDERS
from foyer.library.names.lexer import Lexed
from foyer.library.names.markers import find_numbered, find_season
from foyer.library.names.titles import folded, named, tidy
from foyer.library.names.years import find_year

_DEPTH = 8
_LIBRARIES: dict[str, LibraryKind] = {
    **dict.fromkeys(
        ("movies", "films", "film", "filme", "kino", "peliculas", "4k movies", "cinema", "movies4k"),
        LibraryKind.MOVIES,
    ),
    **dict.fromkeys(
        (
            "tv",
            "tv shows",
            "tvshows",
            "shows",
            "series",
            "tv series",
            "anime",
            "serien",
            "tv-shows",
            "tv_shows",
            "anime series",
            "cartoons",
            "animes",
            "séries",
        ),
        LibraryKind.SERIES,
    ),
    **dict.fromkeys(
        ("music videos", "musicvideos", "music_videos", "music-videos", "clips musicaux", "musikvideos"),
        LibraryKind.MUSIC_VIDEOS,
    ),
    **dict.fromkeys(
        (
            "home videos",
            "homevideos",
            "home_videos",
            "home-videos",
            "home movies",
            "camera",
            "dcim",
            "100apple",
            "family videos",
            "camera roll",
        ),
        LibraryKind.HOME_VIDEOS,
    ),
    **dict.fromkeys(("music", "musik", "audio"), LibraryKind.MUSIC),
    **dict.fromkeys(("photos", "pictures", "fotos", "images"), LibraryKind.PHOTOS),
    **dict.fromkeys(("documents", "books", "ebooks"), LibraryKind.DOCUMENTS),
}
_PLAIN = frozenset(
    (
        "", "/", ".", "..", "mnt", "media", "data", "home", "srv", "share", "shares", "video", "videos", "downloads",
        "download", "complete",
        "completed", "torrents", "usenet", "incoming", "nas", "volume1", "volumes", "storage", "library",
        "libraries", "root", "user",
        "users", "disk1", "hdd", "usb", "tmp", "public", "kids", "4k", "hd", "uhd", "1080p", "2160p", "720p", "new",
        "unsorted", "watched", "unwatched", "var", "opt",
        "content", "files", "xvid", "documentaries", "documentary", "finished", "done", "seeding", "c:", "d:", "e:",
        "subs", "subtitles", "0-9", "a-z", "english", "foreign",
    )
)  # fmt: skip
_DISC_STRUCTURE = frozenset(
    ("video_ts", "audio_ts", "bdmv", "stream", "playlist", "clipinf", "certificate", "backup", "hvdvd_ts", "ssif")
)
_DISC = re.compile(r"^(?:cd|dvd|disc|disk|part|pt)[\s._-]?(\d{1,2})$", re.IGNORECASE)
_SEASON = re.compile(
    r"^(?:season|saison|staffel|temporada|stagione|seizoen|sæson|säsong|sesong|sezon|series|kausi|сезон|s|évad|book|volume|livre)[\s._-]{0,3}(\d{1,4})(?![\d\w])(?P<rest>.*)$"
    r"|^(\d{1,2})(?:st|nd|rd|th|[.]|[ªº])?[\s._]?(?:season|staffel|temporada|сезон|sezon|évad)$|^第(\d{1,2})季$",
    re.IGNORECASE,
)
_SPECIALS = frozenset(
    ("specials", "special", "season 0", "season 00", "s00", "ova", "ovas", "oad", "especiales", "spezial", "sp")
)
_NUMBER = re.compile(r"^\d{1,2}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One directory's name, understood alone."""

    name: str
    title: str = ""
    year: int | None = None
    country: str | None = None
    ids: dict[str, str] = field(default_factory=dict)
    library: LibraryKind | None = None
    generic: bool = False
    structure: bool = False
    disc: int | None = None
    season: int | None = None
    extra: str | None = None
    shy: bool = False
    release: bool = False
    numeric: bool = False
    numbered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The directories of a file, understood together.

    ``owners`` are the folders that name something, the nearest first. ``season_at`` is how many of them lie below
    the season's folder. ``stand_in`` means that the file sits in a disc's structure, so that its own name says nothing.
    """

    owners: tuple[Folder, ...] = ()
    season: int | None = None
    season_at: int = 0
    extra: str | None = None
    disc: int | None = None
    library: LibraryKind | None = None
    stand_in: bool = False

    @property
    def owner(self) -> Folder | None:
        """The folder that names what the file belongs to."""
        return self.owners[0] if self.owners else None

    @property
    def series(self) -> Folder | None:
        """The folder of the series: above the season's folder where there is one."""
        if self.season is not None and self.season_at < len(self.owners):
            return self.owners[self.season_at]
        return self.owner if self.season is None else None

    @property
    def ids(self) -> dict[str, str]:
        """Ids written on the owner."""
        found: dict[str, str] = {}
        for folder in reversed(self.owners[: self.season_at + 1]):
            found |= folder.ids
        return found


@lru_cache(maxsize=16384)
def read_folder(name: str) -> Folder:
    """Understand one directory's name."""
    low = name.strip().lower()
    if low in _LIBRARIES:
        return Folder(name=name, library=_LIBRARIES[low], generic=True)
    if low in _DISC_STRUCTURE:
        return Folder(name=name, structure=True)
    if low in _SPECIALS:
        return Folder(name=name, season=0)
    extra = FOLDERS.get(low.replace("_", " ")) or SHY_FOLDERS.get(low)
    if extra:
        return Folder(name=name, extra=extra, shy=low in SHY_FOLDERS, title=tidy(name))
    return _plain_folder(name, low)


def _plain_folder(name: str, low: str) -> Folder:
    if low in _PLAIN or (len(low) == 1 and not low.isdigit()):
        return Folder(name=name, generic=True)
    if disc := _DISC.match(low):
        return Folder(name=name, disc=int(disc[1]))
    if season := _SEASON.match(low):
        return Folder(name=name, season=int(season[1] or season[3] or season[4]))
    return _named_folder(name, low)


def _named_folder(name: str, low: str) -> Folder:
    prepared = prepare(name)
    lexed = Lexed(prepared.text)
    cut = lexed.metadata_start(prepared.begin)
    year = find_year(lexed, prepared.begin, cut)
    end = min(cut, year.start) if year else cut
    season = find_numbered(lexed.text[:cut]) or find_season(lexed.text[:cut])
    if season and season.start > prepared.begin and season.season is not None:
        title = named(lexed.text[prepared.begin : min(season.start, end if end > prepared.begin else season.start)])
        return Folder(
            name=name,
            title=title.title,
            year=year.value if year else title.year,
            country=title.country,
            ids=prepared.ids,
            season=season.season,
            release=True,
            numbered=bool(season.episodes),
        )
    title = named(lexed.text[prepared.begin : end], year.value if year else None)
    return Folder(
        name=name,
        title=title.title or tidy(prepared.text),
        year=year.value if year else title.year,
        country=title.country,
        ids=prepared.ids,
        release=cut < len(lexed.text),
        numeric=bool(_NUMBER.match(low)),
    )


@lru_cache(maxsize=8192)
def read_folders(parents: tuple[str, ...], *, serial: bool = False) -> Context:
    """Understand the directories of a file, outermost first; ``serial``: the library is one of series."""
    owners: list[Folder] = []
    season: int | None = None
    season_at = 0
    extra: str | None = None
    disc: int | None = None
    library: LibraryKind | None = None
    stand_in = False
    folders = [read_folder(name) for name in parents[-_DEPTH:]]
    for index in range(len(folders) - 1, -1, -1):
        folder = folders[index]
        if folder.generic:
            library = folder.library or _library_above(folders, index)
            break
        if folder.structure:
            stand_in = True
        elif folder.disc is not None and not owners:
            disc = folder.disc
        elif folder.extra and not owners and _owned(folders, index, shy=folder.shy):
            extra = folder.extra
        elif folder.season is not None and season is None:
            season, season_at = folder.season, len(owners)
            if folder.title:
                owners.append(folder)
        else:
            owners.append(folder)
    if season is None and len(owners) > 1 and owners[0].numeric and (serial or library is LibraryKind.SERIES):
        season, season_at = int(owners[0].name), 0
        owners.pop(0)
    return Context(
        owners=tuple(owners),
        season=season,
        season_at=season_at,
        extra=extra,
        disc=disc,
        library=library,
        stand_in=stand_in,
    )


def _library_above(folders: list[Folder], index: int) -> LibraryKind | None:
    return next((folder.library for folder in reversed(folders[:index]) if folder.library), None)


def _owned(folders: list[Folder], index: int, *, shy: bool) -> bool:
    """An extras folder has a film's or series' folder above it."""
    if index == 0:
        return False
    above = folders[index - 1]
    if above.generic:
        return False
    return not shy or above.year is not None or above.season is not None or above.release


def same_thing(short: str, long: str) -> bool:
    """Whether two spellings of a title name one thing."""
    first, second = folded(short), folded(long)
    return bool(first) and (
        first == second or (len(first) > 2 and (second.startswith(first) or first.startswith(second)))
    )
