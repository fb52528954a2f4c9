"""What a scan leaves out of a folder: what never is media, and what the user's ignore files say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePosixPath

from foyer.library.ignore import IGNORE_FILES, IgnoreRules, always_ignored
from foyer.library.scan.walk import Skip

_MAX_BYTES = 64 * 1024
_FILES = tuple(os.fsencode(name) for name in IGNORE_FILES)


class FolderRules:
    """The rules of one library folder (``walk.Rules``); made for one walk. Blocking: it reads ignore files."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._known: dict[bytes, IgnoreRules] = {}

    def __call__(self, directory: bytes, names: Sequence[bytes]) -> Skip:
        """Whether an entry of a directory is left out."""
        rules = self._within(directory, any(name in _FILES for name in names))

        def is_never_media(name: bytes, is_folder: bool) -> bool:
            return always_ignored(name.decode("utf-8", "surrogateescape"), is_dir=is_folder) is not None

        if not rules.files:
            return is_never_media
        base = PurePosixPath(os.fsdecode(directory))
        return lambda name, is_folder: (
            is_never_media(name, is_folder) or rules.ignores(base / os.fsdecode(name), is_dir=is_folder)
        )

    def admits(self, directory: bytes) -> bool:
        """Whether a directory below the root is reached by a walk from there."""
        below = directory[len(self._root) :].strip(b"/")
        place = self._root
        for name in below.split(b"/") if below else []:
            if self(place, _FILES)(name, True):
                return False
            place += b"/" + name
        return True

    def _within(self, directory: bytes, has_files: bool) -> IgnoreRules:
        known = self._known.get(directory)
        if known is not None:
            return known
        if directory == self._root or not directory.startswith(self._root):
            rules = IgnoreRules()
        else:
            parent = directory.rpartition(b"/")[0]
            rules = self._known.get(parent) or self._within(parent, has_files=True)
        if has_files:
            for name in _FILES:
                text = _read(directory + b"/" + name)
                if text is not None:
                    rules = rules.within(PurePosixPath(os.fsdecode(directory)), text)
        self._known[directory] = rules
        return rules


def _read(path: bytes) -> str | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as source:
        try:
            return source.read(_MAX_BYTES).decode("utf-8", "replace")
        except OSError:
            return None
