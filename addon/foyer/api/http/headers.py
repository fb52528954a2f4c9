"""Headers that are always sent, and headers that are never believed."""

from __future__ import annotations

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; "
    "frame-ancestors 'self'; base-uri 'self'; form-action 'self'; object-src 'none'"
)
SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"x-frame-options", b"SAMEORIGIN"),
)
MEDIA: tuple[tuple[bytes, bytes], ...] = (
    # A media URL is a secret of its own and is asked for without cookies, so that a cast receiver or a dashboard of
    # another origin may play it.
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"content-length, content-range, accept-ranges, etag"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
IDENTITY = frozenset(
    {
        b"x-remote-user-id",
        b"x-remote-user-name",
        b"x-remote-user-display-name",
        b"x-ingress-path",
        b"x-hass-source",
        b"x-hassio-key",
        b"forwarded",
        b"x-real-ip",
        b"remote-addr",
        b"x-original-url",
        b"x-rewrite-url",
    }
)


def is_identity(name: bytes) -> bool:
    """Whether a header claims who or where the client is; ``name`` is lower case."""
    return name in IDENTITY or name.startswith((b"x-forwarded-", b"x-remote-"))


def without_identity(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers with everything taken out that only a trusted proxy may say.

    A name with an underscore goes too: some servers write ``X_Remote_User_Id`` the same way as the real one.
    """
    return [(name, value) for name, value in headers if not is_identity(name.lower().replace(b"_", b"-"))]


def values(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    """Every value of a header; ``wanted`` is lower case."""
    return [value.decode("latin-1").strip() for name, value in headers if name.lower() == wanted]


def with_defaults(headers: Iterable[tuple[bytes, bytes]], *defaults: tuple[bytes, bytes]) -> Headers:
    """Headers, and those of the defaults that are not among them, so that whoever answers wins."""
    given = [(name.lower(), value) for name, value in headers]
    names = {name for name, _ in given}
    for name, value in defaults:
        if name not in names:
            given.append((name, value))
            names.add(name)
    return given
