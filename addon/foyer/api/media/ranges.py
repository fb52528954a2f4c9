"""Byte ranges (RFC 9110 §14): which bytes a client wants, and how several parts are put into one response."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

MAX_RANGES = 16
_SPEC = re.compile(r"[ \t]*(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})?|-(?P<suffix>[0-9]{1,18}))[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteRange:
    """Bytes ``start`` up to, and without, ``end``."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start

    def content_range(self, size: int) -> str:
        """The ``Content-Range`` of the part."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


def parse(field: str | None, size: int) -> tuple[ByteRange, ...] | None:
    """The ranges a ``Range`` field asks of ``size`` bytes.

    ``None`` when the field is to be ignored: there is none, its unit or form is unknown, or it asks for more than
    ``MAX_RANGES`` parts (the answer is then everything). Empty when nothing it asks for exists (416). Ranges that
    overlap or touch are joined; the others stay in the order asked for.
    """
    if field is None:
        return None
    unit, equals, specs = field.partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return None
    wanted: list[ByteRange] = []
    listed = [spec for spec in specs.split(",") if spec.strip()]
    if not listed or len(listed) > MAX_RANGES * 4:
        return None
    for spec in listed:
        match = _SPEC.fullmatch(spec)
        if match is None:
            return None
        found = _resolve(match["first"], match["last"], match["suffix"], size)
        if found is None:
            return None
        if found.length > 0:
            wanted.append(found)
    joined = _join(wanted)
    return None if len(joined) > MAX_RANGES else joined


def _resolve(first: str | None, last: str | None, suffix: str | None, size: int) -> ByteRange | None:
    """One range cut to what exists, empty when nothing does; ``None`` when its end lies before its beginning."""
    if suffix is not None:
        return ByteRange(start=max(0, size - int(suffix)), end=size)
    start = int(first or 0)
    if last is None:
        return ByteRange(start=min(start, size), end=size)
    if int(last) < start:
        return None
    return ByteRange(start=min(start, size), end=min(int(last) + 1, size))


def _join(ranges: Sequence[ByteRange]) -> tuple[ByteRange, ...]:
    joined: list[ByteRange] = []
    for one in ranges:
        start, end = one.start, one.end
        position = len(joined)
        for index in range(len(joined) - 1, -1, -1):
            other = joined[index]
            if start <= other.end and other.start <= end:
                start, end = min(start, other.start), max(end, other.end)
                del joined[index]
                position = index
        joined.insert(position, ByteRange(start=start, end=end))
    return tuple(joined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipart:
    """A ``multipart/byteranges`` body (RFC 9110 §14.6): the text before each part, and after the last."""

    heads: tuple[bytes, ...]
    parts: tuple[ByteRange, ...]
    tail: bytes
    boundary: str

    @property
    def length(self) -> int:
        """Bytes altogether."""
        return sum(map(len, self.heads)) + sum(part.length for part in self.parts) + len(self.tail)

    @property
    def content_type(self) -> str:
        """The response's media type."""
        return f"multipart/byteranges; boundary={self.boundary}"


def multipart(parts: tuple[ByteRange, ...], *, size: int, content_type: str) -> Multipart:
    """Lay out several ranges of one file."""
    boundary = secrets.token_hex(12)
    heads = tuple(
        f"\r\n--{boundary}\r\ncontent-type: {content_type}\r\n".encode()
        + f"content-range: {part.content_range(size)}\r\n\r\n".encode()
        for part in parts
    )
    return Multipart(heads=heads, parts=parts, tail=f"\r\n--{boundary}--\r\n".encode(), boundary=boundary)
