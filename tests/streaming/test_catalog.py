"""Only regular files inside their library are streamed."""

from __future__ import annotations

from pathlib import Path

import pytest

from foyer.streaming.catalog import _is_inside


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "library" / "films").mkdir(parents=True)
    (tmp_path / "library" / "films" / "film.mkv").write_bytes(b"film")
    (tmp_path / "secret.mkv").write_bytes(b"secret")
    return tmp_path / "library"


def inside(path: Path, library: Path) -> bool:
    return _is_inside(path, str(library).encode())


def test_a_file_of_the_library_is_inside_also_through_a_linked_root(library: Path, tmp_path: Path) -> None:
    assert inside(library / "films" / "film.mkv", library)
    link = tmp_path / "link"
    link.symlink_to(library)
    assert inside(link / "films" / "film.mkv", link)


def test_links_out_of_it_loops_folders_and_nothing_are_not(library: Path, tmp_path: Path) -> None:
    (library / "out.mkv").symlink_to(tmp_path / "secret.mkv")
    (library / "loop.mkv").symlink_to(library / "loop.mkv")
    for name in ("out.mkv", "loop.mkv", "films", "gone.mkv", "../secret.mkv"):
        assert not inside(library / name, library)
    assert not inside(library / "films" / "film.mkv", tmp_path / "elsewhere")
