"""Errors over HTTP: problem+json (RFC 9457), from one place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from http import HTTPStatus

import orjson

from foyer.errors import FoyerError

CONTENT_TYPE = "application/problem+json"
_TITLES = {421: "Misdirected Request", 460: "Checksum Mismatch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error response: its status, a stable code, and a sentence for the person in front of the screen."""

    status: int
    code: str
    detail: str
    headers: tuple[tuple[str, str], ...] = ()

    def body(self, request_id: str) -> bytes:
        """The JSON document."""
        return orjson.dumps(
            {
                "type": "about:blank",
                "title": _TITLES.get(self.status) or HTTPStatus(self.status).phrase,
                "status": self.status,
                "code": self.code,
                "detail": self.detail,
                "requestId": request_id,
            }
        )


def from_error(error: FoyerError) -> Problem:
    """The problem a domain error is shown as."""
    headers: list[tuple[str, str]] = []
    retry_after = error.details.get("retry_after")
    if isinstance(retry_after, int | float):
        headers.append(("retry-after", str(max(1, math.ceil(retry_after)))))
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers.append(("www-authenticate", "Bearer"))
    return Problem(status=error.status, code=error.code, detail=error.message, headers=tuple(headers))


def of_status(status: int, detail: str | None = None) -> Problem:
    """The problem of a bare HTTP status."""
    known = HTTPStatus(status) if status in HTTPStatus._value2member_map_ else HTTPStatus.INTERNAL_SERVER_ERROR
    code = known.name if known is not HTTPStatus.INTERNAL_SERVER_ERROR else "INTERNAL"
    return Problem(status=known.value, code=code, detail=detail or f"{known.description or known.phrase}.")


INTERNAL = Problem(status=500, code="INTERNAL", detail="Something went wrong; the server's log says what.")
