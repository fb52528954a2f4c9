from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest

from foyer.media.formats import TrackFormat
from foyer.media.index import build_index
from foyer.media.matroska.header import read_header
from foyer.media.matroska.tracks import read_tracks
from foyer.media.remux import Remuxer
from foyer.media.silence import silence_for
from foyer.media.source_file import SourceFile
from tests.media.index_clips import ffmpeg, info_of, make, packets, stitched


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.getbasetemp() / "index-clips"
    folder.mkdir(exist_ok=True)
    return folder


def loudness(data: bytes) -> list[float]:
    """The loudest sample of each decoded frame."""
    with av.open(BytesIO(data), "r") as container:
        return [float(np.abs(frame.to_ndarray().astype(np.float64)).max()) for frame in container.decode(audio=0)]


@pytest.mark.parametrize(
    "name", ["h264.mp4", "hevc.mkv", "eac3.mp4", "eac3.mkv", "flac.mp4", "av1.mkv", "opus.mp4", "mp3.mkv"]
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_sound_that_starts_late_and_ends_early_is_made_as_long_as_the_picture(
    clips: Path, tmp_path: Path, name: str, suffix: str
) -> None:
    source = make(clips, name)
    path = tmp_path / f"short{suffix}"
    late = ["-itsoffset", "2.7", "-t", "5.2", "-i", str(source)]
    ffmpeg("-i", str(source), *late, "-map", "0:v", "-map", "1:a", "-c", "copy", "-strict", "-2", str(path))
    index = build_index(path, info_of(path))
    audio = index.audio[0]
    original = packets(path, "audio")
    with Remuxer.open(path, index) as remuxer:
        pieces = [packets(stitched(remuxer, audio.stream, [i]), "audio") for i in range(index.segment_count)]
        whole = stitched(remuxer, audio.stream, range(index.segment_count))
    made = packets(whole, "audio")
    assert all(piece.pts for piece in pieces)
    assert b"".join(original.payloads) in b"".join(made.payloads)
    step = made.pts[1] - made.pts[0]
    assert made.pts[0] <= index.media_time(0) + step + Fraction(1, 1000)
    assert abs(made.pts[-1] + step - index.media_time(index.segment_count)) <= step
    gaps = [b - a for a, b in zip(made.pts[:-1], made.pts[1:], strict=True)]
    # Where sound was cut out of its own frame grid one joint may be off by what Matroska rounds.
    assert max(abs(gap - step) for gap in gaps) <= Fraction(1, 500)
    whole_path = tmp_path / "whole.mp4"
    whole_path.write_bytes(whole)
    assert ffmpeg("-i", str(whole_path), "-f", "null", "-") == ""
    frames = loudness(whole)
    tenth = len(frames) // 10
    loudest = max(frames)
    assert loudest > 0
    assert max(frames[:tenth] + frames[-tenth:]) < loudest / 1000


@pytest.mark.parametrize(
    ("codec", "layouts"),
    [
        ("aac", ("mono", "stereo", "5.1")),
        ("ac3", ("mono", "stereo", "5.1")),
        ("eac3", ("mono", "stereo", "5.1")),
        ("flac", ("mono", "stereo", "5.1")),
        ("libmp3lame", ("mono", "stereo")),
        ("libopus", ("mono", "stereo")),
    ],
)
def test_silence_lasts_as_long_as_a_packet_of_its_track(tmp_path: Path, codec: str, layouts: tuple[str, ...]) -> None:
    for layout in layouts:
        check_silence(tmp_path, codec, layout)


def check_silence(tmp_path: Path, codec: str, layout: str) -> None:
    path = tmp_path / "sound.mkv"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        f"anoisesrc=r=48000,aformat=channel_layouts={layout}",
        "-t",
        "0.5",
        "-c:a",
        codec,
        str(path),
    )
    with SourceFile.open(path) as source:
        [track] = read_tracks(source, read_header(source)).values()
    assert isinstance(track.format, TrackFormat)
    silence = silence_for(track.format)
    assert silence is not None
    assert silence.samples == track.frame_size
    assert silence.rate == 48_000


def test_silence_a_player_bridges_itself_is_not_filled(clips: Path, tmp_path: Path) -> None:
    source = make(clips, "h264.mp4")
    path = tmp_path / "nearly.mp4"
    late = ["-itsoffset", "0.3", "-t", "11.8", "-i", str(source)]
    ffmpeg("-i", str(source), *late, "-map", "0:v", "-map", "1:a", "-c", "copy", str(path))
    index = build_index(path, info_of(path))
    with Remuxer.open(path, index) as remuxer:
        made = packets(stitched(remuxer, 1, range(index.segment_count)), "audio")
    assert made.payloads == packets(path, "audio").payloads[-len(made.payloads) :]
    assert float(made.pts[0]) == pytest.approx(0.3, abs=0.03)
