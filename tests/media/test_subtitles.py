from __future__ import annotations

from pathlib import Path

import pytest

from foyer.errors import MediaError
from foyer.media.cues import Cue
from foyer.media.probe import probe
from foyer.media.sidecars import parse_sidecar
from foyer.media.subtitle_kinds import is_picture_subtitle, is_text_subtitle
from foyer.media.subtitles import extract, read_sidecar
from foyer.media.workers import MediaWorkers
from tests.media.clips import ASS, SRT, Clips, ffmpeg


def assert_same(found: tuple[Cue, ...], wanted: tuple[Cue, ...]) -> None:
    """The same texts at the same times, but for the few milliseconds by which a muxer moves a whole file."""
    assert [cue.text for cue in found] == [cue.text for cue in wanted]
    shift = found[0].start_us - wanted[0].start_us
    assert 0 <= shift <= 30_000
    assert [cue.start_us - shift for cue in found] == [cue.start_us for cue in wanted]
    assert [cue.end_us - shift for cue in found] == [cue.end_us for cue in wanted]


def test_embedded_text_is_what_the_files_were(clips: Clips) -> None:
    found = extract(clips.multi_mkv(), [3, 4, 5])
    assert found[3] == found[4]
    assert_same(found[3], parse_sidecar(SRT.encode(), ".srt"))
    assert_same(found[5], parse_sidecar(ASS.encode(), ".ass"))


def test_mov_text_keeps_its_text_and_times(clips: Clips) -> None:
    path = clips.captioned_mp4()
    (stream,) = (s.index for s in probe(path).streams if s.codec == "mov_text")
    cues = extract(path, [stream])[stream]
    assert [(c.start_us, c.end_us) for c in cues] == [(500_000, 1_400_000), (1_500_000, 2_900_000)]
    assert cues[0].text == "<i>Line one</i> &amp; <b>bold</b>\nsecond row"
    assert "Über red" in cues[1].text


def test_webvtt_in_a_container(clips: Clips, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(SRT)
    path = tmp_path / "vtt.webm"
    ffmpeg("-i", clips.vp9_webm(), "-i", tmp_path / "a.srt", "-map", "0:v", "-map", "1", "-c:v", "copy", path)
    cues = extract(path, [1])[1]
    assert cues[0] == Cue(start_us=500_000, end_us=1_400_000, text="<i>Line one</i> &amp; <b>bold</b>\nsecond row")


def test_times_are_those_of_a_file_that_does_not_start_at_zero(clips: Clips, tmp_path: Path) -> None:
    path = tmp_path / "late.mkv"
    ffmpeg("-i", clips.multi_mkv(), "-map", "0:v:0", "-map", "0:3", "-c", "copy", "-output_ts_offset", "2.5", path)
    assert extract(path, [1])[1][0].start_us - extract(clips.multi_mkv(), [3])[3][0].start_us == 2_500_000


def test_pictures_are_not_text(clips: Clips) -> None:
    path = clips.bitmap_mkv()
    stream = next(s for s in probe(path).streams if s.codec == "hdmv_pgs_subtitle")
    assert is_picture_subtitle(stream.codec)
    assert not is_text_subtitle(stream.codec)
    with pytest.raises(MediaError, match="not a text subtitle") as caught:
        extract(path, [stream.index])
    assert caught.value.details["reason"] == "not_text"


@pytest.mark.parametrize("index", [0, 1, 99, -1])
def test_other_streams_have_no_subtitles(clips: Clips, index: int) -> None:
    with pytest.raises(MediaError):
        extract(clips.film_mkv(), [index])


def test_a_truncated_film_gives_the_subtitles_it_has(clips: Clips, tmp_path: Path) -> None:
    data = clips.multi_mkv().read_bytes()
    part = tmp_path / "part.mkv"
    part.write_bytes(data[: len(data) // 2])
    assert extract(part, [3])[3][0] == extract(clips.multi_mkv(), [3])[3][0]


def test_a_sidecar_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError):
        read_sidecar(tmp_path)
    with pytest.raises(MediaError):
        read_sidecar(tmp_path / "none.srt")


async def test_the_workers_do_the_same(workers: MediaWorkers, clips: Clips, tmp_path: Path) -> None:
    sidecar = tmp_path / "a.srt"
    sidecar.write_bytes("1\n00:00:01,000 --> 00:00:02,000\nЖизнь\n".encode("cp1251"))
    assert await workers.subtitles(clips.multi_mkv(), [3, 5]) == extract(clips.multi_mkv(), [3, 5])
    assert await workers.subtitle(clips.multi_mkv(), 4) == extract(clips.multi_mkv(), [4])[4]
    assert (await workers.sidecar(sidecar, "ru"))[0].text == "Жизнь"
    with pytest.raises(MediaError) as caught:
        await workers.subtitle(clips.film_mkv(), 0)
    assert caught.value.details["reason"] == "not_text"
