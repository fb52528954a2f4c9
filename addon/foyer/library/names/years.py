"""Which of a name's numbers is the year."""

from __future__ import annotations

from typing import NamedTuple

from foyer.library.names.lexer import Lexed, Word

_FIRST, _LAST = 1900, 2039
_FIRST_BRACKETED = 1870
# After these words a number belongs to the title, as in «Class of 1984».
_BINDERS = frozenset(
    ("of", "in", "from", "since", "before", "after", "anno", "year", "the", "de", "del", "von", "and", "&", "to")
)


class Year(NamedTuple):
    """A year, and where the title before it ends."""

    value: int
    start: int
    end: int
    bracketed: bool


def _value(word: Word, first: int) -> int | None:
    low = word.low
    if len(low) == 4 and low.isascii() and low.isdigit() and first <= int(low) <= _LAST:
        return int(low)
    return None


def find_year(lexed: Lexed, begin: int, cut: int) -> Year | None:
    """The year of a name whose title starts at ``begin`` and whose release information starts at ``cut``."""
    plain: list[tuple[int, int]] = []
    late: Year | None = None
    found: Year | None = None
    for index, word in enumerate(lexed.words):
        if word.start < begin:
            continue
        value = _value(word, _FIRST_BRACKETED if word.group >= 0 else _FIRST)
        if value is None:
            continue
        if word.group >= 0:
            group = lexed.groups[word.group]
            if index == group.first or index == group.last - 1:
                year = Year(value, group.open, min(group.close + 1, len(lexed.text)), bracketed=True)
                if group.first != index and _value(lexed.words[group.first], _FIRST_BRACKETED) is not None:
                    continue  # the second year of a span
                if word.start < cut or found is None:
                    found = year
        elif word.start >= cut:
            late = late or Year(value, cut, word.end, bracketed=False)
        else:
            plain.append((index, value))
    if found:
        return found
    return _plain_year(lexed, plain, begin, cut) or late


def _plain_year(lexed: Lexed, candidates: list[tuple[int, int]], begin: int, cut: int) -> Year | None:
    """The last year that is not the first word; a lone one must look like the end of the title."""
    words = lexed.words
    first = next((i for i, word in enumerate(words) if word.start >= begin), 0)
    usable = [(index, value) for index, value in candidates if index > first]
    if not usable:
        return None
    index, value = usable[-1]
    word = words[index]
    ends = index + 1 == len(words) or words[index + 1].start >= cut or lexed.terms[index + 1] is not None
    released = cut < len(lexed.text)
    bound = words[index - 1].low in _BINDERS and len(candidates) == 1
    follows = index + 1 < len(words) and not lexed.text[word.end : words[index + 1].start].strip(" ._")
    if (bound and not (released and ends)) or (not ends and not released and follows):
        return None
    return Year(value, word.start, word.end, bracketed=False)
