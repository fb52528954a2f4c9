from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from foyer.errors import MediaError
from foyer.streaming.remuxers import Remuxers
from foyer.streaming.source import MediaSource
from tests.streaming.sources import open_source


def _open_files(path: Path) -> int:
    links = (os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd"))  # noqa: PTH208
    return sum(link == str(path.resolve()) for link in links)


async def test_many_readers_share_one_open_file_and_closing_leaves_none(film: MediaSource) -> None:
    remuxers = Remuxers()
    before = _open_files(film.path)
    data = await asyncio.gather(*(remuxers.call(film, lambda remuxer: remuxer.init_segment(0)) for _ in range(20)))
    assert len(set(data)) == 1
    assert _open_files(film.path) == before + 1
    await remuxers.aclose()
    assert _open_files(film.path) == before


async def test_the_least_used_file_is_closed_but_never_under_a_reader(film: MediaSource, tmp_path: Path) -> None:
    remuxers = Remuxers(capacity=2)
    paths = []
    for number in range(4):
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(film.path.read_bytes())
        paths.append(path)
    sources = [open_source(path, file_id=number) for number, path in enumerate(paths)]
    async with remuxers.use(sources[0]) as held:
        for source in sources[1:]:
            await remuxers.call(source, lambda remuxer: remuxer.init_segment(0))
        assert held.init_segment(0)
        assert [_open_files(path) for path in paths] == [1, 0, 1, 1]
    assert _open_files(paths[0]) == 0
    await remuxers.aclose()


async def test_a_file_that_cannot_be_opened_is_an_error_and_is_tried_again(film: MediaSource, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(film.path.read_bytes())
    source, remuxers = open_source(path), Remuxers()
    path.rename(tmp_path / "away.mp4")
    for _ in range(2):
        with pytest.raises(MediaError):
            await remuxers.call(source, lambda remuxer: remuxer.init_segment(0))
    (tmp_path / "away.mp4").rename(path)
    assert await remuxers.call(source, lambda remuxer: remuxer.init_segment(0))
    await remuxers.aclose()
