"""Bare episode numbers, believed only where something else says that the file belongs to a series."""

from __future__ import annotations

import re

from foyer.library.names.lexer import Lexed
from foyer.library.names.markers import Marker, spread

_N = r"#?(\d{1,4})(?!\.\d(?!\d))(?:[\s._]?v\d|[a-d](?![^\W_]))?"
_RANGE = r"(?:[\s_]?[-~+&][\s_]?(?:\d{1,4}-)?(\d{1,4})(?:v\d)?(?![\d.]\d|\d))?"
_END = r"(?=[\s._]*(?:$|[-\[({~])|[\s._])(?![\s._]?-\d{2,4}[-.])"
_DASHED = re.compile(rf"[\s._]-[\s._]{{1,2}}{_N}{_RANGE}{_END}", re.IGNORECASE)
_TIGHT = re.compile(rf"(?<=[^\W\d_])-{_N}{_RANGE}(?=$|[\[(\s._])", re.IGNORECASE)
_BRACKETED = re.compile(rf"[\[({{]\s?{_N}{_RANGE}\s?(?:\(?end\)?)?[\])}}]", re.IGNORECASE)
_HASHED = re.compile(r"#(\d{1,4})(?![^\W_])")
_TRAILING = re.compile(
    rf"(?<![^\s._!?)\]-])(?<!\d\.)#?(\d{{1,4}})(?!\.\d(?!\d))(?:[\s._]?v\d|[a-d])?{_RANGE}[\s._]*$", re.IGNORECASE
)
_PADDED = re.compile(
    rf"(?<=[\s._])(?<!\d\.)#?(0\d{{1,3}}|\d{{2,4}})(?!\.\d(?!\d))(?:v\d)?{_RANGE}(?=[\s._]|$)", re.IGNORECASE
)
_LEADING = re.compile(
    r"^[\s._\[(]*#?(\d{1,4})(?:[a-d](?![^\W_]))?(?:v\d)?(?:(?:[-~]|\s?[+&]\s?)(\d{2,4})(?!\d))?(?:[\s._\-\])]|$)",
    re.IGNORECASE,
)
_COMPOUND = re.compile(r"^(\d{1,2})[-.](\d{2})(?=[\s_]|$)")
_SEE = re.compile(r"(?<![^\W_])(0[1-9]|[1-9]\d?)(\d\d)(?![^\W_])")
# «007» is a name, every other number that starts with a zero is a count.
_ZERO_LED = re.compile(
    rf"(?<=[\s._])(?<!\d\.)(0\d|(?!007)0\d\d\d?(?=[\s._]*(?:$|-)))(?:v\d)?{_RANGE}(?=[\s._]|$)(?!\.\d\.)"
)
_BETWEEN = re.compile(r"(?<=[\s._-])\d{1,3}\.5(?=[\s._\[(]|$)")
_SPACED_RANGE = re.compile(r"(?<=[\s._])(0{0,3}1)\s-\s(\d{2,4})(?=\s*(?:[\[(]|$))")
_YEARISH = range(1900, 2040)


def _marker(match: re.Match[str], *, counted: bool = True) -> Marker:
    first = int(match[1])
    last = int(match[2]) if match.re.groups > 1 and match[2] else first
    return Marker(
        match.start(), match.end(), None, spread(first, last), loose=True, absolute=first if counted else None
    )


def _is_year(match: re.Match[str]) -> bool:
    return len(match[1]) == 4 and int(match[1]) in _YEARISH and not (match.re.groups > 1 and match[2])


def find_dashed(text: str) -> Marker | None:
    """``Title - 05``: strong enough to be believed without other evidence."""
    for match in _DASHED.finditer(text):
        if not _is_year(match):
            return _marker(match)
    return None


def find_counted(lexed: Lexed, begin: int) -> Marker | None:
    """An absolute number in a name that is known to be an episode's."""
    text = lexed.text
    if between := _BETWEEN.search(text, begin):
        return Marker(between.start(), between.end(), 0, ())  # a recap between two episodes has no number of its own
    if whole := _SPACED_RANGE.search(text, begin):
        return _marker(whole)
    if (found := find_dashed(text)) is not None:
        return found
    head = text[: lexed.metadata_start(begin)]
    places = ((_HASHED, head), (_TRAILING, head), (_BRACKETED, text), (_TIGHT, text), (_PADDED, head))
    usable = (
        match
        for pattern, place in places
        for match in pattern.finditer(place, begin)
        if not _is_year(match) and (match.start() > begin or (pattern is _TRAILING and not head[:begin].strip()))
    )
    match = next(usable, None)
    return _marker(match) if match else None


def _consecutive(match: re.Match[str]) -> bool:
    """``01-02`` in a folder of season 1 is two episodes; ``1-02`` and ``01-05`` name the season again."""
    return len(match[1]) == 2 and int(match[2]) == int(match[1]) + 1


def find_leading(text: str, season: int | None) -> Marker | None:
    """``05 - Title``, ``05. Title``, ``05``, and ``205 Title`` in a folder of season 2."""
    compound = _COMPOUND.match(text)
    if compound and season in (None, int(compound[1])) and not (season and _consecutive(compound)):
        return Marker(0, compound.end(), int(compound[1]), (int(compound[2]),))
    match = _LEADING.match(text)
    if not match or _is_year(match):
        return None
    first = int(match[1])
    if season and len(match[1]) == 3 and first // 100 == season and not match[2]:
        return Marker(0, match.end(1), season, (first % 100,))
    end = match.end(2) if match[2] else match.end(1)
    last = int(match[2]) if match[2] else first
    return Marker(0, end, None, spread(first, last), loose=True)


def find_see(text: str, season: int | None, limit: int, *, long: bool) -> Marker | None:
    """``Title.103``: season and episode in one number; ``long`` also reads ``1013`` as season 10, episode 13."""
    for match in _SEE.finditer(text, 0, limit):
        wide = len(match[1]) == 2 and match[1][0] != "0"
        if match.start() == 0 or (wide and (not long or int(match[0]) in _YEARISH)) or match[2] == "00":
            continue
        if season is None or int(match[1]) == season:
            return Marker(match.start(), match.end(), int(match[1]), (int(match[2]),))
    return None


def find_zero_led(text: str, begin: int, limit: int) -> Marker | None:
    """``Title.02.French``: nobody writes a film's number with a zero before it."""
    match = _ZERO_LED.search(text, begin, limit)
    return _marker(match) if match and match.start() > begin else None


def find_last(text: str, begin: int, limit: int) -> Marker | None:
    """The number that ends a title."""
    match = _TRAILING.search(text[:limit], begin)
    usable = match is not None and match.start() > begin and len(match[1]) > 1 and not _is_year(match)
    return _marker(match) if match and usable else None
