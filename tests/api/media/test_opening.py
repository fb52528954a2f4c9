from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

import pytest

from foyer.api.media.opening import open_inside
from foyer.errors import FoyerError, NotFoundError, UnavailableError

OPEN = Path("/proc/self/fd")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "film.mp4").write_bytes(b"film")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return folder


def read(path: Path | bytes, library: Path) -> bytes:
    with open_inside(os.fsencode(path), os.fsencode(library)) as file:
        return os.pread(file.descriptor, file.size, 0)


def test_a_file_of_the_library_is_opened(library: Path) -> None:
    assert read(library / "film.mp4", library) == b"film"


def test_names_need_not_be_text(library: Path) -> None:
    name = os.fsencode(library) + b"/\xff\n\xf0\x9f\x8e\xac.mp4"
    Path(os.fsdecode(name)).write_bytes(b"odd")
    assert read(name, library) == b"odd"


def test_a_link_within_the_library_is_followed(library: Path) -> None:
    (library / "again.mp4").symlink_to("film.mp4")
    assert read(library / "again.mp4", library) == b"film"


def test_the_library_itself_may_be_a_link(library: Path, tmp_path: Path) -> None:
    (tmp_path / "mounted").symlink_to(library)
    assert read(tmp_path / "mounted" / "film.mp4", tmp_path / "mounted") == b"film"


@pytest.mark.parametrize("way", ["link", "linked folder", "dots", "neighbour", "outside"])
def test_what_lies_outside_is_not_found(library: Path, tmp_path: Path, way: str) -> None:
    (library / "link.mp4").symlink_to(tmp_path / "secret.txt")
    (library / "folder").symlink_to(tmp_path)
    neighbour = tmp_path / "library2"
    neighbour.mkdir()
    (neighbour / "film.mp4").write_bytes(b"another's")
    path = {
        "link": library / "link.mp4",
        "linked folder": library / "folder" / "secret.txt",
        "dots": Path(f"{library}/../secret.txt"),
        "neighbour": neighbour / "film.mp4",
        "outside": tmp_path / "secret.txt",
    }[way]
    with pytest.raises(NotFoundError):
        read(path, library)


def test_what_is_no_file_is_not_waited_for(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(library / "pipe.mp4")
    (library / "folder.mp4").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(library)  # a socket's name is short
        listening.bind("socket.mp4")
        for name in ("pipe.mp4", "folder.mp4", "socket.mp4"):
            with pytest.raises(FoyerError):
                read(library / name, library)


def test_a_loop_of_links_ends(library: Path) -> None:
    (library / "a.mp4").symlink_to("b.mp4")
    (library / "b.mp4").symlink_to("a.mp4")
    with pytest.raises(UnavailableError):
        read(library / "a.mp4", library)


def test_a_missing_file_and_a_missing_disk_are_unavailable(library: Path, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="disk"):
        read(library / "gone.mp4", library)
    with pytest.raises(UnavailableError):
        read(tmp_path / "unmounted" / "film.mp4", tmp_path / "unmounted")


def test_no_descriptor_is_left_open(library: Path, tmp_path: Path) -> None:
    (library / "link.mp4").symlink_to(tmp_path / "secret.txt")
    os.mkfifo(library / "pipe.mp4")
    before = len(list(OPEN.iterdir()))
    for name in ("film.mp4", "link.mp4", "pipe.mp4", "gone.mp4"):
        with contextlib.suppress(FoyerError):
            read(library / name, library)
    assert len(list(OPEN.iterdir())) == before


def test_a_replaced_file_has_another_tag(library: Path) -> None:
    path, root = os.fsencode(library / "film.mp4"), os.fsencode(library)
    with open_inside(path, root) as first:
        tag = first.validators.etag
    (library / "new.mp4").write_bytes(b"film")
    (library / "new.mp4").replace(library / "film.mp4")
    with open_inside(path, root) as second:
        assert second.validators.etag != tag
