"""``foyer identify`` from the outside: its lines, its table, its status."""

from __future__ import annotations

import argparse
import io
import json
import sys

import pytest

from foyer.cli import identify as command


def call(*argv: str) -> int:
    parser = argparse.ArgumentParser(prog="foyer")
    command.add_parser(parser.add_subparsers(required=True))
    args = parser.parse_args(["identify", *argv])
    return int(args.func(args))


def test_json_is_one_object_a_line_in_the_order_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--dry-run", "Heat (1995) [tmdb=949].mkv", "Show S01E02-E03 - Name.mkv", "--json") == 0
    film, episode = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert film["kind"] == "movie"
    assert (film["title"], film["year"], film["ids"], film["episodes"]) == ("Heat", 1995, {"tmdb": "949"}, [])
    assert (episode["series"], episode["season"], episode["episodes"], episode["title"]) == ("Show", 1, [2, 3], "Name")


def test_kind_overrules_the_guess(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--dry-run", "Artist - Song.mkv", "--json", "--kind", "music_videos") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["kind"], said["artist"], said["title"]) == ("music_video", "Artist", "Song")


def test_root_hides_the_folders_above(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--json", "--root", "/srv/Season 1", "/srv/Season 1/Film.mkv") == 0
    assert json.loads(capsys.readouterr().out)["season"] is None


def test_without_json_a_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("Show/Season 1/05 - Name.mkv", "Heat (1995)/Heat (1995)-trailer.mkv", "Film (2001) cd2.avi") == 0
    header, episode, trailer, part = capsys.readouterr().out.splitlines()
    assert header.split() == ["kind", "name", "year", "number", "notes", "path"]
    assert "Show / Name" in episode
    assert "S01E05" in episode
    assert "trailer" in trailer
    assert "part 2" in part


def test_paths_come_from_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("One (2001).mkv\n\nTwo (2002).mkv\n"))
    assert call("--json", "-") == 0
    assert [json.loads(line)["title"] for line in capsys.readouterr().out.splitlines()] == ["One", "Two"]


def test_an_empty_path_is_an_error_and_the_others_are_still_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--json", "", "Heat (1995).mkv") == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out)["title"] == "Heat"
    assert "empty path" in captured.err


def test_a_wrong_kind_is_refused_with_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        call("x.mkv", "--kind", "cassettes")
    assert stopped.value.code == 2
    assert "music_videos" in capsys.readouterr().err


@pytest.mark.parametrize(
    "path", ["bad\udcffname.mkv", "two\nlines.mkv", "../../etc/passwd", "\N{CLAPPER BOARD}.mkv", "/"]
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_ugly_names_never_break_the_output(path: str, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status = call(*options, path)
    captured = capsys.readouterr()
    captured.out.encode("utf-8")
    assert status == (2 if path == "/" else 0)
    if options and status == 0:
        assert len(captured.out.splitlines()) == 1
