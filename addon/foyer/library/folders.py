"""Folders of the server: which may hold a library, and what the folder picker shows of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from foyer.errors import NotFoundError, ValidationError
from foyer.library.files import shown
from foyer.library.media_types import is_media_name
from foyer.settings.options import Options

MAX_ENTRIES = 500
"""Of more folders in one the first by name are shown."""
_PEEK = 200
"""Entries of a folder looked at to say whether it has folders and media in it."""
_KERNEL = (b"/proc", b"/sys", b"/dev", b"/run")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEntry:
    """A folder inside the listed one."""

    name: str
    path: str
    readable: bool
    has_children: bool
    media_file_count: int | None
    """Files that look like media directly inside; ``None`` when it cannot be read or is too full to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryListing:
    """The folders of a folder; ``parent`` is ``None`` at the top of what may be shown.

    Where there are several tops, a listing with the empty path shows them, and is the parent of each.
    """

    path: str
    parent: str | None
    entries: tuple[DirectoryEntry, ...]
    truncated: bool


def check_folder(path: str, options: Options, taken: Iterable[bytes]) -> bytes:
    """The canonical path of a folder that may become part of a library. Blocking: it asks the file system.

    ``taken`` are the canonical folders of all libraries. Raises ``ValidationError`` with a sentence that says what is
    wrong with the folder.
    """
    canonical = _resolve(path)
    for is_wrong, sentence in (
        (canonical == b"/" or any(_is_within(canonical, kernel) for kernel in _KERNEL), "belongs to the system"),
        (
            options.media and not _is_within_any(canonical, map(_canonical, options.media)),
            f"is outside {' and '.join(map(str, options.media))}",
        ),
        (
            any(_is_within(canonical, _canonical(own)) for own in (options.data, options.cache)),
            "holds Foyer's own data",
        ),
    ):
        if is_wrong:
            raise _refusal(f"{shown(canonical)} {sentence}; choose a folder that holds your media.")
    if (problem := _overlap(canonical, taken)) is not None:
        raise _refusal(problem)
    return canonical


def _refusal(problem: str) -> ValidationError:
    return ValidationError(problem, fields={"folders": problem})


def _resolve(path: str) -> bytes:
    label = path[:200]
    if not path.startswith("/") or "\0" in path:
        raise _refusal(f"{label!r} is not a full path; it has to start with a slash.")
    try:
        canonical = os.fsencode(os.path.realpath(path, strict=True))
    except (OSError, ValueError) as error:
        raise _refusal(f"The folder {label} does not exist, or its disk is not connected.") from error
    if not os.path.isdir(canonical):  # noqa: PTH112 - paths of bytes
        raise _refusal(f"{label} is a file, not a folder.")
    if not os.access(canonical, os.R_OK | os.X_OK):
        raise _refusal(f"Foyer may not read the folder {label}; change its permissions.")
    return canonical


def _overlap(canonical: bytes, taken: Iterable[bytes]) -> str | None:
    for other in taken:
        if other == canonical:
            return f"{shown(canonical)} belongs to a library already."
        if _is_within(canonical, other) or _is_within(other, canonical):
            return f"{shown(canonical)} and {shown(other)}, which belongs to a library, contain one another."
    return None


def list_directories(path: str | None, options: Options) -> DirectoryListing:
    """The folders inside a folder, for a picker. Blocking.

    Never leaves ``options.media`` (or ``/``), also not through a link. No path stands for the top; where there are
    several, for the list of them. Raises ``NotFoundError`` for what is outside, does not exist or is no folder, and
    for what may not be read.
    """
    tops = _tops(options)
    if not path and len(tops) > 1:
        return DirectoryListing(path="", parent=None, entries=tuple(map(_top_entry, tops)), truncated=False)
    try:
        here = os.fsencode(os.path.realpath(path, strict=True)) if path else tops[0]
        if not _is_within_any(here, tops):
            raise NotFoundError("There is no such folder.")
        found, truncated = _folders(here, tops)
    except (OSError, ValueError) as error:
        raise NotFoundError("There is no such folder, or it cannot be read.") from error
    parent: str | None = os.fsdecode(os.path.dirname(here))  # noqa: PTH120 - paths of bytes
    if here in tops:
        parent = "" if len(tops) > 1 else None
    return DirectoryListing(path=os.fsdecode(here), parent=parent, entries=tuple(found), truncated=truncated)


def _tops(options: Options) -> list[bytes]:
    """Where a picker may begin: at least one folder, and of several only those that are there."""
    tops = [*dict.fromkeys(map(_canonical, options.media))] or [b"/"]
    return [top for top in tops if os.path.isdir(top)] or tops[:1]  # noqa: PTH112 - paths of bytes


def _top_entry(top: bytes) -> DirectoryEntry:
    """In a list of tops it is the whole path that tells them apart."""
    return replace(_entry(top), name=shown(top))


def _folders(here: bytes, tops: Sequence[bytes]) -> tuple[list[DirectoryEntry], bool]:
    with os.scandir(here) as listing:
        names = [entry.name for entry in listing if not entry.name.startswith(b".") and _shows(entry, tops)]
    names.sort(key=bytes.lower)
    chosen = names[:MAX_ENTRIES]
    return [_entry(os.path.join(here, name)) for name in chosen], len(names) > MAX_ENTRIES  # noqa: PTH118


def _shows(entry: os.DirEntry[bytes], tops: Sequence[bytes]) -> bool:
    """A folder with a name that is text, inside a top even when it is a link."""
    try:
        entry.name.decode()
        if not entry.is_dir():
            return False
        return not entry.is_symlink() or _is_within_any(os.path.realpath(entry.path, strict=True), tops)
    except (OSError, UnicodeDecodeError):
        return False


def _entry(path: bytes) -> DirectoryEntry:
    folders, media, seen = False, 0, 0
    readable = True
    try:
        with os.scandir(path) as listing:
            for child in listing:
                seen += 1
                if seen > _PEEK:
                    break
                if child.is_dir(follow_symlinks=False):
                    folders = folders or not child.name.startswith(b".")
                elif is_media_name(child.name):
                    media += 1
    except OSError:
        readable = False
    return DirectoryEntry(
        name=shown(os.path.basename(path)),  # noqa: PTH119 - paths of bytes
        path=os.fsdecode(path),
        readable=readable,
        has_children=folders,
        media_file_count=media if readable and seen <= _PEEK else None,
    )


def _canonical(path: Path) -> bytes:
    return os.fsencode(os.path.realpath(path))


def _is_within_any(path: bytes, tops: Iterable[bytes]) -> bool:
    return any(_is_within(path, top) for top in tops)


def _is_within(path: bytes, top: bytes) -> bool:
    return path == top or path.startswith(top.rstrip(b"/") + b"/")
