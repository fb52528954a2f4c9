"""The Host header against DNS rebinding: a page from the internet must not reach Foyer under a name of its own.

Names that no stranger can register are always right: addresses, single labels, and the domains set aside for local
networks (RFC 6762 ``.local``, RFC 8375 ``.home.arpa``, ICANN's ``.internal``, and the customary ``.lan``).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

LOCAL_DOMAINS = (".local", ".localhost", ".home.arpa", ".internal", ".lan")
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}))(?::[0-9]{1,5})?")


class AllowedHosts:
    """The names the public listener answers to: local ones and those in the options.

    An entry ``*.example.org`` allows every name below a domain, ``*`` every name.
    """

    def __init__(self, extra: Iterable[str] = (), address: Callable[[], str] = str) -> None:
        """``address`` is asked for an address whose name is right as well, such as a setting's; empty for none."""
        self._address = address
        names = {name.strip().lower().rstrip(".") for name in extra} - {""}
        self._everything = "*" in names
        self._exact = frozenset(name for name in names if not name.startswith("*."))
        self._below = tuple(sorted(name[1:] for name in names if name.startswith("*.")))

    def allows(self, host: str) -> bool:
        """Whether a Host header is a name of this server."""
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match["name"].lower().rstrip(".")
        if self._everything or _is_local(name) or name in self._exact or name.endswith(self._below or "\0"):
            return True
        return name == (urlsplit(self._address()).hostname or "").rstrip(".")


def _is_local(name: str) -> bool:
    if "." not in name and not name.startswith("["):
        return True
    if name.endswith(LOCAL_DOMAINS):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
