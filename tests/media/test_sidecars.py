from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.errors import MediaError
from foyer.media.cues import Cue
from foyer.media.sidecars import MAX_BYTES, SidecarName, decode_text, parse_sidecar, parse_sidecar_name
from tests.media.clips import ASS, SRT


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Film.srt", SidecarName(language=None)),
        ("Film.en.srt", SidecarName(language="en")),
        ("film.EN.SRT", SidecarName(language="en")),
        ("Film.en.forced.srt", SidecarName(language="en", is_forced=True)),
        ("Film.pt-BR.sdh.srt", SidecarName(language="pt-BR", is_hearing_impaired=True)),
        ("Film.ger.default.ass", SidecarName(language="de", is_default=True)),
        ("Film_eng.vtt", SidecarName(language="en")),
        ("Film [German] (Forced).srt", SidecarName(language="de", is_forced=True)),
        ("Film.en.hi.srt", SidecarName(language="en", is_hearing_impaired=True)),
        ("Film.hi.srt", SidecarName(language="hi")),
        ("Film.2.en.srt", SidecarName(language="en")),
        ("Film.en.Directors.Cut.srt", SidecarName(language="en", title="Directors Cut")),
        ("Film.zh-Hant.cc.ssa", SidecarName(language="zh-Hant", is_hearing_impaired=True)),
        ("Film.commentary.en.srt", SidecarName(language="en", is_commentary=True)),
    ],
)
def test_what_a_name_says(name: str, expected: SidecarName) -> None:
    assert parse_sidecar_name(name, "Film.mkv") == expected


@pytest.mark.parametrize("name", ["Other.en.srt", "Filmed.srt", "Film.txt", "Film.mkv", "Fil.srt", ".srt", "Film2.srt"])
def test_files_of_another_film_or_kind_are_left_alone(name: str) -> None:
    assert parse_sidecar_name(name, "Film.mkv") is None


def test_a_films_own_dots_are_no_flags() -> None:
    assert parse_sidecar_name("The.It.Film.2020.no.srt", "The.It.Film.2020.mkv") == SidecarName(language="no")


TEXT = "Größe, naïve “quotes”"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_are_recognised(encoding: str) -> None:
    assert decode_text(f"1\n00:00:01,000 --> 00:00:02,000\n{TEXT}\n".encode(encoding)).endswith(f"{TEXT}\n")


@pytest.mark.parametrize(
    ("language", "encoding", "text"),
    [
        ("ru", "cp1251", "Привет"),
        ("pl", "cp1250", "Zażółć gęślą"),
        ("el", "cp1253", "Καλημέρα"),
        ("ja", "cp932", "こんにちは"),
        ("zh", "gb18030", "你好世界"),
        ("zh-Hant", "big5", "你好世界"),
        ("ko", "cp949", "안녕하세요"),
        ("sr-Latn", "cp1251", "Здраво"),
    ],
)
def test_the_language_of_the_name_helps_with_old_encodings(language: str, encoding: str, text: str) -> None:
    assert decode_text(text.encode(encoding), language) == text


def test_subrip() -> None:
    assert parse_sidecar(SRT.encode(), ".srt") == (
        Cue(start_us=500_000, end_us=1_400_000, text="<i>Line one</i> &amp; <b>bold</b>\nsecond row"),
        Cue(start_us=1_500_000, end_us=2_900_000, text="Über red"),
    )


def test_ass() -> None:
    assert parse_sidecar(ASS.encode(), ".ass") == (
        Cue(start_us=500_000, end_us=1_400_000, text="<i>Styled, with a comma\nline two</i>"),
        Cue(start_us=2_000_000, end_us=2_900_000, text="plain <b>bold</b>"),
    )


def test_webvtt_with_notes_styles_identifiers_and_settings() -> None:
    text = (
        "WEBVTT - a title\n\nSTYLE\n::cue { color: red }\n\nNOTE\n00:00 no timing here\n\n"
        "intro\n00:01.000 --> 00:02.000 line:0 align:start\n<v Ann>Hi <b>you</b>\n\nNOTE between\n\n"
        "1:00:00.000 --> 1:00:01.500\nhour\n"
    )
    assert parse_sidecar(text.encode(), ".vtt") == (
        Cue(start_us=1_000_000, end_us=2_000_000, text="Hi <b>you</b>"),
        Cue(start_us=3_600_000_000, end_us=3_601_500_000, text="hour"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "1\r\n00:00:01,000 --> 00:00:02,000\r\na\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nb\r\n",
        "00:00:01.000 --> 00:00:02.000\na\n00:00:03.000 --> 00:00:04.000\nb",
        "1\n0:0:1,0 -> 0:0:2,0\na\n2\n0:0:3,0 --> 0:0:4,0\nb",
        "\ufeff\n\n7\n00:00:01,000-->00:00:02,000\na\n\n\n9\n00:00:03,000 --> 00:00:04,000 X1:5 Y1:5\nb\n",
        "2\n00:00:03,000 --> 00:00:04,000\nb\n\n1\n00:00:01,000 --> 00:00:02,000\na",
    ],
)
def test_subrip_as_people_write_it(text: str) -> None:
    assert [(c.start_us, c.end_us, c.text) for c in parse_sidecar(text.encode(), ".srt")] == [
        (1_000_000, 2_000_000, "a"),
        (3_000_000, 4_000_000, "b"),
    ]


def test_a_line_that_is_a_number_is_kept_where_it_is_spoken() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n42\n\n2\n00:00:03,000 --> 00:00:04,000\nb"
    assert parse_sidecar(text.encode(), ".srt")[0].text == "42"


def test_what_is_no_subtitle_file_is_refused() -> None:
    for data in (b"", b"hello", bytes(1000), bytes(range(256)) * 50, b"[Script Info]\n[Events]\nDialogue: ,,,\n"):
        with pytest.raises(MediaError, match="no subtitles"):
            parse_sidecar(data, ".srt")
    with pytest.raises(MediaError, match="too large"):
        parse_sidecar(bytes(MAX_BYTES + 1), ".srt")


@given(st.binary(max_size=300), st.sampled_from([".srt", ".ass", ".vtt"]), st.sampled_from([None, "ru", "ja"]))
def test_any_bytes_are_cues_or_an_error(data: bytes, extension: str, language: str | None) -> None:
    for content in (data, b"1\n00:00:01,000 --> 00:00:02,000\n" + data, ASS.encode() + b"Dialogue: 0," + data):
        try:
            cues = parse_sidecar(content, extension, language)
        except MediaError:
            continue
        assert all(cue.end_us > cue.start_us for cue in cues)
