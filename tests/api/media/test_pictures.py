"""Artwork, preview sheets and subtitles: each only with a token for it, and only for who may see the item."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role
from foyer.library.artwork import ArtworkStore
from foyer.library.subtitles import pack
from foyer.media.cues import Cue
from tests.servers import Server


@dataclass(kw_only=True)
class Shelf:
    """One film with a picture, previews and subtitles."""

    server: Server
    principal: Principal
    library: int
    artwork: int
    file: int
    subtitle: int

    def url(self, purpose: MediaPurpose, name: str) -> str:
        subject = {
            MediaPurpose.IMAGE: self.artwork,
            MediaPurpose.TRICKPLAY: self.file,
            MediaPurpose.SUBTITLE: self.subtitle,
        }[purpose]
        tokens = self.server.core.accounts.media_tokens
        token = tokens.issue_stable(purpose, user_id=self.principal.user_id, subject=subject)
        word = purpose.name.lower()
        return f"{self.server.url}/media/{word}/{token}{name}"


@pytest.fixture
async def shelf(server: Server, tmp_path: Path) -> Shelf:
    principal, _ = await server.sign_in("Bert", Role.USER)
    core = server.core
    picture = io.BytesIO()
    Image.new("RGB", (600, 900), "teal").save(picture, "JPEG")
    stored = await ArtworkStore(core.options.data, core.options.cache).store(picture.getvalue())
    insert = core.database.writer.execute_insert
    library = await insert("INSERT INTO library (name, kind, created_at) VALUES ('Films', 'movies', 0)", [])
    folder = await insert("INSERT INTO library_folder (library_id, path) VALUES (?, ?)", [library, b"/films"])
    item = await insert(
        "INSERT INTO item (library_id, kind, identity, title, sort_title, added_at, updated_at) "
        "VALUES (?, 'movie', 'a', 'A', 'a', 0, 0)",
        [library],
    )
    file = await insert(
        "INSERT INTO media_file (library_id, folder_id, path, size, mtime_ns, state, start_us, added_at) "
        "VALUES (?, ?, ?, 1, 0, 'ok', 500000, 0)",
        [library, folder, b"/films/a.mkv"],
    )
    artwork = await insert(
        "INSERT INTO artwork (item_id, kind, source, content_hash) VALUES (?, 'poster', 'local', ?)",
        [item, stored.content_hash],
    )
    subtitle = await insert(
        "INSERT INTO subtitle (file_id, stream_index, codec, is_text, cues) VALUES (?, 2, 'subrip', 1, ?)",
        [file, pack((Cue(start_us=1_500_000, end_us=3_000_000, text="Guten Tag, <i>Ada</i> &amp; Bert"),))],
    )
    return Shelf(
        server=server,
        principal=principal,
        library=int(library),
        artwork=int(artwork),
        file=int(file),
        subtitle=int(subtitle),
    )


async def test_a_picture_comes_in_the_width_asked_for(shelf: Shelf) -> None:
    async with shelf.server.client.get(shelf.url(MediaPurpose.IMAGE, "/320.webp")) as response:
        assert (response.status, response.content_type) == (200, "image/webp")
        assert "immutable" in response.headers["Cache-Control"]
        with Image.open(io.BytesIO(await response.read())) as picture:
            assert (picture.format, picture.size) == ("WEBP", (320, 480))
        tag = response.headers["ETag"]
    headers = {"If-None-Match": tag}
    async with shelf.server.client.get(shelf.url(MediaPurpose.IMAGE, "/320.webp"), headers=headers) as response:
        assert (response.status, await response.read()) == (304, b"")


@pytest.mark.parametrize("width", ["0", "1", "333", "99999999"])
async def test_no_width_makes_a_new_size(shelf: Shelf, width: str) -> None:
    async with shelf.server.client.get(shelf.url(MediaPurpose.IMAGE, f"/{width}.webp")) as response:
        with Image.open(io.BytesIO(await response.read())) as picture:
            assert picture.width in {160, 480, 600}


async def test_subtitles_are_on_the_player_s_clock(shelf: Shelf) -> None:
    async with shelf.server.client.get(shelf.url(MediaPurpose.SUBTITLE, ".vtt")) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/vtt; charset=utf-8"
        text = await response.text()
    assert text.startswith("WEBVTT\n")
    assert "00:00:01.000 --> 00:00:02.500\nGuten Tag, <i>Ada</i> &amp; Bert" in text


async def test_preview_sheets_come_from_the_cache(shelf: Shelf) -> None:
    async with shelf.server.client.get(shelf.url(MediaPurpose.TRICKPLAY, "/0.webp")) as response:
        assert response.status == 404


async def test_each_needs_its_own_token(shelf: Shelf) -> None:
    image = shelf.url(MediaPurpose.IMAGE, "")
    for wrong in (
        image.replace("/media/image/", "/media/trickplay/") + "/0.webp",
        image.replace("/media/image/", "/media/subtitle/") + ".vtt",
        image[:-2] + "AA/320.webp",
        f"{shelf.server.url}/media/image/{shelf.artwork}/320.webp",
    ):
        async with shelf.server.client.get(wrong) as response:
            assert response.status == 403, wrong
    for odd in ("/-1.webp", "/x.webp", "/320.png", "/320", "/../320.webp"):
        async with shelf.server.client.get(image + odd) as response:
            assert response.status in {404, 403}


async def test_without_the_library_there_is_nothing_to_see(shelf: Shelf) -> None:
    accounts = shelf.server.core.accounts
    user = await accounts.users.get(accounts.local_principal(), shelf.principal.user_id)
    await accounts.users.update(
        accounts.local_principal(), user.id, expected_version=user.version, all_libraries=False, libraries=[]
    )
    for purpose, name in (
        (MediaPurpose.IMAGE, "/320.webp"),
        (MediaPurpose.SUBTITLE, ".vtt"),
        (MediaPurpose.TRICKPLAY, "/0.webp"),
    ):
        async with shelf.server.client.get(shelf.url(purpose, name)) as response:
            assert response.status == 404


async def test_what_was_removed_is_not_found(shelf: Shelf) -> None:
    url = shelf.url(MediaPurpose.IMAGE, "/320.webp")
    await shelf.server.core.database.execute("DELETE FROM artwork")
    async with shelf.server.client.get(url) as response:
        assert response.status == 404
