"""Titles as they are compared, sorted and misspelt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.library.titles import fold, key, sort_title, words
from foyer.library.words import distance, forms


@pytest.mark.parametrize(
    ("title", "sorted_as"),
    [
        ("The Matrix", "matrix"),
        ("A Bug's Life", "bugs life"),
        ("Amélie", "amelie"),
        ("Les Misérables", "miserables"),
        ("Der Untergang", "untergang"),
        ("Die Hard", "die hard"),
        ("The", "the"),
        ("Ocean's 8", "oceans 0000000008"),
        ("Straße", "strasse"),
        ("...", "..."),
        ("千と千尋の神隠し", "千と千尋の神隠し"),
    ],
)
def test_a_title_sorts_without_article_accents_and_by_the_value_of_numbers(title: str, sorted_as: str) -> None:
    assert sort_title(title) == fold(sorted_as)


def test_nine_comes_before_ten() -> None:
    assert sort_title("Part 9") < sort_title("Part 10")


@pytest.mark.parametrize(
    ("one", "other"), [("WALL·E", "Wall-E"), ("Don't Look Up", "Dont Look Up"), ("Amélie!", "amelie")]
)
def test_spellings_of_one_title_have_one_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@given(st.text(max_size=80))
def test_any_text_has_a_key_and_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    sort_title(text)
    assert words(text) == words(fold(text))


@given(st.text("abcdef", min_size=3, max_size=8), st.text("abcdef", min_size=3, max_size=8))
def test_words_one_slip_apart_share_a_form(one: str, other: str) -> None:
    if distance(one, other) <= 1:
        assert forms(one) & forms(other)
