"""Provider ids written in names: ``[tmdb=603]``, ``{imdb-tt0133093}``, ``[tvdbid-81189]``."""

from __future__ import annotations

import re

_TAGGED = re.compile(
    r"[\[({]\s*(tmdb|imdb|tvdb|tvmaze|anidb|anilist|mal|mbid|musicbrainz|youtube)(?:[\s_-]?id)?[\d.]?\s*[-=:_ ]\s*"
    r"([A-Za-z0-9_-]{1,40})\s*[\])}]",
    re.IGNORECASE,
)
_BARE_IMDB = re.compile(r"[\[({]?(?<![^\W_])(tt\d{7,9})(?![^\W_])[\])}]?")
_YOUTUBE = re.compile(r"[\s_.-]*[\[(]([A-Za-z0-9_-]{11})[\])]\s*$")
_HINTS = ("db", "tt", "anilist", "tvmaze", "mal", "mbid", "musicbrainz", "youtube")
_PROVIDERS = {"musicbrainz": "musicbrainz", "mbid": "musicbrainz"}


def take_ids(text: str) -> tuple[str, dict[str, str]]:
    """The text without its ids, and the ids by provider."""
    lower = text.lower()
    if not any(hint in lower for hint in _HINTS):
        return text, {}
    ids: dict[str, str] = {}

    def note(match: re.Match[str]) -> str:
        provider = match[1].lower()
        value = match[2]
        if provider == "imdb" and value.isdigit():
            value = f"tt{value:0>7}"
        ids.setdefault(_PROVIDERS.get(provider, provider), value)
        return " "

    text = _TAGGED.sub(note, text)
    bare = _BARE_IMDB.search(text)
    if bare:
        ids.setdefault("imdb", bare[1])
        text = f"{text[: bare.start()]} {text[bare.end() :]}"
    return text, ids


def take_youtube(text: str) -> tuple[str, dict[str, str]]:
    """The same for the eleven-character video id that downloaders leave in brackets at the end."""
    match = _YOUTUBE.search(text)
    if not match:
        return text, {}
    value = match[1]
    mixed = value.lower() != value and value.upper() != value
    if not (mixed and (any(char.isdigit() for char in value) or "-" in value or "_" in value)):
        return text, {}
    return text[: match.start()], {"youtube": value}
