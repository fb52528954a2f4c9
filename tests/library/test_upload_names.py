"""What an uploaded file and the folders it goes into may be called."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.errors import ValidationError
from foyer.library.ignore import always_ignored
from foyer.library.media_types import sort_of
from foyer.library.uploads.names import MAX_BYTES, checked_directory, checked_filename


@pytest.mark.parametrize(
    "name",
    [
        "Heat (1995).mkv", "Mission: Impossible.mp4", "Amélie.mkv", "千と千尋の神隠し.mkv", "क्\u200dष.mp4", "a.srt",
        "poster.jpg", "👩\u200d👩\u200d👧.mp4", "a" * 251 + ".mkv", "no.way.home.2021.MKV",
    ],
)  # fmt: skip
def test_names_in_every_script_are_welcome(name: str) -> None:
    assert checked_filename(name) == os.fsencode(name)


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", ".mkv", ".hidden.mkv", "a/b.mkv", "/etc/passwd.mkv", "..\\a.mkv", "a\0.mkv", "a\n.mkv",
        "a\x7f.mkv", "a\u202egpj.mkv", "a\ud800.mkv", " a.mkv", "a.mkv ", "a.mkv.", "a" * 252 + ".mkv",
        "ö" * 126 + ".mkv",
        "CON.mkv", "nul.mp4", "com1.mkv", "a.exe", "a.nfo", "a.m3u8", "a.html", "a.svg", "mkv", "a.part", "a.mkv.part",
        "sample.mkv", ".foyer-upload-0123456789abcdef.part", "a\u2028b.mkv",
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_or_hide_are_refused_in_words(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        checked_filename(name)
    assert "filename" in refused.value.details["fields"]  # type: ignore[operator]
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    "directory",
    ["..", "a/../b", "/a", "a//b", "a/", ".a", "a/.b", "a\\b", "a\0", "@eaDir", "a/lost+found", "/".join("abcdefghi")],
)
def test_folders_that_lead_elsewhere_are_refused(directory: str) -> None:
    with pytest.raises(ValidationError):
        checked_directory(directory)


def test_folders_lie_in_one_another() -> None:
    assert checked_directory("") == ()
    assert checked_directory("Heat (1995)/Extras") == (b"Heat (1995)", b"Extras")


@given(st.text(max_size=300) | st.text("./\\\0\r\n\u202e a", max_size=12).map(lambda text: text + ".mkv"))
def test_whatever_is_accepted_is_one_visible_name_a_scan_takes_in(name: str) -> None:
    try:
        found = checked_filename(name)
    except ValidationError:
        return
    assert found == name.encode()
    assert 0 < len(found) <= MAX_BYTES
    assert not set(b"/\\\0\r\n") & set(found)
    assert always_ignored(name, is_dir=False) is None
    assert sort_of(found) is not None
