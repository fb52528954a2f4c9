from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.errors import MediaError, NotFoundError, ValidationError
from foyer.media.file_index import CopyRefusal
from foyer.streaming.ladder import RUNGS, fit, h264_level
from foyer.streaming.options import StreamOptions, VideoChoice
from foyer.streaming.rendition import Method
from foyer.streaming.renditions import displayed_size, present
from foyer.streaming.selection import select
from tests.streaming.facts import CODECS, ENGLISH, GERMAN, VIDEO, film

FILM = Fraction(24)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3840, 2160), [(1080, 1920, 1080), (720, 1280, 720), (480, 854, 480), (360, 640, 360)]),
        ((1920, 800), [(1080, 1920, 800), (720, 1280, 534), (480, 854, 356), (360, 640, 266)]),
        ((1024, 576), [(720, 1024, 576), (480, 854, 480), (360, 640, 360)]),
        ((640, 360), [(360, 640, 360)]),
        ((1080, 1920), [(1080, 1080, 1920), (720, 720, 1280), (480, 480, 854), (360, 360, 640)]),
        ((321, 181), [(360, 320, 180)]),
        ((1, 1), [(360, 2, 2)]),
    ],
)
def test_the_ladder_fits_the_picture_and_never_enlarges_it(
    size: tuple[int, int], expected: list[tuple[int, int, int]]
) -> None:
    assert [(rung.label, rung.width, rung.height) for rung in fit(*size, FILM)] == expected


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_every_rung_is_even_within_its_box_and_smaller_than_the_one_before(width: int, height: int) -> None:
    rungs = fit(width, height, FILM)
    assert rungs
    for rung in rungs:
        assert rung.width % 2 == rung.height % 2 == 0
        assert rung.width * rung.height <= max(4, (width + 1) * (height + 1))
        assert max(rung.width, rung.height) <= RUNGS[0].width
    areas = [rung.width * rung.height for rung in rungs]
    assert areas == sorted(set(areas), reverse=True)


@pytest.mark.parametrize(
    ("size", "rate", "level"),
    [
        ((640, 360), 24, 30),
        ((1280, 720), 30, 31),
        ((1280, 720), 60, 32),
        ((1920, 1080), 30, 40),
        ((1920, 1080), 60, 42),
    ],
)
def test_levels_are_the_lowest_that_hold_the_stream(size: tuple[int, int], rate: int, level: int) -> None:
    assert h264_level(*size, Fraction(rate), 5_000_000) == level


def test_keys_name_bytes_and_neither_viewer_nor_device() -> None:
    first, second = present(film(), CODECS), present(film(), CODECS)
    assert [video.key for video in first.video] == [video.key for video in second.video]
    assert len({video.key.digest for video in first.video}) == len(first.video)
    changed = replace(film(), mtime_ns=2)
    assert {v.key.digest for v in present(changed, CODECS).video}.isdisjoint(v.key.digest for v in first.video)


def test_what_cannot_be_copied_is_only_encoded() -> None:
    presentation = present(film(refusal=CopyRefusal.CONTAINER), {})
    assert {video.method for video in presentation.video} == {Method.ENCODE}
    assert {audio.method for audio in presentation.audio} == {Method.ENCODE}
    with pytest.raises(MediaError, match="must be converted"):
        select(presentation, StreamOptions(video=VideoChoice.COPY))


def test_limits_choose_rungs_and_leave_at_least_one() -> None:
    presentation = present(film(), CODECS)

    def heights(**limits: int) -> list[int]:
        return [v.height for v in select(presentation, StreamOptions(video=VideoChoice.ENCODE, **limits)).video]  # type: ignore[arg-type]

    assert heights() == [1080, 720, 480, 360]
    assert heights(max_height=720) == [720, 480, 360]
    assert heights(max_bit_rate=1_500_000) == [480, 360]
    assert heights(max_height=100, max_bit_rate=1) == [360]


def test_audio_is_copied_for_who_takes_it_and_encoded_for_who_does_not() -> None:
    presentation = present(film(VIDEO, ENGLISH, GERMAN), CODECS)

    def offered(**options: object) -> list[tuple[str, int]]:
        selection = select(presentation, StreamOptions(**options))  # type: ignore[arg-type]
        return [(audio.codec, audio.channels) for audio in selection.audio]

    assert offered() == [("aac", 2), ("aac", 2)]
    assert offered(max_channels=6) == [("aac", 6), ("aac", 2)]
    assert offered(copy_audio=frozenset({"eac3"})) == [("eac3", 6), ("aac", 2)]


def test_encoded_audio_starts_and_ends_with_the_video() -> None:
    source = film(boundaries=(1_200_000 + 12_000, 1_260_000, 1_300_000), origin_s=48)
    audio = present(source, {}).rendition("a1n2")
    assert audio.cuts.source_time(0) == Fraction(1_212_000, 24_000)
    assert audio.cuts.source_time(audio.cuts.count) == Fraction(1_300_000, 24_000)
    assert audio.cuts.at(0) == 0
    assert audio.cuts.at(10_000) == audio.cuts.count - 1


def test_display_size_has_square_pixels_and_is_upright() -> None:
    assert displayed_size(replace(VIDEO, width=720, height=576, sample_aspect_ratio=Fraction(64, 45))) == (1024, 576)
    assert displayed_size(replace(VIDEO, rotation=90)) == (1080, 1920)


def test_unknown_renditions_are_not_found() -> None:
    with pytest.raises(NotFoundError):
        present(film(), CODECS).rendition("../../etc/passwd")


@given(
    st.builds(
        StreamOptions,
        video=st.sampled_from(VideoChoice),
        max_height=st.none() | st.integers(1, 4320),
        max_bit_rate=st.none() | st.integers(1, 200_000_000),
        copy_audio=st.frozensets(st.sampled_from(["aac", "ac3", "eac3", "flac", "mp3", "opus"])),
        max_channels=st.sampled_from([2, 6]),
        audio=st.none() | st.integers(0, 250),
        text=st.none() | st.integers(1, 2**40),
        start_ms=st.integers(0, 10**8),
    )
)
def test_options_survive_their_text_form_and_fit_a_token(options: StreamOptions) -> None:
    assert StreamOptions.from_text(options.to_text()) == options
    assert len(options.to_text()) <= 64


@given(st.text())
def test_other_text_is_refused(text: str) -> None:
    try:
        options = StreamOptions.from_text(text)
    except ValidationError:
        return
    assert StreamOptions.from_text(options.to_text()) == options
