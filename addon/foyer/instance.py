"""One server to a data folder: a lock that dies with its holder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from foyer.errors import ConflictError, UnavailableError

NAME = "foyer.lock"


class InstanceLock:
    """Holds a folder for this process, until it ends however it ends."""

    def __init__(self, data: Path) -> None:
        self._path = data / NAME
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises ``ConflictError`` when a server runs on the folder, ``UnavailableError`` when it cannot be written."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnavailableError(f"The folder {self._path.parent} cannot be written: {reason}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            message = (
                f"Another Foyer (process {holder or 'unknown'}) already serves {self._path.parent}. Stop it first."
            )
            raise ConflictError(message, pid=holder) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Let another server in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_served(data: Path) -> bool:
    """Whether a server runs on a data folder now."""
    lock = InstanceLock(data)
    if not (data / NAME).exists():
        return False
    try:
        lock.acquire()
    except ConflictError:
        return True
    lock.release()
    return False
