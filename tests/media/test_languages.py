from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.media.languages import from_word, normalise


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("eng", "en"),
        ("ger", "de"),
        ("deu", "de"),
        ("FRE", "fr"),
        ("chi", "zh"),
        ("pt_br", "pt-BR"),
        ("pt-BR", "pt-BR"),
        ("ZH-hans-CN", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("eng-US", "en-US"),
        ("iw", "he"),
        ("pob", "pt-BR"),
        ("Deutsch", "de"),
        ("nds", "nds"),
        ("fil", "fil"),
        ("sr-Latn", "sr-Latn"),
        ("en-x-commentary", "en"),
        (" jpn ", "ja"),
    ],
)
def test_every_spelling_of_a_language_becomes_one_tag(text: str, tag: str) -> None:
    assert normalise(text) == tag


@pytest.mark.parametrize("text", [None, "", "und", "mul", "zxx", "qaa", "xx", "12", "e", "\xff", "language", "en us"])
def test_what_is_no_language_is_none(text: str | None) -> None:
    assert normalise(text) is None


@pytest.mark.parametrize(
    "code", ["alb", "arm", "baq", "bur", "cze", "dut", "geo", "gre", "ice", "mac", "mao", "may", "per"]
)
def test_bibliographic_codes_are_known(code: str) -> None:
    tag = normalise(code)
    assert tag is not None
    assert len(tag) == 2


@given(st.text(max_size=60))
def test_any_text_gives_a_short_tag_or_nothing_and_is_stable(text: str) -> None:
    tag = normalise(text)
    if tag is not None:
        assert len(tag) <= 12
        assert normalise(tag) == tag


@pytest.mark.parametrize(("word", "tag"), [("en", "en"), ("pt-BR", "pt-BR"), ("german", "de"), ("zh-Hant", "zh-Hant")])
def test_words_of_file_names_that_are_languages(word: str, tag: str) -> None:
    assert from_word(word) == tag


@pytest.mark.parametrize("word", ["the", "1080p", "x264", "dts", "cut", "forced", "sdh"])
def test_words_of_file_names_that_are_not(word: str) -> None:
    assert from_word(word) is None
