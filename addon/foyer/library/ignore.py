"""Which files and folders a scan passes over.

Two sources: what never is media (:func:`always_ignored`), and the user's ``.ignore`` and ``.foyerignore`` files
(:class:`IgnoreRules`), which follow the pattern format of ``gitignore(5)``. An ignore file that is empty, or holds
nothing but comments, ignores the whole folder it lies in. Pure: the scanner reads the files and hands over their text.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

IGNORE_FILES = (".foyerignore", ".ignore")

_FOLDERS = frozenset(
    (
        "@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "@tmp", "@sharebin", "$recycle.bin",
        "recycler",
        "recycled", "system volume information", "lost+found", "lost.dir", "found.000", "__macosx", "extrafanart",
        "extrathumbs",
        "metadata.never_index", "subs_backup",
    )
)  # fmt: skip
_FILES = frozenset(("thumbs.db", "desktop.ini", "ehthumbs.db", "ehthumbs_vista.db", "icon\r", "albumart.jpg"))
_PARTIAL = (
    ".part", ".partial", ".!qb", ".!ut", ".!bt", ".!sync", ".crdownload", ".download", ".opdownload", ".aria2",
    ".filepart", ".bts",
    ".ytdl", ".unfinished", ".tmp", ".temp", ".dtapart", ".bc!", ".nzb.queued", ".swp",
)  # fmt: skip
_FRAGMENT = re.compile(r"\.part-frag\d+$|\.f\d{1,4}\.(?:mp4|m4a|webm)\.part$|\.temp\.(?:mp4|mkv|webm)$", re.IGNORECASE)
_SAMPLE = re.compile(r"^(?:sample|rarbg(?:\.com)?|etrg)$|[-._]sample$|^sample[-.]", re.IGNORECASE)


def always_ignored(name: str, *, is_dir: bool) -> str | None:
    """Why an entry of this name is never scanned (``hidden``, ``system``, ``partial``, ``sample``), or None."""
    if name.startswith("."):
        return "hidden"
    low = name.lower()
    if is_dir:
        return "system" if low in _FOLDERS else None
    if low in _FILES:
        return "system"
    if low.endswith(_PARTIAL) or _FRAGMENT.search(low):
        return "partial"
    return "sample" if _SAMPLE.search(low.rpartition(".")[0] or low) else None


class _Pattern(NamedTuple):
    """One line: its segments (``None`` is ``**``), and what it says of a match."""

    segments: tuple[re.Pattern[str] | None, ...]
    negated: bool
    only_dirs: bool


@lru_cache(maxsize=4096)
def _segment(glob: str) -> re.Pattern[str]:
    """A glob of one path segment. ``fnmatch`` writes stars as atomic groups, so matching is linear in the name."""
    return re.compile(fnmatch.translate(_unescape(glob)))


def _unescape(glob: str) -> str:
    """What gitignore escapes with a backslash, fnmatch writes in brackets."""
    return re.sub(r"\\(.)", lambda match: f"[{match[1]}]" if match[1] in "*?[" else match[1], glob)


def _parse_line(line: str) -> _Pattern | None:
    line = line.rstrip("\r\n")
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    if line.startswith(("!", "\\#", "\\!")):
        line = line[1:]
    only_dirs = line.endswith("/")
    line = line.rstrip("/")
    anchored = "/" in line
    pieces = [piece for piece in line.split("/") if piece]
    if not pieces:
        return None
    segments = tuple(None if piece == "**" else _segment(piece) for piece in pieces)
    return _Pattern(segments if anchored else (None, *segments), negated, only_dirs)


def _matches(segments: tuple[re.Pattern[str] | None, ...], parts: tuple[str, ...]) -> bool:
    """Whether a pattern covers a whole path: at most ``len(segments) * len(parts)`` comparisons."""
    reachable = {0}
    for position, segment in enumerate(segments):
        if segment is None:
            first = min(reachable)
            last = position == len(segments) - 1
            reachable = set(range(first + 1 if last else first, len(parts) + 1))
        else:
            reachable = {at + 1 for at in reachable if at < len(parts) and segment.match(parts[at])}
        if not reachable:
            return False
    return len(parts) in reachable


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One ignore file: the folder it lies in and its patterns, in order. No pattern means: everything."""

    base: PurePosixPath
    patterns: tuple[_Pattern, ...]

    def verdict(self, path: PurePosixPath, *, is_dir: bool) -> bool | None:
        """True: ignored; False: expressly kept; None: nothing said. The last matching line decides."""
        if not path.is_relative_to(self.base) or path == self.base:
            return None
        if not self.patterns:
            return True
        parts = path.relative_to(self.base).parts
        for pattern in reversed(self.patterns):
            if (is_dir or not pattern.only_dirs) and _matches(pattern.segments, parts):
                return not pattern.negated
        return None


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The user's rules in force at one folder: its own ignore files and those of the folders above. Immutable."""

    files: tuple[_File, ...] = ()

    def within(self, folder: PurePosixPath, text: str) -> IgnoreRules:
        """These rules and those of an ignore file with ``text`` found in ``folder``, which win over them."""
        patterns = tuple(pattern for line in text.split("\n") if (pattern := _parse_line(line)) is not None)
        return IgnoreRules((*self.files, _File(base=folder, patterns=patterns)))

    def ignores(self, path: PurePosixPath, *, is_dir: bool) -> bool:
        """Whether the scan passes over ``path``. As in git, what lies in an ignored folder cannot be brought back."""
        for file in reversed(self.files):
            verdict = file.verdict(path, is_dir=is_dir)
            if verdict is not None:
                return verdict
        return False
