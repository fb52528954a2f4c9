from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.media.cues import MAX_CUES, Cue, from_ass, from_html_like, in_order


@pytest.mark.parametrize(
    ("source", "safe"),
    [
        ("<i>a</i> & <b>b</b>", "<i>a</i> &amp; <b>b</b>"),
        ("a < b > c", "a &lt; b &gt; c"),
        ("&lt;script&gt; &amp; &nbsp;x", "&lt;script&gt; &amp; \u00a0x"),
        ("<script>alert(1)</script>", "alert(1)"),
        ('<font color="red">red</font>', "red"),
        ('<img src=x onerror="x">hi', "hi"),
        ("<i>open", "<i>open</i>"),
        ("stray</b> end", "stray end"),
        ("<b><i>x</b>y</i>", "<b><i>x</i></b><i>y</i>"),
        ("<I>upper</I>", "<i>upper</i>"),
        ("{\\an8}top", "top"),
        ("{curly} stays", "{curly} stays"),
        ("a\n\n\nb\n", "a\nb"),
        ("a\r\nb", "a\nb"),
        ("00:00:01.000 --> 00:00:02.000", "00:00:01.000 --&gt; 00:00:02.000"),
        ("<c.yellow.bg_blue>x</c>", "x"),
        ("<v Roger>hello</v>", "hello"),
        ("<i></i>", ""),
        ("nul\0", "nul\ufffd"),
    ],
)
def test_subrip_and_webvtt_text_becomes_safe_markup(source: str, safe: str) -> None:
    assert from_html_like(source) == safe


@pytest.mark.parametrize(
    ("source", "safe"),
    [
        ("{\\i1}Styled{\\i0}\\Nline two", "<i>Styled</i>\nline two"),
        ("{\\b700\\pos(10,10)}bold", "<b>bold</b>"),
        ("{\\p1}m 0 0 l 100 0{\\p0}text", "text"),
        ("{\\p1}m 0 0 l 100 0", ""),
        ("{a comment}x\\hy", "x\u00a0y"),
        ("{\\k20}ka{\\k30}ra{\\fad(1,2)}", "kara"),
        ("a < b", "a &lt; b"),
        ("{\\i1\\b1}a{\\r}b{\\u1}c{\\rAlt}d", "<i><b>a</b></i>b<u>c</u>d"),
        ("{\\blur5\\be1}soft", "soft"),
    ],
)
def test_ass_text_becomes_safe_markup(source: str, safe: str) -> None:
    assert from_ass(source) == safe


SAFE = re.compile(r"(?:[^<>&]|&(?:amp|lt|gt);|</?[biu]>)*")


@given(st.text(alphabet=st.sampled_from("abi<>/&;{}\\pN01\n\r\0 -ü"), max_size=80))
@pytest.mark.parametrize("convert", [from_html_like, from_ass])
def test_no_text_can_leave_its_cue(convert: type[str], source: str) -> None:
    safe = convert(source)
    assert SAFE.fullmatch(safe)
    assert "-->" not in safe
    assert all(line.strip() for line in safe.split("\n")) or safe == ""
    stack: list[str] = []
    for closing, name in re.findall(r"<(/?)([biu])>", safe):
        if closing:
            assert stack.pop() == name
        else:
            stack.append(name)
    assert stack == []


def cue(start: int, end: int, text: str = "x") -> Cue:
    return Cue(start_us=start, end_us=end, text=text)


def test_cues_come_in_order_without_repetition_or_emptiness() -> None:
    assert in_order([cue(5, 9), cue(1, 2), cue(5, 9), cue(3, 4, "")]) == (cue(1, 2), cue(5, 9))


def test_a_cue_without_an_end_lasts_until_the_next_but_not_for_ever() -> None:
    assert in_order([cue(0, 0), cue(1_000_000, 0), cue(90_000_000, 80_000_000)]) == (
        cue(0, 1_000_000),
        cue(1_000_000, 6_000_000),
        cue(90_000_000, 95_000_000),
    )


def test_the_number_of_cues_is_bounded() -> None:
    assert len(in_order(cue(n, n + 1) for n in range(MAX_CUES + 10))) == MAX_CUES
