"""Titles as they are compared and sorted: without case, accents or leading articles, numbers by value."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)
_ARTICLES = frozenset(
    "a an the der die das ein eine le la les l un une des el los las lo il gli i de het een den det en ett o os as"  # noqa: SIM905 - a word list reads best as words
    " uma um".split()
)
_AMBIGUOUS = frozenset(("i", "o", "l", "as", "os", "de", "des", "die", "den", "en", "un", "um", "las"))
"""Articles that are other words in other languages: kept before a single word ("Die Hard", "Las Vegas")."""
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_NUMBER = re.compile(r"\d+")
_APOSTROPHES = re.compile("(?<=\\w)['`\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}](?=\\w)")
_NUMBER_WIDTH = 10


def fold(text: str) -> str:
    """Lower case without accents, in one spacing: what search and comparison see. Punctuation stays."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.lower())
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_LETTERS)
    return " ".join(text.lower().split())


def words(text: str) -> list[str]:
    """The folded words of a text."""
    return _WORD.findall(_APOSTROPHES.sub("", fold(text)))


def key(text: str) -> str:
    """What makes two spellings of one title the same: folded words only; the folded text when it has none."""
    return " ".join(words(text)) or fold(text)


def sort_title(title: str) -> str:
    """What a title is sorted by: folded, without a leading article, numbers padded so that 9 comes before 10."""
    parts = words(title)
    if len(parts) > 1 and parts[0] in _ARTICLES and not (parts[0] in _AMBIGUOUS and len(parts) == 2):
        parts = parts[1:]
    padded = (_NUMBER.sub(lambda match: match.group().zfill(_NUMBER_WIDTH), part) for part in parts)
    return " ".join(padded) or fold(title)
