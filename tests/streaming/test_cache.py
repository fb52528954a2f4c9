from __future__ import annotations

from pathlib import Path

import pytest

from foyer.errors import CapacityError
from foyer.ids import FileId
from foyer.streaming.cache import INIT, SegmentCache
from foyer.streaming.rendition import RenditionKey, TrackKind


def _key(track: int = 0) -> RenditionKey:
    return RenditionKey(file_id=FileId(1), version="v", track=track, kind=TrackKind.VIDEO, signature="h264")


def _box(size: int) -> bytes:
    return size.to_bytes(4, "big") + b"mdat" + bytes(size - 8)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _cache(root: Path, budget: int = 10**9) -> SegmentCache:
    return SegmentCache(root, budget=lambda: budget, free_floor=0)


async def test_what_was_stored_is_there_after_a_restart_without_what_was_not_finished(tmp_path: Path) -> None:
    cache = _cache(tmp_path)
    shelf = cache.shelf(_key())
    path = await cache.put(shelf, "3.m4s", _box(100))
    (path.parent / "4.m4s.part").write_bytes(b"half")
    (tmp_path / "stranger").mkdir()
    (tmp_path / "stranger" / "0.m4s").write_bytes(_box(50))

    later = _cache(tmp_path)
    await later.open()
    found = later.shelf(_key())
    assert found.path("3.m4s") == path
    assert found.path("4.m4s") is None
    assert later.used == 100
    assert _names(path.parent) == ["3.m4s", "rendition.json"]
    assert not (tmp_path / "stranger").exists()


async def test_a_segment_whose_bytes_were_lost_with_the_power_is_dropped(tmp_path: Path) -> None:
    cache = _cache(tmp_path)
    path = await cache.put(cache.shelf(_key()), "3.m4s", _box(100) + _box(60))
    for torn in (bytes(160), _box(100) + bytes(60), (_box(100) + _box(60))[:-1]):
        path.write_bytes(torn)
        later = _cache(tmp_path)
        await later.open()
        assert later.shelf(_key()).path("3.m4s") is None
        assert not path.exists()


async def test_the_budget_holds_and_the_least_used_go_first(tmp_path: Path) -> None:
    cache = _cache(tmp_path, budget=1000)
    shelf = cache.shelf(_key())
    await cache.put(shelf, INIT, _box(50))
    for number in range(9):
        await cache.put(shelf, f"{number}.m4s", _box(100))
        shelf.entries[f"{number}.m4s"].used = number
    shelf.entries[INIT].used = -1
    shelf.entries["0.m4s"].used = 100
    await cache.put(shelf, "9.m4s", _box(100))
    assert cache.used <= 1000
    assert cache.used == sum(path.stat().st_size for path in shelf.directory.glob("*.m*"))
    assert shelf.has("0.m4s")
    assert shelf.has(INIT)
    assert not shelf.has("1.m4s")


async def test_what_a_viewer_will_ask_for_stays(tmp_path: Path) -> None:
    cache = _cache(tmp_path, budget=500)
    shelf = cache.shelf(_key())
    cache.is_wanted = lambda digest, name: digest == shelf.key.digest and name == "0.m4s"
    for number in range(8):
        await cache.put(shelf, f"{number}.m4s", _box(100))
    assert shelf.has("0.m4s")
    assert shelf.has("7.m4s")


async def test_a_full_disk_leaves_neither_a_half_nor_a_file(tmp_path: Path) -> None:
    cache = _cache(tmp_path)
    shelf = cache.shelf(_key())
    await cache.put(shelf, "0.m4s", _box(100))
    (shelf.directory / "1.m4s.part").symlink_to("/dev/full")
    with pytest.raises(CapacityError, match="full"):
        await cache.put(shelf, "1.m4s", _box(100))
    assert _names(shelf.directory) == ["0.m4s", "rendition.json"]
    assert cache.used == 100


def test_no_room_is_a_typed_refusal(tmp_path: Path) -> None:
    with pytest.raises(CapacityError, match="only"):
        SegmentCache(tmp_path, budget=lambda: 1, free_floor=2**62).check_room()
