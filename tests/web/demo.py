"""A small house of films, series and videos, in the shapes the contract names: what the canned server answers with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

Row = dict[str, Any]

NOW = "2026-11-20T20:00:00Z"
WORDS = (
    "Silent",
    "Harbour",
    "Glass",
    "River",
    "Winter",
    "Machine",
    "Garden",
    "North",
    "Paper",
    "Signal",
    "Ember",
    "Tide",
)
OVERVIEW = (
    "When the last ferry does not arrive, the keeper of a lighthouse and a radio operator who has not spoken for years "
    "begin to answer a signal that nobody else can hear. A quiet film about distance, tides and the things people keep."
)
GENRES = [
    {"__typename": "Genre", "id": f"genre-{n}", "name": n, "itemCount": 12}
    for n in ("Drama", "Comedy", "Science fiction")
]


def connection(rows: Sequence[Row]) -> Callable[..., Row]:
    """A keyset connection whose cursors are positions."""

    def resolve(_info: object, first: int = 50, after: str | None = None, **_: object) -> Row:
        start = int(after) + 1 if after else 0
        page = rows[start : start + first]
        end = start + len(page) - 1
        return {
            "nodes": page,
            "edges": [{"cursor": str(start + at), "node": node} for at, node in enumerate(page)],
            "pageInfo": {
                "hasNextPage": end + 1 < len(rows),
                "hasPreviousPage": start > 0,
                "startCursor": str(start),
                "endCursor": str(end),
            },
            "totalCount": min(len(rows), 10_000),
        }

    return resolve


def image(item: str, shape: str, hue: int) -> Row:
    """A picture the canned server draws by itself."""
    size = {"poster": (1000, 1500), "thumb": (1280, 720), "backdrop": (1920, 1080)}[shape]
    return {
        "url": lambda _info, width=480: f"images/{item}/{shape}/{hue}/{width}.svg",
        "width": size[0],
        "height": size[1],
        "color": f"#{40 + hue % 60:02x}{50 + hue % 40:02x}{70 + hue % 80:02x}",
    }


def media_file(item: str, name: str, **changes: object) -> Row:
    """A film in H.264 with two languages."""
    audio = {
        "codec": "aac",
        "profile": "LC",
        "sampleRate": 48000,
        "bitRate": 192000,
        "title": None,
        "channelLayout": None,
    }
    subtitle = {
        "codec": "subrip",
        "title": None,
        "forced": False,
        "hearingImpaired": False,
        "external": True,
        "text": True,
    }
    return {
        "__typename": "MediaFile",
        "id": f"file-{item}",
        "path": f"/media/films/{name}.mkv",
        "fileName": f"{name}.mkv",
        "sizeBytes": 4.2e9,
        "container": "matroska",
        "durationSeconds": 40.0,
        "bitRate": 6_200_000,
        "state": "OK",
        "modifiedAt": NOW,
        "videoStreams": [
            {
                "index": 0,
                "codec": "h264",
                "profile": "High",
                "width": 1920,
                "height": 1080,
                "bitDepth": 8,
                "hdr": "SDR",
                "frameRate": 23.976,
                "interlaced": False,
                "rotation": 0,
                "bitRate": 5_800_000,
            }
        ],
        "audioStreams": [
            {**audio, "index": 1, "channels": 6, "language": "eng", "default": True},
            {**audio, "index": 2, "channels": 2, "language": "deu", "default": False},
        ],
        "subtitleStreams": [
            {**subtitle, "id": f"sub-{item}-en", "language": "eng", "default": False},
            {**subtitle, "id": f"sub-{item}-de", "language": "deu", "default": False},
        ],
        **changes,
    }


def state(position: float = 0, progress: float = 0, *, watched: bool = False) -> Row:
    return {
        "positionSeconds": position,
        "progress": progress,
        "watched": watched,
        "playCount": int(watched),
        "lastPlayedAt": None,
        "favourite": False,
        "rating": None,
    }


class House:
    """Everything the canned server knows; mutations change it."""

    def __init__(self, films: int = 60) -> None:
        self.items: dict[str, Row] = {}
        self.libraries: list[Row] = []
        self.add_library("films", "Films", "MOVIES")
        self.add_library("series", "Series", "SERIES")
        self.add_library("clips", "Music videos", "MUSIC_VIDEOS")
        self.add_library("home", "Family", "HOME_VIDEOS")
        for number in range(films):
            self._film(number)
        for number, title in enumerate(("The Lantern Keepers", "Northbound", "Small Hours", "Open Water")):
            self._series(number, title)
        for number in range(18):
            self._clip(number)
        for number in range(9):
            name = f"Summer {2010 + number}"
            self._add(
                "HomeVideo",
                "HOME_VIDEO",
                "home",
                f"home-{number}",
                name,
                hue=number * 37 + 90,
                premiered=f"{2010 + number}-07-14",
            )

    def add_library(self, name: str, title: str, kind: str) -> Row:
        rows: list[Row] = []
        folder = {"id": f"folder-{name}", "path": f"/media/{name}", "available": True, "fileCount": 60, "problem": None}
        library: Row = {
            "__typename": "Library",
            "id": f"library-{name}",
            "name": title,
            "kind": kind,
            "state": "IDLE",
            "folders": [folder],
            "rows": rows,
            "items": connection(rows),
            "itemCount": lambda _info: len(rows),
            "fileCount": lambda _info: len(rows),
            "brokenFileCount": 1 if name == "films" else 0,
            "sizeBytes": 3.1e11,
            "durationSeconds": 412_000.0,
            "createdAt": NOW,
            "scannedAt": NOW,
            "activeScan": None,
            "version": 1,
            "brokenFiles": connection(
                [media_file("broken", "Cut Off", state="BROKEN", problem="The file ends in the middle of a frame.")]
            ),
            "duplicates": connection([]),
        }
        self.libraries.append(library)
        return library

    def _add(self, typename: str, kind: str, library: str, item: str, title: str, *, hue: int, **more: object) -> Row:
        home = next(one for one in self.libraries if one["id"] == f"library-{library}")
        row: Row = {
            "__typename": typename,
            "id": item,
            "kind": kind,
            "title": title,
            "sortTitle": title,
            "year": 1990 + hue % 35,
            "overview": OVERVIEW,
            "addedAt": NOW,
            "updatedAt": NOW,
            "library": home,
            "genres": GENRES[: 1 + hue % 3],
            "poster": image(item, "poster", hue),
            "thumb": image(item, "thumb", hue),
            "backdrop": image(item, "backdrop", hue),
            "userState": state(),
            "durationSeconds": 5_400.0 + hue * 20,
            "tags": [],
            "studios": [],
            "people": [],
            "externalIds": [],
            "chapters": [],
            "files": [media_file(item, title)],
            "extras": [],
            "communityRating": 6 + hue % 37 / 10,
            **more,
        }
        self.items[item] = row
        if kind in {"MOVIE", "SERIES", "MUSIC_VIDEO", "HOME_VIDEO"}:
            home["rows"].append(row)
        return row

    def _film(self, number: int) -> None:
        first, second = WORDS[number % len(WORDS)], WORDS[(number * 7 + 3) % len(WORDS)]
        title = f"{first} {second}" if number < len(WORDS) ** 2 else f"{first} {second} {number}"
        people = [
            {"person": {"id": f"person-{at}", "name": name}, "role": role, "character": character}
            for at, (name, role, character) in enumerate(
                [
                    ("Ada Brandt", "ACTOR", "The keeper"),
                    ("Milo Okafor", "ACTOR", "The operator"),
                    ("Ines Varga", "DIRECTOR", None),
                ]
            )
        ]
        chapters = [
            {"startSeconds": float(at * 10), "endSeconds": float(at * 10 + 10), "title": name}
            for at, name in enumerate(("Arrival", "The signal", "Low tide", "Credits"))
        ]
        film = self._add(
            "Movie",
            "MOVIE",
            "films",
            f"film-{number}",
            title,
            hue=number * 29,
            tagline="Someone is still listening.",
            premiered="2019-03-08",
            contentRating="PG-13",
            people=people,
            chapters=chapters,
        )
        if number in {2, 5}:
            film["userState"] = state(2_400, 0.4)
        if number in {3, 4, 11}:
            film["userState"] = state(watched=True)

    def _series(self, number: int, title: str) -> None:
        series = self._add(
            "Series", "SERIES", "series", f"series-{number}", title, hue=number * 71 + 20, contentRating="TV-14"
        )
        seasons = []
        for index in (1, 2):
            season = self._add(
                "Season",
                "SEASON",
                "series",
                f"season-{number}-{index}",
                f"Season {index}",
                hue=number * 71 + index * 15,
                number=index,
                series=series,
            )
            episodes = [self._episode(series, season, index, at, number) for at in range(1, 7)]
            season |= {
                "episodes": connection(episodes),
                "episodeCount": len(episodes),
                "unwatchedCount": 6 if index == 2 else 4,
            }
            seasons.append(season)
            for one, two in itertools.pairwise(episodes):
                one["next"], two["previous"] = two, one
        series |= {"seasons": connection(seasons), "seasonCount": 2, "episodeCount": 12, "unwatchedCount": 10}
        series["nextUp"] = self.items[f"episode-{number}-1-3"]

    def _episode(self, series: Row, season: Row, index: int, at: int, number: int) -> Row:
        title = f"{WORDS[(at * 5 + number) % 12]} {WORDS[(at * 3 + index) % 12]}"
        row = self._add(
            "Episode",
            "EPISODE",
            "series",
            f"episode-{number}-{index}-{at}",
            title,
            hue=number * 71 + at * 23,
            number=at,
            seasonNumber=index,
            series=series,
            season=season,
            premiered=f"2024-0{at}-11",
            next=None,
            previous=None,
            durationSeconds=2_640.0,
        )
        if index == 1 and at < 3:
            row["userState"] = state(watched=True)
        return row

    def _clip(self, number: int) -> None:
        name = f"{WORDS[(number * 5) % 12]} & the {WORDS[(number * 3 + 1) % 12]}s"
        artist = self._add("Artist", "ARTIST", "clips", f"artist-{number}", name, hue=number * 53)
        clip = self._add(
            "MusicVideo",
            "MUSIC_VIDEO",
            "clips",
            f"clip-{number}",
            f"{WORDS[number % 12]} Song",
            hue=number * 53 + 9,
            artists=[artist],
            durationSeconds=221.0,
        )
        artist |= {"videos": connection([clip]), "videoCount": 1}
