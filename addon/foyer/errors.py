"""The one hierarchy of errors a user can meet.

Each carries a stable ``code`` (part of the API), one sentence that says what to do, and machine-readable ``details``.
Transports map them in one place each: GraphQL to union members or ``extensions.code``, HTTP to problem+json (RFC 9457).
Anything else that escapes is a bug and is masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class FoyerError(Exception):
    """Something the user can act on; ``str(error)`` is the sentence shown to them."""

    code: ClassVar[str] = "INTERNAL"
    status: ClassVar[int] = 500

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, object] = details


class NotFoundError(FoyerError):
    """The thing asked for does not exist, or the asker may not know that it does."""

    code = "NOT_FOUND"
    status = 404


class UnauthenticatedError(FoyerError):
    """No valid credentials came with the request."""

    code = "UNAUTHENTICATED"
    status = 401


class ForbiddenError(FoyerError):
    """The principal is known and may not do this."""

    code = "FORBIDDEN"
    status = 403


class ValidationError(FoyerError):
    """The input is wrong; ``details["fields"]`` maps each bad field to its sentence where there is one."""

    code = "VALIDATION_FAILED"
    status = 422


class ConflictError(FoyerError):
    """The change collides with what is there now."""

    code = "CONFLICT"
    status = 409


class RateLimitedError(FoyerError):
    """Too many attempts; ``details["retry_after"]`` is in seconds."""

    code = "RATE_LIMITED"
    status = 429


class CapacityError(FoyerError):
    """No encoder, disk space or slot is free; ``details["retry_after"]`` is in seconds."""

    code = "CAPACITY_EXCEEDED"
    status = 503


class UnavailableError(FoyerError):
    """A part Foyer needs for this (a disk, ffmpeg, a provider) is not there now."""

    code = "UNAVAILABLE"
    status = 503


class MediaError(FoyerError):
    """A media file is broken, unsupported or hostile."""

    code = "MEDIA_UNREADABLE"
    status = 422


class CancelledJobError(FoyerError):
    """A job noticed that it was cancelled."""

    code = "CANCELLED"
    status = 409


class PausedJobError(CancelledJobError):
    """A job noticed that its lane rests: it is put back and goes on later."""
