"""``foyer library`` and ``foyer scan`` without a server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from foyer.cli.main import main


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    source = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:duration=1"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *source, *coding, folder / "Heat (1995).mp4"], check=True)
    (folder / "Broken (2000).mkv").write_text("no film")
    return folder


def test_a_library_is_added_scanned_listed_and_removed(
    tmp_path: Path, films: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert main(["library", "add", "Films", "--path", str(films), "--kind", "movies", "--wait", *data]) == 0
    assert "2 files, 2 new items" in capsys.readouterr().out
    assert main(["library", "list", "--json", *data]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["name"], row["items"], row["files"], row["broken"]) == ("Films", 2, 2, 1)
    assert main(["scan", "films", "--wait", *data]) == 0
    assert "0 new items" in capsys.readouterr().out
    assert main(["library", "add", "Again", "--path", str(films), "--kind", "movies", *data]) == 1
    assert "belongs to a library" in capsys.readouterr().err
    assert main(["scan", "Series", *data]) == 1
    assert "There are: Films" in capsys.readouterr().err
    assert main(["library", "remove", "Films", *data]) == 0
    capsys.readouterr()
    assert main(["library", "list", *data]) == 0
    assert capsys.readouterr().out == ""
    assert (films / "Heat (1995).mp4").exists()


def test_what_is_queued_without_a_server_is_done_by_the_next_scan_that_waits(
    tmp_path: Path, films: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert main(["library", "add", "Films", "--kind", "movies", "--path", str(films), *data]) == 0
    assert main(["scan", *data]) == 0
    assert "when it starts" in capsys.readouterr().out
    assert main(["scan", "--wait", *data]) == 0
    assert "2 files, 2 new items" in capsys.readouterr().out
