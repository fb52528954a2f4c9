from __future__ import annotations

import struct
from pathlib import Path

import pytest

from foyer.errors import MediaError
from foyer.media.copying import ByteRange, ranges
from foyer.media.fmp4 import box, full_box
from foyer.media.mp4.boxes import Box, children
from foyer.media.mp4.edits import Edits, read_edits
from foyer.media.mp4.tables import read_samples, trim
from foyer.media.source_file import SourceFile


def table(kind: bytes, *words: int) -> bytes:
    return full_box(kind, 0, 0, struct.pack(f">{len(words)}I", *(w & 0xFFFF_FFFF for w in words)))


def stbl(*tables: bytes) -> tuple[bytes, Box]:
    data = b"".join(tables)
    return data, Box(b"stbl", 0, len(data))


STTS = table(b"stts", 1, 6, 10)
SIZES = table(b"stsz", 0, 6, 1, 2, 3, 4, 5, 6)


def test_chunks_with_different_numbers_of_samples_place_every_sample() -> None:
    samples = read_samples(
        *stbl(STTS, SIZES, table(b"stsc", 2, 1, 2, 1, 3, 1, 1), table(b"stco", 4, 100, 200, 300, 400)), Edits()
    )
    assert samples.offset.tolist() == [100, 101, 200, 203, 300, 400]
    assert samples.sync.all()


def test_negative_offsets_are_read_even_from_a_version_0_table() -> None:
    ctts = table(b"ctts", 3, 1, 20, 2, -10, 3, 0)
    samples = read_samples(*stbl(STTS, SIZES, table(b"stsc", 1, 1, 6, 1), table(b"stco", 1, 8), ctts), Edits(shift=-20))
    assert samples.pts.tolist() == [0, -20, -10, 10, 20, 30]


def test_partial_sync_samples_count_as_keyframes() -> None:
    keys = table(b"stss", 2, 1, 4), table(b"stps", 1, 6)
    samples = read_samples(*stbl(STTS, SIZES, table(b"stsc", 1, 1, 6, 1), table(b"stco", 1, 8), *keys), Edits())
    assert samples.sync.tolist() == [True, False, False, True, False, True]


def test_wide_offsets_and_compact_sizes_are_read() -> None:
    wide = full_box(b"co64", 0, 0, struct.pack(">IQ", 1, 2**40))
    small = full_box(b"stz2", 0, 0, struct.pack(">3xBI", 4, 3) + b"\x12\x30")
    samples = read_samples(*stbl(STTS, small, table(b"stsc", 1, 1, 3, 1), wide), Edits())
    assert samples.size.tolist() == [1, 2, 3]
    assert samples.offset.tolist() == [2**40, 2**40 + 1, 2**40 + 3]


def test_the_shortest_table_decides_how_many_samples_there_are() -> None:
    samples = read_samples(
        *stbl(table(b"stts", 1, 4, 10), SIZES, table(b"stsc", 1, 1, 6, 1), table(b"stco", 1, 8)), Edits()
    )
    assert len(samples) == 4


def edit_list(*entries: tuple[int, int, int]) -> bytes:
    return struct.pack(">II", 0, len(entries)) + b"".join(struct.pack(">Iii", *entry) for entry in entries)


def test_a_delay_and_a_media_time_move_the_track() -> None:
    edits = read_edits(edit_list((500, -1, 0x10000), (2000, 1024, 0x10000)), 1000, 48_000)
    assert edits == Edits(shift=24_000 - 1024, start=24_000, end=24_000 + 96_000)


def test_delays_are_rounded_as_libavutil_does() -> None:
    assert read_edits(edit_list((1, -1, 0x10000), (0, 0, 0x10000)), 1000, 12_500).shift == 13


def test_several_stretches_or_another_speed_are_not_simple() -> None:
    assert not read_edits(edit_list((10, 0, 0x10000), (10, 50, 0x10000)), 1000, 1000).is_simple
    assert not read_edits(edit_list((10, 0, 0x8000)), 1000, 1000).is_simple


def test_samples_after_the_edits_end_are_left_out_but_not_those_needed_before_it() -> None:
    data, box_ = stbl(
        STTS, SIZES, table(b"stsc", 1, 1, 6, 1), table(b"stco", 1, 8), table(b"ctts", 4, 3, 0, 1, 20, 1, 0, 1, 10)
    )
    samples = read_samples(data, box_, Edits())
    assert samples.pts.tolist() == [0, 10, 20, 50, 40, 60]
    assert len(trim(samples, Edits(end=45))) == 5
    assert len(trim(samples, Edits(end=15))) == 2
    assert len(trim(samples, Edits())) == 6


def test_neighbouring_samples_become_one_range() -> None:
    samples = read_samples(*stbl(STTS, SIZES, table(b"stsc", 1, 1, 3, 1), table(b"stco", 2, 100, 200)), Edits())
    assert ranges(samples.offset, samples.size) == (ByteRange(100, 6), ByteRange(200, 15))
    assert ranges(samples.offset[:0], samples.size[:0]) == ()


def test_padding_behind_the_last_child_is_no_error() -> None:
    data = box(b"free", b"abc") + bytes(12)
    assert [child.kind for child in children(data, 0, len(data))] == [b"free"]
    with pytest.raises(MediaError):
        list(children(data[:-12] + b"\0\0\0\x05free", 0, len(data) - 4))


def test_reads_outside_a_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "some.bin"
    path.write_bytes(b"0123456789")
    with SourceFile.open(path) as source:
        assert source.read(8, 2) == b"89"
        assert source.read_up_to(8, 100) == b"89"
        assert source.read_up_to(99, 1) == b""
        for offset, length in ((8, 3), (-1, 2), (0, -1), (2**70, 1)):
            with pytest.raises(MediaError):
                source.read(offset, length)
        path.write_bytes(b"01")
        with pytest.raises(MediaError, match="shorter"):
            source.read(4, 4)
    with pytest.raises(ValueError, match="closed"):
        source.fileno()
