"""Trailers, samples, deleted scenes and the rest that belongs to a film or series."""

from __future__ import annotations

import re

FOLDERS: dict[str, str] = {
    "extras": "extra",
    "extra": "extra",
    "bonus": "extra",
    "bonus features": "extra",
    "special features": "featurette",
    "featurettes": "featurette",
    "featurette": "featurette",
    "behind the scenes": "behind_the_scenes",
    "making of": "behind_the_scenes",
    "deleted scenes": "deleted_scene",
    "deleted": "deleted_scene",
    "interviews": "interview",
    "trailers": "trailer",
    "trailer": "trailer",
    "teasers": "trailer",
    "sample": "sample",
    "samples": "sample",
    "backdrops": "theme",
    "theme-music": "theme",
    "theme-videos": "theme",
}
# These words are also names of libraries and of films, so they count only inside a film's or series' folder.
SHY_FOLDERS: dict[str, str] = {
    "shorts": "short",
    "scenes": "scene",
    "clips": "clip",
    "other": "extra",
    "others": "extra",
}

_SUFFIXES: dict[str, str] = {
    "trailer": "trailer",
    "teaser": "trailer",
    "sample": "sample",
    "featurette": "featurette",
    "behindthescenes": "behind_the_scenes",
    "deleted": "deleted_scene",
    "deletedscene": "deleted_scene",
    "deletedscenes": "deleted_scene",
    "interview": "interview",
    "scene": "scene",
    "short": "short",
    "clip": "clip",
    "extra": "extra",
    "other": "extra",
    "extras": "extra",
    "theme": "theme",
    "themevideo": "theme",
}
_WORDS = "|".join(sorted(_SUFFIXES, key=len, reverse=True))
_SUFFIX = re.compile(
    rf"(?:-(?P<tight>{_WORDS})|[._](?P<dot>trailer|teaser|sample)|\s-?\s?(?P<word>trailer|sample))[-_. ]?\d{{0,2}}$",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"^(trailer|teaser|sample|theme)[-_. ]?\d{0,2}$", re.IGNORECASE)
_LEADING = re.compile(r"^(sample)[-_.](?=.)", re.IGNORECASE)
_INSIDE = re.compile(r"[-._(\[ ](?:official[._ ])?(trailer|teaser)(?:[-._)\] ]|$)", re.IGNORECASE)
_CREDITLESS = re.compile(
    r"(?<![^\W_])(NC[\s_]?(?:OP|ED)|Creditless[\s_](?:OP|ED|Opening|Ending)|(?:OP|ED)[\s_]?(?=\d{1,2}[a-z]?(?![^\W_])))[\s_-]{0,3}\d{0,2}",
    re.IGNORECASE,
)


def extra_at_end(stem: str) -> tuple[str, str] | None:
    """The stem without its extra suffix, and the kind of extra, where the name itself says it is one."""
    whole = _WHOLE.match(stem)
    if whole:
        return "", _SUFFIXES[whole[1].lower()]
    match = _SUFFIX.search(stem)
    if match and match.start() > 0:
        word = (match["tight"] or match["dot"] or match["word"]).lower()
        if match["word"] and not re.search(r"\d{4}|\]|\)", stem):
            return None  # «The Trailer» is a title; «Film (2010) trailer» is not
        return stem[: match.start()], _SUFFIXES[word]
    match = _LEADING.match(stem)
    return (stem[match.end() :], "sample") if match else None


def extra_inside(text: str, start: int) -> str | None:
    """The kind of extra named among release words after the title."""
    match = _INSIDE.search(text, start)
    return _SUFFIXES[match[1].lower()] if match else None


def creditless(text: str) -> tuple[int, str] | None:
    """Where an anime name says opening or ending without credits, and which."""
    match = _CREDITLESS.search(text)
    if not match or match.start() == 0:
        return None
    word = match[1].lower()
    return match.start(), "ending" if word.endswith(("ed", "ending")) and not word.endswith("opening") else "opening"
