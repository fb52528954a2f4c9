"""Scanning real folders: what becomes of names, changes, moves and accidents."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from foyer.errors import NotFoundError, UnavailableError
from foyer.events.bus import Event, Subscription
from foyer.events.topics import LibraryEventKind, LibraryPayload, Topic
from foyer.jobs import worker
from foyer.jobs.model import JobState
from foyer.library.kinds import LibraryKind
from foyer.library.scan import run
from foyer.library.scan.pipeline import Work, probe_all
from foyer.library.viewer import Viewer
from tests.library.conftest import VIEWER, House, Put


async def test_films_with_versions_parts_extras_and_subtitles_become_one_item_each(house: House, put: Put) -> None:
    put("films/Heat (1995)/Heat (1995) - 1080p.mp4")
    put("films/Heat (1995)/Heat (1995) - 720p.mp4")
    put("films/Heat (1995)/trailers/teaser.mp4")
    put("films/Alien (1979)/Alien (1979) cd1.mp4")
    put("films/Alien (1979)/Alien (1979) cd2.mp4")
    beside = house.media / "films/Heat (1995)/Heat (1995) - 1080p.de.forced.srt"
    beside.write_text("1\n00:00:00,000 --> 00:00:01,000\nHallo\n")
    await house.library("films")
    assert await house.visible() == [("movie", "Alien"), ("movie", "Heat")]
    links = await house.rows(
        "SELECT i.title, l.part, l.version, l.extra FROM item_file l JOIN item i ON i.id = l.item_id "
        "ORDER BY 1, 2, 3, 4"
    )
    assert links == [
        ("Alien", 1, None, None),
        ("Alien", 2, None, None),
        ("Heat", None, None, "trailer"),
        ("Heat", None, "1080p", None),
        ("Heat", None, "720p", None),
    ]
    assert await house.rows("SELECT title, duration_ms FROM item ORDER BY title") == [("Alien", 4000), ("Heat", 2000)]
    assert await house.rows("SELECT language, is_forced, is_text FROM subtitle") == [("de", 1, 1)]


async def test_episodes_stand_in_seasons_and_a_file_may_hold_several(house: House, put: Put) -> None:
    put("tv/Lost (2004)/Season 1/Lost S01E01.mp4")
    put("tv/Lost (2004)/Season 1/Lost S01E02-E03.mp4")
    put("tv/Lost (2004)/Season 0/Lost S00E01.mp4")
    put("tv/News/News.2024.01.02.mp4")
    await house.library("tv", LibraryKind.SERIES)
    found = await house.rows(
        "SELECT s.title, e.season_number, e.number, e.last_number, count(l.id) FROM item e "
        "JOIN item s ON s.id = e.series_id JOIN item_file l ON l.item_id = e.id WHERE e.kind = 'episode' "
        "GROUP BY e.id ORDER BY s.title, e.season_number, e.position"
    )
    assert found == [
        ("Lost", 0, 1, None, 1),
        ("Lost", 1, 1, None, 1),
        ("Lost", 1, 2, 3, 1),
        ("Lost", 1, 3, None, 1),
        ("News", 2024, None, None, 1),
    ]


async def test_a_music_video_belongs_to_each_of_its_artists(house: House, put: Put) -> None:
    put("music/Ada feat. Bob - Song.mp4")
    put("music/Ada - Other.mp4")
    await house.library("music", LibraryKind.MUSIC_VIDEOS)
    found = await house.rows(
        "SELECT a.title, v.title FROM item_artist l JOIN item a ON a.id = l.artist_id JOIN item v ON v.id = l.item_id "
        "ORDER BY 1, 2"
    )
    assert found == [("Ada", "Other"), ("Ada", "Song"), ("Bob", "Song")]


async def test_a_second_scan_of_the_same_files_writes_nothing(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    before = await house.rows("SELECT * FROM media_file UNION ALL SELECT * FROM media_file")
    items = await house.rows("SELECT id, updated_at FROM item")
    await house.rescan(library)
    assert await house.rows("SELECT * FROM media_file UNION ALL SELECT * FROM media_file") == before
    assert await house.rows("SELECT id, updated_at FROM item") == items


async def test_a_renamed_film_keeps_its_item_and_what_was_watched(house: House, put: Put) -> None:
    film = put("films/Hete (1995)/Hete (1995).mp4")
    library = await house.library("films")
    await house.watch_all()
    ids = await house.rows("SELECT f.id, i.id FROM media_file f, item i")
    film.parent.rename(film.parent.with_name("Heat (1995)"))
    (film.parent.with_name("Heat (1995)") / film.name).rename(house.media / "films/Heat (1995)/Heat (1995).mp4")
    await house.rescan(library)
    assert await house.watched() == [("movie", "Heat")]
    assert await house.rows("SELECT f.id, i.id FROM media_file f, item i") == ids


async def test_a_renamed_series_keeps_watched_episodes_and_the_favourite(house: House, put: Put) -> None:
    put("tv/Lst/Season 1/Lst S01E01.mp4")
    put("tv/Lst/Season 1/Lst S01E02-E03.mp4")
    library = await house.library("tv", LibraryKind.SERIES)
    await house.watch_all()
    await house.database.execute(
        "INSERT INTO play_state (user_id, item_id, favourite, updated_at) SELECT 1, id, 1, 0 FROM item "
        "WHERE kind = 'series'"
    )
    old = house.media / "tv/Lst"
    for path in list(old.rglob("*.mp4")):
        path.rename(path.with_name(path.name.replace("Lst", "Lost")))
    old.rename(house.media / "tv/Lost")
    await house.rescan(library)
    assert [title for _, title in await house.visible()].count("Lost") == 1
    assert len(await house.watched()) == 3
    favourites = "SELECT i.title FROM play_state p JOIN item i ON i.id = p.item_id WHERE p.favourite = 1"
    assert await house.rows(favourites) == [("Lost",)]
    assert await house.rows("SELECT count(*) FROM item WHERE kind IN ('series', 'season')") == [(2,)]


async def test_a_file_moved_to_another_library_takes_its_state_along(house: House, put: Put) -> None:
    film = put("one/Heat (1995).mp4")
    first = await house.library("one")
    second = await house.library("two")
    await house.watch_all()
    film.rename(house.media / "two" / film.name)
    await house.rescan(second)
    await house.rescan(first)
    assert await house.watched() == [("movie", "Heat")]
    assert await house.rows("SELECT library_id FROM item") == [(second,)]


async def test_a_copy_is_no_move(house: House, put: Put) -> None:
    film = put("films/Heat (1995).mp4")
    library = await house.library("films")
    put("films/Ronin (1998).mp4", same_as=film)
    await house.rescan(library)
    assert await house.visible() == [("movie", "Heat"), ("movie", "Ronin")]


async def test_a_changed_file_is_read_again_and_keeps_its_row(house: House, put: Put) -> None:
    film = put("films/Heat (1995).mp4")
    film.write_text("half a download")
    library = await house.library("films")
    assert await house.rows("SELECT state FROM media_file") == [("broken",)]
    before = await house.rows("SELECT id, added_at FROM media_file")
    put("films/Heat (1995).mp4")
    await house.rescan(library)
    assert await house.rows("SELECT state, problem FROM media_file") == [("ok", None)]
    assert await house.rows("SELECT id, added_at FROM media_file") == before


async def test_broken_files_are_listed_with_the_reason_and_stop_nobody(house: House, put: Put) -> None:
    put("films/Good (2001).mp4")
    folder = house.media / "films"
    (folder / "Empty (2002).mkv").touch()
    (folder / "Text (2003).mp4").write_text("This is no film at all, whatever its name says.\n" * 20)
    (folder / "Playlist (2004).mkv").write_text("#EXTM3U\n#EXTINF:10,\n/etc/passwd\n")
    (folder / "Cut (2005).mp4").write_bytes((folder / "Good (2001).mp4").read_bytes()[:200])
    os.mkfifo(folder / "Pipe (2006).mkv")
    library = await house.library("films")
    job = await house.rescan(library)
    rows = await house.rows("SELECT path, problem FROM media_file WHERE state = 'broken'")
    found = {Path(os.fsdecode(path)).name: problem for path, problem in rows if isinstance(path, bytes)}
    assert set(found) == {
        "Empty (2002).mkv",
        "Text (2003).mp4",
        "Playlist (2004).mkv",
        "Cut (2005).mp4",
    }
    assert all(found.values())
    assert "playlist" in str(found["Playlist (2004).mkv"])
    assert job.state is JobState.SUCCEEDED


async def test_names_that_are_no_text_or_too_strange_are_scanned_all_the_same(house: House, put: Put) -> None:
    source = put("films/Plain (2000).mp4")
    names = [b"caf\xe9 \xff (2001).mp4", b"line\nbreak (2002).mp4", "🎬 Film (2003).mp4".encode(), b"a..b (2004).mp4"]
    names.append(b"x" * 244 + b" (2005).mp4"[-11:])
    for number, name in enumerate(names):
        copy = source.with_name(os.fsdecode(name))
        copy.write_bytes(source.read_bytes() + b"\0\0\0\x0cfree%04d" % number)
    await house.library("films")
    assert await house.rows("SELECT count(*) FROM media_file WHERE state = 'ok'") == [(6,)]
    titles = [str(row[1]) for row in await house.visible()]
    assert len(titles) == 6
    assert all(title.isprintable() for title in titles)


async def test_links_are_not_followed_and_loops_end(house: House, put: Put, tmp_path: Path) -> None:
    put("films/Heat (1995).mp4")
    put("elsewhere/Secret (1990).mp4")
    folder = house.media / "films"
    (folder / "out").symlink_to(house.media / "elsewhere")
    (folder / "Secret (1990).mp4").symlink_to(house.media / "elsewhere/Secret (1990).mp4")
    (folder / "loop").symlink_to(folder)
    (folder / "dangling.mkv").symlink_to(tmp_path / "nothing")
    library = await house.library("films")
    assert await house.visible() == [("movie", "Heat")]
    assert "4 symbolic links" in await house.log_of(await house.rescan(library))


async def test_a_folder_that_went_away_keeps_everything_and_says_so(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    (house.media / "films").rename(house.media / "away")
    await house.rescan(library)
    (folder,) = (await house.room.libraries.folders_of([library]))[library]
    assert not folder.available
    assert folder.problem is not None
    assert await house.visible() == [("movie", "Heat")]


async def test_an_empty_mount_point_wipes_nothing_and_recovers(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    await house.watch_all()
    (house.media / "films").rename(house.media / "away")
    (house.media / "films").mkdir()
    await house.rescan(library)
    (folder,) = (await house.room.libraries.folders_of([library]))[library]
    assert "not be connected" in (folder.problem or "")
    assert await house.visible() == [("movie", "Heat")]
    (house.media / "films").rmdir()
    (house.media / "away").rename(house.media / "films")
    await house.rescan(library)
    (folder,) = (await house.room.libraries.folders_of([library]))[library]
    assert (folder.available, folder.problem) == (True, None)
    assert await house.watched() == [("movie", "Heat")]


async def test_a_deleted_file_is_hidden_comes_back_with_its_state_and_is_forgotten_after_a_week(
    house: House, put: Put
) -> None:
    film = put("films/Heat (1995).mp4")
    for number in range(3):
        put(f"films/Other {number} (2000).mp4")
    library = await house.library("films")
    await house.watch_all()
    aside = house.media / "aside.mp4"
    shutil.move(film, aside)
    await house.rescan(library)
    assert ("movie", "Heat") not in await house.visible()
    assert await house.rows("SELECT count(*) FROM media_file WHERE state = 'missing'") == [(1,)]
    shutil.move(aside, film)
    await house.rescan(library)
    assert ("movie", "Heat") in await house.watched()
    film.unlink()
    await house.rescan(library)
    await house.database.execute("UPDATE media_file SET missing_since = 1 WHERE state = 'missing'")
    await house.rescan(library)
    assert await house.rows("SELECT count(*) FROM media_file") == [(3,)]
    assert await house.rows("SELECT hidden FROM item WHERE title = 'Heat'") == [(1,)], "kept, because it was watched"


async def test_when_most_files_vanish_at_once_they_are_never_forgotten(house: House, put: Put) -> None:
    films = [put(f"films/Film {number} (2000).mp4") for number in range(4)]
    library = await house.library("films")
    for film in films[:3]:
        film.unlink()
    await house.rescan(library)
    await house.database.execute("UPDATE media_file SET missing_since = 1 WHERE state = 'missing'")
    await house.rescan(library)
    assert await house.rows("SELECT count(*) FROM media_file") == [(4,)]


async def test_a_folder_that_may_not_be_read_is_reported_and_the_rest_scanned(house: House, put: Put) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    put("films/Heat (1995).mp4")
    hidden = put("films/private/Secret (1990).mp4").parent
    hidden.chmod(0)
    try:
        library = await house.library("films")
        (folder,) = (await house.room.libraries.folders_of([library]))[library]
        assert "permissions" in (folder.problem or "")
        assert await house.visible() == [("movie", "Heat")]
    finally:
        hidden.chmod(0o755)


async def test_two_scans_at_once_are_one_job(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    jobs = await asyncio.gather(*(house.room.libraries.scan(library) for _ in range(5)))
    assert len({job.id for job in jobs}) == 1
    await house.finished(jobs[0])


def library_news(events: Subscription) -> list[Event]:
    """What was told since, without what is only for slow followers to skip."""
    found = []
    while (event := events.take()) is not None:
        if event.conflate is None:
            found.append(event)
    return found


async def test_the_first_scan_tells_numbers_only(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    with house.bus.subscribe(Topic.LIBRARY) as events:
        await house.library("films")
        told = library_news(events)
    assert [event.kind for event in told] == [
        LibraryEventKind.LIBRARY_CREATED,
        LibraryEventKind.SCAN_STARTED,
        LibraryEventKind.LIBRARY_UPDATED,
        LibraryEventKind.SCAN_FINISHED,
    ]
    counts = cast("LibraryPayload", told[-1].payload)
    assert (counts["added"], counts["updated"], counts["removed"]) == (1, 0, 0)
    assert counts["added_items"] == []


async def test_a_later_scan_announces_each_item_once(house: House, put: Put) -> None:
    heat = put("films/Heat (1995).mp4")
    library = await house.library("films")
    with house.bus.subscribe(Topic.LIBRARY) as events:
        put("films/Ran (1985).mp4")
        put("films/Alien (1979).mp4")
        heat.unlink()
        await house.rescan(library)
        await house.rescan(library)
        told = library_news(events)
    titles = {row[0]: row[1] for row in await house.rows("SELECT id, title FROM item")}
    added = [event for event in told if event.kind is LibraryEventKind.ITEM_ADDED]
    assert sorted(str(titles[cast("LibraryPayload", event.payload)["item_id"]]) for event in added) == ["Alien", "Ran"]
    (gone,) = [event for event in told if event.kind is LibraryEventKind.ITEM_REMOVED]
    was = cast("LibraryPayload", gone.payload)["was"]
    assert (was["title"], was["year"]) == ("Heat", 1995)
    finished = [cast("LibraryPayload", e.payload) for e in told if e.kind is LibraryEventKind.SCAN_FINISHED]
    assert [(counts["added"], counts["updated"], counts["removed"]) for counts in finished] == [(2, 0, 1), (0, 0, 0)]
    assert [sorted(str(titles[item]) for item in counts["added_items"]) for counts in finished] == [
        ["Alien", "Ran"],
        [],
    ]


async def test_a_file_that_two_scans_find_at_once_is_stored_and_announced_once(
    house: House, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    ran, scans = put("films/Ran (1985).mp4"), []

    async def overtaken(work: Sequence[Work], *more: Any) -> None:
        scans.append(work)
        if len(scans) == 1:
            paths = [os.fsencode(ran.parent)]
            await house.finished(await house.room.libraries.scan(library, paths=paths))
        await probe_all(work, *more)

    monkeypatch.setattr(run, "probe_all", overtaken)
    with house.bus.subscribe(Topic.LIBRARY) as events:
        job = await house.rescan(library)
        kinds = [event.kind for event in library_news(events)]
    assert (len(scans), job.attempts) == (2, 1)
    assert kinds.count(LibraryEventKind.ITEM_ADDED) == 1
    assert LibraryEventKind.ITEM_UPDATED not in kinds
    assert await house.rows("SELECT count(*), count(DISTINCT file_id) FROM boundary_index") == [(2, 2)]


async def test_an_item_that_comes_back_is_an_update_not_an_addition(house: House, put: Put) -> None:
    heat = put("films/Heat (1995).mp4")
    put("films/Ran (1985).mp4")
    library = await house.library("films")
    elsewhere = heat.rename(house.media / "away.mp4")
    await house.rescan(library)
    with house.bus.subscribe(Topic.LIBRARY) as events:
        elsewhere.rename(heat)
        await house.rescan(library)
        kinds = [event.kind for event in library_news(events)]
    assert kinds == [LibraryEventKind.SCAN_STARTED, LibraryEventKind.ITEM_UPDATED, LibraryEventKind.SCAN_FINISHED]


async def test_more_new_items_than_anybody_reads_are_told_as_a_number(
    house: House, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "ANNOUNCED", 2)
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    with house.bus.subscribe(Topic.LIBRARY) as events:
        for number in range(3):
            put(f"films/Film {number} (2000).mp4")
        await house.rescan(library)
        told = library_news(events)
    assert [event.kind for event in told] == [LibraryEventKind.SCAN_STARTED, LibraryEventKind.SCAN_FINISHED]
    assert cast("LibraryPayload", told[-1].payload)["added"] == 3


async def test_what_a_failed_try_added_is_announced_by_the_next_one(
    house: House, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    put("films/Ran (1985).mp4")
    finish, tries = run.Run._finish, []

    async def fail_once(self: run.Run, total: int) -> None:
        tries.append(total)
        if len(tries) == 1:
            raise UnavailableError("The disk went away.")
        await finish(self, total)

    monkeypatch.setattr(run.Run, "_finish", fail_once)
    monkeypatch.setattr(worker, "RETRY_DELAYS", (0.0,))
    with house.bus.subscribe(Topic.LIBRARY) as events:
        await house.rescan(library)
        told = library_news(events)
    assert len(tries) == 2
    assert [event.kind for event in told].count(LibraryEventKind.ITEM_ADDED) == 1


async def test_a_cancelled_scan_stops_within_a_second_and_goes_on_later(house: House, put: Put) -> None:
    for number in range(150):
        put(f"films/Film {number:03} (2000).mp4")
    library, job = await house.room.libraries.create(
        "films", LibraryKind.MOVIES, [str(house.media / "films")], scan=True
    )
    assert job is not None
    while not await house.rows("SELECT 1 FROM media_file LIMIT 1"):
        await asyncio.sleep(0.005)
    started = asyncio.get_running_loop().time()
    await house.queue.cancel(job.id)
    assert (await house.ended(job)).state is JobState.CANCELLED
    assert asyncio.get_running_loop().time() - started < 1.5
    (before,) = await house.rows("SELECT count(*), max(probed_at) FROM media_file")
    assert 0 < int(str(before[0])) < 150
    await house.rescan(library.id)
    assert await house.rows("SELECT count(*) FROM media_file WHERE state = 'ok'") == [(150,)]
    redone = await house.rows("SELECT count(*) FROM media_file WHERE probed_at <= ?", (before[1],))
    assert redone == [(before[0],)], "what was written before is not read again"


async def test_a_full_scan_reads_unchanged_files_again(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    before = await house.rows("SELECT probed_at FROM media_file")
    await house.rescan(library, full=True)
    assert await house.rows("SELECT probed_at FROM media_file") > before


async def test_a_database_that_cannot_be_written_makes_the_scan_wait_not_fail(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    put("films/Ronin (1998).mp4")
    await house.database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON media_file BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    )
    job = await house.room.libraries.scan(library)
    async with asyncio.timeout(10):
        while (found := await house.queue.get(job.id)).run_after is None and found.state is not JobState.FAILED:
            await asyncio.sleep(0.02)
    assert found.state is not JobState.FAILED, found.error_message
    assert "disk is full" in await house.log_of(job)
    await house.database.execute("DROP TRIGGER full")
    await house.database.execute("UPDATE job SET run_after = NULL WHERE id = ?", (job.id,))
    house.queue.wake.set()
    await house.finished(job)
    assert ("movie", "Ronin") in await house.visible()


async def test_ignore_files_hide_what_they_name_and_what_was_known_of_it(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    put("films/raw/take one (2001).mp4")
    put("films/raw/deep/take two (2001).mp4")
    put("films/.hidden/Secret (1990).mp4")
    put("films/Heat (1995)-sample.mp4")
    put("films/Half (1990).mp4.part")
    library = await house.library("films")
    assert [title for _, title in await house.visible()] == ["Heat", "take one", "take two"]
    (house.media / "films/raw/.ignore").touch()
    await house.rescan(library)
    assert await house.visible() == [("movie", "Heat")]
    (house.media / "films/raw/.ignore").write_text("*one*\n")
    await house.finished(await house.room.libraries.scan(library, paths=[os.fsencode(house.media / "films/raw/deep")]))
    await house.rescan(library)
    assert [title for _, title in await house.visible()] == ["Heat", "take two"]


async def test_an_item_is_read_again_with_what_lies_beside_it_and_nothing_else_is(house: House, put: Put) -> None:
    put("tv/Lost (2004)/Season 1/Lost S01E01.mp4")
    put("tv/Lost (2004)/Season 1/Lost S01E02.mp4")
    put("tv/News/News.2024.01.02.mp4")
    await house.library("tv", LibraryKind.SERIES)
    probed = "SELECT path, probed_at FROM media_file ORDER BY path"
    before = await house.rows(probed)
    (series,) = (row[0] for row in await house.rows("SELECT id FROM item WHERE title = 'Lost' AND kind = 'series'"))
    (episode,) = (row[0] for row in await house.rows("SELECT id FROM item WHERE kind = 'episode' AND number = 2"))
    await house.finished(await house.room.libraries.refresh(int(str(episode)), VIEWER))
    after = await house.rows(probed)
    changed = [row[0] for row in after if row not in before]
    assert changed == [os.fsencode(house.media / "tv/Lost (2004)/Season 1/Lost S01E02.mp4")]
    beside = house.media / "tv/Lost (2004)/Season 1/Lost S01E01.en.srt"
    beside.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    await house.finished(await house.room.libraries.refresh(int(str(series)), VIEWER))
    last = await house.rows(probed)
    assert len([row for row in last if row not in after]) == 2
    assert await house.rows("SELECT language FROM subtitle") == [("en",)]


async def test_only_items_one_may_see_are_read_again(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    await house.library("films")
    with pytest.raises(NotFoundError):
        await house.room.libraries.refresh(1, Viewer(user_id=2, libraries=frozenset({99})))
    with pytest.raises(NotFoundError):
        await house.room.libraries.refresh(999, VIEWER)
