"""Files made to hurt: every reader answers with ``MediaError`` or a result, soon and in little memory."""

from __future__ import annotations

import random
import struct
import time
import tracemalloc
from pathlib import Path

import pytest

from foyer.errors import MediaError
from foyer.media.fmp4 import box, full_box
from foyer.media.info import MediaInfo
from foyer.media.matroska.indexing import index_matroska
from foyer.media.mp4.indexing import index_mp4
from foyer.media.mp4.movie import read_movie
from foyer.media.remux import Remuxer
from foyer.media.source_file import SourceFile
from tests.media.index_clips import ffmpeg, info_of, make
from tests.media.matroska_writer import element, number


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three short files: sample tables, fragments, clusters."""
    folder = tmp_path_factory.mktemp("small")
    clips = tmp_path_factory.getbasetemp() / "index-clips"
    clips.mkdir(exist_ok=True)
    source = make(clips, "h264.mp4")
    made = {"tables": folder / "t.mp4", "fragments": folder / "f.mp4", "clusters": folder / "c.mkv"}
    ffmpeg("-t", "6", "-i", str(source), "-c", "copy", str(made["tables"]))
    flags = "+frag_keyframe+empty_moov+default_base_moof"
    ffmpeg("-t", "6", "-i", str(source), "-c", "copy", "-movflags", flags, str(made["fragments"]))
    ffmpeg("-t", "6", "-i", str(source), "-c", "copy", str(made["clusters"]))
    return made


def exercise(path: Path, info: MediaInfo) -> bool:
    """Index a file and write all of its segments; whether it could be done."""
    try:
        with SourceFile.open(path) as source:
            index = (index_matroska if path.suffix == ".mkv" else index_mp4)(source, info)
        with Remuxer.open(path, index) as remuxer:
            for track in remuxer.tracks:
                remuxer.codec_string(track)
                remuxer.init_segment(track)
                for i in range(min(index.segment_count, 6)):
                    remuxer.read(remuxer.segment(track, i))
    except MediaError:
        return False
    return True


def mutated(data: bytes, dice: random.Random, hot: range) -> bytes:
    """A few bytes changed, mostly in the headers; sometimes cut short, sometimes a whole number overwritten."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 2, 5, 20))):
        at = dice.choice(hot) if dice.random() < 0.8 else dice.randrange(len(changed))
        if dice.random() < 0.3 and at + 4 <= len(changed):
            changed[at : at + 4] = struct.pack(">I", dice.choice((0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)))
        else:
            changed[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
    return bytes(changed[: dice.randrange(1, len(changed))] if dice.random() < 0.1 else changed)


@pytest.mark.parametrize("name", ["tables", "fragments", "clusters"])
def test_no_mutation_of_a_real_file_escapes_as_anything_but_a_media_error(
    small: dict[str, Path], tmp_path: Path, name: str
) -> None:
    path = small[name]
    data, info = path.read_bytes(), info_of(path)
    movie = data.find(b"moov") - 4
    hot = range(movie, min(len(data), movie + 8000)) if movie > 100 else range(min(len(data), 4000))
    dice = random.Random(f"{name} 1")
    target = tmp_path / path.name
    outcomes = {True: 0, False: 0}
    for _ in range(250):
        target.write_bytes(mutated(data, dice, hot))
        outcomes[exercise(target, info)] += 1
    assert outcomes[True] > 0
    assert outcomes[False] > 0


def movie(*tables: bytes, timescale: int = 1000, edits: bytes = b"", handler: bytes = b"vide") -> bytes:
    """The smallest movie with one track."""
    stsd = full_box(b"stsd", 0, 0, struct.pack(">I", 1), box(b"zzzz", bytes(80)))
    minf = box(b"minf", box(b"stbl", stsd, *tables))
    mdhd = full_box(b"mdhd", 0, 0, struct.pack(">IIIII", 0, 0, timescale, 0, 0))
    hdlr = full_box(b"hdlr", 0, 0, bytes(4), handler, bytes(13))
    tkhd = full_box(b"tkhd", 0, 0, struct.pack(">III", 0, 0, 1), bytes(68))
    mvhd = full_box(b"mvhd", 0, 0, struct.pack(">IIII", 0, 0, 1000, 0), bytes(80))
    return box(b"ftyp", b"isom") + box(b"moov", mvhd, box(b"trak", tkhd, edits, box(b"mdia", mdhd, hdlr, minf)))


def table(kind: bytes, *words: int) -> bytes:
    return full_box(kind, 0, 0, struct.pack(f">{len(words)}I", *words))


STTS = table(b"stts", 1, 2**32 - 1, 40)
STSC = table(b"stsc", 1, 1, 2**32 - 1, 1)
STCO = table(b"stco", 1, 0)

HOSTILE_MP4 = {
    "a clock without a rate": movie(STTS, STSC, STCO, table(b"stsz", 4, 1), timescale=0),
    "four billion samples of one size": movie(STTS, STSC, STCO, table(b"stsz", 1, 2**32 - 1)),
    "four billion samples in a table of none": movie(STTS, STSC, STCO, table(b"stsz", 0, 2**32 - 1)),
    "a chunk table that turns back": movie(
        STTS, table(b"stsc", 3, 1, 1, 1, 5, 1, 1, 2, 1, 1), STCO, table(b"stsz", 1, 9)
    ),
    "a chunk table longer than its box": movie(STTS, table(b"stsc", 2**31, 1, 1, 1), STCO, table(b"stsz", 1, 9)),
    "an edit list longer than its box": movie(
        STTS, STSC, STCO, table(b"stsz", 1, 1), edits=box(b"edts", table(b"elst", 2**32 - 1, 1, 1, 1))
    ),
    "offsets beyond 63 bits": movie(
        STTS, STSC, full_box(b"co64", 0, 0, struct.pack(">IQ", 1, 2**64 - 1)), table(b"stsz", 1, 1)
    ),
    "a box smaller than its header": box(b"ftyp", b"isom") + struct.pack(">I4s", 4, b"moov"),
    "a movie larger than the file": box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"moov", 2**63) + bytes(99),
    "a child larger than its parent": box(b"moov", struct.pack(">I4s", 2**31, b"mvhd") + bytes(200)),
    "no movie": box(b"ftyp", b"isom") + box(b"mdat", bytes(1000)),
    "only zeros after the first box": box(b"ftyp", b"isom") + bytes(4096),
    "a fragment that claims a billion samples": movie()
    + box(
        b"moof",
        box(
            b"traf",
            full_box(b"tfhd", 0, 0x10, struct.pack(">II", 1, 1)),
            full_box(b"trun", 0, 0, struct.pack(">I", 10**9)),
        ),
    ),
}


@pytest.mark.parametrize("data", HOSTILE_MP4.values(), ids=HOSTILE_MP4.keys())
def test_a_hostile_movie_is_refused_soon_and_cheaply(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "hostile.mp4"
    path.write_bytes(data)
    tracemalloc.start()
    started = time.process_time()
    try:
        with SourceFile.open(path) as source, pytest.raises(MediaError):
            index_mp4(source, video_info())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * 1024 * 1024
    assert time.process_time() - started < 5


def video_info() -> MediaInfo:
    """A probe that believed there is one video stream."""
    from fractions import Fraction  # noqa: PLC0415

    from foyer.media.info import StreamInfo, StreamKind  # noqa: PLC0415

    stream = StreamInfo(index=0, kind=StreamKind.VIDEO, codec="h264", time_base=Fraction(1, 1000))
    return MediaInfo(container="mp4", size=1, duration_us=None, start_us=0, bit_rate=None, streams=(stream,))


def test_many_small_boxes_are_not_read_forever(tmp_path: Path) -> None:
    path = tmp_path / "confetti.mp4"
    path.write_bytes(box(b"ftyp", b"isom") + box(b"free") * 500_000)
    with SourceFile.open(path) as source, pytest.raises(MediaError, match="too many boxes"):
        read_movie(source)


EBML = element(0x1A45DFA3, element(0x4282, b"matroska"))
TRACKS = element(
    0x1654AE6B,
    element(0xAE, number(0xD7, 1), number(0x83, 1), element(0x86, b"V_VP9"), element(0xE0, number(0xB0, 16))),
)


def segment(*parts: bytes) -> bytes:
    return EBML + element(0x18538067, *parts)


def seek(kind: bytes, position: int) -> bytes:
    return element(0x114D9B74, element(0x4DBB, element(0x53AB, kind), number(0x53AC, position)))


HOSTILE_MATROSKA = {
    "a clock without a rate": segment(element(0x1549A966, number(0x2AD7B1, 0)), TRACKS, element(0x1F43B675)),
    "SeekHeads that point to each other": segment(
        seek(b"\x11\x4d\x9b\x74", 0), seek(b"\x11\x4d\x9b\x74", 0), element(0x1F43B675)
    ),
    "no tracks": segment(element(0x1F43B675, number(0xE7, 0))),
    "no blocks": segment(TRACKS, element(0x1F43B675, number(0xE7, 0))),
    "an element of no valid size": segment(TRACKS, b"\x1f\x43\xb6\x75\x00\x00"),
    "a name of five bytes": segment(TRACKS, b"\x08\x00\x00\x00\x00\x80"),
    "a number of nine bytes": segment(element(0x1549A966, element(0x2AD7B1, bytes(9))), element(0x1F43B675)),
    "a header element larger than the file": EBML
    + b"\x18\x53\x80\x67\x01"
    + b"\xff" * 7
    + b"\x16\x54\xae\x6b\x08\xff\xff",
    "a thousand tracks": segment(element(0x1654AE6B, element(0xAE, number(0xD7, 1)) * 1000), element(0x1F43B675)),
    "a laced block without frames": segment(
        TRACKS, element(0x1F43B675, number(0xE7, 0), element(0xA3, b"\x81\x00\x00\x86"))
    ),
    "lacing larger than its block": segment(
        TRACKS, element(0x1F43B675, number(0xE7, 0), element(0xA3, b"\x81\x00\x00\x82\x02\xff\xff\x01ab"))
    ),
    "a clock of 2^64": segment(
        TRACKS, element(0x1F43B675, number(0xE7, 2**64 - 1), element(0xA3, b"\x81\x00\x00\x80a"))
    ),
    "nothing but a header": EBML,
}


@pytest.mark.parametrize("data", HOSTILE_MATROSKA.values(), ids=HOSTILE_MATROSKA.keys())
def test_a_hostile_matroska_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "hostile.mkv"
    path.write_bytes(data)
    with SourceFile.open(path) as source, pytest.raises(MediaError):
        index_matroska(source, video_info())
