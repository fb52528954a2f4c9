"""The kind of the library decides how a name is read."""

from __future__ import annotations

import pytest

from foyer.library.kinds import LibraryKind
from foyer.library.names import ItemKind, identify


@pytest.mark.parametrize(
    ("path", "kind", "wanted"),
    [
        ("Artist/Title.mkv", LibraryKind.MUSIC_VIDEOS, {"kind": "music_video", "artist": "Artist", "title": "Title"}),
        ("Artist - Title.mkv", LibraryKind.MUSIC_VIDEOS, {"artist": "Artist", "title": "Title"}),
        (
            "Artist/Artist - Title (1991).mkv",
            LibraryKind.MUSIC_VIDEOS,
            {"artist": "Artist", "title": "Title", "year": 1991},
        ),
        ("Show/Show.103.avi", LibraryKind.SERIES, {"kind": "episode", "series": "Show", "season": 1, "episodes": [3]}),
        ("Show/103.avi", LibraryKind.SERIES, {"season": 1, "episodes": [3]}),
        ("Show/012.avi", LibraryKind.SERIES, {"season": None, "episodes": [12]}),
        ("Show/2/05.avi", LibraryKind.SERIES, {"series": "Show", "episodes": [5]}),
        ("Show/Show Part 2.avi", LibraryKind.SERIES, {"series": "Show", "episodes": [2]}),
        ("Ocean's 11.mkv", LibraryKind.MOVIES, {"kind": "movie", "title": "Ocean's 11"}),
        ("District - 9 (2009).mkv", LibraryKind.MOVIES, {"kind": "movie", "year": 2009}),
        ("Film - 05.mkv", LibraryKind.MOVIES, {"kind": "movie"}),
        ("2019/Beach.mp4", LibraryKind.HOME_VIDEOS, {"kind": "home_video", "title": "Beach"}),
        ("Artist/Album/03 - Song.flac", LibraryKind.MUSIC, {"kind": "track", "artist": "Artist", "album": "Album"}),
        ("2020/IMG_20200102_030405.jpg", LibraryKind.PHOTOS, {"kind": "photo", "date": "2020-01-02"}),
        ("Manuals/Oven.pdf", LibraryKind.DOCUMENTS, {"kind": "document", "title": "Oven"}),
    ],
)
def test_kind_of_library_decides(path: str, kind: LibraryKind, wanted: dict[str, object]) -> None:
    said = identify(path, kind=kind).as_json()
    assert {field: said[field] for field in wanted} == wanted


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/Song.flac", ItemKind.TRACK),
        ("a/Holiday.jpg", ItemKind.PHOTO),
        ("a/Book.epub", ItemKind.DOCUMENT),
        ("a/Film.2001.1080p.x264.AAC", ItemKind.MOVIE),
        ("MVI_1234.MOV", ItemKind.HOME_VIDEO),
    ],
)
def test_without_a_library_the_file_decides(path: str, kind: ItemKind) -> None:
    assert identify(path).kind is kind


def test_every_key_of_the_contract_is_always_there() -> None:
    for path in ("", "x", "Show S01E01.mkv"):
        keys = list(identify(path).as_json())
        assert keys[:10] == ["kind", "title", "year", "series", "season", "episodes", "date", "absolute", "part", "ids"]


def test_nothing_said_is_null_and_not_a_guess() -> None:
    said = identify("Knives Out.mkv").as_json()
    assert (said["year"], said["season"], said["episodes"], said["ids"]) == (None, None, [], {})
