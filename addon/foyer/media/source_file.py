"""Bounded random access to one regular file: every read is checked against its size, none can block on a pipe."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from foyer.errors import MediaError


class SourceFile:
    """A media file open for reading. Reads name their offset (``pread``), so threads may share one."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self.size = size
        """Bytes when it was opened."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a regular, non-empty file; anything else (a directory, a FIFO, a device) is a ``MediaError``."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as err:
            raise MediaError(f"The file cannot be opened: {err.strerror}.", errno=err.errno) from err
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
            os.close(descriptor)
            raise MediaError("The file is empty or is not a regular file.")
        return cls(descriptor, status.st_size)

    def fileno(self) -> int:
        """The descriptor; ``ValueError`` once closed."""
        if self._descriptor < 0:
            raise ValueError("the file is closed")
        return self._descriptor

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``; ``MediaError`` when the file does not have them."""
        if offset < 0 or length < 0 or offset + length > self.size:
            raise MediaError("The file is damaged: it points outside itself.", offset=offset, length=length)
        data = self._pread(offset, length)
        while len(data) < length:
            more = self._pread(offset + len(data), length - len(data))
            if not more:
                raise MediaError("The file became shorter while it was read.", offset=offset)
            data += more
        return data

    def read_up_to(self, offset: int, length: int) -> bytes:
        """At most ``length`` bytes from ``offset``; fewer only at the end of the file."""
        return self.read(offset, max(0, min(length, self.size - offset))) if 0 <= offset < self.size else b""

    def _pread(self, offset: int, length: int) -> bytes:
        try:
            return os.pread(self.fileno(), length, offset)
        except OSError as err:
            raise MediaError(f"The file cannot be read: {err.strerror}.", errno=err.errno) from err

    def close(self) -> None:
        """Close it; closing twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
