"""Conditional requests (RFC 9110 §13): what a client already has is not sent again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What tells one version of a representation from another. ``etag`` is strong and has its quotes."""

    etag: str
    modified: datetime | None = None
    """Whole seconds, as HTTP's dates are."""

    def headers(self) -> list[tuple[str, str]]:
        """The header fields that carry them."""
        found = [("etag", self.etag)]
        if self.modified is not None:
            found.append(("last-modified", format_datetime(self.modified, usegmt=True)))
        return found


def evaluate(method: str, headers: Mapping[str, str], validators: Validators) -> HTTPStatus:
    """OK to go on, ``NOT_MODIFIED`` or ``PRECONDITION_FAILED``, in the order of RFC 9110 §13.2.2.

    ``headers`` has lower-case names.
    """
    modified = validators.modified
    if (wanted := headers.get("if-match")) is not None:
        if not _matches(wanted, validators.etag, weak=False):
            return HTTPStatus.PRECONDITION_FAILED
    elif modified is not None and (since := _date(headers.get("if-unmodified-since"))) is not None and modified > since:
        return HTTPStatus.PRECONDITION_FAILED
    is_read = method in {"GET", "HEAD"}
    if (known := headers.get("if-none-match")) is not None:
        if _matches(known, validators.etag, weak=True):
            return HTTPStatus.NOT_MODIFIED if is_read else HTTPStatus.PRECONDITION_FAILED
    elif (
        is_read
        and modified is not None
        and (since := _date(headers.get("if-modified-since"))) is not None
        and modified <= since
    ):
        return HTTPStatus.NOT_MODIFIED
    return HTTPStatus.OK


def range_applies(headers: Mapping[str, str], validators: Validators) -> bool:
    """Whether ``If-Range`` lets a range be answered as one (RFC 9110 §13.1.5): only for the very same bytes."""
    condition = headers.get("if-range")
    if condition is None:
        return True
    condition = condition.strip()
    if condition.startswith(('"', "W/")):
        return condition == validators.etag
    return validators.modified is not None and _date(condition) == validators.modified


def _matches(field: str, etag: str, *, weak: bool) -> bool:
    if field.strip() == "*":
        return True
    for candidate in field.split(","):
        tag = candidate.strip()
        if weak:
            tag = tag.removeprefix("W/")
        if tag == etag:
            return True
    return False


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
