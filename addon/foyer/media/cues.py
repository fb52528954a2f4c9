"""Subtitle cues, and the little markup they may carry, safe to put into WebVTT and from there into a page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_CUES = 50_000
"""A film has two thousand; a file with more than this is not a subtitle file."""
MAX_CUE_TEXT = 4_000
_NO_DURATION_US = 5_000_000
"""How long a cue without an end is shown at most."""

_TAG = re.compile(r"<(/?)([A-Za-z]{1,8})(?:[\s.][^<>]{0,200})?/?>")
_STYLES = frozenset("biu")
_ASS_BLOCK = re.compile(r"\{([^{}]{0,2000})\}")
_ASS_SWITCH = re.compile(r"\\(?:([biup])(\d{1,4})|(r))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One subtitle, in microseconds of the file's own timeline."""

    start_us: int
    end_us: int
    text: str
    """WebVTT cue text (W3C WebVTT §4.1): escaped, with balanced ``<b>``, ``<i>`` and ``<u>`` only, no empty lines."""


class _Builder:
    """Collects text and style switches and writes balanced markup."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[str] = []

    def text(self, text: str) -> None:
        self._out.append(html.escape(text, quote=False))

    def switch(self, style: str, *, on: bool) -> None:
        if on and style not in self._open:
            self._open.append(style)
            self._out.append(f"<{style}>")
        elif not on and style in self._open:
            above = self._open[self._open.index(style) + 1 :]
            self._out += [f"</{name}>" for name in reversed([style, *above])]
            self._open.remove(style)
            self._out += [f"<{name}>" for name in above]

    def reset(self) -> None:
        """Back to plain text."""
        for style in reversed(self._open[:]):
            self.switch(style, on=False)

    def result(self) -> str:
        whole = "".join(self._out + [f"</{name}>" for name in reversed(self._open)])
        whole = re.sub(r"<([biu])>\s*</\1>", "", whole)
        lines = (line.strip() for line in whole.replace("\0", "\ufffd").replace("\r", "\n").split("\n"))
        return "\n".join(line for line in lines if line)


def from_html_like(text: str) -> str:
    """SubRip, WebVTT and plain text: bold, italic and underline survive, other tags and position codes go."""
    builder, at = _Builder(), 0
    text = _ASS_BLOCK.sub("", text[:MAX_CUE_TEXT]) if "{\\" in text else text[:MAX_CUE_TEXT]
    for tag in _TAG.finditer(text):
        builder.text(html.unescape(text[at : tag.start()]))
        if tag[2].lower() in _STYLES:
            builder.switch(tag[2].lower(), on=not tag[1])
        at = tag.end()
    builder.text(html.unescape(text[at:]))
    return builder.result()


def from_ass(text: str) -> str:
    """The text field of an ASS or SSA event: styles become tags, drawings and every other override go."""
    builder, at, drawing = _Builder(), 0, False
    text = text[:MAX_CUE_TEXT]
    for block in _ASS_BLOCK.finditer(text):
        if not drawing:
            builder.text(_ass_plain(text[at : block.start()]))
        for switch in _ASS_SWITCH.finditer(block[1]):
            if switch[3]:
                builder.reset()
            elif switch[1] == "p":
                drawing = switch[2] != "0"
            else:
                builder.switch(switch[1], on=switch[2] != "0")
        at = block.end()
    if not drawing:
        builder.text(_ass_plain(text[at:]))
    return builder.result()


def _ass_plain(text: str) -> str:
    return text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", "\u00a0")


def in_order(cues: Iterable[Cue]) -> tuple[Cue, ...]:
    """By start, without empty ones and repetitions; a cue that ends before it starts lasts until the next one."""
    ordered = sorted({(c.start_us, c.end_us, c.text) for c in cues if c.text})[:MAX_CUES]
    result = []
    for number, (start, end, text) in enumerate(ordered):
        following = ordered[number + 1][0] if number + 1 < len(ordered) else start + _NO_DURATION_US
        last = end if end > start else min(start + _NO_DURATION_US, max(following, start + 1))
        result.append(Cue(start_us=start, end_us=last, text=text))
    return tuple(result)
