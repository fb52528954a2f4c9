"""Ids: distinct types for row ids, and the opaque global ids of the API.

A global id is base64url of ``kind:row`` without padding (Relay's Object Identification). It hides nothing: every use is
authorised. It only keeps clients from building or parsing ids by hand.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from enum import StrEnum
from typing import NewType

from foyer.errors import NotFoundError

LibraryId = NewType("LibraryId", int)
FolderId = NewType("FolderId", int)
ItemId = NewType("ItemId", int)
FileId = NewType("FileId", int)
StreamId = NewType("StreamId", int)
UserId = NewType("UserId", int)
LoginSessionId = NewType("LoginSessionId", int)
ApiKeyId = NewType("ApiKeyId", int)
JobId = NewType("JobId", int)
PlaybackSessionId = NewType("PlaybackSessionId", int)
UploadId = NewType("UploadId", int)


class NodeKind(StrEnum):
    """What a global id points to; the short value is part of the id."""

    LIBRARY = "l"
    FOLDER = "d"
    ITEM = "i"
    FILE = "f"
    SUBTITLE = "s"
    GENRE = "g"
    TAG = "t"
    STUDIO = "o"
    PERSON = "p"
    USER = "u"
    LOGIN_SESSION = "n"
    API_KEY = "k"
    JOB = "j"
    PLAYBACK_SESSION = "y"
    COMMAND = "c"
    SCREEN = "e"
    UPLOAD = "w"


_PREFIXES = {kind: f"{kind.value}:" for kind in NodeKind}


def encode(kind: NodeKind, row: int) -> str:
    """The global id of a row."""
    # Letters, digits and a colon never become "+" or "/", so the plain alphabet is the URL-safe one.
    return binascii.b2a_base64(f"{_PREFIXES[kind]}{row}".encode(), newline=False).rstrip(b"=").decode()


def decode(global_id: str) -> tuple[NodeKind, int]:
    """Read a global id.

    Raises ``NotFoundError`` for anything Foyer did not make, because an id that cannot exist names nothing.
    """
    try:
        raw = base64.urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4)).decode("ascii")
        kind, _, row = raw.partition(":")
        number = int(row)
        if encode(NodeKind(kind), number) != global_id or not 0 < number < 2**63:
            raise ValueError(raw)
        return NodeKind(kind), number
    except (ValueError, binascii.Error) as error:
        raise NotFoundError("There is nothing with this id.", id=global_id[:80]) from error


def decode_as(kind: NodeKind, global_id: str) -> int:
    """Read a global id that must be of one kind; raises ``NotFoundError`` otherwise."""
    found, row = decode(global_id)
    if found is not kind:
        raise NotFoundError("There is nothing of this kind with this id.", id=global_id)
    return row


def new_token(bits: int = 256) -> str:
    """A fresh random secret, base64url."""
    return secrets.token_urlsafe(bits // 8)
