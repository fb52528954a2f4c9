"""What holds for every text a file system or a hostile client can hand over."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foyer.library.kinds import LibraryKind
from foyer.library.names import ItemKind, identify
from foyer.library.names.clean import LONGEST, prepare
from foyer.library.names.lexer import Lexed

ANY = st.text(st.characters(), max_size=300)  # surrogates too: names that are no UTF-8 arrive as them
PIECES = st.sampled_from(
    [
        *("S01E02", "1x02", "-", "_", ".", "[", "]", "(", ")", "{", "}", "2010", "1080p", "x264", "Title", "part2"),
        *("OVA", "Ep", "05", "012", "v2", "2014.05.12", "www.a.com", "[tmdb=1]", "/", "..", "\n", "1", "The", "cd1"),
        *("\N{CLAPPER BOARD}", "\u202e", "\u200d", "\udcff", "第03話", "сезон", "-trailer", "sample", "Extras"),
        *("Season", "\xb2", "\u0663", "\xbd"),
    ]
)
NAMES = ANY | st.lists(PIECES, max_size=40).map("".join) | st.lists(PIECES, max_size=40).map(" ".join)
KINDS = st.none() | st.sampled_from(LibraryKind)


@settings(max_examples=600, deadline=None)
@given(NAMES, KINDS)
@example(".CD0.TRAILER]", None)
def test_any_text_is_read_without_an_error_and_to_the_same_answer(path: str, kind: LibraryKind | None) -> None:
    identity = identify(path, kind=kind)
    assert identity == identify(path, kind=kind)
    for text in (identity.title, identity.series, identity.parent, identity.artist, identity.album, identity.edition):
        assert text is None or (text == text.strip() and text)
        assert text is None or all(char.isprintable() or char in "\u200c\u200d" for char in text)
    assert list(identity.episodes) == sorted(set(identity.episodes))
    json.dumps(identity.as_json()).encode("ascii")


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=255))
def test_names_that_are_no_utf8_are_read(raw: bytes) -> None:
    path = raw.decode("utf-8", "surrogateescape")
    shown = json.dumps(identify(path).as_json(), ensure_ascii=False)
    assert shown.encode("utf-8")


WORDS = st.lists(
    st.sampled_from(("Amber", "Bridge", "Canyon", "Drum", "Echo", "Forest", "Garden", "Harbour", "Island")),
    min_size=1,
    max_size=4,
)
YEARS = st.integers(1920, 2030)


@given(WORDS, YEARS, st.sampled_from([" ", ".", "_"]))
def test_canonical_film_names_come_back(words: list[str], year: int, separator: str) -> None:
    bracketed = f"({year})" if separator == " " else str(year)
    name = separator.join([*words, bracketed])
    for path in (
        f"{name}.mkv",
        f"{name}/{name}.mkv",
        f"{name}{separator}1080p{separator}BluRay{separator}x264-GRP.mkv",
    ):
        identity = identify(path)
        assert (identity.kind, identity.title, identity.year) == (ItemKind.MOVIE, " ".join(words), year)


FORMS: tuple[Callable[[str, int, int], str], ...] = (
    lambda title, season, episode: f"{title} - S{season:02}E{episode:02}.mkv",
    lambda title, season, episode: f"{title}/Season {season:02}/{title} S{season:02}E{episode:02}.mkv",
    lambda title, season, episode: f"{title.replace(' ', '.')}.s{season}e{episode}.720p.HDTV.x264-GRP.mkv",
    lambda title, season, episode: f"{title} {season}x{episode:02}.avi",
    lambda title, season, episode: f"{title} Season {season} Episode {episode}.mkv",
    lambda title, season, episode: f"{title}/Season {season}/{episode:02}.mkv",
    lambda title, season, episode: f"{title}/Season {season}/Episode {episode}.mkv",
)


@given(WORDS, st.integers(1, 40), st.integers(1, 99), st.sampled_from(FORMS))
def test_canonical_episode_names_come_back(
    words: list[str], season: int, episode: int, form: Callable[[str, int, int], str]
) -> None:
    title = " ".join(words)
    identity = identify(form(title, season, episode))
    assert (identity.kind, identity.series) == (ItemKind.EPISODE, title)
    assert (identity.season, identity.episodes) == (season, (episode,))


@given(WORDS, st.dates())
def test_canonical_dates_come_back(words: list[str], day: object) -> None:
    if not str(day).startswith(("19", "20")):
        return
    identity = identify(f"{' '.join(words)} - {day}.mkv")
    assert (identity.kind, identity.series, identity.date) == (ItemKind.EPISODE, " ".join(words), str(day))


@pytest.mark.parametrize(
    "unit",
    ["a", ".", "-", "1", "(", "[", "[a]", "S01E01", "E01-", "1x", " - 01", "第", "2014.", "aka ", "-trailer", "x264 "],
)
def test_a_hostile_length_is_not_read_beyond_what_file_systems_allow(unit: str) -> None:
    long = unit * 200_000
    prepared = prepare(long)
    assert len(prepared.text) <= LONGEST
    assert len(Lexed(prepared.text).words) <= LONGEST
    assert identify(long) == identify(long[: LONGEST * 4])
    identify("/".join([unit * 40] * 2000))


def test_folders_above_the_root_say_nothing() -> None:
    path = PurePosixPath("/srv/TV/Movies/Heat (1995)/Heat.mkv")
    assert identify(path, root=PurePosixPath("/srv/TV/Movies")).title == "Heat"
    inside = identify("/srv/Season 1/Film.mkv", root=PurePosixPath("/srv/Season 1"))
    assert (inside.kind, inside.season) == (ItemKind.MOVIE, None)
