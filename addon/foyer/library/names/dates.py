"""Calendar dates in names."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

# What the forms without a month's name need; most names have none of it, and one search is cheaper than three.
_NUMERIC = re.compile(r"\d[.\-_ /]\d{1,2}[.\-_ /]\d|(?:19|20)\d{6}")
_YMD = re.compile(r"(?<!\d)((?:19|20)\d\d)([.\-_ /])(\d{1,2})\2(\d{1,2})(?!\d)")
_DMY = re.compile(r"(?<!\d)(\d{1,2})([.\-_ /])(\d{1,2})\2((?:19|20)\d\d)(?!\d)")
_PACKED = re.compile(r"(?<![0-9A-Za-z])((?:19|20)\d\d)(\d\d)(\d\d)(?![0-9A-Za-z])")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_NAMED = re.compile(
    rf"(?<![^\W_])(?:(\d{{1,2}})(?:st|nd|rd|th)?[ ._,-]{{1,3}}{_NAME}|{_NAME}[ ._]{{1,2}}(\d{{1,2}})(?:st|nd|rd|th)?)"
    r"[ ._,-]{1,3}((?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)


class Found(NamedTuple):
    """A date and where it stands."""

    start: int
    end: int
    iso: str


def _valid(match: re.Match[str], year: int, month: int, day: int) -> Found | None:
    try:
        return Found(match.start(), match.end(), date(year, month, day).isoformat())
    except ValueError:
        return None


def _year_first(match: re.Match[str]) -> Found | None:
    if len(match[3]) + len(match[4]) < 3 and match[2] != "-":
        return None  # ``2012.5.1`` is a year and an audio layout
    year, first, second = int(match[1]), int(match[3]), int(match[4])
    return _valid(match, year, first, second) or _valid(match, year, second, first)


def _day_first(match: re.Match[str]) -> Found | None:
    """``12.05.2014`` is read day first, unless only month first makes a date."""
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    return _valid(match, year, second, first) or _valid(match, year, first, second)


def _packed(match: re.Match[str]) -> Found | None:
    return _valid(match, int(match[1]), int(match[2]), int(match[3]))


def _spelled(match: re.Match[str]) -> Found | None:
    day = match[1] or match[4]
    month = _MONTHS.index((match[2] or match[3]).lower()) + 1
    return _valid(match, int(match[5]), month, int(day))


_FORMS = ((_YMD, _year_first), (_DMY, _day_first), (_PACKED, _packed), (_NAMED, _spelled))


def find_date(text: str) -> Found | None:
    """The first full date, ISO 8601, or None."""
    for pattern, read in _FORMS if _NUMERIC.search(text) else _FORMS[3:]:
        for match in pattern.finditer(text):
            if found := read(match):
                return found
    return None
