"""Open a file that must lie inside a folder, and be what it was taken for.

Paths come from the database, which got them from a scan; between then and now anything may have been put in their
place: a link to ``/etc``, a pipe that blocks for ever, a device.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from foyer.api.http.conditional import Validators
from foyer.errors import NotFoundError, UnavailableError


@dataclass(slots=True, kw_only=True)
class OpenFile:
    """An open regular file; use it in a ``with`` block."""

    descriptor: int
    size: int
    validators: Validators

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.descriptor)


def open_inside(path: bytes, root: bytes) -> OpenFile:
    """Open a regular file below a folder; blocks for as long as the disk takes.

    Raises ``UnavailableError`` when the file or its disk is not there now, and ``NotFoundError`` when what is there
    lies outside the folder or is no file.
    """
    try:
        folder = os.path.realpath(root, strict=True)
        real = os.path.realpath(path, strict=True)
        if not _is_below(real, folder):
            raise NotFoundError("The file is not inside its library.")
        descriptor = os.open(real, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError as error:
        raise UnavailableError("The file is not there now. Is its disk connected?", errno=error.errno) from error
    try:
        return _checked(descriptor, folder)
    except BaseException:
        os.close(descriptor)
        raise


def _checked(descriptor: int, folder: bytes) -> OpenFile:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise NotFoundError("There is no file any more where there was one.")
    # A folder on the way may have been swapped for a link between the look and the opening: ask the kernel.
    link = b"/proc/self/fd/%d" % descriptor
    if os.path.lexists(link) and not _is_below(os.readlink(link), folder):  # noqa: PTH115 - names are bytes
        raise NotFoundError("The file is not inside its library.")
    return OpenFile(
        descriptor=descriptor,
        size=status.st_size,
        validators=Validators(
            etag=f'"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"',
            modified=datetime.fromtimestamp(status.st_mtime_ns // 1_000_000_000, UTC),
        ),
    )


def _is_below(path: bytes, folder: bytes) -> bool:
    return path.startswith(folder.rstrip(b"/") + b"/")
