"""Where the closing credits begin, as far as a file's chapters say so."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAMED = re.compile(
    r"\b(?:end|closing|final)[ _-]*(?:credits?|titles?)\b|\bcredits?\b|\bouttro\b|\boutro\b|\bending\b"
    r"|\babspann\b|\bnachspann\b|\bg[ée]n[ée]rique(?: de fin)?\b|\bcr[ée]ditos?(?: finales)?\b"
    r"|\btitoli di coda\b|\baftiteling\b|\beftertexter\b|\brulletekster\b|\bnapisy ko[ńn]cowe\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"\b(?:opening|open|start|main|intro|vorspann|d[ée]but|iniciales)\b", re.IGNORECASE)


def credits_start(chapters: Sequence[tuple[int, str]], duration_ms: int | None) -> int | None:
    """The start in milliseconds of the chapter named like the closing credits; ``None`` when no chapter is.

    ``chapters`` are starts in microseconds with titles. Credits open a film as well: what lies in the first half of a
    known duration does not count, and of several the first that does.
    """
    for start_us, title in chapters:
        start_ms = start_us // 1000
        if start_ms <= 0 or (duration_ms and start_ms * 2 < duration_ms):
            continue
        if _NAMED.search(title) and not _OPENING.search(title):
            return start_ms
    return None
