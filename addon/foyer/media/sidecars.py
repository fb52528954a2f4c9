"""Subtitle files beside a video: what their names say, what encoding they are in, and their cues."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

from foyer.errors import MediaError
from foyer.media import languages
from foyer.media.cues import MAX_CUES, Cue, from_ass, from_html_like, in_order

MAX_BYTES = 16 * 1024 * 1024
"""A sidecar with styles and karaoke has two megabytes."""
EXTENSIONS = frozenset({".srt", ".vtt", ".ass", ".ssa"})

_FORCED = frozenset({"forced", "foreign"})
_DEAF = frozenset({"sdh", "cc", "hi", "hearing", "captions"})
_DEFAULT = frozenset({"default"})
_COMMENTARY = frozenset({"commentary", "comment"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SidecarName:
    """What a subtitle file's name says about it."""

    language: str | None
    is_forced: bool = False
    is_hearing_impaired: bool = False
    is_default: bool = False
    is_commentary: bool = False
    title: str | None = None
    """Words that are nothing else: ``Film.en.Directors Cut.srt``."""


def parse_sidecar_name(sidecar: str, video: str) -> SidecarName | None:
    """What ``sidecar`` (a bare file name) says as a subtitle of ``video``; ``None`` when it belongs to another.

    ``Film.srt``, ``Film.en.srt``, ``Film.pt-BR.sdh.srt``, ``Film.en.forced.default.srt``, ``Film_eng.ass``.
    """
    path, stem = PurePath(sidecar), PurePath(video).stem
    if path.suffix.lower() not in EXTENSIONS or not path.stem.casefold().startswith(stem.casefold()):
        return None
    rest = path.stem[len(stem) :]
    if rest and rest[0] not in "._- [(":
        return None
    return _read_words([word for word in re.split(r"[.\[\]()_ ]+|(?<=\s)-|^-", rest) if word])


def _read_words(words: list[str]) -> SidecarName:
    flags, tag, others = set(), None, []
    for word in words:
        low = word.casefold()
        if low == "hi" and tag is None and not any(languages.from_word(w) for w in words if w is not word):
            tag = "hi"
        elif low in _FORCED | _DEAF | _DEFAULT | _COMMENTARY:
            flags.add(low)
        elif tag is None and languages.from_word(word):
            tag = languages.from_word(word)
        elif not word.isdigit():
            others.append(word)
    return SidecarName(
        language=tag,
        is_forced=bool(flags & _FORCED),
        is_hearing_impaired=bool(flags & _DEAF),
        is_default=bool(flags & _DEFAULT),
        is_commentary=bool(flags & _COMMENTARY),
        title=" ".join(others)[:200] or None,
    )


_LEGACY = {
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "sr"), "cp1251"),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "hr", "sl", "ro", "bs", "sq"), "cp1250"),
    **dict.fromkeys(("et", "lv", "lt"), "cp1257"),
    **dict.fromkeys(("ar", "fa", "ur"), "cp1256"),
    "el": "cp1253",
    "tr": "cp1254",
    "he": "cp1255",
    "vi": "cp1258",
    "th": "cp874",
    "ja": "cp932",
    "ko": "cp949",
    "zh": "gb18030",
    "zh-Hant": "big5",
    "zh-TW": "big5",
    "zh-HK": "big5",
}
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decode_text(data: bytes, language: str | None = None) -> str:
    """Bytes of unknown encoding as text: by mark, UTF-16 by its zeros, UTF-8, the language's code page, cp1252."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    sample = data[:4096]
    if sample.count(0) > len(sample) // 5:
        return data.decode("utf-16-be" if sample[0::2].count(0) > sample[1::2].count(0) else "utf-16-le", "replace")
    legacy = _LEGACY.get(language or "") or _LEGACY.get((language or "").partition("-")[0])
    for candidate in filter(None, ("utf-8", legacy)):
        try:
            return data.decode(candidate)
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", "replace")


def parse_sidecar(data: bytes, extension: str, language: str | None = None) -> tuple[Cue, ...]:
    """The cues of a subtitle file's content.

    :raises MediaError: too large, or nothing in it is a subtitle.
    """
    if len(data) > MAX_BYTES:
        raise MediaError("This subtitle file is too large.", reason="too_large")
    text = decode_text(data, language).replace("\r\n", "\n").replace("\r", "\n")
    if extension.lower() in {".ass", ".ssa"} or text.lstrip("\ufeff\n ").startswith("[Script Info]"):
        cues = in_order(_ass_events(text))
    else:
        cues = in_order(_timed_blocks(text, is_vtt=text.lstrip("\ufeff").startswith("WEBVTT")))
    if not cues:
        raise MediaError("There are no subtitles in this file.", reason="unreadable")
    return cues


_TIME = r"(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})[,.:](\d{1,3})"
_TIMING = re.compile(rf"\s*{_TIME}\s*-{{1,2}}>\s*{_TIME}")


def _timed_blocks(text: str, *, is_vtt: bool) -> list[Cue]:
    """SubRip and WebVTT alike: a timing line, then text up to the next one (in WebVTT up to the first empty line)."""
    lines = text.split("\n")
    starts = [(n, match) for n, line in enumerate(lines) if "->" in line and (match := _TIMING.match(line))]
    cues = []
    for position, (number, match) in enumerate(starts[:MAX_CUES]):
        end = starts[position + 1][0] if position + 1 < len(starts) else len(lines)
        body = lines[number + 1 : end]
        if position + 1 < len(starts) and body and body[-1].strip() and (is_vtt or body[-1].strip().isdigit()):
            body = body[:-1]  # the next cue's counter or identifier
        if is_vtt and "" in body:
            body = body[: body.index("")]
        times = match.groups()
        cues.append(Cue(start_us=_us(times[:4]), end_us=_us(times[4:]), text=from_html_like("\n".join(body))))
    return cues


def _us(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole * 1_000_000 + int((fraction or "0").ljust(3, "0")) * 1000


def _ass_events(text: str) -> list[Cue]:
    columns = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"]
    cues: list[Cue] = []
    inside = False
    for line in text.split("\n"):
        if line.startswith("["):
            inside = line.strip().casefold() == "[events]"
        elif inside and line.startswith("Format:"):
            columns = [column.strip().casefold() for column in line[7:].split(",")][:50]
        elif inside and line.startswith("Dialogue:") and len(cues) < MAX_CUES:
            fields = dict(zip(columns, line[9:].strip().split(",", len(columns) - 1), strict=False))
            cue = _ass_cue(fields)
            if cue is not None:
                cues.append(cue)
    return cues


_ASS_TIME = re.compile(r"\s*(\d{1,4}):(\d{1,2}):(\d{1,2})[.:](\d{1,3})\s*")


def _ass_cue(fields: dict[str, str]) -> Cue | None:
    start, end = (_ASS_TIME.fullmatch(fields.get(name, "")) for name in ("start", "end"))
    if start is None or end is None or "text" not in fields:
        return None
    return Cue(start_us=_us(start.groups()), end_us=_us(end.groups()), text=from_ass(fields["text"]))
