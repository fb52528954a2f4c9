"""The kinds of library a user can create."""

from __future__ import annotations

from enum import StrEnum


class LibraryKind(StrEnum):
    """What a library holds; it decides how names are read and what becomes an item."""

    MOVIES = "movies"
    SERIES = "series"
    MUSIC_VIDEOS = "music_videos"
    HOME_VIDEOS = "home_videos"
    MUSIC = "music"
    PHOTOS = "photos"
    DOCUMENTS = "documents"
