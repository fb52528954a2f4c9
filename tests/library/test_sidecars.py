"""What names beside media say."""

from __future__ import annotations

import pytest

from foyer.library.details import ArtworkKind
from foyer.library.scan.sidecars import PictureName, owner_of_subtitle, picture_name, subtitle_name

_VIDEOS = [b"/m/Film (2000)/Film (2000).mkv", b"/m/Film (2000)/Film (2000) - Extended.mkv"]


@pytest.mark.parametrize(
    ("subtitle", "video"),
    [
        (b"/m/Film (2000)/Film (2000).en.srt", 0),
        (b"/m/Film (2000)/film (2000) - extended.de.srt", 1),
        (b"/m/Film (2000)/Subs/Film (2000).fr.srt", 0),
        (b"/m/Film (2000)/Subs/Film (2000)/2_English.srt", 0),
        (b"/m/Film (2000)/Film (20001).srt", None),
        (b"/m/Film (2000)/Other.srt", None),
        (b"/m/Film (2000)/Featurettes/Film (2000).srt", None),
    ],
)
def test_a_subtitle_belongs_to_the_video_its_name_begins_with(subtitle: bytes, video: int | None) -> None:
    assert owner_of_subtitle(subtitle, _VIDEOS) == (None if video is None else _VIDEOS[video])


def test_beside_a_single_video_a_folder_of_subtitles_belongs_to_it() -> None:
    assert owner_of_subtitle(b"/m/Film/Subs/2_English.srt", [b"/m/Film/Some.Release.mkv"]) is not None
    codec, name = subtitle_name(b"/m/Film/Subs/2_English.srt", b"/m/Film/Some.Release.mkv")
    assert (codec, name.language) == ("subrip", "en")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("poster.jpg", PictureName(kind=ArtworkKind.POSTER)),
        ("folder.png", PictureName(kind=ArtworkKind.POSTER)),
        ("fanart.jpg", PictureName(kind=ArtworkKind.BACKDROP)),
        ("season02-poster.jpg", PictureName(kind=ArtworkKind.POSTER, season=2)),
        ("season-specials-poster.jpg", PictureName(kind=ArtworkKind.POSTER, season=0)),
        ("Film-poster.jpg", PictureName(kind=ArtworkKind.POSTER, stem="Film")),
        ("Film-fanart.jpg", PictureName(kind=ArtworkKind.BACKDROP, stem="Film")),
        ("Film.jpg", PictureName(kind=ArtworkKind.THUMB, stem="Film")),
        ("fanart3.jpg", None),
    ],
)
def test_a_picture_says_by_its_name_what_it_is_about(name: str, said: PictureName | None) -> None:
    assert picture_name(f"/m/{name}".encode()) == said
