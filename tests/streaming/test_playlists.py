from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.media.info import HdrKind
from foyer.streaming.options import StreamOptions, VideoChoice
from foyer.streaming.playlists import master_playlist, media_playlist
from foyer.streaming.renditions import present
from foyer.streaming.selection import select
from tests.streaming.facts import CODECS, DESCRIBED, ENGLISH, GERMAN, TEXTS, VIDEO, film

_GOLDEN = Path(__file__).with_name("golden")


def _same(text: str, name: str) -> None:
    assert text == (_GOLDEN / name).read_text()


def test_a_master_playlist_lists_the_copy_above_the_ladder_with_every_track() -> None:
    source = film(VIDEO, ENGLISH, GERMAN, DESCRIBED, texts=TEXTS)
    options = StreamOptions(copy_audio=frozenset({"eac3"}), audio=2, text=8)
    _same(master_playlist(select(present(source, CODECS), options)), "everything.m3u8")


def test_a_master_playlist_of_a_copy_has_one_variant() -> None:
    hdr = replace(VIDEO, hdr=HdrKind.HDR10, codec="hevc", width=3840, height=2160)
    source = film(hdr, ENGLISH)
    selection = select(present(source, CODECS | {0: "hvc1.2.4.L153.B0"}), StreamOptions(video=VideoChoice.COPY))
    _same(master_playlist(selection), "copy-hdr.m3u8")


def test_a_file_without_video_is_a_variant_of_sound() -> None:
    source = film(ENGLISH, boundaries=(0, 196608, 393216, 480000))
    _same(master_playlist(select(present(source, CODECS), StreamOptions(max_channels=6))), "sound.m3u8")


def test_media_playlists_have_exact_durations_and_relative_uris() -> None:
    presentation = present(film(texts=TEXTS), CODECS)
    _same(media_playlist(presentation.rendition("v0c")), "video.m3u8")
    _same(media_playlist(presentation.rendition("a1n2")), "audio.m3u8")
    _same(media_playlist(presentation.rendition("t7")), "text.m3u8")


def test_every_variant_of_a_film_is_cut_alike() -> None:
    presentation = present(film(), CODECS)
    bodies = {media_playlist(video) for video in presentation.video}
    assert len(bodies) == 1


@given(st.lists(st.integers(1, 2_000_000), min_size=1, max_size=50), st.integers(0, 100_000))
def test_durations_never_exceed_the_target_and_add_up(steps: list[int], start: int) -> None:
    ticks = [start]
    for step in steps:
        ticks.append(ticks[-1] + step)
    source = film(boundaries=tuple(ticks))
    for name in ("v0h1080", "a1n2"):
        text = media_playlist(present(source, {}).rendition(name))
        durations = [float(found) for found in re.findall(r"#EXTINF:([\d.]+),", text)]
        target = int(re.findall(r"TARGETDURATION:(\d+)", text)[0])
        assert all(round(duration) <= target for duration in durations)
        assert sum(durations) == pytest.approx((ticks[-1] - ticks[0]) / 24000, abs=1e-3)


def test_a_title_cannot_break_out_of_its_quotes() -> None:
    evil = replace(ENGLISH, title='x",URI="http://evil/"\n#EXT-X-ENDLIST\r\x00')
    text = master_playlist(select(present(film(VIDEO, evil), CODECS), StreamOptions()))
    line = next(line for line in text.splitlines() if line.startswith("#EXT-X-MEDIA"))
    assert line.count('URI="') == 1
    assert 'URI="a1n2/index.m3u8"' in line
    assert "#EXT-X-ENDLIST" not in text.splitlines()


def test_names_within_a_group_are_unique() -> None:
    twin = replace(ENGLISH, index=4)
    text = master_playlist(select(present(film(VIDEO, ENGLISH, twin), CODECS), StreamOptions()))
    names = re.findall(r'NAME="([^"]*)"', text)
    assert len(names) == len(set(names)) == 2


def test_frame_rates_are_decimal() -> None:
    slow = replace(VIDEO, frame_rate=Fraction(30000, 1001))
    text = master_playlist(select(present(film(slow), CODECS), StreamOptions()))
    assert "FRAME-RATE=29.970" in text
