"""Item rows as a scan would leave them, made without files: for figures about reading large libraries."""

from __future__ import annotations

import random
import sqlite3

from foyer.library.titles import fold, sort_title
from foyer.library.words import learn_words

_TEXT = (
    "night river stone winter blood honey glass shadow empire garden signal ocean thunder paper lantern hollow silver "
    "crimson velvet engine harbour orchard marble falcon comet copper distant burning silent golden broken electric "
    "midnight northern hidden lonely savage gentle frozen wandering forgotten the of in and last first secret road "
    "house king queen daughter brother machine island mountain city dream letter summer autumn spring"
)
_WORDS = _TEXT.split()
_PEOPLE = tuple(f"{a} {b}" for a in ("Ada", "Bruno", "Clara", "Dario") for b in ("Moreau", "Novak", "Okafor"))
_GENRES = ("Drama", "Comedy", "Thriller", "Horror", "Animation", "Documentary", "Western", "Science Fiction")
_MICROS = 1_000_000


def fill(connection: sqlite3.Connection, items: int, *, seed: int = 7) -> None:
    """Add a film library (40 %), a series library (50 %) and a music library (10 %) with ``items`` items altogether.

    Every film has a genre or two; one user (id 1) has watched a tenth.
    """
    chance = random.Random(seed)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN")
    connection.execute(
        "INSERT INTO user (id, name, display_name, role, created_at) VALUES (1, 'viewer', 'Viewer', 'user', 0)"
    )
    for library, (name, kind) in enumerate((("Films", "movies"), ("Series", "series"), ("Music", "music_videos")), 1):
        connection.execute(
            "INSERT INTO library (id, name, kind, created_at) VALUES (?, ?, ?, 0)", (library, name, kind)
        )
    connection.executemany(
        "INSERT INTO label (id, kind, name) VALUES (?, 'genre', ?)", enumerate([*_GENRES, "Rarity"], 1)
    )
    rows = [*_films(chance, items * 4 // 10), *_series(chance, items // 2), *_videos(chance, items // 10)]
    connection.executemany(
        "INSERT INTO item (library_id, kind, identity, title, sort_title, folded_title, year, premiered, overview, "
        "duration_ms, height, added_at, updated_at, parent_id, series_id, season_number, number, position, id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(*row, number) for number, row in enumerate(rows, 1)],
    )
    films = items * 4 // 10
    connection.executemany(
        "INSERT INTO item_label (item_id, label_id) VALUES (?, ?)",
        [(item, label) for item in range(1, films + 1) for label in {chance.randint(1, 8), chance.randint(1, 8)}]
        + [(item, 9) for item in range(1, films + 1, 4000)],
    )
    connection.executemany(
        "INSERT INTO play_state (user_id, item_id, position_ms, watched, favourite, last_played_at, updated_at) "
        "VALUES (1, ?, ?, ?, ?, ?, 0)",
        [
            (item, 60_000 if item % 1000 == 1 else 0, int(item % 10 == 0), int(item % 900 == 5), item)
            for item in range(1, len(rows) + 1)
            if item % 10 in {0, 1, 5}
        ],
    )
    learn_words(connection, " ".join({str(row[3]) for row in rows}))
    connection.execute("COMMIT")


Row = tuple[object, ...]


def _title(chance: random.Random, number: int) -> str:
    words = [chance.choice(_WORDS).capitalize() for _ in range(chance.randint(1, 4))]
    return " ".join([*words, _invented(chance)]) if number % 3 == 0 else " ".join(words)


def _invented(chance: random.Random) -> str:
    return "".join(chance.choice(("ka", "lo", "mi", "ren", "tas", "vor", "ul", "dé")) for _ in range(3)).capitalize()


def _overview(chance: random.Random) -> str:
    return " ".join(chance.choice((*_WORDS, *_PEOPLE)) for _ in range(30))


def _row(chance: random.Random, library: int, kind: str, number: int, title: str, place: Row) -> Row:
    added = (1_600_000_000 + chance.randint(0, 150_000_000)) * _MICROS
    year = chance.randint(1950, 2025)
    return (
        *(library, kind, f"{kind}-{number}", title, sort_title(title), fold(title), year, f"{year}-05-01"),
        *(_overview(chance), chance.randint(60, 9000) * 1000, chance.choice((480, 720, 1080, 2160)), added, added),
        *place,
    )


_NOWHERE: Row = (None, None, None, None, 0)


def _films(chance: random.Random, count: int) -> list[Row]:
    return [_row(chance, 1, "movie", number, _title(chance, number), _NOWHERE) for number in range(count)]


def _videos(chance: random.Random, count: int) -> list[Row]:
    return [_row(chance, 3, "music_video", number, _title(chance, number), _NOWHERE) for number in range(count)]


def _series(chance: random.Random, count: int) -> list[Row]:
    """Series of 2 seasons of 24 episodes. Their ids follow the films', as ``fill`` numbers them."""
    rows: list[Row] = []
    first = count * 8 // 10 + 1
    while len(rows) + 51 <= count:
        series = first + len(rows)
        rows.append(_row(chance, 2, "series", series, _title(chance, series), _NOWHERE))
        for season in (1, 2):
            season_id = first + len(rows)
            place: Row = (series, series, season, season, season)
            rows.append(_row(chance, 2, "season", season_id, f"Season {season}", place))
            rows += [
                _row(
                    chance,
                    2,
                    "episode",
                    first + len(rows) + episode,
                    _title(chance, episode),
                    (season_id, series, season, episode, episode),
                )
                for episode in range(1, 25)
            ]
    return rows
