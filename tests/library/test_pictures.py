"""Artwork beside, inside and out of videos, preview sheets, and subtitle cues."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from foyer.errors import MediaError, NotFoundError
from foyer.library.artwork import ArtworkStore
from foyer.library.details import ArtworkKind, artwork_of_items
from foyer.library.kinds import LibraryKind
from foyer.library.pictures import ARTWORK
from foyer.library.trickplay import TRICKPLAY
from tests.library.conftest import House, Put, ffmpeg


def _picture(width: int, height: int, color: tuple[int, int, int] = (200, 30, 10), kind: str = "JPEG") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), color).save(target, kind)
    return target.getvalue()


async def _pictures_made(house: House, library: int) -> None:
    await house.room.queue_pictures(library)
    for kind in (ARTWORK, TRICKPLAY):
        job = await house.queue.live_with_key(f"{kind}:{library}")
        if job is not None:
            await house.finished(job)


async def test_every_video_gets_a_still_and_a_poster(house: House, put: Put) -> None:
    put("films/Heat (1995).mp4")
    library = await house.library("films")
    await _pictures_made(house, library)
    ((item,),) = await house.rows("SELECT id FROM item")
    assert isinstance(item, int)
    found = (await artwork_of_items(house.database.reader, [item]))[item]
    assert set(found) == {ArtworkKind.POSTER, ArtworkKind.THUMB, ArtworkKind.BACKDROP}
    thumb, poster = found[ArtworkKind.THUMB], found[ArtworkKind.POSTER]
    assert (thumb.width, thumb.height) == (160, 90)
    assert (poster.width, poster.height) == (60, 90)
    copy = await house.room.artwork.picture(poster.content_hash, 480)
    with Image.open(copy) as picture:
        assert (picture.format, picture.size) == ("WEBP", (60, 90))


async def test_pictures_beside_media_win_and_leave_with_their_file(house: House, put: Put) -> None:
    put("tv/Lost/Season 1/Lost S01E01.mp4")
    put("tv/Lost/Season 2/Lost S02E01.mp4")
    show = house.media / "tv/Lost"
    (show / "poster.jpg").write_bytes(_picture(400, 600))
    (show / "fanart.png").write_bytes(_picture(800, 450, kind="PNG"))
    (show / "season02-poster.jpg").write_bytes(_picture(200, 300))
    (show / "Season 1/folder.jpg").write_bytes(_picture(100, 150))
    (show / "Season 1/Lost S01E01-thumb.jpg").write_bytes(_picture(320, 180))
    (show / "Season 1/logo.png").write_bytes(b"no picture")
    library = await house.library("tv", LibraryKind.SERIES)
    await _pictures_made(house, library)
    sql = (
        "SELECT i.kind, i.season_number, a.kind, a.width FROM artwork a JOIN item i ON i.id = a.item_id "
        "WHERE a.source = 'local' ORDER BY 1, 2, 3"
    )
    assert await house.rows(sql) == [
        ("episode", 1, "thumb", 320),
        ("season", 1, "poster", 100),
        ("season", 2, "poster", 200),
        ("series", None, "backdrop", 800),
        ("series", None, "poster", 400),
    ]
    (show / "poster.jpg").unlink()
    (show / "fanart.png").write_bytes(_picture(640, 360))
    await house.rescan(library)
    await _pictures_made(house, library)
    assert await house.rows(sql.replace("ORDER BY", "AND i.kind = 'series' ORDER BY")) == [
        ("series", None, "backdrop", 640)
    ]


async def test_series_and_artists_without_pictures_borrow_those_of_their_first_video(house: House, put: Put) -> None:
    put("tv/Lost/Season 1/Lost S01E01.mp4")
    put("music/Ada - Song.mp4")
    for library in (
        await house.library("tv", LibraryKind.SERIES),
        await house.library("music", LibraryKind.MUSIC_VIDEOS),
    ):
        await _pictures_made(house, library)
    bare = "SELECT kind FROM item i WHERE NOT EXISTS (SELECT 1 FROM artwork a WHERE a.item_id = i.id AND a.kind = ?)"
    assert await house.rows(bare, ("thumb",)) == []
    assert await house.rows(bare, ("poster",)) == [("episode",)]


async def test_the_cover_inside_a_file_is_taken(house: House, put: Put) -> None:
    film = put("films/Heat (1995).mp4")
    cover = house.media / "cover.jpg"
    cover.write_bytes(_picture(200, 300))
    target = film.with_name("Ronin (1998).mp4")
    copying = ["-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic"]
    await ffmpeg("-i", film, "-i", cover, *copying, target)
    library = await house.library("films")
    await _pictures_made(house, library)
    found = await house.rows(
        "SELECT i.title, a.kind, a.width FROM artwork a JOIN item i ON i.id = a.item_id WHERE a.source = 'embedded'"
    )
    assert found == [("Ronin", "poster", 200)]


async def test_a_picture_bomb_or_a_stranger_is_refused(tmp_path: Path) -> None:
    store = ArtworkStore(tmp_path / "data", tmp_path / "cache")
    bomb = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG")
    for data in (bomb.getvalue(), b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", _picture(50, 50)[:100]):
        with pytest.raises(MediaError):
            await store.store(data)
    for name in ("../../etc/passwd", "0" * 32, "", "A" * 32):
        with pytest.raises(NotFoundError):
            await store.picture(name, 320)
    assert not list((tmp_path / "data").rglob("*.*"))


async def test_pictures_are_made_once_in_a_width_of_the_ladder_and_never_enlarged(tmp_path: Path) -> None:
    store = ArtworkStore(tmp_path / "data", tmp_path / "cache")
    stored = await store.store(_picture(1000, 500))
    assert stored.color == "#c81e0b" or stored.color.startswith("#c")
    paths = await asyncio.gather(*(store.picture(stored.content_hash, width) for width in (1, 300, 320, 5000)))
    sizes = []
    for path in paths:
        with Image.open(path) as picture:
            sizes.append(picture.size)
    assert sizes == [(160, 80), (320, 160), (320, 160), (1000, 500)]
    assert len(list((tmp_path / "cache").rglob("*.webp"))) == 3
    assert await store.keep_only([]) == 4


async def test_a_film_of_more_than_a_minute_gets_preview_sheets(house: House, put: Put) -> None:
    put("films/Short (2001).mp4")
    long = house.media / "films/Long (2002).mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=2:duration=70"]
    await ffmpeg(*source, "-c:v", "libx264", "-preset", "ultrafast", "-g", "4", long)
    library = await house.library("films")
    await house.settings.update({"library.trickplay": True})
    await _pictures_made(house, library)
    rows = await house.rows("SELECT t.file_id, t.interval_ms, t.count FROM trickplay t")
    ((file_id, interval, count),) = rows
    assert isinstance(file_id, int)
    assert (interval, count) == (2000, 35)
    sheet = await house.room.trickplay.sheet(file_id, 0)
    with Image.open(sheet) as picture:
        assert picture.format == "WEBP"
    with pytest.raises(NotFoundError):
        await house.room.trickplay.sheet(file_id, 1)


async def test_cues_are_extracted_when_first_asked_for_and_kept(house: House, put: Put) -> None:
    film = put("films/Heat (1995).mp4")
    beside = film.with_suffix(".en.srt")
    beside.write_text("1\n00:00:00,500 --> 00:00:01,500\nHello <i>there</i>\n")
    inside = film.with_name("Ronin (1998).mkv")
    copying = ["-map", "0", "-map", "1", "-map", "1", "-c", "copy", "-c:s", "srt"]
    await ffmpeg("-i", film, "-i", beside, *copying, inside)
    await house.library("films")
    tracks = await house.rows("SELECT id, stream_index FROM subtitle ORDER BY stream_index IS NULL, stream_index")
    assert len(tracks) == 3
    for track, _ in tracks:
        assert isinstance(track, int)
        (cue,) = await house.room.subtitles.cues(track)
        assert (cue.end_us - cue.start_us, cue.text) == (1_000_000, "Hello <i>there</i>")
        assert abs(cue.start_us - 500_000) < 50_000, "muxing moves a track by the audio's priming"
    assert await house.rows("SELECT count(*) FROM subtitle WHERE cues IS NULL") == [(0,)]
    inside.unlink()
    assert isinstance(tracks[0][0], int)
    assert await house.room.subtitles.cues(tracks[0][0]), "from the database, without the file"
    with pytest.raises(NotFoundError):
        await house.room.subtitles.cues(999)
