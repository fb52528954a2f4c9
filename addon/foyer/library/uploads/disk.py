"""The blocking half of uploads: hidden files that grow inside a library's folder, and become whole at once.

Every name is opened relative to the folder above it and never through a link, so that nothing anybody puts there can
lead out of the library. Nothing here touches the event loop; every function raises ``OSError`` as it comes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from foyer.library.uploads.errors import NameTakenError, PartLostError, full

RESERVE_BYTES = 1 << 30
RESERVE_SHARE = 20
"""Uploads leave 1 GiB of a disk free, or a twentieth of a small one."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS = frozenset((errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL))
"""What a file system without hard links answers (FAT, some network folders)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an upload is and where it will be."""

    root: bytes
    """The library's folder, canonical."""
    directories: tuple[bytes, ...]
    """The folders below it, outermost first."""
    name: bytes
    part: bytes
    """The hidden name it grows under."""

    @property
    def directory(self) -> bytes:
        """The whole path of the folder it lies in."""
        return os.path.join(self.root, *self.directories)  # noqa: PTH118 - paths of bytes


def begin(place: Place) -> int:
    """Make the empty hidden file, and the folders that are missing; returns how many of those were made.

    Raises ``NameTakenError`` when there is a file with the name already.
    """
    made = 0
    above = os.open(place.root, _FOLDER)
    try:
        for name in place.directories:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, dir_fd=above)
                os.fsync(above)
                made += 1
            below = os.open(name, _FOLDER, dir_fd=above)
            os.close(above)
            above = below
        if _exists(above, place.name):
            raise _taken(place)
        os.close(os.open(place.part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=above))
        os.fsync(above)
    except BaseException:
        _remove_empty(place, made)
        raise
    finally:
        os.close(above)
    return made


def length(place: Place) -> int:
    """How many bytes have arrived; raises ``PartLostError`` when the hidden file is gone."""
    with _opened(place) as folder:
        return _status(folder, place.part).st_size


def is_published(place: Place, size: int) -> bool:
    """Whether the whole file stands under its own name."""
    with _opened(place) as folder:
        return _exists(folder, place.name) and _status(folder, place.name).st_size == size


def publish(place: Place) -> None:
    """Give the whole file its own name, at once and never over another file.

    May be called again after a kill at any point. Raises ``NameTakenError``.
    """
    with _opened(place) as folder:
        try:
            os.link(place.part, place.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            if not _same(folder, place):
                raise _taken(place) from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _rename(folder, place)
            os.fsync(folder)
            return
        os.unlink(place.part, dir_fd=folder)
        os.fsync(folder)


def discard(place: Place, made: int) -> None:
    """Remove the hidden file, and those of the ``made`` folders that are empty."""
    with contextlib.suppress(FileNotFoundError), _opened(place) as folder:
        os.unlink(place.part, dir_fd=folder)
    _remove_empty(place, made)


def free(root: bytes) -> int:
    """Bytes that uploads may still take on the disk of a folder."""
    status = os.statvfs(root)
    return status.f_bavail * status.f_frsize - min(RESERVE_BYTES, status.f_blocks * status.f_frsize // RESERVE_SHARE)


class PartFile:
    """A hidden file while a piece is written at its end."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._descriptor: int | None = None
        self.size = 0
        """Bytes in it; true also after a failed write."""

    def open(self) -> None:
        """Open it; raises ``PartLostError`` when it is gone."""
        with _opened(self._place) as folder:
            if not stat.S_ISREG(_status(folder, self._place.part).st_mode):
                raise _lost()
            flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            self._descriptor = os.open(self._place.part, flags, dir_fd=folder)
        self.size = os.fstat(self._descriptor).st_size

    def append(self, data: bytes | bytearray) -> None:
        """Write at the end; raises ``DiskFullError`` before the disk's reserve is touched."""
        if free(self._place.root) < len(data):
            raise full()
        view = memoryview(data)
        while view:
            written = os.pwrite(self._fd, view, self.size)
            self.size += written
            view = view[written:]

    def cut(self, size: int) -> None:
        """Throw away what is behind ``size``."""
        if size < self.size:
            os.ftruncate(self._fd, size)
            self.size = size

    def sync(self) -> None:
        """Return once the bytes would survive a power cut."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Let go of it; harmless when it was never opened."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def _fd(self) -> int:
        if self._descriptor is None:
            raise ValueError("open it first")
        return self._descriptor


@contextmanager
def _opened(place: Place) -> Iterator[int]:
    folder = _open_below(place.root, place.directories)
    try:
        yield folder
    finally:
        os.close(folder)


def _open_below(root: bytes, directories: Sequence[bytes]) -> int:
    above = os.open(root, _FOLDER)
    for name in directories:
        try:
            below = os.open(name, _FOLDER, dir_fd=above)
        finally:
            os.close(above)
        above = below
    return above


def _remove_empty(place: Place, made: int) -> None:
    for depth in range(len(place.directories), len(place.directories) - made, -1):
        try:
            above = _open_below(place.root, place.directories[: depth - 1])
        except OSError:
            return
        try:
            os.rmdir(place.directories[depth - 1], dir_fd=above)
        except OSError:
            return  # something is in it by now
        finally:
            os.close(above)


def _rename(folder: int, place: Place) -> None:
    """Without hard links: hold the name with an empty file of our own, then put the whole one in its place."""
    try:
        os.close(os.open(place.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder))
    except FileExistsError:
        raise _taken(place) from None
    try:
        os.rename(place.part, place.name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        os.unlink(place.name, dir_fd=folder)
        raise


def _exists(folder: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _same(folder: int, place: Place) -> bool:
    """Whether both names are of one file: a kill came between giving the one and taking the other."""
    part, whole = _status(folder, place.part), _status(folder, place.name)
    return (part.st_dev, part.st_ino) == (whole.st_dev, whole.st_ino)


def _status(folder: int, name: bytes) -> os.stat_result:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        raise _lost() from None


def _lost() -> PartLostError:
    return PartLostError("What was uploaded so far is not there. Is its disk connected? If it is, begin again.")


def _taken(place: Place) -> NameTakenError:
    return NameTakenError(f"There is a file called {place.name.decode('utf-8', 'replace')} in this folder already.")
