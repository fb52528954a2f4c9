"""What follows from changes of the graph: search, counts and visibility stay in step by themselves."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from foyer.db.database import Database
from foyer.db.migrations import available, migrate
from foyer.library.details import LabelKind
from foyer.library.kinds import LibraryKind
from foyer.library.search import Search
from tests.library.conftest import VIEWER, House, Put


async def _found(house: House, text: str) -> list[str]:
    search = Search(house.database.reader)
    return sorted(row.title for row in (await search.page(await search.hits(text, VIEWER))).items)


async def test_search_follows_every_change_of_an_item(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    put("music/Ada - Song.mp4")
    await house.library("films")
    await house.library("music", LibraryKind.MUSIC_VIDEOS)
    write = house.database.execute
    assert await _found(house, "heat") == ["Heat"]
    assert await _found(house, "ada") == ["Ada", "Song"], "a video is found by its artist"
    await write("UPDATE item SET title = 'Amélie', folded_title = 'amelie' WHERE title = 'Heat'")
    assert await _found(house, "heat") == []
    assert await _found(house, "amelie") == ["Amélie"]
    await write("INSERT INTO label (id, kind, name) VALUES (77, 'tag', 'Montmartre')")
    await write("INSERT INTO item_label (item_id, label_id) SELECT id, 77 FROM item WHERE title = 'Amélie'")
    await write("INSERT INTO person (id, name) VALUES (7, 'Audrey Tautou')")
    await write("INSERT INTO credit (item_id, person_id, role) SELECT id, 7, 'actor' FROM item WHERE title = 'Amélie'")
    await write("UPDATE item SET overview = 'A shy waitress' WHERE title = 'Amélie'")
    for text in ("montmartre", "audrey taut", "waitress"):
        assert await _found(house, text) == ["Amélie"], text
    await write("DELETE FROM item_label WHERE label_id = 77")
    assert await _found(house, "montmartre") == []
    await write("UPDATE item SET hidden = 1 WHERE title = 'Amélie'")
    assert await _found(house, "amelie") == []
    await write("DELETE FROM item WHERE title = 'Amélie'")
    assert await house.rows("SELECT count(*) FROM item_search WHERE item_search MATCH 'amelie'") == [(0,)]


async def test_an_episode_is_found_by_its_series_and_number_also_after_a_rename(house: House, put: Put) -> None:
    put("tv/Lost/Season 1/Lost S01E02 The Island.mp4")
    await house.library("tv", LibraryKind.SERIES)
    assert "The Island" in await _found(house, "lost s01e02")
    await house.database.execute("UPDATE item SET title = 'Found' WHERE kind = 'series'")
    assert "The Island" in await _found(house, "found s01e02")


async def test_genre_counts_follow_visibility_and_removal(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    await house.library("films")
    write = house.database.execute
    await write(f"INSERT INTO label (id, kind, name) VALUES (1, '{LabelKind.GENRE}', 'Crime')")
    await write("INSERT INTO item_label (item_id, label_id) SELECT id, 1 FROM item")
    count = "SELECT sum(items) FROM label_count WHERE label_id = 1"
    assert await house.rows(count) == [(1,)]
    await write("UPDATE item SET hidden = 1")
    assert await house.rows(count) == [(0,)]
    await write("UPDATE item SET hidden = 0")
    await write("DELETE FROM item")
    assert await house.rows(count) == [(0,)]


async def test_a_season_and_series_are_hidden_with_their_last_episode(house: House, put: Put) -> None:
    episode = put("tv/Lost/Season 1/Lost S01E01.mp4")
    put("tv/Other/Other S01E01.mp4")
    library = await house.library("tv", LibraryKind.SERIES)
    episode.unlink()
    await house.rescan(library)
    hidden = await house.rows("SELECT kind, title FROM item WHERE hidden = 1 ORDER BY kind")
    assert hidden == [("episode", "Episode 1"), ("season", "Season 1"), ("series", "Lost")]


async def test_a_title_the_user_chose_survives_a_rename_of_the_file(house: House, put: Put) -> None:
    film = put("films/Hete (1995).mp4")
    library = await house.library("films")
    await house.database.execute("UPDATE item SET title = 'My Heat', locked_fields = '[\"title\"]'")
    film.rename(film.with_name("Heat (1995).mp4"))
    await house.rescan(library)
    assert await house.visible() == [("movie", "My Heat")]
    assert await house.rows("SELECT identity FROM item") == [("heat|1995",)]


def test_the_library_migration_keeps_rows_and_fills_search(tmp_path: Path) -> None:
    path = tmp_path / "foyer.db"
    migrate(path, available()[:1])
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "INSERT INTO library (id, name, kind, created_at) VALUES (1, 'Films', 'movies', 0);"
            "INSERT INTO item (id, library_id, kind, identity, title, sort_title, added_at, updated_at) "
            "VALUES (1, 1, 'movie', 'heat|1995', 'Heat', 'heat', 5, 5);"
            "INSERT INTO label (id, kind, name) VALUES (1, 'genre', 'Crime');"
            "INSERT INTO item_label (item_id, label_id) VALUES (1, 1);"
            "INSERT INTO user (id, name, display_name, role, created_at) VALUES (1, 'kim', 'Kim', 'user', 0);"
            "INSERT INTO play_state (user_id, item_id, watched, updated_at) VALUES (1, 1, 1, 0);"
        )
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT rowid FROM item_search WHERE item_search MATCH 'heat AND crime'").fetchall()
        assert connection.execute("SELECT items FROM label_count").fetchall() == [(1,)]
        assert connection.execute("SELECT watched FROM play_state").fetchall() == [(1,)]


async def test_a_write_that_fails_leaves_nothing_half_done(database: Database) -> None:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO library (name, kind, created_at) VALUES ('A', 'movies', 0)")
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        await database.write(change)
    assert await database.reader.value("SELECT count(*) FROM library") == 0
    await database.execute("INSERT INTO library (name, kind, created_at) VALUES ('B', 'movies', 0)")
