"""Which files a scan looks at, by the end of their names. Whether one really is media, only the probe says."""

from __future__ import annotations

from enum import StrEnum

VIDEO = frozenset(
    (
        b"mkv mk3d webm mp4 m4v mov qt 3gp 3g2 avi divx ts m2ts mts mpg mpeg m2v mpe vob wmv asf flv f4v ogv ogm "
        b"rm rmvb mxf dv wtv nut"
    ).split()
)
SUBTITLES = frozenset(b"srt vtt ass ssa".split())
PICTURES = frozenset(b"jpg jpeg png webp".split())


class Sort(StrEnum):
    """What a name promises."""

    VIDEO = "video"
    SUBTITLE = "subtitle"
    PICTURE = "picture"


_SORTS = {
    **dict.fromkeys(VIDEO, Sort.VIDEO),
    **dict.fromkeys(SUBTITLES, Sort.SUBTITLE),
    **dict.fromkeys(PICTURES, Sort.PICTURE),
}


def sort_of(name: bytes) -> Sort | None:
    """What kind of file a name promises, or ``None`` for what a scan passes by."""
    dot = name.rfind(b".")
    return _SORTS.get(name[dot + 1 :].lower()) if dot > 0 else None


def is_media_name(name: bytes) -> bool:
    """Whether a name promises video."""
    return sort_of(name) is Sort.VIDEO
