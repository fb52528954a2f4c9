"""What Home Assistant's ingress says about a request, read from the headers its Supervisor sets.

Only ever called for requests that came from the Supervisor's address on the ingress listener. The Supervisor replaces
what a browser sends under these names; should one still arrive twice, somebody is playing games.
"""

from __future__ import annotations

import re

from foyer.accounts.identity import HomeAssistantUser, IngressIdentity
from foyer.errors import ValidationError

USER_ID = b"x-remote-user-id"
USER_NAME = b"x-remote-user-name"
DISPLAY_NAME = b"x-remote-user-display-name"
INGRESS_PATH = b"x-ingress-path"

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9_-]{1,200}){1,8}/?")


def read_identity(headers: list[tuple[bytes, bytes]]) -> IngressIdentity:
    """The user and the prefix of a request.

    Without a user id (the Supervisor's own requests have none) there is no user. Raises ``ValidationError`` for a
    header that comes twice or cannot be what Home Assistant sends.
    """
    user_id, name, display_name, prefix = (
        _single(headers, wanted) for wanted in (USER_ID, USER_NAME, DISPLAY_NAME, INGRESS_PATH)
    )
    if user_id and not _ID.fullmatch(user_id):
        raise ValidationError("The user id from Home Assistant is not one.")
    if prefix and not _PREFIX.fullmatch(prefix):
        raise ValidationError("The ingress path from Home Assistant is not one.")
    user = HomeAssistantUser(id=user_id, name=name, display_name=display_name) if user_id else None
    return IngressIdentity(user=user, base_path=prefix.rstrip("/"))


def _single(headers: list[tuple[bytes, bytes]], name: bytes) -> str:
    """The one value of a header, UTF-8 where it is; empty when it does not come."""
    found = [value for key, value in headers if key.lower().replace(b"_", b"-") == name]
    if len(found) > 1:
        raise ValidationError("A header that says who you are came twice.", header=name.decode())
    return found[0].decode("utf-8", "replace").strip()[:200] if found else ""
