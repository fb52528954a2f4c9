"""Clusters and blocks (RFC 9559 §5.1.3, §10): which frames lie where, without reading their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from foyer.media.matroska.ebml import Element, Scanner, damaged, read_size
from foyer.media.samples import LATEST_TICK
from foyer.media.source_file import SourceFile

CLUSTER = 0x1F43B675
_TIMESTAMP, _SIMPLE_BLOCK, _GROUP, _BLOCK, _DURATION, _REFERENCE = 0xE7, 0xA3, 0xA0, 0xA1, 0x9B, 0xFB
_MAX_ELEMENTS = 40_000_000
"""In one walk: a long film has a few million blocks."""


class Block(NamedTuple):
    """The frames of one block."""

    track: int
    timestamp: int
    """Absolute, in segment ticks."""
    is_key: bool
    frames: tuple[tuple[int, int], ...]
    """(offset, length) of each frame in the file."""
    cluster: int
    """Position of the cluster that holds it."""
    duration: int | None = None
    """Segment ticks, where the block says so."""


def walk(source: SourceFile, start: int, end: int, tracks: frozenset[int]) -> Iterator[Block]:
    """Blocks of ``tracks`` from the cluster at ``start`` up to ``end``, in file order.

    Clusters are entered, not nested: a cluster of unknown size ends where the next element begins that is none of its
    own, and a damaged size cannot hide what follows.
    """
    return _Walk(source, start, end, tracks).blocks()


class _Walk:
    def __init__(self, source: SourceFile, start: int, end: int, tracks: frozenset[int]) -> None:
        self._scanner = Scanner(source)
        self._start = start
        self._end = end
        self._tracks = tracks
        self._cluster = start
        self._clock = 0

    def blocks(self) -> Iterator[Block]:
        at = self._start
        for _ in range(_MAX_ELEMENTS):
            if at >= self._end:
                return
            element = self._scanner.element(at, self._end)
            if element.id == CLUSTER:
                self._cluster, at = at, element.start
                continue
            block = self._visit(element)
            if block is not None:
                yield block
            at = element.end
        raise damaged("it has too many elements")

    def _visit(self, element: Element) -> Block | None:
        if element.id == _SIMPLE_BLOCK:
            return self._block(element, None)
        if element.id == _GROUP:
            return self._group(element)
        if element.id == _TIMESTAMP:
            self._clock = self._number(element)
        elif element.is_unknown_size:
            raise damaged("an element that must have a size has none")
        return None

    def _number(self, element: Element) -> int:
        value = int.from_bytes(self._scanner.bytes_at(element.start, min(8, element.end - element.start)), "big")
        if value > LATEST_TICK:
            raise damaged("a clock holds an impossible number")
        return value

    def _group(self, group: Element) -> Block | None:
        body: Element | None = None
        duration: int | None = None
        has_reference = False
        at = group.start
        while at < group.end:
            element = self._scanner.element(at, group.end)
            if element.id == _BLOCK:
                body = element
            elif element.id == _DURATION:
                duration = self._number(element)
            elif element.id == _REFERENCE:
                has_reference = True
            at = element.end
        block = None if body is None else self._block(body, not has_reference)
        return block if block is None or duration is None else block._replace(duration=duration)

    def _block(self, body: Element, is_key: bool | None) -> Block | None:
        head = self._scanner.bytes_at(body.start, min(12, body.end - body.start))
        track, at = read_size(head, 0)
        if track is None or track not in self._tracks:
            return None
        if len(head) < at + 3:
            raise damaged("a block is cut short")
        relative = int.from_bytes(head[at : at + 2], "big", signed=True)
        flags = head[at + 2]
        frames = _frames(self._scanner, body.start + at + 3, body.end, flags >> 1 & 3)
        key = bool(flags & 0x80) if is_key is None else is_key
        return Block(track, self._clock + relative, key, frames, self._cluster)


def _frames(scanner: Scanner, start: int, end: int, lacing: int) -> tuple[tuple[int, int], ...]:
    """Frames of a block by its lacing: 0 none, 1 Xiph, 2 fixed size, 3 EBML (RFC 9559 §10.3)."""
    if lacing == 0:
        return ((start, end - start),)
    head = scanner.bytes_at(start, min(4096, end - start))
    if not head:
        raise damaged("a block is cut short")
    count = head[0] + 1
    if lacing == 2:
        each, rest = divmod(end - start - 1, count)
        if rest:
            raise damaged("a block does not hold whole frames")
        return tuple((start + 1 + k * each, each) for k in range(count))
    sizes, at = _xiph_sizes(head, count) if lacing == 1 else _ebml_sizes(head, count)
    last = end - start - at - sum(sizes)
    if last < 0 or min(sizes, default=0) < 0:
        raise damaged("a block's frames are larger than the block")
    frames, position = [], start + at
    for size in (*sizes, last):
        frames.append((position, size))
        position += size
    return tuple(frames)


def _xiph_sizes(head: bytes, count: int) -> tuple[list[int], int]:
    sizes, at = [], 1
    for _ in range(count - 1):
        size = 0
        while at < len(head) and head[at] == 255:
            size, at = size + 255, at + 1
        if at >= len(head):
            raise damaged("a block's lacing is cut short")
        sizes.append(size + head[at])
        at += 1
    return sizes, at


def _ebml_sizes(head: bytes, count: int) -> tuple[list[int], int]:
    """The first size is a number, the others differences to the one before, biased to be signed."""
    sizes: list[int] = []
    at = 1
    for k in range(count - 1):
        value, after = read_size(head, at)
        width = after - at
        if value is None:
            raise damaged("a block's lacing is cut short")
        sizes.append(value if k == 0 else sizes[-1] + value - ((1 << 7 * width - 1) - 1))
        at = after
    return sizes, at
