"""From a path to an :class:`Identity`: split, decide what it is, hand to the room that reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

from foyer.library.kinds import LibraryKind
from foyer.library.names import recordings
from foyer.library.names.clean import Prepared, prepare, split_extension
from foyer.library.names.extras import extra_at_end
from foyer.library.names.folders import Context, read_folders
from foyer.library.names.identity import Identity, ItemKind
from foyer.library.names.lexer import Lexed
from foyer.library.names.markers import find_numbered
from foyer.library.names.movies import build_movie, read_film
from foyer.library.names.series import build_episode, build_unnumbered, find_creditless, find_episode, find_whole_season
from foyer.library.names.titles import tidy

_AUDIO = frozenset(
    (
        "mp3",
        "flac",
        "m4a",
        "m4b",
        "aac",
        "ogg",
        "oga",
        "opus",
        "wav",
        "wma",
        "aiff",
        "aif",
        "alac",
        "ape",
        "wv",
        "mka",
        "dsf",
        "dff",
        "mpc",
    )
)
_PHOTO = frozenset(
    (
        "jpg",
        "jpeg",
        "png",
        "gif",
        "webp",
        "heic",
        "heif",
        "avif",
        "tif",
        "tiff",
        "bmp",
        "raw",
        "dng",
        "cr2",
        "cr3",
        "nef",
        "arw",
        "orf",
        "rw2",
        "svg",
        "jxl",
    )
)
_DOCUMENT = frozenset(("pdf", "epub", "cbz", "cbr", "mobi", "azw3", "docx", "odt", "txt", "md", "html", "doc", "djvu"))


def identify(
    path: PurePosixPath | str, *, kind: LibraryKind | None = None, root: PurePosixPath | None = None
) -> Identity:
    """What ``path`` says that it is.

    ``kind`` is the library's; None guesses from the path. Folders above ``root`` (the library's folder) say nothing.
    Never raises for any text and touches no disk; the same arguments always give the same answer.
    """
    parts = _below(str(path), root)
    *parents, name = parts or [""]
    context = read_folders(tuple(parents), serial=kind is LibraryKind.SERIES)
    stem, extension = split_extension(name)
    if context.stand_in or (not stem.strip(" .") and context.owners):
        stem = ""
    prepared = prepare(stem)
    kind = kind or context.library
    if kind is None or kind in _RECORDED:
        simple = _recorded(kind, extension)
        if simple is not None:
            return simple(prepared, context)
    return _film_or_episode(prepared, context, kind, stem)


def _below(path: str, root: PurePosixPath | None) -> list[str]:
    if "\\" in path and "/" not in path:
        path = path.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if root is not None:
        above = [part for part in str(root).split("/") if part not in ("", ".")]
        if parts[: len(above)] == above and len(parts) > len(above):
            return parts[len(above) :]
    return parts


def _home(prepared: Prepared, _context: Context) -> Identity:
    return recordings.build_home_video(prepared)


def _photo(prepared: Prepared, _context: Context) -> Identity:
    return recordings.build_home_video(prepared, ItemKind.PHOTO)


def _document(prepared: Prepared, _context: Context) -> Identity:
    return recordings.build_document(prepared)


_RECORDED: dict[LibraryKind, Callable[[Prepared, Context], Identity]] = {
    LibraryKind.MUSIC_VIDEOS: recordings.build_music_video,
    LibraryKind.HOME_VIDEOS: _home,
    LibraryKind.MUSIC: recordings.build_track,
    LibraryKind.PHOTOS: _photo,
    LibraryKind.DOCUMENTS: _document,
}


def _recorded(kind: LibraryKind | None, extension: str) -> Callable[[Prepared, Context], Identity] | None:
    """Who reads what is neither film nor series: by the library's kind, else by the file's."""
    if kind is not None:
        return _RECORDED.get(kind)
    if extension in _AUDIO:
        return recordings.build_track
    if extension in _PHOTO:
        return _photo
    return _document if extension in _DOCUMENT else None


def _film_or_episode(prepared: Prepared, context: Context, kind: LibraryKind | None, stem: str) -> Identity:
    ending = extra_at_end(stem) if stem else None
    extra = context.extra or (ending[1] if ending else None)
    if extra:
        return _extra(prepared, context, kind, extra, ending[0] if ending else None)
    if kind is None:
        if recordings.CAMERA.match(stem):
            return recordings.build_home_video(prepared)
        if recordings.is_official(stem):
            return recordings.build_music_video(prepared, context)
    if kind is LibraryKind.MOVIES:
        return build_movie(prepared, Lexed(prepared.text), context)
    owner = context.owner
    if owner and owner.numbered and find_numbered(prepared.text) is None:
        prepared, context = prepare(owner.name), replace(context, owners=context.owners[1:])
    lexed = Lexed(prepared.text)
    return _episode(prepared, lexed, context, kind) or build_movie(prepared, lexed, context)


def _episode(prepared: Prepared, lexed: Lexed, context: Context, kind: LibraryKind | None) -> Identity | None:
    """An episode, where anything says that it is one."""
    serial = kind is LibraryKind.SERIES
    if (serial or prepared.group or prepared.crc) and (opening := find_creditless(prepared, context)):
        return opening
    found = find_episode(prepared, lexed, context, serial=serial)
    if found:
        marker, date = found
        alone = date is not None and not prepared.text[: date.start].strip(" ._-[(") and marker.start == date.start
        if kind is None and alone and not context.owners:
            return recordings.build_home_video(prepared)
        return build_episode(prepared, lexed, context, marker, date)
    if not serial and (season := find_whole_season(prepared, lexed)):
        return build_episode(prepared, lexed, context, season, None)
    return build_unnumbered(prepared, lexed, context) if serial or context.season is not None else None


def _extra(prepared: Prepared, context: Context, kind: LibraryKind | None, extra: str, stem: str | None) -> Identity:
    """An extra carries what it belongs to: a series' episode or season, or a film."""
    named = prepared if stem is None else prepare(stem)
    lexed = Lexed(named.text)
    found = find_episode(named, lexed, context, serial=False) if kind is not LibraryKind.MOVIES else None
    if found or context.season is not None or kind is LibraryKind.SERIES:
        whole = build_episode(named, lexed, context, *found) if found else build_unnumbered(named, lexed, context)
        return replace(whole, kind=ItemKind.EXTRA, extra=extra)
    film = read_film(named, lexed)
    owner = context.owner
    inside = context.extra is not None and owner is not None
    return Identity(
        kind=ItemKind.EXTRA,
        title=(tidy(named.text) if inside else film.title or (owner.title if owner else "")) or None,
        year=owner.year if inside and owner else film.year or (owner.year if owner else None),
        ids=context.ids | named.ids,
        extra=extra,
        parent=(owner.title if inside and owner else film.title or (owner.title if owner else "")) or None,
    )
