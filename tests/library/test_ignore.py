"""What a scan passes over: fixed names, and ignore files in the format of git."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foyer.library.ignore import IgnoreRules, always_ignored

ROOT = PurePosixPath("/media")


def rules(text: str, folder: PurePosixPath = ROOT) -> IgnoreRules:
    return IgnoreRules().within(folder, text)


@pytest.mark.parametrize(
    ("name", "is_dir", "reason"),
    [
        (".hidden.mkv", False, "hidden"),
        (".Trash-1000", True, "hidden"),
        ("@eaDir", True, "system"),
        ("#recycle", True, "system"),
        ("lost+found", True, "system"),
        ("$RECYCLE.BIN", True, "system"),
        ("System Volume Information", True, "system"),
        ("Thumbs.db", False, "system"),
        ("desktop.ini", False, "system"),
        ("Film.mkv.part", False, "partial"),
        ("Film.mkv.!qB", False, "partial"),
        ("Film.mp4.crdownload", False, "partial"),
        ("Clip.f137.mp4.part", False, "partial"),
        ("Clip.temp.mp4", False, "partial"),
        ("sample.mkv", False, "sample"),
        ("film-sample.avi", False, "sample"),
        ("sample-film.avi", False, "sample"),
        ("RARBG.mp4", False, "sample"),
        ("Film (2010).mkv", False, None),
        ("Sample This (2012).mkv", False, None),
        ("Free Samples.mkv", False, None),
        ("Season 1", True, None),
        ("Part 2.mkv", False, None),
        ("Party.mkv", False, None),
        ("Lost and Found.mkv", False, None),
    ],
)
def test_fixed_names(name: str, is_dir: bool, reason: str | None) -> None:
    assert always_ignored(name, is_dir=is_dir) == reason


@pytest.mark.parametrize("text", ["", "\n", "# nothing but a comment\n", "   \n"])
def test_an_empty_file_ignores_its_whole_folder_and_no_other(text: str) -> None:
    inside = rules(text, ROOT / "private")
    assert inside.ignores(ROOT / "private/film.mkv", is_dir=False)
    assert inside.ignores(ROOT / "private/deep/er.mkv", is_dir=False)
    assert not inside.ignores(ROOT / "public/film.mkv", is_dir=False)


def test_no_rules_ignore_nothing() -> None:
    assert not IgnoreRules().ignores(ROOT / "film.mkv", is_dir=False)


def test_a_deeper_file_wins_over_the_one_above() -> None:
    above = rules("*.avi\n")
    below = above.within(ROOT / "keep", "!*.avi\n")
    assert below.ignores(ROOT / "film.avi", is_dir=False)
    assert not below.ignores(ROOT / "keep/film.avi", is_dir=False)
    assert above.ignores(ROOT / "keep/film.avi", is_dir=False)


GIT_CASES = [
    ("*.tmp", ["a.tmp", "b/c.tmp", "tmp"]),
    ("/top.mkv", ["top.mkv", "a/top.mkv"]),
    ("build/", ["build/", "a/build/", "build"]),
    ("a/b", ["a/b", "x/a/b"]),
    ("**/logs", ["logs", "a/logs", "a/b/logs"]),
    ("a/**/z", ["a/z", "a/b/z", "a/b/c/z", "b/z"]),
    ("a/**", ["a/x", "a/b/c", "a", "b/a"]),
    ("*.mkv\n!keep.mkv", ["x.mkv", "keep.mkv", "a/keep.mkv"]),
    ("\\#one\n\\!two", ["#one", "!two", "one"]),
    ("file?.mkv", ["file1.mkv", "file10.mkv", "file.mkv"]),
    ("[abc].mkv\n[!x]1.mkv", ["a.mkv", "d.mkv", "y1.mkv", "x1.mkv"]),
    ("trailing   \nkept\\ ", ["trailing", "kept ", "kept"]),
    ("a*b*c", ["abc", "axxbyyc", "ac"]),
    ("\\*literal", ["*literal", "xliteral"]),
    ("# note\n\nx", ["x", "# note"]),
    ("*", ["a", "b/c"]),
    ("a/*/c", ["a/b/c", "a/c", "a/b/b/c"]),
    ("*.[mM][kK][vV]\r\n", ["a.MKV", "a.mkv", "a.avi"]),
]


@pytest.mark.parametrize(("text", "paths"), GIT_CASES, ids=[case[0] for case in GIT_CASES])
def test_patterns_mean_what_they_mean_to_git(tmp_path: Path, text: str, paths: list[str]) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text(text, encoding="utf-8", newline="")
    ours = rules(text)
    for path in paths:
        git = subprocess.run(
            ["git", "-C", tmp_path, "check-ignore", "-q", "--no-index", path], check=False, capture_output=True
        )
        parts = PurePosixPath(path).parts
        reached = [PurePosixPath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
        ignored = any(
            ours.ignores(ROOT / step, is_dir=len(step.parts) < len(parts) or path.endswith("/")) for step in reached
        )
        assert ignored == (git.returncode == 0), path


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=120), st.text(min_size=1, max_size=80))
def test_any_file_and_any_path_give_an_answer(text: str, name: str) -> None:
    assert rules(text).ignores(ROOT / name.replace("\0", ""), is_dir=False) in (True, False)


def test_hostile_stars_are_matched_in_few_steps() -> None:
    hostile = rules("*a" * 60 + "b\n" + "**/" * 100 + "x/y\n")
    assert not hostile.ignores(ROOT.joinpath(*["a" * 250] * 12), is_dir=False)
