"""What an uploaded file and the folders it goes into may be called. Pure."""

from __future__ import annotations

import os
import unicodedata

from foyer.errors import ValidationError
from foyer.library.ignore import always_ignored
from foyer.library.media_types import sort_of

MAX_BYTES = 255
"""What Linux file systems allow for one name."""
MAX_DIRECTORIES = 8
_UNSEEN = frozenset(("Cc", "Cs", "Zl", "Zp"))
"""Unicode categories of what a name must not hold: control characters, broken text, line and paragraph ends."""
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that show a name in another order than it is in, such as ``Film[mark]gpj.mkv`` as ``Filmvkm.jpg``."""
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(1, 10))))
"""Names a Windows machine cannot open, should the folder be shared with one."""


def checked_filename(name: str) -> bytes:
    """The file name as bytes; raises ``ValidationError`` with a sentence for the field ``filename``."""
    problem = _problem(name, is_dir=False)
    if problem is None and sort_of(os.fsencode(name)) is None:
        problem = "Only videos, subtitles and pictures of the kinds a library knows can be uploaded."
    if problem is not None:
        raise ValidationError(problem, fields={"filename": problem})
    return os.fsencode(name)


def checked_directory(directory: str) -> tuple[bytes, ...]:
    """The folders below a library's folder, outermost first; raises ``ValidationError`` for ``directory``."""
    names = directory.split("/") if directory else []
    if len(names) > MAX_DIRECTORIES:
        problem: str | None = f"At most {MAX_DIRECTORIES} folders can lie in one another."
    else:
        problem = next((found for name in names if (found := _problem(name, is_dir=True))), None)
    if problem is not None:
        raise ValidationError(problem, fields={"directory": problem})
    return tuple(os.fsencode(name) for name in names)


def _problem(name: str, *, is_dir: bool) -> str | None:
    what = "folder" if is_dir else "file"
    if not name or name != name.strip() or name.endswith("."):
        return f"The name of a {what} may not be empty, nor begin or end with a space, nor end with a dot."
    if any(mark in _TURNING or mark in "/\\" or unicodedata.category(mark) in _UNSEEN for mark in name):
        return f"The name of a {what} may not hold slashes, control characters or marks that hide its order."
    if len(name.encode()) > MAX_BYTES:
        return f"The name of a {what} may have at most {MAX_BYTES} bytes; shorten it."
    if name.partition(".")[0].rstrip().lower() in _DEVICES:
        return f"Other systems keep {name} for themselves; choose another name."
    if always_ignored(name, is_dir=is_dir) is not None:
        return f"A scan passes over a {what} called {name}; choose another name."
    return None
