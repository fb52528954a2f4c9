"""Libraries are created, changed and removed; folders are checked; the numbers are right."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from foyer.errors import ConflictError, NotFoundError, ValidationError
from foyer.library.folders import check_folder, list_directories
from foyer.library.kinds import LibraryKind
from foyer.library.statistics import DuplicateReason, broken_count, broken_files, duplicates, statistics
from foyer.library.viewer import Viewer
from foyer.settings.options import Options
from tests.library.conftest import House, Put


@pytest.fixture
def options(tmp_path: Path) -> Options:
    for name in ("media", "data", "cache"):
        (tmp_path / name).mkdir()
    return Options(data=tmp_path / "data", cache=tmp_path / "cache", media=(tmp_path / "media",))


@pytest.mark.parametrize("path", ["relative", "", "/nonexistent/folder", "/", "/proc/self", "/etc/passwd", "/a\0b"])
def test_a_folder_that_cannot_hold_a_library_is_refused_with_a_sentence(path: str, options: Options) -> None:
    with pytest.raises(ValidationError) as refusal:
        check_folder(path, options, [])
    assert "folders" in refusal.value.details["fields"]  # type: ignore[operator]


def test_folders_outside_the_media_tree_or_of_foyer_itself_are_refused(tmp_path: Path, options: Options) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "media/way-out").symlink_to(tmp_path / "elsewhere")
    for path in ("elsewhere", "media/way-out", "media/../elsewhere"):
        with pytest.raises(ValidationError, match="outside"):
            check_folder(str(tmp_path / path), options, [])
    free = Options(data=tmp_path / "data", cache=tmp_path / "cache")
    (tmp_path / "data/films").mkdir()
    with pytest.raises(ValidationError, match="own data"):
        check_folder(str(tmp_path / "data/films"), free, [])


def test_folders_of_libraries_never_contain_one_another(tmp_path: Path, options: Options) -> None:
    (tmp_path / "media/films/old").mkdir(parents=True)
    films = os.fsencode(tmp_path / "media/films")
    for path in ("media", "media/films", "media/films/old", "media/films/../films/old"):
        with pytest.raises(ValidationError):
            check_folder(str(tmp_path / path), options, [films])
    (tmp_path / "media/films2").mkdir()
    assert check_folder(str(tmp_path / "media/films2"), options, [films])


def test_the_picker_lists_folders_only_and_never_leaves_its_tree(tmp_path: Path, options: Options) -> None:
    media = tmp_path / "media"
    (media / "films/sub").mkdir(parents=True)
    (media / "films/a.mkv").touch()
    (media / ".hidden").mkdir()
    (media / "note.txt").touch()
    (media / "out").symlink_to(tmp_path)
    (media / "in").symlink_to(media / "films")
    listing = list_directories(None, options)
    assert listing.parent is None
    assert [(entry.name, entry.has_children, entry.media_file_count) for entry in listing.entries] == [
        ("films", True, 1),
        ("in", True, 1),
    ]
    below = list_directories(str(media / "films"), options)
    assert (below.parent, [entry.name for entry in below.entries]) == (str(media), ["sub"])
    for path in (str(tmp_path), f"{media}/..", str(media / "out"), "/etc", str(media / "nothing"), "x\0y"):
        with pytest.raises(NotFoundError):
            list_directories(path, options)


def test_where_media_may_lie_in_several_places_the_picker_begins_with_them(tmp_path: Path, options: Options) -> None:
    for name in ("media/films/new", "share/films"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "media/to-share").symlink_to(tmp_path / "share")
    (tmp_path / "media/out").symlink_to(tmp_path)
    media, share = tmp_path / "media", tmp_path / "share"
    both = replace(options, media=(media, share, tmp_path / "not-connected"))
    for path in (None, ""):
        listing = list_directories(path, both)
        assert (listing.path, listing.parent) == ("", None)
        assert [(entry.name, entry.path, entry.has_children) for entry in listing.entries] == [
            (str(media), str(media), True),
            (str(share), str(share), True),
        ]
    inside = list_directories(str(media), both)
    assert (inside.parent, [entry.name for entry in inside.entries]) == ("", ["films", "to-share"])
    assert list_directories(str(media / "films"), both).parent == str(media)
    assert list_directories(str(media / "to-share"), both).path == str(share)
    with pytest.raises(NotFoundError):
        list_directories(str(tmp_path), both)
    one_is_there = list_directories(None, replace(options, media=(share, tmp_path / "not-connected")))
    assert (one_is_there.path, one_is_there.parent) == (str(share), None)


def test_a_library_may_lie_in_any_of_several_places(tmp_path: Path, options: Options) -> None:
    for name in ("media/films", "share/films", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    both = replace(options, media=(tmp_path / "media", tmp_path / "share"))
    for name in ("media/films", "share/films"):
        assert check_folder(str(tmp_path / name), both, []) == os.fsencode(tmp_path / name)
    with pytest.raises(ValidationError, match=r"is outside .*/media and .*/share"):
        check_folder(str(tmp_path / "elsewhere"), both, [])


def test_the_picker_shows_the_first_by_name_and_says_when_there_are_more(options: Options) -> None:
    for number in range(510):
        (options.media[0] / f"{number:03}").mkdir()
    listing = list_directories(None, options)
    assert [entry.name for entry in listing.entries] == [f"{number:03}" for number in range(500)]
    assert listing.truncated


async def test_names_are_unique_and_checked(house: House, put: Put) -> None:
    put("one/Heat (1995).mp4")
    put("two/Heat (1995).mp4")
    libraries = house.room.libraries
    await libraries.create(" Films ", LibraryKind.MOVIES, [str(house.media / "one")], scan=False)
    assert [library.name for library in await libraries.all()] == ["Films"]
    for name in ("films", "FILMS"):
        with pytest.raises(ConflictError):
            await libraries.create(name, LibraryKind.MOVIES, [str(house.media / "two")], scan=False)
    for name in ("", " ", "x" * 101, "a\nb\x07"):
        with pytest.raises(ValidationError):
            await libraries.create(name, LibraryKind.MOVIES, [str(house.media / "two")], scan=False)
    with pytest.raises(ValidationError):
        await libraries.create("Photos", LibraryKind.PHOTOS, [str(house.media / "two")], scan=False)
    with pytest.raises(ValidationError):
        await libraries.create("Nothing", LibraryKind.MOVIES, [], scan=False)


async def test_changing_a_library_that_was_changed_meanwhile_is_a_conflict(house: House, put: Put) -> None:
    put("one/Heat (1995).mp4")
    libraries = house.room.libraries
    library, _ = await libraries.create("Films", LibraryKind.MOVIES, [str(house.media / "one")], scan=False)
    changed = await libraries.update(library.id, name="Movies", expected_version=library.version)
    assert (changed.name, changed.version) == ("Movies", library.version + 1)
    with pytest.raises(ConflictError):
        await libraries.update(library.id, name="Again", expected_version=library.version)


async def test_a_folder_taken_from_a_library_takes_its_items_along(house: House, put: Put) -> None:
    put("one/Heat (1995).mp4")
    put("two/Ronin (1998).mp4")
    libraries = house.room.libraries
    both = [str(house.media / "one"), str(house.media / "two")]
    library, job = await libraries.create("Films", LibraryKind.MOVIES, both)
    await house.finished(job)
    await libraries.update(library.id, folders=both[:1])
    async with asyncio.timeout(10):
        while await house.visible() != [("movie", "Heat")]:
            await asyncio.sleep(0.02)
    assert (house.media / "two/Ronin (1998).mp4").exists()
    await libraries.update(library.id, folders=both)
    async with asyncio.timeout(10):
        while len(await house.visible()) < 2:
            await asyncio.sleep(0.02)


async def test_a_library_over_an_unplugged_folder_can_still_be_renamed(house: House, put: Put) -> None:
    put("one/Heat (1995).mp4")
    library = await house.library("one")
    (house.media / "one").rename(house.media / "away")
    renamed = await house.room.libraries.update(library, name="Films", folders=[str(house.media / "one")])
    assert renamed.name == "Films"


async def test_libraries_that_are_not_open_to_somebody_do_not_exist_for_them(house: House, put: Put) -> None:
    library = await house.library("one")
    guest = Viewer(user_id=1, libraries=frozenset())
    assert await house.room.libraries.all(guest) == []
    with pytest.raises(NotFoundError):
        await house.room.libraries.get(library, guest)


async def test_statistics_broken_files_and_duplicates(house: House, put: Put) -> None:
    film = put("films/Heat (1995)/Heat (1995) - 1080p.mp4")
    put("films/Heat (1995)/Heat (1995) - 720p.mp4")
    put("films/Alien (1979)/Alien (1979) cd1.mp4")
    put("films/Alien (1979)/Alien (1979) cd2.mp4")
    put("films/Copy (2000).mp4", same_as=film)
    (house.media / "films/Bad (2001).mkv").write_text("x")
    library = await house.library("films")
    reader = house.database.reader
    found = (await statistics(reader, [library]))[library]
    size = sum(path.stat().st_size for path in (house.media / "films").rglob("*.*"))
    assert (found.items, found.files, found.broken_files, found.size, found.duration_ms) == (4, 6, 1, size, 10_000)
    assert [file.name for file in await broken_files(reader, library)] == ["Bad (2001).mkv"]
    assert await broken_count(reader, library) == 1
    groups = await duplicates(reader, library)
    assert [(group.reason, sorted(file.name for file in group.files)) for group in groups] == [
        (DuplicateReason.CONTENT, ["Copy (2000).mp4", "Heat (1995) - 1080p.mp4"]),
        (DuplicateReason.VERSIONS, ["Heat (1995) - 1080p.mp4", "Heat (1995) - 720p.mp4"]),
    ]
    assert await duplicates(reader, library, after=groups[0].cursor) == groups[1:]
