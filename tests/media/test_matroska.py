from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from foyer.errors import MediaError
from foyer.media.file_index import CopyRefusal
from foyer.media.index import build_index
from foyer.media.info import StreamKind
from foyer.media.matroska.header import MatroskaTrack, read_header
from foyer.media.matroska.indexing import index_matroska
from foyer.media.remux import Remuxer
from foyer.media.source_file import SourceFile
from tests.media.index_clips import info_of, make, packets, stitched
from tests.media.matroska_writer import Frame, Layout, element, number, write


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.getbasetemp() / "index-clips"
    folder.mkdir(exist_ok=True)
    return folder


def entry(track: MatroskaTrack) -> bytes:
    """A TrackEntry payload like the one ``track`` was read from."""
    kind = 1 if track.kind is StreamKind.VIDEO else 2
    common = number(0xD7, kind) + number(0x73C5, kind) + number(0x83, kind) + element(0x86, track.codec_id.encode())
    private = element(0x63A2, track.private) if track.private else b""
    if kind == 1:
        return common + private + element(0xE0, number(0xB0, track.width), number(0xBA, track.height))
    return common + private + element(0xE1, number(0x9F, track.channels), element(0xB5, b"\x47\x3b\x80\x00"))


def rewritten(source: Path, target: Path, layout: Layout) -> Path:
    """``source``'s frames in another layout."""
    with SourceFile.open(source) as opened:
        tracks = [entry(t) for t in read_header(opened).tracks]
    frames = []
    for number_, kind in ((1, "video"), (2, "audio")):
        read = packets(source, kind)
        rows = zip(read.pts, read.keys, read.payloads, strict=True)
        frames += [Frame(number_, round(pts * 1000), key, data) for pts, key, data in rows]
    # Stored by time, as a muxer interleaves; video keeps its decode order among itself.
    video = [f for f in frames if f.track == 1]
    audio = [f for f in frames if f.track == 2]
    stored: list[Frame] = []
    for frame in video:
        while audio and audio[0].time <= frame.time and (frame.is_key or audio[0].time < frame.time - 200):
            stored.append(audio.pop(0))
        stored.append(frame)
    target.write_bytes(write(tracks, stored + audio, layout))
    return target


LAYOUTS = {
    "xiph lacing": Layout(lacing="xiph"),
    "EBML lacing": Layout(lacing="ebml"),
    "fixed lacing": Layout(lacing="fixed"),
    "block groups": Layout(groups=True),
    "clusters of unknown size": Layout(unknown_sizes=True),
    "stripped headers": Layout(stripped={2: b"\x0b\x77"}),
    "stripped headers and lacing": Layout(stripped={2: b"\x0b\x77"}, lacing="xiph"),
    "no cues": Layout(cues="none"),
    "cues of other times": Layout(cues="wrong"),
    "one cue": Layout(cues="first"),
    "a SeekHead that points to itself": Layout(cues="loop"),
    "unknown sizes without cues": Layout(unknown_sizes=True, groups=True, cues="none"),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_yields_the_same_frames_at_the_same_times(clips: Path, tmp_path: Path, layout: Layout) -> None:
    source = make(clips, "hevc.mkv")
    path = rewritten(source, tmp_path / "other.mkv", layout)
    index = build_index(path, info_of(path))
    assert index.copy_allowed
    assert index.boundaries[:-1] == build_index(source, info_of(source)).boundaries[:-1]
    original = {kind: packets(source, kind) for kind in ("video", "audio")}
    with Remuxer.open(path, index) as remuxer:
        for track, kind in ((0, "video"), (1, "audio")):
            made = packets(stitched(remuxer, track, range(index.segment_count)), kind)
            assert made.payloads == original[kind].payloads
            late = max(abs(a - b) for a, b in zip(made.pts, original[kind].pts, strict=True))
            assert late <= (0 if kind == "video" else Fraction(11, 10_000))


def test_libav_reads_the_layouts_alike(clips: Path, tmp_path: Path) -> None:
    """The writer itself is checked against another reader."""
    source = make(clips, "hevc.mkv")
    for name in ("xiph lacing", "EBML lacing", "stripped headers", "block groups"):
        path = rewritten(source, tmp_path / "other.mkv", LAYOUTS[name])
        assert packets(path, "audio").payloads == packets(source, "audio").payloads


def test_cues_that_point_nowhere_lead_to_a_walk(clips: Path, tmp_path: Path) -> None:
    source = make(clips, "h264.mkv")
    data = bytearray(source.read_bytes())
    cues = data.rindex(b"\x1c\x53\xbb\x6b")
    data[cues + 8 : cues + 40] = b"\xff" * 32
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(data)
    assert build_index(broken, info_of(broken)).boundaries == build_index(source, info_of(source)).boundaries


def test_a_file_cut_short_is_indexed_as_far_as_it_goes(clips: Path, tmp_path: Path) -> None:
    source = make(clips, "h264.mkv")
    data = source.read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(data[: len(data) * 2 // 3])
    index = build_index(cut, info_of(cut))
    whole = build_index(source, info_of(source))
    assert index.boundaries[:2] == whole.boundaries[:2]
    assert Fraction(6) < index.duration < Fraction(9)
    with Remuxer.open(cut, index) as remuxer:
        assert len(packets(stitched(remuxer, 0, [0, 1]), "video").pts) > 100


def test_a_file_without_clusters_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "empty.mkv"
    path.write_bytes(element(0x1A45DFA3, element(0x4282, b"matroska")) + element(0x18538067, number(0xEC, 0)))
    with SourceFile.open(path) as source, pytest.raises(MediaError, match="cut short"):
        read_header(source)


def test_compressed_tracks_are_not_copied(clips: Path, tmp_path: Path) -> None:
    source = make(clips, "hevc.mkv")
    path = rewritten(source, tmp_path / "zlib.mkv", Layout(stripped={2: b""}))
    data = path.read_bytes().replace(number(0x4254, 3), number(0x4254, 0))
    path.write_bytes(data)
    with SourceFile.open(path) as opened:
        index = index_matroska(opened, info_of(source))
    assert index.audio[0].copy_refusal is CopyRefusal.ENCRYPTED
    assert index.copy_allowed


def test_unsupported_audio_is_not_copied(clips: Path, tmp_path: Path) -> None:
    source = make(clips, "hevc.mkv")
    path = rewritten(source, tmp_path / "dts.mkv", Layout())
    path.write_bytes(path.read_bytes().replace(b"A_AC3", b"A_DTS"))
    with SourceFile.open(path) as opened:
        index = index_matroska(opened, info_of(source))
    assert index.audio[0].copy_refusal is CopyRefusal.CODEC
