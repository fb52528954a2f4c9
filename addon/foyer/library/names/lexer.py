"""Cut a name into words and bracket groups, and say which of them are vocabulary.

Positions are character offsets into ``Lexed.text``, so that titles are slices of what the user wrote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from foyer.library.names.tokens import SEVERAL, SINGLE, Role, Term, shaped

_LEX = re.compile(r"([^\W_]+(?:'[^\W_]+)*)|([\[({])|([\])}])")
_GAPS = frozenset(("", " ", ".", "_", "-"))
_ARTICLES = frozenset(
    ("the", "a", "an", "of", "in", "my", "and", "&", "le", "la", "der", "die", "das", "el", "to", "good")
)
_NO_TERM = Term(role=Role.FLAG, words="")
_TAGS = frozenset((Role.LANGUAGE, Role.EDITION, Role.FLAG))
_HASH = re.compile(r"[0-9A-Fa-f]{8}$")


class Word(NamedTuple):
    """``group`` is the index of the innermost bracket group around it, -1 outside."""

    start: int
    end: int
    low: str
    group: int


@dataclass(slots=True)
class Group:
    """A bracketed stretch: offsets of its brackets (``close`` is the text's end when never closed)."""

    open: int
    close: int
    mark: str
    first: int
    last: int
    outer: int


class Lexed:
    """One name, lexed. ``terms[i]`` is the vocabulary row of ``words[i]`` or None."""

    __slots__ = ("groups", "lower", "terms", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.lower = text.islower()
        self.words: list[Word] = []
        self.groups: list[Group] = []
        self._split()
        self.terms: list[Term | None] = self._classify()

    def _split(self) -> None:
        stack: list[int] = []
        words = self.words
        groups = self.groups
        for match in _LEX.finditer(self.text):
            kind = match.lastindex
            if kind == 1:
                words.append(Word(match.start(), match.end(), match[1].lower(), stack[-1] if stack else -1))
            elif kind == 2:
                outer = stack[-1] if stack else -1
                groups.append(Group(match.start(), len(self.text), match[2], len(words), len(words), outer))
                stack.append(len(groups) - 1)
            elif stack:
                group = groups[stack.pop()]
                group.close = match.start()
                group.last = len(words)
        for index in stack:
            groups[index].last = len(words)

    def _classify(self) -> list[Term | None]:
        words = self.words
        terms: list[Term | None] = []
        count = len(words)
        index = 0
        while index < count:
            low = words[index].low
            term, span = None, 1
            if low in SEVERAL:
                term, span = self._several(index)
            if term is None:
                term, span = SINGLE.get(low), 1
                if term is None and not low.isalpha():
                    term = shaped(low)
                elif term is not None and term.caps and not self._loud(words[index]):
                    term = None
            terms += [term] * span
            index += span
        return terms

    def _loud(self, word: Word) -> bool:
        """Written in capitals (or the scene's ``iNTERNAL``); in an all-lower name everything may be meant."""
        return self.lower or self.text[word.start + 1 : word.end] != word.low[1:]

    def _several(self, index: int) -> tuple[Term | None, int]:
        words = self.words
        for rest, term in SEVERAL[words[index].low]:
            end = index + len(rest)
            if end >= len(words) or (words[index].low.isdigit() and not self._sounding(index)):
                continue
            if all(words[index + 1 + k].low == low and self.joined(index + k) for k, low in enumerate(rest)):
                return term, len(rest) + 1
        return None, 1

    def _sounding(self, index: int) -> bool:
        """A bare ``5.1`` means channels only after another word of the release."""
        return (
            index > 0 and self.joined(index - 1) and self.text[self.words[index].end : self.words[index].end + 1] == "."
        )

    def joined(self, index: int) -> bool:
        """Whether word ``index`` and the next are separated by at most one separator character."""
        return self.text[self.words[index].end : self.words[index + 1].start] in _GAPS

    def is_metadata(self, group: Group) -> bool:
        """Whether a bracket holds release information and not a part of the title."""
        terms = self.terms[group.first : group.last]
        if any(term is not None and term.strong for term in terms):
            return True
        if terms and all(term is not None for term in terms):
            return True
        return group.last - group.first == 1 and bool(
            _HASH.match(self.words[group.first].low) and group.mark != "{" and self.words[group.first].low.isalnum()
        )

    def metadata_start(self, begin: int = 0, *, titled: bool = True, notes: bool = True) -> int:
        """Offset where release information starts.

        ``titled``: the first word from ``begin`` is a title whatever it says. ``notes``: square and curly brackets of
        any content count as release information.
        """
        text_end = len(self.text)
        cut = text_end
        first = -1
        for index, word in enumerate(self.words):
            if word.start < begin:
                continue
            if first < 0:
                first = index
                if titled and len(self.words) > index + 1:
                    continue
            term = self.terms[index]
            if term is not None and term.strong:
                cut = self._group_start(word, begin)
                if cut == word.start:
                    cut = self._trim_weak(index, first if titled else first - 1)
                break
        for group in self.groups:
            if (
                (begin < group.open or not titled)
                and begin <= group.open < cut
                and group.outer < 0
                and (self.is_metadata(group) or (notes and self._foreign(group)))
            ):
                return group.open
        return cut

    def _foreign(self, group: Group) -> bool:
        """Square and curly brackets after a title hold notes, unless a number stands in them."""
        if group.mark == "(" or group.first == group.last:
            return False
        return not any(word.low[0].isdigit() for word in self.words[group.first : group.last])

    def _group_start(self, word: Word, begin: int) -> int:
        if word.group < 0:
            return word.start
        group = self.groups[word.group]
        while group.outer >= 0:
            group = self.groups[group.outer]
        return group.open if group.open >= begin else word.start

    def _trim_weak(self, index: int, first: int) -> int:
        """Move a cut before the weak terms that lead into the strong one at ``index``."""
        while index - 1 > first and self.terms[index - 1] is not None and self.words[index - 1].group < 0:
            if index - 2 >= first and self.words[index - 2].low in _ARTICLES:
                break
            index -= 1
        return self.words[index].start

    def skip_flags(self, start: int, end: int) -> tuple[int, int]:
        """Pass over flags that stand before a title (``S01E02.REPACK.Title``); returns the new start and end."""
        for index, word in enumerate(self.words):
            if word.start < start:
                continue
            term = self.terms[index]
            if term is None or term.role is not Role.FLAG or index + 1 >= len(self.words) or self.terms[index + 1]:
                return start, end
            return word.end, self.metadata_start(word.end, titled=False)
        return start, end

    def trim_tags(self, end: int, begin: int) -> int:
        """Move the end of a title before the tags that stand between it and the year: ``Title.German.2014``."""
        dotted = " " not in self.text
        indexes = [i for i, word in enumerate(self.words) if begin <= word.start < end]
        while len(indexes) > 1:
            term, word = self.terms[indexes[-1]], self.words[indexes[-1]]
            shouted = (
                not self.lower and self.text[word.start : word.end].isupper() and not self.text[begin:end].isupper()
            )
            tagged = term is not None and term.role in _TAGS and (shouted or (dotted and term.role is Role.LANGUAGE))
            if not tagged or self.words[indexes[-2]].low in _ARTICLES:
                break
            end = self.words[indexes.pop()].start
        return end

    def broadcast(self) -> bool:
        """Whether the source is a television recording."""
        return any(term is not None and term.broadcast for term in self.terms)

    def label(self, role: Role, position: int = 0, *, longest: int = 8) -> str | None:
        """The first run of words of a role from ``position`` on, as written, at most ``longest`` words."""
        start = end = -1
        count = 0
        for index, term in enumerate(self.terms):
            word = self.words[index]
            if word.start < position:
                continue
            if (term or SINGLE.get(word.low, _NO_TERM)).role is role:
                start = word.start if start < 0 else start
                end = word.end
                count += 1
                if count == longest:
                    break
            elif start >= 0:
                break
        return self.text[start:end] if start >= 0 else None
