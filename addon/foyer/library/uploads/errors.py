"""What can go wrong with an upload, beside what can go wrong with anything."""

from __future__ import annotations

import errno

from foyer.errors import CapacityError, ConflictError, FoyerError, NotFoundError, UnavailableError, ValidationError


class WrongOffsetError(ConflictError):
    """The piece does not begin where the upload stands; ``details["offset"]`` says where that is."""


class PartLostError(NotFoundError):
    """The folder is there, and what was uploaded to it is not."""


class NameTakenError(ConflictError):
    """There is something with the file's name already."""


class UploadBusyError(ConflictError):
    """Another request writes to the same upload now."""

    status = 423


class PieceTooLargeError(ValidationError):
    """The piece goes beyond the end that was announced."""

    status = 413


class ChecksumMismatchError(ValidationError):
    """The piece is not what its checksum says; it was thrown away (tus 1.0, checksum extension)."""

    status = 460


class DiskFullError(CapacityError):
    """There is no room for more on the disk."""

    status = 507


_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_CLOSED = frozenset((errno.EACCES, errno.EPERM, errno.EROFS))
_BAD_NAME = frozenset((errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ))
_NO_FOLDER = frozenset((errno.ELOOP, errno.ENOTDIR))


def full() -> DiskFullError:
    """The disk has no room left; the upload may go on once it has."""
    return DiskFullError("The disk is full. Make room, then go on with the upload.", retry_after=30.0)


def translated(error: OSError) -> FoyerError:
    """An error of the file system as one the user can act on."""
    if error.errno in _FULL:
        return full()
    if error.errno == errno.EFBIG:
        return DiskFullError("The disk's file system cannot hold a file as large as this.", retry_after=3600.0)
    if error.errno in _BAD_NAME or error.errno in _NO_FOLDER:
        is_name = error.errno in _BAD_NAME
        problem = "The disk does not accept this name." if is_name else "This is no folder inside the library."
        return ValidationError(problem, fields={"filename" if is_name else "directory": problem})
    if error.errno in _CLOSED:
        return UnavailableError("Foyer may not write in this folder; change its permissions.")
    if error.errno == errno.ENOENT:
        return UnavailableError("The folder is not there now. Is its disk connected?")
    return UnavailableError("The disk does not answer as it should; check its connection.", errno=error.errno)
