"""A small library of everything: what a scan would have left, written as rows."""

from __future__ import annotations

import random
import sqlite3

from foyer.library.titles import fold, sort_title
from foyer.library.words import learn_words

EPOCH = 1_700_000_000_000_000
FILMS, SERIES, SEASONS, EPISODES, ARTISTS, SONGS, CLIPS = 30, 3, 2, 8, 4, 10, 5

_WORDS = ("Night", "River", "Stone", "Winter", "Honey", "Glass", "Shadow", "Empire", "Garden", "Signal", "Ocean")


class _Furnisher:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.db = connection
        self.chance = random.Random(3)
        self.count = 0

    def item(self, library: int, kind: str, title: str, **more: object) -> int:
        self.count += 1
        values: dict[str, object] = {
            "library_id": library,
            "kind": kind,
            "identity": f"{kind}-{self.count}",
            "title": title,
            "sort_title": sort_title(title),
            "folded_title": fold(title),
            "year": 1990 + self.count % 30,
            "premiered": f"{1990 + self.count % 30}-05-{self.count % 27 + 1:02}",
            "overview": f"{title}, told once more.",
            "added_at": EPOCH + self.count * 1_000_000,
            "updated_at": EPOCH + self.count * 1_000_000,
            **more,
        }
        names = ", ".join(values)
        cursor = self.db.execute(
            f"INSERT INTO item ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
        )
        row = int(cursor.lastrowid or 0)
        for kind_of_art in ("poster", "thumb", "backdrop"):
            self.db.execute(
                "INSERT INTO artwork (item_id, kind, source, content_hash, width, height, color) "
                "VALUES (?, ?, 'local', ?, 1000, 1500, '#102030')",
                (row, kind_of_art, f"{row:08x}{kind_of_art}"),
            )
        for label in {self.chance.randint(1, 4), self.chance.randint(1, 4)}:
            self.db.execute("INSERT INTO item_label (item_id, label_id) VALUES (?, ?)", (row, label))
        self.db.execute("INSERT INTO item_label (item_id, label_id) VALUES (?, 5), (?, 6)", (row, row))
        self.db.execute("INSERT INTO external_id (item_id, provider, value) VALUES (?, 'tmdb', ?)", (row, str(row)))
        for place, person in enumerate((1, 2, 3)):
            self.db.execute(
                "INSERT INTO credit (item_id, person_id, role, character, position) VALUES (?, ?, ?, 'Somebody', ?)",
                (row, person, ("actor", "director", "stunt")[place], place),
            )
        return row

    def file(self, library: int, item: int, name: str, *, state: str = "ok", extra: str | None = None) -> int:
        cursor = self.db.execute(
            "INSERT INTO media_file (library_id, folder_id, path, size, mtime_ns, content_hash, state, problem, "
            "container, duration_ms, bit_rate, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'mp4', 5400000, 4000000, ?)",
            (
                library,
                library,
                f"/media/{library}/{name}".encode(),
                1_000_000 + item,
                1_600_000_000_000_000_000,
                f"{item:032}".encode(),
                state,
                "It ends too early." if state == "broken" else None,
                EPOCH,
            ),
        )
        row = int(cursor.lastrowid or 0)
        self.db.execute(
            "INSERT INTO item_file (item_id, file_id, edition, version, extra) VALUES (?, ?, NULL, '1080p', ?)",
            (item, row, extra),
        )
        self.db.execute(
            "INSERT INTO media_stream (file_id, stream_index, kind, codec, codec_string, profile, level, width, "
            "height, bit_depth, frame_rate_num, frame_rate_den, hdr) "
            "VALUES (?, 0, 'video', 'h264', 'avc1.640028', 'High', 40, 1920, 1080, 8, 24000, 1001, 'sdr')",
            (row,),
        )
        self.db.execute(
            "INSERT INTO media_stream (file_id, stream_index, kind, codec, codec_string, channels, channel_layout, "
            "sample_rate, language, is_default) "
            "VALUES (?, 1, 'audio', 'aac', 'mp4a.40.2', 2, 'stereo', 48000, 'en', 1)",
            (row,),
        )
        self.db.execute(
            "INSERT INTO subtitle (file_id, path, codec, language) VALUES (?, ?, 'subrip', 'de')",
            (row, f"/media/{library}/{name}.srt".encode()),
        )
        for number in range(2):
            self.db.execute(
                "INSERT INTO chapter (file_id, start_us, end_us, title) VALUES (?, ?, ?, ?)",
                (row, number * 2_700_000_000, (number + 1) * 2_700_000_000, f"Part {number + 1}"),
            )
        return row


def furnish(connection: sqlite3.Connection) -> None:
    """Films (library 1), series (2), music videos (3) and home videos (4)."""
    make = _Furnisher(connection)
    kinds = (("Films", "movies"), ("Series", "series"), ("Music", "music_videos"), ("Home", "home_videos"))
    for number, (name, kind) in enumerate(kinds, 1):
        connection.execute(
            "INSERT INTO library (id, name, kind, created_at, scanned_at) VALUES (?, ?, ?, ?, ?)",
            (number, name, kind, EPOCH, EPOCH),
        )
        connection.execute(
            "INSERT INTO library_folder (id, library_id, path) VALUES (?, ?, ?)",
            (number, number, f"/media/{number}".encode()),
        )
    for number, name in enumerate(("Drama", "Comedy", "Thriller", "Horror"), 1):
        connection.execute("INSERT INTO label (id, kind, name) VALUES (?, 'genre', ?)", (number, name))
    connection.execute("INSERT INTO label (id, kind, name) VALUES (5, 'tag', 'owned'), (6, 'studio', 'Acme')")
    connection.execute("INSERT INTO person (id, name) VALUES (1, 'Ada Moreau'), (2, 'Bruno Novak'), (3, 'Cleo Ito')")
    _films(make)
    _series(make)
    _music(make)
    for number in range(CLIPS):
        clip = make.item(4, "home_video", f"Holiday {number}", duration_ms=60_000)
        make.file(4, clip, f"clip{number}.mp4")


def _films(make: _Furnisher) -> None:
    titles = []
    for number in range(FILMS):
        title = f"The {_WORDS[number % len(_WORDS)]} {number}"
        titles.append(title)
        film = make.item(1, "movie", title, duration_ms=5_400_000, height=1080, original_title=title, tagline="Again.")
        make.file(1, film, f"{title}.mp4")
        if number % 10 == 0:
            make.file(1, film, f"{title}.2160p.mp4")
            make.file(1, film, f"{title}-trailer.mp4", extra="trailer")
    broken = make.item(1, "movie", "Zero Left", duration_ms=None, hidden=0)
    make.file(1, broken, "broken.mp4", state="broken")
    learn_words(make.db, " ".join(titles))


def _series(make: _Furnisher) -> None:
    for number in range(SERIES):
        series = make.item(2, "series", f"Signal {number}")
        for season_number in range(1, SEASONS + 1):
            season = make.item(
                2,
                "season",
                f"Season {season_number}",
                parent_id=series,
                series_id=series,
                season_number=season_number,
                number=season_number,
                position=season_number,
            )
            for episode_number in range(1, EPISODES + 1):
                episode = make.item(
                    2,
                    "episode",
                    f"Episode {episode_number}",
                    parent_id=season,
                    series_id=series,
                    season_number=season_number,
                    number=episode_number,
                    position=episode_number,
                    duration_ms=1_800_000,
                )
                make.file(2, episode, f"{series}-s{season_number}e{episode_number}.mkv")


def _music(make: _Furnisher) -> None:
    artists = [make.item(3, "artist", f"Artist {number}") for number in range(ARTISTS)]
    for number in range(SONGS):
        song = make.item(3, "music_video", f"Song {number}", duration_ms=200_000)
        make.file(3, song, f"song{number}.mp4")
        for place, artist in enumerate({artists[number % ARTISTS], artists[(number + 1) % ARTISTS]}):
            make.db.execute(
                "INSERT INTO item_artist (item_id, artist_id, position) VALUES (?, ?, ?)", (song, artist, place)
            )
