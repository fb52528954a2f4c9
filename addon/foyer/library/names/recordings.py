"""Music videos, songs, home videos, photos and documents."""

from __future__ import annotations

import re

from foyer.library.names.clean import Prepared
from foyer.library.names.dates import find_date
from foyer.library.names.folders import Context
from foyer.library.names.identity import Identity, ItemKind
from foyer.library.names.ids import take_youtube
from foyer.library.names.lexer import Lexed
from foyer.library.names.titles import folded, tidy

OFFICIAL = re.compile(
    r"\s*[\[(]?(?<![^\W_])(?:the\s)?(?:official|lyrics?|music|visualizer|audio)[\s._](?:4k\s|hd\s|music\s|lyrics?\s|audio\s)?(?:video|visualizer|audio|clip|mv)(?:\s(?:hd|hq|4k))?(?![^\W_])[\])]?",
    re.IGNORECASE,
)
_OFFICIAL_WORDS = ("video", "visualizer", "audio", "clip", "mv")
_NOTES = re.compile(
    r"\s*[\[(](?:official|lyrics?|hd|hq|4k|uhd"
    r"|4k remaster(?:ed)?|hd remaster(?:ed)?|remaster(?:ed)?(?: in)?(?: 4k)?"
    r"|explicit|mv|m/v|video|clip|audio|visualizer|upscaled|\d{3,4}p(?:\d\d)?)[\])]",
    re.IGNORECASE,
)
_TRACK = re.compile(r"^(?:\d{1,2}-)?(\d{1,3})(?:\s*[.\-_]\s*|\s+)(?=\D|$)")
_YEAR = re.compile(r"\s*[\[(]((?:19|20)\d\d)[\])]\s*")
CAMERA = re.compile(
    r"^(?:VID|MVI|IMG|PXL|DSC[FN]?|DJI|GOPR|GX|GH|GP|MOV|WP|SAM|P|C|WhatsApp Video|Screenrecording|trim)[\s_-]?\d{4,}",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"[\s_T-]+(?:at[\s_])?\d{1,2}[.\-_: h]?\d{2}(?:[.\-_: m]?\d{2})?(?:s|\d{3})?(?:[\s_(~-]*\d{0,3}\)?)?$"
)
_SPLIT = re.compile(r"\s+-\s+|(?<=\S)_-_(?=\S)")


def is_official(stem: str) -> bool:
    """Whether the name itself says that it is a music video."""
    low = stem.lower()
    return any(word in low for word in _OFFICIAL_WORDS) and OFFICIAL.search(stem) is not None


def build_music_video(prepared: Prepared, context: Context) -> Identity:
    """``Artist - Title``, or a title below its artist's folder."""
    text, ids = take_youtube(prepared.text)
    text = _NOTES.sub("", OFFICIAL.sub("", text)).strip()
    year = _YEAR.search(text)
    if year and year.start():
        text = f"{text[: year.start()]} {text[year.end() :]}".strip()
    lexed = Lexed(text)
    cut = lexed.metadata_start(0)
    pieces = _SPLIT.split(text[:cut].strip() if text[:cut].strip(" -_") else text)
    track = _TRACK.match(pieces[0] + " ") if context.owner else None
    if track and len(pieces) > 1 and not pieces[0][track.end() :].strip():
        pieces = pieces[1:]
    elif track and pieces[0][track.end() :].strip():
        pieces[0] = pieces[0][track.end() :]
    artist, album = _artist(context)
    if len(pieces) > 1:
        artist = tidy(pieces[0]) if artist is None or folded(pieces[0]) != folded(artist) else artist
        pieces = pieces[1:]
    return Identity(
        kind=ItemKind.MUSIC_VIDEO,
        title=tidy(" - ".join(pieces)) or None,
        year=int(year[1]) if year else None,
        artist=artist,
        album=album,
        ids=ids | prepared.ids,
    )


def _artist(context: Context) -> tuple[str | None, str | None]:
    owners = [folder.title for folder in context.owners if folder.title]
    if len(owners) > 1:
        return owners[1], owners[0]
    return (owners[0], None) if owners else (None, None)


def build_track(prepared: Prepared, context: Context) -> Identity:
    """A song: number, artist and album from name and folders."""
    text = prepared.text
    match = _TRACK.match(text)
    number = int(match[1]) if match else None
    pieces = _SPLIT.split(text[match.end() :] if match else text)
    artist, album = _artist(context)
    if len(pieces) > 1:
        artist, pieces = tidy(pieces[0]), pieces[1:]
    return Identity(
        kind=ItemKind.TRACK,
        title=tidy(" - ".join(pieces)) or None,
        artist=artist,
        album=album,
        part=number,
        ids=prepared.ids,
    )


def build_home_video(prepared: Prepared, kind: ItemKind = ItemKind.HOME_VIDEO) -> Identity:
    """A recording of one's own (or a photo): what is written, and the day."""
    text, ids = take_youtube(prepared.text)
    loose = re.sub(r"(?<=[A-Za-z])[_-]?(?=(?:19|20)\d{6}(?!\d))", " ", text)
    found = find_date(loose)
    rest = loose
    if found:
        head, tail = loose[: found.start], _CLOCK.sub("", " " + loose[found.end :].lstrip("_T"))
        rest = f"{head.strip(' _-')} {tail.strip(' _-')}".strip()
        if CAMERA.match(text) or not rest or rest.upper() in {"VID", "IMG", "PXL", "MVI", "MOV"}:
            rest = text
    return Identity(
        kind=kind, title=tidy(rest) or tidy(text) or None, date=found.iso if found else None, ids=ids | prepared.ids
    )


def build_document(prepared: Prepared) -> Identity:
    """A document is called what it is called."""
    return Identity(kind=ItemKind.DOCUMENT, title=tidy(prepared.text) or None, ids=prepared.ids)
