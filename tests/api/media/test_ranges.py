from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.api.media.ranges import MAX_RANGES, ByteRange, multipart, parse


def found(field: str, size: int = 1000) -> list[tuple[int, int]] | None:
    ranges = parse(field, size)
    return None if ranges is None else [(one.start, one.end) for one in ranges]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("bytes=0-499", [(0, 500)]),
        ("bytes=0-0", [(0, 1)]),
        ("bytes=500-", [(500, 1000)]),
        ("bytes=-200", [(800, 1000)]),
        ("bytes=-5000", [(0, 1000)]),
        ("bytes=990-5000", [(990, 1000)]),
        ("Bytes=0-9", [(0, 10)]),
        ("bytes= 0-9 , 20-29 ", [(0, 10), (20, 30)]),
        ("bytes=0-9,,20-29,", [(0, 10), (20, 30)]),
        ("bytes=500-600,0-9", [(500, 601), (0, 10)]),
        ("bytes=0-9,10-19", [(0, 20)]),
        ("bytes=0-100,50-200,40-60", [(0, 201)]),
        ("bytes=0-9,2000-3000", [(0, 10)]),
    ],
)
def test_what_is_asked_is_understood(field: str, expected: list[tuple[int, int]]) -> None:
    assert found(field) == expected


@pytest.mark.parametrize("field", ["bytes=1000-", "bytes=5000-6000", "bytes=-0", "bytes=1000-,2000-3000"])
def test_what_does_not_exist_is_not_satisfiable(field: str) -> None:
    assert found(field) == []


@pytest.mark.parametrize(
    "field",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-4",
        "bytes=0-9,x",
        "bytes=0x0-9",
        "bytes=+0-9",
        "bytes=0 - 9",
        "bytes=--5",
        "bytes=0-9;20-29",
        "seconds=0-9",
        "bytes=\u0661-\u0669",
        "bytes=" + "9" * 40 + "-",
        "bytes=" + ",".join(f"{n * 10}-{n * 10}" for n in range(MAX_RANGES + 1)),
        "bytes=" + "0-," * 10_000,
    ],
)
def test_what_makes_no_sense_is_ignored(field: str) -> None:
    assert found(field) is None


def test_nothing_of_an_empty_file_can_be_had() -> None:
    assert found("bytes=0-", 0) == []
    assert found("bytes=-5", 0) == []
    assert parse(None, 0) is None


@given(st.text(alphabet="bytes=0123456789-, ", max_size=60), st.integers(0, 2000))
def test_every_range_lies_within_the_file_and_none_overlap(field: str, size: int) -> None:
    ranges = parse(field, size) or ()
    for one in ranges:
        assert 0 <= one.start < one.end <= size
    ordered = sorted(ranges, key=lambda one: one.start)
    assert all(first.end < second.start for first, second in pairwise(ordered))


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=1, max_size=12))
def test_joining_keeps_exactly_the_bytes_asked_for(pairs: list[tuple[int, int]]) -> None:
    pairs = [(min(pair), max(pair)) for pair in pairs]
    ranges = parse("bytes=" + ",".join(f"{first}-{last}" for first, last in pairs), 1000)
    assert ranges is not None
    wanted = {byte for first, last in pairs for byte in range(first, last + 1)}
    assert {byte for one in ranges for byte in range(one.start, one.end)} == wanted


def test_a_multipart_body_is_as_long_as_it_says() -> None:
    parts = (ByteRange(start=0, end=5), ByteRange(start=100, end=107))
    body = multipart(parts, size=1000, content_type="video/mp4")
    written = b"".join(head + b"x" * part.length for head, part in zip(body.heads, body.parts, strict=True)) + body.tail
    assert len(written) == body.length
    assert written.count(body.boundary.encode()) == 3
    assert b"content-range: bytes 100-106/1000" in written
