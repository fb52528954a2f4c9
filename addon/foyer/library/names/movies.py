"""Films: title, year, edition, part and version, from the name and the folder around it."""

from __future__ import annotations

import re
from typing import NamedTuple

from foyer.library.names.clean import Prepared
from foyer.library.names.extras import extra_inside
from foyer.library.names.folders import Context, Folder, same_thing
from foyer.library.names.identity import Identity, ItemKind
from foyer.library.names.lexer import Lexed
from foyer.library.names.markers import number
from foyer.library.names.titles import folded, tidy
from foyer.library.names.tokens import Role
from foyer.library.names.years import Year, find_year

_DISC_PART = re.compile(
    r"(?<![^\W_])(?:cd|disc|disk)[\s._-]?(\d{1,2})(?:[\s._]?of[\s._]?\d{1,2})?(?![^\W_])|(?<![^\W_])dvd[\s._-]?([1-4])(?![^\W_])",
    re.IGNORECASE,
)
_GLUED_PART = re.compile(r"(?<=[\s._\-(\[])(?:part|pt)(\d{1,2})(?![^\W_])", re.IGNORECASE)
_LOOSE_PART = re.compile(
    r"(?<=[\s._\-(\[])(?:part|pt)[\s._-]{1,2}(\d{1,2}|one|two|three|four|i{1,3}|iv)(?![^\W_])", re.IGNORECASE
)
_YEAR_FIRST = re.compile(r"^\s*((?:19|20)\d\d)\s+-\s+(?=\S)")
_PART_LABEL = re.compile(r"(?:cd|dvd|disc|disk|part|pt)[\s._-]?\w{1,5}$", re.IGNORECASE)
_AKA = re.compile(r"(?<=[^\s._])[\s._]+(?:aka|a\.k\.a\.?|AKA)[\s._]+(?=\S)", re.IGNORECASE)
_LABEL = re.compile(r"^[\s(\[]*(?:\d{4})?[)\]\s]*\s-\s+([^\[\](){}]{1,60})$")


class Film(NamedTuple):
    """What one name alone says of a film; ``rest`` is where the title has ended."""

    title: str
    year: int | None
    part: int | None
    rest: int
    released: bool


def read_film(prepared: Prepared, lexed: Lexed) -> Film:
    """Read a film's name without its folders."""
    text, begin = prepared.text, prepared.begin
    first = _YEAR_FIRST.match(text)
    cut = lexed.metadata_start(begin)
    if first:
        other = find_year(lexed, first.end(), cut)
        if other is None:
            return Film(tidy(text[first.end() : max(cut, first.end())]), int(first[1]), None, cut, cut < len(text))
    low = text.lower()
    disc = _DISC_PART.search(text, begin + 1) if "cd" in low or "dis" in low or "dvd" in low else None
    if disc and text[begin : disc.start()].strip(" ._-(["):
        cut = min(cut, disc.start())
    year = find_year(lexed, begin, cut)
    part, at = (int(disc[1] or disc[2]), disc.start()) if disc else _find_part(text, begin, year, cut)
    if year and year.bracketed and not text[begin : year.start].strip(" ._-"):
        begin = year.end
        cut = lexed.metadata_start(begin)
        end = cut
    else:
        end = min(cut, year.start) if year else _trailing_edition(lexed, begin, cut)
        end = lexed.trim_tags(end, begin) if year else end
    end = min(end, at) if at > begin else end
    aka = _AKA.search(text, begin, end) if "aka" in low or "k.a" in low else None
    title = tidy(text[begin : aka.start()]) if aka else ""
    return Film(title or tidy(text[begin:end]), year.value if year else None, part, end, cut < len(text))


def _find_part(text: str, begin: int, year: Year | None, cut: int) -> tuple[int | None, int]:
    """The part of a file among several, and where it is written. ``Part 2`` before the year belongs to the title."""
    size = len(text)
    low = text.lower()
    if "pt" not in low and "part" not in low:
        return None, size
    match = _GLUED_PART.search(text, begin)
    if (
        match
        and (year is None or match.start() > year.start or match.start() > cut)
        and not (year is None and cut < size and match.end() < cut)
    ):
        return int(match[1]), match.start()
    match = _LOOSE_PART.search(text, min(year.start, cut) if year else begin)
    alone = match is not None and (text[match.start() - 1] in "([" or (match.end() == size and _is_dashed(text, match)))
    if match and (year is not None or match.start() > cut or alone):
        return number(match[1]), match.start()
    return None, size


def _is_dashed(text: str, match: re.Match[str]) -> bool:
    return text[: match.start()].endswith("- ") and match[1].isdigit()


def _trailing_edition(lexed: Lexed, begin: int, cut: int) -> int:
    """Without a year, a dash before nothing but vocabulary ends the title: ``Film - Extended``."""
    dash = lexed.text.rfind(" - ", begin, cut)
    if dash <= begin:
        return cut
    tail = [term for word, term in zip(lexed.words, lexed.terms, strict=True) if dash < word.start < cut]
    return dash if tail and all(term is not None for term in tail) else cut


def build_movie(prepared: Prepared, lexed: Lexed, context: Context) -> Identity:
    """A film from its name and its folder."""
    film = read_film(prepared, lexed)
    owner = _choose(film, context)
    title, year = (owner.title, owner.year or film.year) if owner else (film.title, film.year)
    edition = lexed.label(Role.EDITION, film.rest)
    extra = extra_inside(prepared.text, film.rest)
    ids = (context.ids if owner or not prepared.ids else {}) | prepared.ids
    return Identity(
        kind=ItemKind.EXTRA if extra else ItemKind.MOVIE,
        title=title or None,
        year=year,
        part=film.part if film.part is not None else context.disc,
        ids=ids,
        edition=tidy(edition) if edition else None,
        version=_version(prepared.text[film.rest :], lexed),
        extra=extra,
        parent=(title or None) if extra else None,
    )


def _choose(film: Film, context: Context) -> Folder | None:
    """The folder, where it says better than the name what the film is."""
    for folder in context.owners[:2]:
        if _better(film, folder, context):
            return folder
    return None


def _better(film: Film, folder: Folder, context: Context) -> bool:
    if not folder.title:
        return False
    if not film.title or context.stand_in:
        return True
    nearest = folder is context.owner
    if folder.year is None:
        unnamed = folder.release and not film.released
        return film.year is None and nearest and (unnamed or folded(film.title) == folded(folder.title))
    if film.year is None:
        return nearest or same_thing(film.title, folder.title)
    # «Wonder Woman 1984 (2020)/Wonder.Woman.1984.mkv»: the folder knows which number is the year.
    return film.year == folder.year or folded(f"{film.title}{film.year}") == folded(folder.title)


def _version(rest: str, lexed: Lexed) -> str | None:
    match = _LABEL.match(rest)
    return tidy(match[1]) if match and not _PART_LABEL.match(match[1]) else lexed.label(Role.RESOLUTION, longest=1)
