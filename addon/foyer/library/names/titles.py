"""Make a title of a stretch of a name."""

from __future__ import annotations

import re
from typing import NamedTuple

_SPACES = re.compile(r"\s+")
_ACRONYM = re.compile(r"(?<![^\W_])(?:[A-Z]\.){2,}(?:[A-Z](?![^\W_]))?")
_INNER_DOT = re.compile(r"(?<=[^\s.])\.(?=[^\s.]|$)")
_EMPTY = re.compile(r"[\[({]\s*[\])}]")
_EDGES = " \t-—_.,~+:;|/#=&*\ufffd"
_FLIPPED = re.compile(r"^([^,]+), (The|A|An|Der|Die|Das|Le|La|Les|El|Los|Las|L')( \([^)]*\))?$", re.IGNORECASE)
_YEAR_END = re.compile(
    r"(?:[\s._-]+|[\s._-]*[(\[])((?:18[89]|19\d|20[0-4])\d)(?:\s*-\s*(?:(?:19|20)\d\d)?)?[)\]]?[\s._-]*$"
)
_COUNTRY = re.compile(r"[\s._]\(?(US|UK|AU|NZ|CA|IE|IN|JP|FR|DE|GB|USA)\)?$")
_NO_TITLES = ("", "the", "a", "an")
_SPELT = re.compile(r"[^\W\d_]{2,}-[^\W\d_]{2,}")
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def tidy(raw: str) -> str:
    """Spaces for separators, no loose ends; never longer than ``raw``."""
    text = raw.replace("_", " ")
    if "." in text and len(_INNER_DOT.findall(text)) >= max(text.strip().count(" "), 1):
        text = _spell_dots(text)
    stripped = text.strip()
    if " " not in stripped:
        if stripped.count("-") > 1 and _SPELT.search(stripped):
            text = text.replace("-", " ")
        elif stripped.count("+") > 1:
            text = text.replace("+", " ")
    if "(" in text or "[" in text or "{" in text:
        text = _EMPTY.sub(" ", text)
    text = _unbalanced(_SPACES.sub(" ", text))
    ending = text.rstrip(" -_")
    text = text.strip(_EDGES)
    if ending.endswith(".") and len(text) > 2 and text[-2] == ".":
        text += "."
    flipped = _FLIPPED.match(text) if ", " in text else None
    return f"{flipped[2]} {flipped[1]}{flipped[3] or ''}" if flipped else text


def _spell_dots(text: str) -> str:
    """Dots are spaces, except in an acronym (``S.W.A.T.``)."""
    if not _ACRONYM.search(text):
        return text.replace(".", " ")
    pieces = []
    position = 0
    for match in _ACRONYM.finditer(text):
        pieces += [text[position : match.start()].replace(".", " "), match[0], " "]
        position = match.end()
    pieces.append(text[position:].replace(".", " "))
    return "".join(pieces)


def _unbalanced(text: str) -> str:
    """Drop a bracket whose partner was cut away."""
    text = text.strip(_EDGES + "\n") if text[:1] in " -" else text
    for opening, closing in _PAIRS.items():
        if opening not in text and closing not in text:
            continue
        if text.count(opening) > text.count(closing):
            at = text.rfind(opening)
            text = text[:at] + " " + text[at + 1 :]
        elif text.count(closing) > text.count(opening):
            at = text.find(closing)
            text = text[:at] + " " + text[at + 1 :]
        text = _SPACES.sub(" ", text).strip()
    return text


class Named(NamedTuple):
    """A title with what stood at its end; ``country`` is also still part of the title."""

    title: str
    year: int | None
    country: str | None


def named(raw: str, year: int | None = None) -> Named:
    """Split ``Doctor Who (2005)`` or ``Doctor.Who.2005`` into title and year, unless the ``year`` is known already."""
    raw = raw.rstrip(" _-([{")
    dated = year is None and raw.rstrip(" ._-)]")[-1:].isdigit()
    match = _YEAR_END.search(raw) if dated else None
    if match and tidy(raw[: match.start()]).lower() not in _NO_TITLES:
        year = int(match[1])
        raw = raw[: match.start()]
    title = tidy(raw)
    country = _COUNTRY.search(title)
    return Named(title, year, country[1] if country else None)


def folded(title: str) -> str:
    """A key for comparing titles: letters and digits only, case folded."""
    return "".join(char for char in title.casefold() if char.isalnum())
