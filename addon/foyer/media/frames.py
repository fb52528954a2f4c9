"""What the server and a media worker say to each other: length-prefixed JSON with raw bytes behind it.

A worker may have been taken over by the file it reads, so nothing it sends is unpickled: the header is JSON, every size
is checked before memory is taken, and every value is checked again where it is turned into a type.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import orjson

from foyer.errors import MediaError

PREFIX = struct.Struct(">IQ")
"""Bytes of the JSON header, bytes of the body."""
MAX_HEADER = 16 * 1024 * 1024
MAX_BODY = 256 * 1024 * 1024
MAX_PARTS = 4096


class ProtocolError(MediaError):
    """A worker answered with something no worker of ours would say."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A task's answer: a JSON value and byte strings beside it."""

    value: Any
    parts: tuple[bytes, ...] = ()


def encode(header: Mapping[str, Any], parts: Sequence[bytes] = ()) -> bytes:
    """One frame: prefix, header with the sizes of ``parts``, then the parts."""
    head = orjson.dumps({**header, "parts": [len(part) for part in parts]}, default=_fraction)
    return b"".join((PREFIX.pack(len(head), sum(map(len, parts))), head, *parts))


def _fraction(value: object) -> str:
    """Fractions as ``num/den``; orjson writes dataclasses and enumerations by itself."""
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def sizes(prefix: bytes) -> tuple[int, int]:
    """Header and body size; :class:`ProtocolError` when they are larger than any honest answer."""
    head, body = PREFIX.unpack(prefix)
    if head > MAX_HEADER or body > MAX_BODY:
        raise ProtocolError("The reader of this file sent an answer that is too large.")
    return head, body


def decode(head: bytes, body: bytes) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Header and parts; :class:`ProtocolError` when they do not agree."""
    try:
        header = orjson.loads(head)
    except orjson.JSONDecodeError as error:
        raise ProtocolError("The reader of this file sent an answer that is not JSON.") from error
    lengths = header.get("parts") if isinstance(header, dict) else None
    if not isinstance(lengths, list) or len(lengths) > MAX_PARTS:
        raise ProtocolError("The reader of this file sent an answer without its sizes.")
    if not all(type(n) is int and n >= 0 for n in lengths) or sum(lengths) != len(body):
        raise ProtocolError("The reader of this file sent an answer whose sizes disagree.")
    parts, at = [], 0
    for length in lengths:
        parts.append(body[at : at + length])
        at += length
    return header, tuple(parts)


def path_to_text(path: Path) -> str:
    """A path's bytes as JSON-safe text, whatever encoding its name is in."""
    return os.fsencode(path).decode("latin-1")


def path_from_text(text: str) -> Path:
    """The path that :func:`path_to_text` was given."""
    return Path(os.fsdecode(text.encode("latin-1")))
