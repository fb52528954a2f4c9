"""Signed tokens in the paths of media URLs: short, opaque, for one purpose, one user and one thing, for a while.

A player, a cast receiver or an ``<img>`` cannot send headers, so the path itself carries the right: nothing is served
by its id alone. Whether the user still has an account and may open the library is asked again on every request.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from foyer.accounts.keyring import Keyring
from foyer.errors import ForbiddenError
from foyer.ids import UserId

VERSION = 1
MAC_SIZE = 16
MAX_OPTIONS = 256
LONGEST_TOKEN = 480
STABLE_FOR_S = 7 * 24 * 3600
PLAY_FOR_S = 24 * 3600


class MediaPurpose(IntEnum):
    """What a token opens; the number is part of the token."""

    DIRECT = 1
    HLS = 2
    IMAGE = 3
    SUBTITLE = 4
    TRICKPLAY = 5
    DOWNLOAD = 6
    UPLOAD = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaGrant:
    """What a valid token says."""

    purpose: MediaPurpose
    user_id: UserId
    subject: int
    """The row of what it opens: a media file, an artwork, a subtitle or an upload, as the purpose says."""
    session: int
    """The playback session it belongs to, or 0."""
    options: bytes
    """A few bytes for the purpose, such as chosen tracks."""
    expires_at: datetime


class MediaTokens:
    """Writes and reads the tokens."""

    def __init__(self, keyring: Keyring, *, clock: Callable[[], float] = time.time) -> None:
        self._key = keyring.derive("media-token")
        self._clock = clock

    def issue(
        self,
        purpose: MediaPurpose,
        *,
        user_id: int,
        subject: int,
        session: int = 0,
        options: bytes = b"",
        lifetime_s: int = PLAY_FOR_S,
    ) -> str:
        """A token that ends after ``lifetime_s``; raises ``ValueError`` for options that are too long."""
        expires = int(self._clock()) + lifetime_s
        return self._write(purpose, (user_id, subject, session, expires), options)

    def issue_stable(self, purpose: MediaPurpose, *, user_id: int, subject: int, options: bytes = b"") -> str:
        """A token that is the same for about a week, so that pictures stay in the browser's cache."""
        expires = (int(self._clock()) // STABLE_FOR_S + 2) * STABLE_FOR_S
        return self._write(purpose, (user_id, subject, 0, expires), options)

    def read(self, text: str, purpose: MediaPurpose) -> MediaGrant:
        """What a token grants; raises ``ForbiddenError`` when it is forged, for another purpose, or has ended."""
        body = self._authentic(text)
        try:
            found, user_id, subject, session, options, expires = _unpack(body)
        except (ValueError, IndexError) as error:
            raise _refused() from error
        if found != purpose:
            raise _refused()
        if expires < self._clock():
            raise ForbiddenError("This link has expired. Open the title again.", reason="expired")
        return MediaGrant(
            purpose=purpose,
            user_id=UserId(user_id),
            subject=subject,
            session=session,
            options=options,
            expires_at=datetime.fromtimestamp(expires, UTC),
        )

    def _write(self, purpose: MediaPurpose, numbers: tuple[int, int, int, int], options: bytes) -> str:
        if len(options) > MAX_OPTIONS:
            raise ValueError(f"at most {MAX_OPTIONS} bytes of options")
        body = bytes((VERSION, purpose)) + b"".join(map(_varint, numbers)) + options
        return _spelled(body + self._mac(body))

    def _authentic(self, text: str) -> bytes:
        if len(text) > LONGEST_TOKEN:
            raise _refused()
        try:
            raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
        except ValueError as error:
            raise _refused() from error
        body, mac = raw[:-MAC_SIZE], raw[-MAC_SIZE:]
        # The last letter may hold bits that mean nothing: a link has one spelling, so that it can be told by its text.
        if not hmac.compare_digest(mac, self._mac(body)) or _spelled(raw) != text:
            raise _refused()
        return body

    def _mac(self, body: bytes) -> bytes:
        return hashlib.blake2b(body, key=self._key, digest_size=MAC_SIZE).digest()


def _spelled(raw: bytes) -> str:
    """Base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _refused() -> ForbiddenError:
    return ForbiddenError("This link is not valid. Open the title again.", reason="invalid")


def _varint(value: int) -> bytes:
    """LEB128: seven bits a byte, the lowest first."""
    if value < 0:
        raise ValueError("only whole numbers from 0")
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _unpack(body: bytes) -> tuple[int, int, int, int, bytes, int]:
    if body[0] != VERSION:
        raise ValueError("another version")
    numbers: list[int] = []
    position = 2
    for _ in range(4):
        value = shift = 0
        while True:
            byte = body[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        numbers.append(value)
    user_id, subject, session, expires = numbers
    return body[1], user_id, subject, session, body[position:], expires
