"""What a name says, as the items it asks for: which they are on every scan, and what they are called."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from foyer.library.filters import ItemKind
from foyer.library.names import Identity
from foyer.library.names import ItemKind as NameKind
from foyer.library.titles import key

_FEATURING = re.compile(r"\s+(?:feat|ft|featuring)\b\.?\s+|\s*;\s*|\s+/\s+|\0", re.IGNORECASE)
_FEATURED_IN_TITLE = re.compile(r"[(\[](?:feat|ft|featuring)\b\.?\s+([^)\]]+)[)\]]", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
_GENRES = re.compile(r"\s*[;,/|\0]\s*")
_MAX_NAME = 300
_EPISODE_DIGITS = 5
UNTITLED = "Untitled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSpec:
    """An item as a name asks for it; ``identity`` is unique for a kind in a library."""

    kind: ItemKind
    identity: str
    title: str
    year: int | None = None
    premiered: str | None = None
    season_number: int | None = None
    number: int | None = None
    last_number: int | None = None
    absolute_number: int | None = None
    position: int = 0
    parents: tuple[ItemSpec, ...] = ()
    """From the series down; empty for items that stand alone."""
    artists: tuple[ItemSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Everything a file's name and tags mean for the graph."""

    items: tuple[ItemSpec, ...]
    """What the file shows; empty for an extra."""
    owner: tuple[tuple[ItemKind, str], ...] = ()
    """For an extra: kind and identity of what it may belong to, most likely first."""
    part: int | None = None
    edition: str | None = None
    version: str | None = None
    extra: str | None = None
    ids: Mapping[str, str]
    genres: tuple[str, ...] = ()


def meaning(identity: Identity, tags: Mapping[str, str], folder: bytes, stem: str) -> Meaning:
    """What a file is in the graph.

    ``folder`` is its directory below the library's folder: home videos of one name in two directories differ.
    ``stem`` is the file's name without its end, the title of last resort.
    """
    return Meaning(
        items=() if identity.kind is NameKind.EXTRA else _items(identity, tags, folder, stem),
        owner=_owners(identity) if identity.kind is NameKind.EXTRA else (),
        part=identity.part,
        edition=identity.edition,
        version=identity.version,
        extra=(identity.extra or "other") if identity.kind is NameKind.EXTRA else None,
        ids=identity.ids,
        genres=_genres(tags),
    )


def _items(identity: Identity, tags: Mapping[str, str], folder: bytes, stem: str) -> tuple[ItemSpec, ...]:
    if identity.kind is NameKind.EPISODE:
        return _episodes(identity, stem)
    if identity.kind is NameKind.MUSIC_VIDEO:
        return (_music_video(identity, tags, stem),)
    if identity.kind is NameKind.MOVIE:
        return (_movie(identity, stem),)
    return (_home_video(identity, tags, folder, stem),)


def _clip(text: str | None) -> str | None:
    cleaned = " ".join(text.split())[:_MAX_NAME] if text else ""
    return cleaned or None


def _movie(identity: Identity, stem: str) -> ItemSpec:
    title = _clip(identity.title) or _clip(stem) or UNTITLED
    return ItemSpec(
        kind=ItemKind.MOVIE, identity=_movie_identity(title, identity.year), title=title, year=identity.year
    )


def _movie_identity(title: str, year: int | None) -> str:
    return f"{key(title)}|{year or ''}"


def _series(identity: Identity, stem: str) -> ItemSpec:
    title = _clip(identity.series) or _clip(identity.title) or _clip(stem) or UNTITLED
    parts = [key(title), str(identity.year or ""), (identity.country or "").lower()]
    return ItemSpec(kind=ItemKind.SERIES, identity="|".join(parts), title=title, year=identity.year)


def _episodes(identity: Identity, stem: str) -> tuple[ItemSpec, ...]:
    series = _series(identity, stem)
    number = _season_number(identity)
    name = "Specials" if number == 0 else f"Season {number}"
    season = ItemSpec(
        kind=ItemKind.SEASON,
        identity=f"{series.identity}/s{number:04}",
        title=name,
        season_number=number,
        number=number,
        position=number,
        parents=(series,),
    )
    blank = ItemSpec(kind=ItemKind.EPISODE, identity="", title="", season_number=number, parents=(series, season))
    title = _clip(identity.title)
    if identity.episodes:
        return _numbered(identity, blank, season.identity, title)
    if identity.date is not None:
        spec = replace(
            blank,
            identity=f"{series.identity}/d{identity.date}",
            title=title or identity.date,
            premiered=identity.date,
            position=int(identity.date.replace("-", "")),
        )
        return (spec,)
    title = title or _clip(stem) or UNTITLED
    return (replace(blank, identity=f"{season.identity}/t{key(title)}", title=title),)


def _season_number(identity: Identity) -> int:
    if identity.season is not None:
        return identity.season
    if identity.date is not None:
        return int(identity.date[:4])
    return 1 if identity.episodes else 0


def _numbered(identity: Identity, blank: ItemSpec, season: str, title: str | None) -> tuple[ItemSpec, ...]:
    """One item for each episode of the file; the first says how far the file goes."""
    numbers = tuple(dict.fromkeys(identity.episodes))[:100]
    last = numbers[-1] if len(numbers) > 1 else None
    return tuple(
        replace(
            blank,
            identity=f"{season}e{number:0{_EPISODE_DIGITS}}",
            title=title or f"Episode {number}",
            number=number,
            last_number=last if index == 0 else None,
            absolute_number=identity.absolute + index if identity.absolute is not None else None,
            premiered=identity.date,
            position=number,
        )
        for index, number in enumerate(numbers)
    )


def _music_video(identity: Identity, tags: Mapping[str, str], stem: str) -> ItemSpec:
    artist = _clip(identity.artist) or _clip(tags.get("artist")) or _clip(tags.get("album_artist"))
    title = _clip(identity.title)
    if identity.artist is None or title is None:
        title = _clip(tags.get("title")) or title or _clip(stem) or UNTITLED
    names = [*_FEATURING.split(artist or ""), *_featured(title)]
    artists = {key(name): ItemSpec(kind=ItemKind.ARTIST, identity=key(name), title=name) for name in names if key(name)}
    year = identity.year or _tagged_year(tags)
    return ItemSpec(
        kind=ItemKind.MUSIC_VIDEO,
        identity=f"{key(artist or '')}|{key(title)}|{identity.edition or ''}",
        title=title,
        year=year,
        premiered=_tagged_date(tags),
        artists=tuple(artists.values()),
    )


def _featured(title: str) -> list[str]:
    found = _FEATURED_IN_TITLE.search(title)
    return _FEATURING.split(found.group(1)) if found else []


def _home_video(identity: Identity, tags: Mapping[str, str], folder: bytes, stem: str) -> ItemSpec:
    title = _clip(tags.get("title")) if identity.title is None else _clip(identity.title)
    title = title or _clip(stem) or UNTITLED
    date = identity.date or _tagged_date(tags)
    place = os.fsdecode(folder).encode("utf-8", "replace").decode()
    return ItemSpec(
        kind=ItemKind.HOME_VIDEO,
        identity=f"{place}|{key(title)}|{identity.date or ''}",
        title=title,
        year=identity.year or (int(date[:4]) if date else None),
        premiered=date,
    )


def _owners(identity: Identity) -> tuple[tuple[ItemKind, str], ...]:
    owners: list[tuple[ItemKind, str]] = []
    name = identity.parent or identity.series
    for title in dict.fromkeys((name, identity.series)):
        if title:
            series = "|".join((key(title), str(identity.year or ""), (identity.country or "").lower()))
            owners += [(ItemKind.MOVIE, _movie_identity(title, identity.year)), (ItemKind.SERIES, series)]
    return tuple(owners)


def _tagged_year(tags: Mapping[str, str]) -> int | None:
    found = _YEAR.search(tags.get("date", "") or tags.get("year", ""))
    return int(found.group()) if found else None


def _tagged_date(tags: Mapping[str, str]) -> str | None:
    found = _DATE.match(tags.get("date", "") or tags.get("creation_time", ""))
    return found.group() if found else None


def _genres(tags: Mapping[str, str]) -> tuple[str, ...]:
    names = (_clip(part) for part in _GENRES.split(tags.get("genre", ""))[:10])
    return tuple(dict.fromkeys(name[:60] for name in names if name))
