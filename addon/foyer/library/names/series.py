"""Episodes: which series, season and number, from the name and the folders around it."""

from __future__ import annotations

import re
from typing import NamedTuple

from foyer.library.names.clean import Prepared
from foyer.library.names.dates import Found, find_date
from foyer.library.names.extras import creditless
from foyer.library.names.folders import Context, same_thing
from foyer.library.names.identity import Identity, ItemKind
from foyer.library.names.lexer import Lexed
from foyer.library.names.markers import Marker, find_loose, find_numbered, find_of, find_part, find_season, find_special
from foyer.library.names.numbers import find_counted, find_dashed, find_last, find_leading, find_see, find_zero_led
from foyer.library.names.titles import folded, named, tidy

_ABSOLUTE = re.compile(r"^[\s._-]*(?:[\[(](\d{2,4})(?:[-~]\d{1,4})*[\])]|(0\d{2,3}|\d{3,4})(?:-\d{2,4})*(?=[\s._-]|$))")
_ABSOLUTE_BEFORE = re.compile(r"(?<=[\s._])(\d{3})[\s._-]*$")
_COUNTED_HEAD = re.compile(r"[\s._]-[\s._](0\d{1,3}|[1-9]\d{1,2})[\s._]*(?:-[\s._]*)?[(\[]?$")
_FILM = re.compile(
    r"(?<![^\W_])(?:movie|film|gekijouban|gekijōban)(?![^\W_])|(?<![^\W_])(?:vol|no|volume|number)[\s._]*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"^0\d{1,2}(?![^\W_])|^\d{1,3}$")
_ONLY_YEAR = re.compile(r"^[\s._([-]*(?:19|20)\d\d[\s._)\]-]*$")
_TIGHT_GROUP = re.compile(r"^-[^\W_]+$")
_OVA = re.compile(r"[\s._-]+(?:ova|oad|oav|specials?|sp)[\s._-]*$", re.IGNORECASE)
_NOTE = re.compile(r"[\s._-]*\[[^\[\]]*\][\s._-]*$|[\s._-]*\{[^{}]*\}[\s._-]*$")
_YEAR_NOTE = re.compile(r"[(\[]((?:19|20)\d\d)[)\]]")
_YEAR_NEXT = re.compile(r"[\s._-]((?:19|20)\d\d)(?=[\s._-]*$)")


class Evidence(NamedTuple):
    """What besides the name says that a file is an episode."""

    serial: bool
    anime: bool
    broadcast: bool


def find_episode(
    prepared: Prepared, lexed: Lexed, context: Context, *, serial: bool
) -> tuple[Marker, Found | None] | None:
    """The marker of an episode and the date beside it; None where nothing says that this is an episode."""
    text = prepared.text
    date = find_date(text)
    if (marker := find_numbered(text)) is not None:
        return marker, date
    serial = serial or _listed(text, context)
    evidence = Evidence(
        serial or context.season is not None, prepared.group is not None or prepared.crc, lexed.broadcast()
    )
    listed = find_leading(text, context.season) if date and date.start and context.season is not None else None
    if date and not listed:
        return Marker(date.start, date.end, None, (), loose=True), date
    marker = _find_loose(text, prepared, evidence) or _find_contextual(prepared, lexed, context, evidence)
    return (marker, date) if marker else None


def _find_loose(text: str, prepared: Prepared, evidence: Evidence) -> Marker | None:
    marker = find_loose(text)
    if marker:
        film = not evidence.serial and not evidence.anime and _year_after(text, marker.end)
        return None if film else marker
    if (marker := find_of(text)) and (evidence.serial or marker.start > prepared.begin) and not _is_disc(text, marker):
        return marker
    if evidence.serial or evidence.anime or "ova" in text.lower() or "oad" in text.lower():
        return find_special(text)
    return None


def _listed(text: str, context: Context) -> bool:
    """``Some Show/01 - Title``: files that count with a zero in a folder that is no film's."""
    owner = context.owner
    if owner is None or owner.year is not None or context.library is not None or not _COUNTED.match(text):
        return False
    return not _year_after(text, 0)


def _is_disc(text: str, marker: Marker) -> bool:
    return text[: marker.start].rstrip(" ._-").lower().endswith(("cd", "disc", "disk", "dvd"))


def _year_after(text: str, position: int) -> bool:
    return re.search(r"(?<!\d)(?:19|20)\d\d(?![\dx\u00d7*p])", text[position:]) is not None


def _find_contextual(prepared: Prepared, lexed: Lexed, context: Context, evidence: Evidence) -> Marker | None:
    text, begin = prepared.text, prepared.begin
    if evidence.serial:
        return _find_serial(prepared, lexed, context, evidence)
    if evidence.broadcast and not evidence.anime:
        limit = lexed.metadata_start(begin)
        if find_season(text[:limit]):
            return None
        marker = find_dashed(text[:limit]) or find_see(text, None, limit, long=True) or find_part(text[:limit])
        return marker or find_last(text, begin, limit)
    if evidence.anime:
        marker = find_counted(lexed, begin) if prepared.group or find_dashed(text) else None
        return None if marker and _FILM.search(text[begin : marker.start]) else marker
    marker = find_dashed(text)
    if marker:
        written = "".join(char for char in text[marker.start : marker.end] if char.isdigit())
        film = len(written) == 2 and written[0] != "0" and _year_after(text, marker.end)
        return None if film or len(written) < 2 else marker
    marker = find_zero_led(text, begin, lexed.metadata_start(begin))
    return None if marker is None or _year_after(text, marker.end) else marker


def _find_serial(prepared: Prepared, lexed: Lexed, context: Context, evidence: Evidence) -> Marker | None:
    text = prepared.text
    folder = context.series
    begin = _skip(text, prepared.begin, folder.title) if folder else prepared.begin
    marker = find_leading(text[begin:], context.season) if begin == prepared.begin else None
    if marker and (marker.season is not None or _separated(text, marker) or not find_dashed(text)):
        return _see_of(text, marker._replace(start=marker.start + begin, end=marker.end + begin), context, evidence)
    limit = lexed.metadata_start(begin)
    marker = None if evidence.anime else find_see(text, context.season, limit, long=evidence.broadcast)
    if marker and not find_dashed(text[: marker.start + 1]):
        return marker
    marker, part = find_counted(lexed, begin), find_part(text[:limit])
    if part and (marker is None or part.start <= marker.start < part.end):
        return part
    return marker and _see_of(text, marker, context, evidence)


def _separated(text: str, marker: Marker) -> bool:
    return text[marker.end :].lstrip(" _")[:1] in ("-", ".", "")


def _see_of(text: str, marker: Marker, context: Context, evidence: Evidence) -> Marker:
    """``101`` is the first of season 1 where the folder agrees and nobody counts through the series."""
    value = marker.episodes[0]
    written = text[marker.start : marker.end].strip(" ._-#[]()")
    if (
        marker.season is not None
        or evidence.anime
        or len(marker.episodes) > 1
        or not 100 < value < 1000
        or written.startswith("0")
    ):
        return marker
    named_there = context.season == value // 100 or (context.season is None and marker.start == 0)
    if named_there and value % 100:
        return marker._replace(season=value // 100, episodes=(value % 100,), absolute=None)
    return marker


def _skip(text: str, begin: int, title: str) -> int:
    """The offset behind the series' title, where the name starts with it."""
    wanted = folded(title)
    at = 0
    for offset in range(begin, len(text)):
        if at == len(wanted):
            return offset if at and not text[offset].isalnum() else begin
        folded_char = text[offset].casefold()
        if not folded_char.isalnum():
            continue
        if not wanted.startswith(folded_char, at):
            return begin
        at += len(folded_char)
    return begin


def build_episode(prepared: Prepared, lexed: Lexed, context: Context, marker: Marker, date: Found | None) -> Identity:
    """An episode from its marker, its name and its folders."""
    text = prepared.text
    season, episodes, absolute = marker.season, marker.episodes, marker.absolute
    head_end, head_season = _head(prepared, lexed, marker, date)
    own = named(text[prepared.begin : head_end])
    if season is None:
        season = head_season if head_season is not None else context.season
    ova = _OVA.search(text[prepared.begin : marker.start]) if marker.loose or season == 0 else None
    if ova:
        season = 0 if season is None else season
        own = named(text[prepared.begin : min(head_end, prepared.begin + ova.start())]) if ova.start() else own
    if season is not None:
        absolute = None
    elif absolute is None and marker.loose and prepared.group and episodes:
        absolute = episodes[0]
    if marker.season is not None and episodes:
        counted = _counted_beside(text, marker, prepared)
        absolute = counted if counted is not None else absolute
    if marker.season is None and not episodes and season is not None and date is None:
        episodes = ()
    title, year, country = _series(own.title, own.year or _year_beside(text, lexed, marker), own.country, context)
    return Identity(
        kind=ItemKind.EPISODE,
        title=_episode_title(text, lexed, marker, date),
        year=year,
        series=title or None,
        season=season,
        episodes=episodes,
        date=date.iso if date else None,
        absolute=absolute,
        ids=context.ids | prepared.ids,
        country=country,
    )


def find_whole_season(prepared: Prepared, lexed: Lexed) -> Marker | None:
    """``Title.S02.1080p``: a season in one file or a folder of it."""
    marker = find_season(prepared.text)
    if marker is None or marker.start <= prepared.begin:
        return None
    before = (term for word, term in zip(lexed.words, lexed.terms, strict=True) if word.start < marker.start)
    return None if any(term is not None and term.strong for term in before) else marker


def build_unnumbered(prepared: Prepared, lexed: Lexed, context: Context) -> Identity:
    """A file of a series whose name says no number: a season's special, or a whole season in one file."""
    text = prepared.text
    marker = find_season(text)
    cut = lexed.metadata_start(prepared.begin)
    if marker and marker.start < cut:
        whole = marker._replace(episodes=())
        return build_episode(prepared, lexed, context, whole, None)
    own = named(text[prepared.begin : cut])
    folder = context.series
    title, year, country = (folder.title, folder.year, folder.country) if folder else (own.title, own.year, own.country)
    return Identity(
        kind=ItemKind.EPISODE,
        title=(own.title or None) if folder and folded(own.title) != folded(folder.title) else None,
        year=year,
        series=title or None,
        season=context.season,
        ids=context.ids | prepared.ids,
        country=country,
    )


def find_creditless(prepared: Prepared, context: Context) -> Identity | None:
    """Openings and endings without credits, which anime releases carry beside the episodes."""
    found = creditless(prepared.text)
    if not found or found[0] < prepared.begin:
        return None
    own = named(prepared.text[prepared.begin : found[0]])
    title, year, _ = _series(own.title, own.year, own.country, context)
    return Identity(
        kind=ItemKind.EXTRA, series=title or None, year=year, season=context.season, extra=found[1], ids=context.ids
    )


def _head(prepared: Prepared, lexed: Lexed, marker: Marker, date: Found | None) -> tuple[int, int | None]:
    """Where the series' title ends, and a season written in it."""
    begin = prepared.begin
    end = min(marker.start, lexed.metadata_start(begin, notes=False))
    if note := _NOTE.search(prepared.text, begin, end):
        end = note.start() if note.start() > begin else end
    if date and begin < date.start < end:
        end = date.start
    head = prepared.text[begin:end]
    counted = None if marker.loose else _counted_before(head, prepared)
    if counted:
        end = begin + counted.start()
    season = find_season(prepared.text[begin:end]) if marker.start > begin else None
    if season and (season.start > 0 or marker.season is None) and (marker.loose or season.season == marker.season):
        return begin + season.start, season.season if season.start > 0 or marker.loose else None
    return end, None


def _counted_beside(text: str, marker: Marker, prepared: Prepared) -> int | None:
    """An absolute number beside ``S01E02``: ``S01E02 - 002``, ``S10E14 214``, ``[0994]``."""
    match = _ABSOLUTE.match(text[marker.end :])
    if match:
        digits = match[1] or match[2]
        plausible = match[1] or digits.startswith("0") or (prepared.group and marker.end + match.end() == len(text))
        if plausible and not (len(digits) == 4 and digits[:2] in ("19", "20")):
            return int(digits)
    before = _counted_before(text[prepared.begin : marker.start], prepared)
    return int(before[1]) if before else None


def _counted_before(head: str, prepared: Prepared) -> re.Match[str] | None:
    """An absolute number that ends the text before the marker: ``Title - 05 (S01E05)``, ``[Group] Title 214 10x14``."""
    match = _COUNTED_HEAD.search(head) or (_ABSOLUTE_BEFORE.search(head) if prepared.group else None)
    return match if match and match.start() else None


def _year_beside(text: str, lexed: Lexed, marker: Marker) -> int | None:
    end = lexed.metadata_start(marker.end, titled=False)
    match = _YEAR_NOTE.search(text, marker.end) or _YEAR_NEXT.match(text[:end], marker.end)
    return int(match[1]) if match else None


def _series(title: str, year: int | None, country: str | None, context: Context) -> tuple[str, int | None, str | None]:
    """The series' title: the folder's where it is the better witness."""
    folder = context.series
    if folder is None or not folder.title:
        return title, year, country
    pick = (folder.title, folder.year or year, folder.country or country)
    if not title or (context.season is not None and not folder.release):
        return pick
    if same_thing(title, folder.title):
        shorter = len(folded(title)) <= len(folded(folder.title)) or context.library is not None
        return pick if shorter else (title, year or folder.year, country or folder.country)
    abbreviated = " " not in title and title.islower() and (folder.release or folder.year is not None)
    return pick if abbreviated or (context.library is not None and len(context.owners) == 1) else (title, year, country)


def _episode_title(text: str, lexed: Lexed, marker: Marker, date: Found | None) -> str | None:
    start = marker.end
    if date and date.start < start <= date.end:
        start = date.end
    if (
        marker.season is not None
        and (match := _ABSOLUTE.match(text[start:]))
        and (match[1] or (match[2] or "").startswith("0"))
    ):
        start += match.end()
    end = lexed.metadata_start(start, titled=False)
    if date and date.start >= start:
        after = lexed.metadata_start(date.end, titled=False)
        if len(text[start : date.start].strip(" ._-([{")) > len(text[date.end : after].strip(" ._-)]}")):
            end = min(end, date.start)
        else:
            start, end = date.end, after
    start, end = lexed.skip_flags(start, end)
    rest = text[start : max(lexed.trim_tags(end, start), start)]
    if start < len(text) and text[start].isalnum() and text[start - 1 : start].isalnum():
        rest = re.sub(r"^[^\W_]+", "", rest)
    if _ONLY_YEAR.match(rest) or (_TIGHT_GROUP.match(rest.strip()) and rest.startswith("-") and end == len(text)):
        return None
    title = tidy(rest)
    if title.startswith("(") and title.endswith(")") and title.count("(") == 1:
        title = title[1:-1].strip()
    return title or None
