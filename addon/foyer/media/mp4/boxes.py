"""Reading ISO BMFF boxes from untrusted bytes (ISO/IEC 14496-12 §4.2): every size is checked, nothing recurses."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from foyer.errors import MediaError
from foyer.media.source_file import SourceFile

MAX_TOP_LEVEL_BOXES = 400_000
"""A day of one-second fragments has two boxes each; more is a file made to waste time."""
MAX_MOVIE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Box:
    """A box inside a buffer: ``data[start:end]`` is its payload."""

    kind: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FileBox:
    """A box at the top level of a file."""

    kind: bytes
    offset: int
    header: int
    """Bytes of its header: 8 or 16."""
    size: int
    """Bytes of the whole box, cut to what the file has."""


def damaged(what: str = "a box is larger than what holds it") -> MediaError:
    """The error of every broken MP4."""
    return MediaError(f"This MP4 file is damaged: {what}.")


def children(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Boxes side by side in ``data[start:end]``; zeros that pad the end are no error."""
    while end - start >= 8:
        size, kind = struct.unpack_from(">I4s", data, start)
        header = 8
        if size == 1 and end - start >= 16:
            size, header = struct.unpack_from(">Q", data, start + 8)[0], 16
        elif size == 0:
            if not any(data[start:end]):
                return
            size = end - start
        if size < header:
            raise damaged("a box is smaller than its own header")
        if size > end - start:
            raise damaged()
        yield Box(kind, start + header, start + size)
        start += size


def find(data: bytes, parent: Box, *path: bytes) -> Box | None:
    """The first box along ``path`` below ``parent``."""
    here: Box | None = parent
    for kind in path:
        if here is None:
            return None
        here = next((child for child in children(data, here.start, here.end) if child.kind == kind), None)
    return here


def payload(data: bytes, parent: Box, *path: bytes) -> bytes | None:
    """Bytes of the first box along ``path``, ``None`` when there is none."""
    found = find(data, parent, *path)
    return None if found is None else data[found.start : found.end]


def top_level(source: SourceFile) -> Iterator[FileBox]:
    """Boxes of a file in order; the last one may be cut short by the file's end."""
    offset = 0
    for _ in range(MAX_TOP_LEVEL_BOXES):
        head = source.read_up_to(offset, 16)
        if len(head) < 8:
            return
        size, kind = struct.unpack_from(">I4s", head)
        header = 8
        if size == 1:
            if len(head) < 16:
                return
            size, header = struct.unpack_from(">Q", head, 8)[0], 16
        left = source.size - offset
        if size == 0:
            size = left
        if size < header:
            raise damaged("a box is smaller than its own header")
        yield FileBox(kind, offset, header, min(size, left))
        if size >= left:
            return
        offset += size
    raise damaged("it has too many boxes")


def unpack(layout: str, data: bytes, offset: int = 0) -> tuple[int, ...]:
    """``struct.unpack_from`` whose short input is a ``MediaError``."""
    try:
        return struct.unpack_from(layout, data, offset)
    except struct.error as err:
        raise damaged("a box is cut short") from err
