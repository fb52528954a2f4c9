"""A small Matroska writer for layouts ffmpeg does not make: lacing, header stripping, clusters of unknown size."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import pairwise

SEGMENT = 0x18538067


def element(kind: int, *payload: bytes, unknown: bool = False) -> bytes:
    body = b"".join(payload)
    name = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    size = b"\x01" + b"\xff" * 7 if unknown else (len(body) | 1 << 56).to_bytes(8, "big")
    return name + size + body


def number(kind: int, value: int) -> bytes:
    return element(kind, value.to_bytes(8, "big"))


def vint(value: int) -> bytes:
    width = 1
    while value >= (1 << 7 * width) - 1:
        width += 1
    return (value | 1 << 7 * width).to_bytes(width, "big")


@dataclass
class Frame:
    track: int
    time: int
    is_key: bool
    data: bytes


@dataclass
class Layout:
    """How a file is written."""

    lacing: str | None = None
    """Of audio (track 2): ``xiph``, ``ebml`` or ``fixed``, three frames a block."""
    groups: bool = False
    unknown_sizes: bool = False
    stripped: dict[int, bytes] = field(default_factory=dict)
    cues: str = "all"
    """``all``, ``none``, ``first`` (only the first keyframe), ``wrong`` (times off by 7) or ``loop`` (a SeekHead that
    points to itself)."""


def laced(frames: list[bytes], lacing: str) -> tuple[int, bytes]:
    sizes = [len(f) for f in frames]
    head = bytes((len(frames) - 1,))
    if lacing == "xiph":
        head += b"".join(b"\xff" * (s // 255) + bytes((s % 255,)) for s in sizes[:-1])
        return 1 << 1, head + b"".join(frames)
    if lacing == "ebml":
        head += vint(sizes[0])
        for before, size in pairwise(sizes[:-1]):
            # A signed difference of two bytes: 14 bits, biased by 2^13 - 1.
            head += (size - before + (1 << 13) - 1 | 1 << 14).to_bytes(2, "big")
        return 3 << 1, head + b"".join(frames)
    assert len(set(sizes)) == 1
    return 2 << 1, head + b"".join(frames)


def write(tracks: list[bytes], frames: list[Frame], layout: Layout) -> bytes:
    """``tracks``: TrackEntry payloads of track 1 (video) and 2 (audio). A cluster begins at each video keyframe."""
    clusters: list[list[Frame]] = []
    for frame in frames:
        if not clusters or (frame.track == 1 and frame.is_key):
            clusters.append([])
        clusters[-1].append(frame)
    entries = []
    for k, entry in enumerate(tracks):
        stripped = layout.stripped.get(k + 1)
        extra = b""
        if stripped is not None:
            compression = element(0x5034, number(0x4254, 3), element(0x4255, stripped))
            extra = element(0x6D80, element(0x6240, number(0x5031, 0), compression))
        entries.append(element(0xAE, entry, extra))
    info = element(0x1549A966, number(0x2AD7B1, 1_000_000))
    head_size = len(element(0x114D9B74, element(0x4DBB, element(0x53AB, b"\x1c\x53\xbb\x6b"), number(0x53AC, 0))))
    body = info + element(0x1654AE6B, *entries)
    written: list[tuple[int, int]] = []
    for cluster in clusters:
        shown_first = next((f.time for f in cluster if f.track == 1), cluster[0].time)
        written.append((shown_first, head_size + len(body)))
        base = cluster[0].time
        blocks = b"".join(_blocks(cluster, base, layout))
        body += element(0x1F43B675, number(0xE7, base), blocks, unknown=layout.unknown_sizes)
    target = 0 if layout.cues == "loop" else head_size + len(body)
    kind = b"\x11\x4d\x9b\x74" if layout.cues == "loop" else b"\x1c\x53\xbb\x6b"
    seek = element(0x114D9B74, element(0x4DBB, element(0x53AB, kind), number(0x53AC, target)))
    assert len(seek) == head_size
    wrong = [(time + 7, position) for time, position in written]
    shown = {"all": written, "wrong": wrong, "first": written[:1]}.get(layout.cues, [])
    points = [
        element(0xBB, number(0xB3, time), element(0xB7, number(0xF7, 1), number(0xF1, position)))
        for time, position in shown
    ]
    cues = element(0x1C53BB6B, *points) if points else element(0xEC, b"")
    header = element(0x1A45DFA3, element(0x4282, b"matroska"), number(0x4285, 2))
    return header + element(SEGMENT, seek + body + cues, unknown=layout.unknown_sizes)


def _blocks(cluster: list[Frame], base: int, layout: Layout) -> list[bytes]:
    blocks: list[bytes] = []
    held: list[Frame] = []

    def flush(group: list[Frame]) -> None:
        data = []
        for frame in group:
            prefix = layout.stripped.get(frame.track, b"")
            assert frame.data.startswith(prefix)
            data.append(frame.data[len(prefix) :])
        flags, payload = laced(data, layout.lacing) if layout.lacing and len(group) > 1 else (0, data[0])
        first = group[0]
        if not layout.groups and first.is_key:
            flags |= 0x80
        block = vint(first.track) + struct.pack(">hB", first.time - base, flags) + payload
        if layout.groups:
            reference = b"" if first.is_key else element(0xFB, b"\xff")
            blocks.append(element(0xA0, element(0xA1, block), reference))
        else:
            blocks.append(element(0xA3, block))

    for frame in cluster:
        if frame.track == 2 and layout.lacing:
            held.append(frame)
            if len(held) == 3:
                flush(held)
                held = []
        else:
            flush([frame])
    if held:
        flush(held)
    return blocks
