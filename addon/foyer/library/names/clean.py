"""What every name goes through before it is read: characters, extension, ids, sites, the leading group."""
# ruff: noqa: RUF001 -- the table below is about look-alikes

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from foyer.library.names.ids import take_ids
from foyer.library.names.tokens import CONTAINERS, SINGLE, shaped

LONGEST = 512  # file systems end at 255; the rest of a longer text is not read, which bounds every pattern's time

_TABLE = str.maketrans(
    {
        "【": "[", "】": "]", "［": "[", "］": "]", "（": "(", "）": ")",
        "｛": "{", "｝": "}", "「": "[", "」": "]", "〔": "[",
        "〕": "]",
        "’": "'", "‘": "'", "´": "'", "`": "'", "\u3000": " ", "\u00a0": " ",
        "～": "~", "〜": "~", "–": "-", "—": "-",
        "‐": "-", "‑": "-",
        "：": ":", "＆": "&", "！": "!", "\u200b": None, "\u200e": None,
        "\u200f": None, "\ufeff": None, "_": "_",
    }
)  # fmt: skip
_JOINERS = "\u200c\u200d"  # they are spelling in Persian and glue in emoji
_TLD = (
    r"(?:com|net|org|info|to|tv|me|cc|mx|ag|se|eu|ru|li|lt|am|pl|site|xyz|club|pw|biz|es|fr|it|uk|in|is|ws|one|ch|rocks|re|nu"
    r"|io|vip|pro)"
)
_SITE_FRONT = re.compile(
    rf"^\s*(?:[\[({{]\s*(?:www\s?[.\s])?[\w-]{{2,40}}(?:\s?\.\s?[\w-]{{2,20}})?\s?\.\s?{_TLD}\s*[\])}}]"
    rf"|w{{2,3}}[.,][\w-]{{2,40}}\.(?:[\w-]{{2,20}}\.)?[a-z]{{2,10}}(?=\s)"
    rf"|www\.[\w-]{{2,40}}(?:\.[\w-]{{2,20}})?\.{_TLD}(?![\w]))"
    r"[\s._-]*",
    re.IGNORECASE,
)
_SITE_ANY = re.compile(
    rf"[\s._-]*(?:[\[({{]\s*(?:www\.)?[\w-]{{2,40}}(?:\.[\w-]{{2,20}})?\.{_TLD}\s*[\])}}]|(?<![\w])www\.[\w-]{{2,40}}(?:\.[\w-]{{2,20}})?\.{_TLD}(?![\w]))",
    re.IGNORECASE,
)
_CODECS = frozenset(("aac", "ac3", "dts", "flac", "opus", "mp3", "mp2", "raw", "tta"))
_RELEASED = re.compile(r"[xh]\.?26[45]|\d{3,4}p|web-?dl|webrip|bluray|hdtv", re.IGNORECASE)
_GROUP = re.compile(r"^[\s_]*\[([^\[\]]{1,60})\][\s._-]*")
_BOX = re.compile(r"\[([^\[\]]{1,120})\]")
_NUMBER_FOLLOWS = re.compile(r"[\s._-]*\[?\d{1,4}(?:v\d)?(?:\]|[\s._])")
_NUMBERED_NUMBER = re.compile(r"\s*\d+\s+-\s+\d")
_HEX = re.compile(r"[0-9a-f]{8}$|\d{1,4}(?:v\d|end)?$|v\d$")
_CRC = re.compile(r"[\[(][0-9A-Fa-f]{8}[\])]")


class Prepared(NamedTuple):
    """``begin`` is where the title starts, after a leading ``[group]``; ``group`` is that group."""

    text: str
    ids: dict[str, str]
    begin: int
    group: str | None
    crc: bool


def split_extension(name: str) -> tuple[str, str]:
    """Stem and lower-case extension; what is no known extension stays in the stem."""
    stem, dot, extension = name.rpartition(".")
    low = extension.lower()
    if dot and stem and low in CONTAINERS and not (low in _CODECS and _RELEASED.search(stem)):
        return stem, extension.lower()
    return name, ""


def readable(text: str) -> str:
    """One form for every spelling of the same characters; no control characters, no halves of surrogate pairs."""
    text = text[:LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_TABLE)
    elif "`" in text:
        text = text.replace("`", "'")
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in _JOINERS else " " for char in text)


def prepare(stem: str) -> Prepared:
    """Take out what is neither title nor release information."""
    text, ids = take_ids(readable(stem))
    if "www" in text.lower() or "." in text:
        cleaned = _SITE_FRONT.sub("", text)
        if "www" in cleaned.lower() or any(mark in cleaned for mark in "[({"):
            cleaned = _SITE_ANY.sub(" ", cleaned)
        text = cleaned if cleaned.strip() else text
    text, begin, group = _take_group(text)
    return Prepared(text, ids, begin, group, bool(_CRC.search(text)))


def _take_group(text: str) -> tuple[str, int, str | None]:
    """Find the leading ``[group]``; where everything is bracketed, set the title free first."""
    match = _GROUP.match(text)
    if not match:
        return text, 0, None
    outside = _without_brackets(text[match.end() :])
    if any(char.isalpha() for char in outside) or _NUMBERED_NUMBER.match(outside):
        end = match.end()
        while (more := _GROUP.match(text[end:])) and (end + more.end()) < len(text):
            end += more.end()
        return text, end, match[1]
    boxes = [box for box in _BOX.finditer(text) if not _is_vocabulary(box[1])]
    if boxes and _NUMBER_FOLLOWS.match(text[boxes[0].end() :]):
        title = boxes[0]
    elif len(boxes) > 1:
        title = next((box for box in boxes[1:] if any("a" <= char <= "z" for char in box[1].lower())), boxes[1])
    else:
        return text, 0, None
    freed = f"[{match[1]}] {title[1]} {text[title.end() :].lstrip(' ._')}"
    return freed, len(match[1]) + 3, match[1]


def _is_vocabulary(content: str) -> bool:
    words = re.findall(r"[^\W_]+", content.lower())
    return all(word.isdigit() or word in SINGLE or shaped(word) is not None or _HEX.match(word) for word in words)


def _without_brackets(text: str) -> str:
    return re.sub(r"\[[^\[\]]*\]|\([^()]*\)", " ", text)
