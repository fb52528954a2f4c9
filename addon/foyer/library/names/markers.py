"""Season and episode markers: ``S01E02``, ``1x02``, ``Season 1 Episode 2``, ``Ep 5``, ``3of6``, and their ranges."""
# ruff: noqa: RUF001 -- names come in every script

from __future__ import annotations

import re
from functools import partial
from typing import NamedTuple

_LONGEST_RANGE = 120
_B = r"(?<![^\W_])"
_SEASON = (
    r"(?:season|saison|staffel|temporada|temp|stagione|seizoen"
    r"|sæson|säsong|sesong|sezon|sezona|series|serie|kausi|сезон|sezonul|évad)"
)
_EPISODE = (
    r"(?:episode|episodes|episodio|episódio|épisode|folge|capitulo|capítulo|cap|aflevering|avsnitt|afsnit|jakso|серия|серии"
    r"|эпизод|odcinek|odc|bölüm|bolum|epizod|epizoda|díl|eps|ep|e)"
)
_SXE = re.compile(
    rf"{_B}(?:s|t|sn)(\d{{1,4}})[\s._-]{{0,3}}[\[(]?(?:xe|x|ep?(?:isode)?|e)[\s._-]{{0,2}}\(?(\d{{1,5}})(?![0-9])",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(\d{2})e(\d{2,3})(?![0-9a-z])", re.IGNORECASE)
_NXM = re.compile(rf"{_B}(\d{{1,2}}|(?:19|20)\d\d)[x\u00d7](\d{{1,4}})(?!\d|x\d{{3}})", re.IGNORECASE)
_SPOKEN = re.compile(
    rf"{_B}{_SEASON}[\s._№-]{{0,3}}(\d{{1,4}})[\s._,)-]{{0,5}}{_EPISODE}[\s._#№(\[-]{{0,3}}(\d{{1,4}})(?!\d)",
    re.IGNORECASE,
)
# The season's number before its word: ``2. Staffel Folge 5``, ``5-й сезон 09-я серия``, ``2.Sezon.7.Bölüm``.
_NTH_SEASON = r"(\d{1,2})(?:-?[а-я]{1,2})?[.ªºa]{0,2}[\s._-]?(?:staffel|сезон|sezon|évad|kausi|seizoen|temporada)"
_SPOKEN_AFTER = re.compile(
    rf"{_B}{_NTH_SEASON}[\s._,-]{{0,3}}(?:(?=\d{{1,4}}(?:-?я)?[\s._-]{{0,2}}(?:сер|эпиз|böl|bol|rész|jaks|folge|cap))"
    rf"|{_EPISODE}[\s._-]{{0,2}})(\d{{1,4}})(?:-?я|\.)?(?:[\s._-]?(?:сер\w{{0,3}}|эпизод|bölüm|bolum|rész|jakso|folge|capitulo))?",
    re.IGNORECASE,
)
_H = r"(\d{1,4}|[一二三四五六七八九十百]{1,5})"
_HAN = re.compile(
    rf"第\s?{_H}\s?[季期部](?:.{{0,6}}?第\s?{_H}\s?[集话話回])?|(?:シーズン|시즌)\s?(\d{{1,2}})(?:.{{0,6}}?第?\s?(\d{{1,4}})\s?[集话話回화])?"
)
_HAN_EPISODE = re.compile(rf"第\s?{_H}(?:\s?[-~]\s?(\d{{1,4}}))?\s?[集话話回]")
_SEASON_DASH = re.compile(
    rf"{_B}(?:s|season[\s._]?)(\d{{1,2}})[)\]]?(?:[\s._]*-[\s._]*|[\s._]*\[)(\d{{1,4}})(?:v\d)?(?![\dpi.x])(?:[\s._]*[-~][\s._]*(\d{{1,4}})(?!\d))?",
    re.IGNORECASE,
)
_ORDINAL_SEASON = re.compile(
    rf"{_B}(\d{{1,2}})(?:st|nd|rd|th)[\s._]season[\s._]*(?:-|{_EPISODE}|[\s._])[\s._]*(\d{{1,4}})(?:v\d)?(?![\dpi])",
    re.IGNORECASE,
)
_EP_ONLY = re.compile(
    rf"{_B}(?:(?:episode|episodes|episodio|episódio|épisode|folge|capitulo|capítulo|aflevering|avsnitt|afsnit|серия|эпизод"
    rf"|odcinek|bölüm|bolum|eps?)[\s._#№(\[-]{{0,3}}(\d{{1,4}})(?!\d)|e(\d{{2,4}})(?=[a-d]?(?![^\W_])|v\d))(?:v\d)?(?!\.\d(?!\d))",
    re.IGNORECASE,
)
_EP_AFTER = re.compile(
    rf"{_B}(\d{{1,4}})[\s._-]?(?:серия|серии|эпизод|bölüm|bolum|화|회|話|话|集)(?![^\W_])", re.IGNORECASE
)
_EP_WORD = re.compile(
    rf"{_B}(?:episode|ep)[\s._-]{{1,3}}(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?![^\W_])",
    re.IGNORECASE,
)
_S_DOT = re.compile(rf"{_B}s(\d{{1,2}})[._](\d{{2}})(?=[\s._]|$)", re.IGNORECASE)
_DOTTED = re.compile(rf"(?:{_B}(?:episode|ep)[\s._]{{0,2}}|\[)(\d{{1,2}})\.(\d{{2,3}})(?![\d])", re.IGNORECASE)
_CAP = re.compile(
    rf"{_B}cap(?:itulo|ítulo)?[\s._]{{0,2}}(\d{{1,2}})(\d\d)(?!\d)(?:_(\d{{1,2}})(\d\d)(?!\d))?", re.IGNORECASE
)
_OF = re.compile(
    rf"{_B}(?:(?:part|pt|episode|ep)[\s._]?)?(\d{{1,2}})[\s._]?of[\s._]?(\d{{1,2}})(?![^\W_])", re.IGNORECASE
)
_PART = re.compile(
    rf"{_B}(?:part|pt|parte|teil)[\s._]{{0,2}}(\d{{1,2}}|one|two|three|four|five|six|seven|eight|nine|ten|[ivx]{{1,4}})(?![^\W_])",
    re.IGNORECASE,
)
_SPECIAL = re.compile(
    rf"{_B}(?:sp|special|ova|oad|oav|ona[\s._]special)s?[\s._-]{{0,3}}(\d{{1,3}})(?:v\d)?(?![\dpi])", re.IGNORECASE
)
_ONE_SPECIAL = re.compile(rf"{_B}(?:OVA|OAD|OAV)(?=[\s._-]*(?:$|[\[(]|\d{{3,4}}p))")
_SEASON_ONLY = re.compile(
    rf"{_B}(?:{_SEASON}s?[\s._-]{{0,2}}(\d{{1,2}})|s(\d{{1,2}})(?:d\d{{1,2}})?(?:[\s._-]*(?:special|extra|bonus)s?)?"
    rf"|(\d{{1,2}})(?:st|nd|rd|th)[\s._]season|{_NTH_SEASON}(?!\s?\d)|(?:season|saison)[\s._]([ivx]{{1,4}}))(?![^\W_])",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?P<lead>[\s._\])]{0,2})(?P<sep>[-~&+,/]|(?:to|bis|and)[\s._])?(?P<trail>[\s._\[]{0,2})"
    r"(?P<mark>s\d{1,4}[\s._]?(?:e|ep|x)|(?:\d{1,2}|(?:19|20)\d\d)x|ep|e|x)?[\s.]?(?P<n>\d{1,5})(?![\dpik]|x\d{3})",
    re.IGNORECASE,
)
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {w: n for n, w in enumerate(_WORDS, 1)}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
# Looking for these is cheaper than failing with the patterns they stand in.
_SEASON_HINTS = (
    "seas",
    "sais",
    "staf",
    "temp",
    "stag",
    "seiz",
    "sæs",
    "säs",
    "ses",
    "sez",
    "seri",
    "kaus",
    "сез",
    "évad",
)


class Marker(NamedTuple):
    """Where a name says which episode it is. ``loose`` markers carry no season."""

    start: int
    end: int
    season: int | None
    episodes: tuple[int, ...]
    loose: bool = False
    absolute: int | None = None


def number(word: str) -> int | None:
    """``2``, ``two`` or ``ii`` as a number."""
    low = word.lower()
    return int(low) if low.isdigit() and low.isascii() else _NUMBERS.get(low) or _ROMAN.get(low)


def han(written: str) -> int:
    """``23`` or ``二十三`` as a number below a hundred hundreds."""
    if written.isdigit():
        return int(written)
    total = current = 0
    for char in written:
        unit = {"十": 10, "百": 100}.get(char)
        if unit:
            total, current = total + (current or 1) * unit, 0
        else:
            current = "一二三四五六七八九".index(char) + 1
    return total + current


def spread(first: int, last: int) -> tuple[int, ...]:
    """``first`` to ``last``, or only ``first`` where that is no believable range."""
    return tuple(range(first, last + 1)) if first < last <= first + _LONGEST_RANGE else (first,)


def _follow(text: str, position: int, season: int, first: int, digits: int) -> tuple[int, tuple[int, ...]]:
    """Read on after a marker: ``E03``, ``-E03``, ``-03``, ``& 1x03``. Returns the new end and all episodes."""
    steps: list[tuple[str, int]] = []
    last = first
    while len(steps) < 20 and (match := _MORE.match(text, position)):
        mark, sep, value = (match["mark"] or "").lower(), (match["sep"] or "").strip(" ._").lower(), int(match["n"])
        if mark:
            if (mark == "x" and value in (264, 265)) or not _same_season(mark, season):
                break
            if mark == "x" and not sep and match["lead"]:
                break
        elif not _bare_continuation(match, sep, value, last, digits, text):
            break
        if value > last:
            steps.append((sep, value))
            last = value
        position = match.end()
    if len(steps) == 1 and steps[0][0] in ("-", "~", "to", "bis"):
        return position, spread(first, last)
    return position, (first, *(value for _, value in steps))


def _same_season(mark: str, season: int) -> bool:
    digits = re.search(r"\d+", mark)
    return digits is None or int(digits[0]) == season


def _bare_continuation(match: re.Match[str], sep: str, value: int, last: int, digits: int, text: str) -> bool:
    """A number without ``E`` goes on only when glued with a separator and looking like its predecessor."""
    if not sep or (sep in "-,/" and (match["lead"] or match["trail"])):
        return False
    after = text[match.end() : match.end() + 1]
    width = len(match["n"])
    return (
        last < value <= last + _LONGEST_RANGE
        and (width == digits or (width > digits and str(value) == match["n"]))
        and not after.isalpha()
    )


def _pair(text: str, match: re.Match[str]) -> Marker:
    season, first = int(match[1]), int(match[2])
    end, episodes = _follow(text, match.end(), season, first, len(match[2]))
    return Marker(match.start(), end, season, episodes)


def _glued(text: str) -> Marker | None:
    """``01E02``, and ``titles01e02`` where nothing separates the title."""
    for match in _GLUED.finditer(text):
        before = text[max(match.start() - 1, 0) : match.start()]
        if before in ("s", "S") or not before.isalnum():
            return _pair(text, match)._replace(start=match.start() - (before in ("s", "S")))
    return None


def _crossed(text: str) -> Marker | None:
    """``1x02`` and not ``1920x1080`` nor ``16x9``."""
    if "x" not in text and "X" not in text and "\u00d7" not in text:
        return None
    for match in _NXM.finditer(text):
        season, episode = match[1], match[2]
        if len(season) == 4 and len(episode) == 4:
            continue
        if len(episode) == 1 and (len(season) > 1 or not _enclosed(text, match)):
            continue
        if int(episode) in (264, 265):
            continue
        return _pair(text, match)
    return None


def _enclosed(text: str, match: re.Match[str]) -> bool:
    """``2x4`` is believed at the end of a name or between dashes, brackets or separators, not before a plain word."""
    before, after = text[: match.start()].rstrip(" ._"), text[match.end() :].lstrip(" ._")
    return not after or not before or before[-1] in "-[(" or after[0] in "-])["


def _paired(pattern: re.Pattern[str], text: str) -> Marker | None:
    match = pattern.search(text)
    return _pair(text, match) if match else None


def _plain(pattern: re.Pattern[str], text: str) -> Marker | None:
    match = pattern.search(text)
    return Marker(match.start(), match.end(), int(match[1]), (int(match[2]),)) if match else None


def _spoken(text: str) -> Marker | None:
    """A season called by its name: ``Season 1 Episode 2``, ``2nd Season - 05``, ``1 сезон 2 серия``."""
    low = text.lower()
    if not any(hint in low for hint in _SEASON_HINTS):
        return None
    return next(
        (found for pattern in (_SPOKEN_AFTER, _SPOKEN, _ORDINAL_SEASON) if (found := _paired(pattern, text))), None
    )


def _chapter(text: str) -> Marker | None:
    """``Cap.102``, ``Cap.102_105``."""
    match = _CAP.search(text) if "cap" in text.lower() else None
    if not match:
        return None
    return Marker(match.start(), match.end(), int(match[1]), spread(int(match[2]), int(match[4] or match[2])))


def _dashed(text: str) -> Marker | None:
    """``S2 - 05``, ``Season 2 [05]``."""
    match = _SEASON_DASH.search(text)
    if not match:
        return None
    first = int(match[2])
    return Marker(match.start(), match.end(), int(match[1]), spread(first, int(match[3])) if match[3] else (first,))


def _han(text: str) -> Marker | None:
    match = None if text.isascii() else _HAN.search(text)
    if not match or not (match[2] or match[4]):
        return None
    return Marker(match.start(), match.end(), han(match[1] or match[3]), (han(match[2] or match[4]),))


_NUMBERED = (
    partial(_paired, _SXE),
    _crossed,
    _spoken,
    partial(_plain, _DOTTED),
    _chapter,
    _dashed,
    _han,
    partial(_plain, _S_DOT),
    _glued,
)


def find_numbered(text: str) -> Marker | None:
    """A marker that names its season."""
    return next((found for find in _NUMBERED if (found := find(text)) is not None), None)


def find_loose(text: str) -> Marker | None:
    """A marker that names an episode and no season: ``E05``, ``Ep 5``, ``Episode 3``, ``第03話``."""
    match = _EP_ONLY.search(text)
    if match:
        digits = match[1] or match[2]
        end, episodes = _follow(text, match.end(), 0, int(digits), len(digits))
        return Marker(match.start(), end, None, episodes, loose=True)
    if not text.isascii():
        if match := _HAN_EPISODE.search(text):
            first = han(match[1])
            return Marker(
                match.start(), match.end(), None, spread(first, int(match[2])) if match[2] else (first,), loose=True
            )
        if match := _EP_AFTER.search(text):
            return Marker(match.start(), match.end(), None, (int(match[1]),), loose=True)
    if "ep" in text.lower() and (match := _EP_WORD.search(text)):
        return Marker(match.start(), match.end(), None, (_NUMBERS[match[1].lower()],), loose=True)
    return None


def find_of(text: str) -> Marker | None:
    """``3of6``: the third of a miniseries."""
    for match in _OF.finditer(text) if "of" in text.lower() else ():
        if 0 < int(match[1]) <= int(match[2]) and int(match[2]) > 1:
            return Marker(match.start(), match.end(), None, (int(match[1]),), loose=True)
    return None


def find_part(text: str) -> Marker | None:
    """``Part 2``, ``Pt.VI``, ``Part Two``: an episode only where the context says so."""
    match = _PART.search(text)
    value = number(match[1]) if match else None
    return Marker(match.start(), match.end(), None, (value,), loose=True) if match and value else None


def find_special(text: str) -> Marker | None:
    """``OVA 2``, ``SP01``, ``Special 3``: an episode of season 0."""
    match = _SPECIAL.search(text)
    if match:
        return Marker(match.start(), match.end(), 0, (int(match[1]),))
    match = _ONE_SPECIAL.search(text)
    return Marker(match.start(), match.end(), 0, ()) if match and match.start() else None


def find_season(text: str) -> Marker | None:
    """A season alone: ``S02``, ``Season 2``, ``2nd Season``."""
    match = _SEASON_ONLY.search(text)
    if match:
        return Marker(match.start(), match.end(), number(next(filter(None, match.groups()))), ())
    if not text.isascii() and (match := _HAN.search(text)):
        return Marker(match.start(), match.end(), han(match[1] or match[3]), ())
    return None
