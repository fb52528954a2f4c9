"""The demo library is made, found again, and played like any other."""

from __future__ import annotations

from foyer.library.demo import Demo
from foyer.media.ffmpeg import FfmpegFinder
from foyer.media.runner import Runner
from foyer.settings.options import Options
from tests.library.conftest import House


async def test_the_demo_library_is_made_once_and_holds_a_film_a_series_and_a_music_video(house: House) -> None:
    runner = Runner()
    options = Options(data=house.media / "data", cache=house.media / "cache", media=(house.media,))
    demo = Demo(house.room.libraries, house.queue, FfmpegFinder(runner), runner, options)
    house.queue.register(demo.job_kind())
    await house.finished(await demo.enqueue(), within=100)
    for library in await house.room.libraries.all():
        scan = (await house.room.libraries.active_scans([library.id])).get(library.id)
        if scan is not None:
            await house.finished(scan)
    kinds = await house.rows("SELECT kind, count(*) FROM item WHERE hidden = 0 GROUP BY kind ORDER BY kind")
    assert kinds == [("artist", 1), ("episode", 4), ("movie", 1), ("music_video", 1), ("season", 2), ("series", 1)]
    assert await house.rows("SELECT count(*) FROM media_file WHERE state <> 'ok'") == [(0,)]
    chapters = "SELECT count(*) FROM chapter c JOIN media_file f ON f.id = c.file_id WHERE f.duration_ms > 59000"
    assert await house.rows(chapters) == [(4,)]
    assert await house.rows("SELECT count(*) FROM subtitle WHERE is_text = 1 AND language = 'en'") == [(5,)]
    genres = await house.rows("SELECT name FROM label WHERE kind = 'genre' ORDER BY name")
    assert genres == [("Drama",), ("Electronic",)]
    made = {path: path.stat().st_mtime_ns for path in demo.folder.rglob("*.m*")}
    await house.finished(await demo.enqueue())
    assert {path: path.stat().st_mtime_ns for path in demo.folder.rglob("*.m*")} == made
    assert len(await house.room.libraries.all()) == 3
    assert [path for path in demo.folder.rglob("*") if path.name.startswith(".")] == []
