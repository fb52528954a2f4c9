"""EBML elements (RFC 8794) from untrusted bytes: in memory for headers, windowed for what may be gigabytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from foyer.errors import MediaError
from foyer.media.source_file import SourceFile

_WINDOW = 16 * 1024


def damaged(what: str) -> MediaError:
    """The error of every broken Matroska file."""
    return MediaError(f"This Matroska file is damaged: {what}.")


class Element(NamedTuple):
    """An element whose payload is ``[start, end)``; of unknown size (RFC 8794 §6.2) ``end`` is its parent's."""

    id: int
    start: int
    end: int
    is_unknown_size: bool = False


def read_id(data: bytes, at: int) -> tuple[int, int]:
    """Element ID with its marker bits, and the position after it."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if width > 4 or at + width > len(data):
        raise damaged("an element has no valid name")
    return int.from_bytes(data[at : at + width], "big"), at + width


def read_size(data: bytes, at: int) -> tuple[int | None, int]:
    """Data size, ``None`` for unknown, and the position after it."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if width > 8 or at + width > len(data):
        raise damaged("an element has no valid size")
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), at + width


def children(data: bytes, parent: Element) -> Iterator[Element]:
    """Elements side by side inside ``parent``, all in memory."""
    at = parent.start
    while at < parent.end:
        kind, after = read_id(data, at)
        size, start = read_size(data, after)
        if size is None or start + size > parent.end:
            raise damaged("an element is larger than what holds it")
        yield Element(kind, start, start + size)
        at = start + size


def unsigned(data: bytes, element: Element) -> int:
    """An unsigned integer of up to eight bytes."""
    if element.end - element.start > 8:
        raise damaged("a number is too long")
    return int.from_bytes(data[element.start : element.end], "big")


def real(data: bytes, element: Element) -> float:
    """A float of four or eight bytes; an empty one is zero."""
    body = data[element.start : element.end]
    if len(body) not in {0, 4, 8}:
        raise damaged("a number has an impossible length")
    value: float = struct.unpack(">f" if len(body) == 4 else ">d", body)[0] if body else 0.0
    return value


class Scanner:
    """Reads element headers anywhere in a file through one small window."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._base = 0
        self._data = b""

    def bytes_at(self, offset: int, length: int) -> bytes:
        """Up to ``length`` (small) bytes at ``offset``; fewer only at the file's end."""
        at = offset - self._base
        if at < 0 or at + length > len(self._data):
            self._base, self._data = offset, self._source.read_up_to(offset, max(_WINDOW, length))
            at = 0
        return self._data[at : at + length]

    def element(self, offset: int, limit: int) -> Element:
        """The element whose header is at ``offset``, cut at ``limit``."""
        head = self.bytes_at(offset, 12)
        kind, after = read_id(head, 0)
        size, start = read_size(head, after)
        begin = offset + start
        if size is None or begin + size > limit:
            return Element(kind, begin, limit, is_unknown_size=size is None)
        return Element(kind, begin, begin + size)
