"""What lies beside media: which video a subtitle belongs to, and what a picture shows. Decided by names alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from foyer.library.details import ArtworkKind
from foyer.media.sidecars import SidecarName, parse_sidecar_name

_SUBTITLE_FOLDERS = frozenset(("subs", "subtitles", "sub", "subtitle"))
_CODECS = {"srt": "subrip", "vtt": "webvtt", "ass": "ass", "ssa": "ass"}

_DIRECTORY_PICTURES = {
    **dict.fromkeys(("poster", "folder", "cover", "movie", "show", "default"), ArtworkKind.POSTER),
    **dict.fromkeys(("fanart", "backdrop", "background", "art"), ArtworkKind.BACKDROP),
    **dict.fromkeys(("landscape", "thumb", "banner"), ArtworkKind.THUMB),
    **dict.fromkeys(("logo", "clearlogo"), ArtworkKind.LOGO),
}
_NUMBERED = re.compile(r"(fanart|backdrop|background)[-_ ]?\d*$")
_SEASON = re.compile(r"season[ ._-]?(?P<number>\d{1,4}|-?specials)(?:[ ._-]?(?P<kind>poster|fanart|landscape|thumb))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureName:
    """What the name of a picture says. ``stem`` names a video, ``season`` a season; without either it is about what
    its directory holds.
    """

    kind: ArtworkKind
    stem: str | None = None
    season: int | None = None


def split_name(path: bytes) -> tuple[bytes, str, str]:
    """Directory, stem and lower-case end of a path; bytes that are no text become marks."""
    directory, _, name = path.rpartition(b"/")
    stem, dot, end = name.decode("utf-8", "replace").rpartition(".")
    return directory, stem if dot else end, end.lower() if dot else ""


def owner_of_subtitle(path: bytes, videos: Iterable[bytes]) -> bytes | None:
    """The video a subtitle belongs to, among those in its directory and the one above.

    The longest video name the subtitle's begins with wins; in a folder for subtitles, the folder's own name may be the
    video's; and what lies beside a single video belongs to it when nothing else does.
    """
    directory, stem, _ = split_name(path)
    parent, _, folder = directory.rpartition(b"/")
    label = folder.decode("utf-8", "replace").lower()
    above = parent
    if parent.rpartition(b"/")[2].decode("utf-8", "replace").lower() in _SUBTITLE_FOLDERS:
        above = parent.rpartition(b"/")[0]
    names = [(video, *split_name(video)[:2]) for video in videos]
    near = [(video, name.lower()) for video, place, name in names if place == directory]
    if not near and (label in _SUBTITLE_FOLDERS or above != parent):
        near = [(video, name.lower()) for video, place, name in names if place == above]
    wanted = stem.lower()
    begun = [(len(name), video) for video, name in near if _begins(wanted, name)]
    begun += [(len(name), video) for video, name in near if above != parent and label == name]
    if begun:
        return max(begun)[1]
    return near[0][0] if len(near) == 1 and (label in _SUBTITLE_FOLDERS or above != parent) else None


def _begins(name: str, start: str) -> bool:
    return name == start or (name.startswith(start) and name[len(start)] in " ._-[(")


def subtitle_name(path: bytes, video: bytes) -> tuple[str, SidecarName]:
    """The codec of a subtitle file, and what its name says beyond the video's own: language, purpose, title."""
    _, stem, end = split_name(path)
    _, video_stem, _ = split_name(video)
    name = parse_sidecar_name(f"{stem}.{end}", f"{video_stem}.mkv")
    if name is None:  # a name of its own in a folder for subtitles: ``2_English.srt``
        name = parse_sidecar_name(f"{video_stem}.{stem}.{end}", f"{video_stem}.mkv")
    return _CODECS.get(end, end), name or SidecarName(language=None)


def picture_name(path: bytes) -> PictureName | None:
    """What a picture is about by its name, or ``None`` for one that is none of ours."""
    _, stem, _ = split_name(path)
    lowered = stem.lower()
    if (season := _SEASON.fullmatch(lowered)) is not None:
        number = season["number"]
        kind = _DIRECTORY_PICTURES.get(season["kind"] or "poster", ArtworkKind.POSTER)
        return PictureName(kind=kind, season=0 if "special" in number else int(number))
    if lowered in _DIRECTORY_PICTURES:
        return PictureName(kind=_DIRECTORY_PICTURES[lowered])
    if (numbered := _NUMBERED.fullmatch(lowered)) is not None and numbered[0] != numbered[1]:
        return None  # the second and later backdrops
    head, dash, tail = stem.rpartition("-")
    if dash and tail.lower() in _DIRECTORY_PICTURES:
        return PictureName(kind=_DIRECTORY_PICTURES[tail.lower()], stem=head)
    return PictureName(kind=ArtworkKind.THUMB, stem=stem)
