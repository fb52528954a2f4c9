"""HLS on a whole server: what its tokens open, for whom, and until when."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role
from foyer.streaming.options import StreamOptions, VideoChoice
from tests.servers import Server
from tests.streaming import clips
from tests.streaming.sources import open_source

COPY = StreamOptions(video=VideoChoice.COPY, copy_audio=frozenset({"aac"}))
ENCODE = StreamOptions(video=VideoChoice.ENCODE)


@dataclass(kw_only=True)
class Film:
    """An indexed file in a library, as a viewer sees it."""

    server: Server
    principal: Principal
    file_id: int
    library_id: int

    def base(self, options: StreamOptions | bytes = COPY, purpose: MediaPurpose = MediaPurpose.HLS, **more: int) -> str:
        packed = options if isinstance(options, bytes) else options.to_text().encode()
        token = self.server.core.accounts.media_tokens.issue(
            purpose,
            user_id=self.principal.user_id,
            subject=more.get("subject", self.file_id),
            session=7,
            options=packed,
            lifetime_s=more.get("lifetime_s", 600),
        )
        return f"{self.server.url}/media/hls/{token}"

    async def status(self, url: str) -> tuple[int, str]:
        async with self.server.client.get(url) as answer:
            body = await answer.json() if answer.content_type == "application/problem+json" else {}
            return answer.status, body.get("code", "")


@pytest.fixture
async def film(server: Server, tmp_path: Path) -> Film:
    folder = tmp_path / "films"
    folder.mkdir()
    words = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "48", "-c:a", "aac"]
    path = await asyncio.to_thread(clips.make, folder / "film.mp4", *words, seconds=8)
    source = open_source(path)
    principal, _ = await server.sign_in("Bert", Role.USER)
    insert = server.core.database.writer.execute_insert
    library = await insert("INSERT INTO library (name, kind, created_at) VALUES ('Films', 'movies', 0)", [])
    root = await insert("INSERT INTO library_folder (library_id, path) VALUES (?, ?)", [library, os.fsencode(folder)])
    file = await insert(
        "INSERT INTO media_file (library_id, folder_id, path, size, mtime_ns, state, container, added_at) "
        "VALUES (?, ?, ?, ?, ?, 'ok', 'mp4', 0)",
        [library, root, os.fsencode(path), source.info.size, source.mtime_ns],
    )
    for stream in source.info.streams:
        await insert(
            "INSERT INTO media_stream (file_id, stream_index, kind, codec, time_base_num, time_base_den, width, "
            "height, frame_rate_num, frame_rate_den, channels, sample_rate) "
            "VALUES (?, ?, ?, ?, 1, ?, ?, ?, 24000, 1001, ?, ?)",
            [
                *(file, stream.index, stream.kind.value, stream.codec, stream.time_base.denominator),
                *(stream.width, stream.height, stream.channels, stream.sample_rate),
            ],
        )
    await insert(
        "INSERT INTO boundary_index (file_id, version, data) VALUES (?, ?, ?)",
        [file, source.index.version, source.index.to_bytes()],
    )
    return Film(server=server, principal=principal, file_id=int(file), library_id=int(library))


@pytest.mark.parametrize("options", [COPY, ENCODE], ids=["copy", "encode"])
async def test_a_player_with_a_link_sees_the_whole_film(film: Film, options: StreamOptions) -> None:
    shown = await asyncio.to_thread(clips.read, f"{film.base(options)}/master.m3u8")
    assert shown.numbers == list(range(192))
    assert max(map(abs, shown.time_errors())) < 1e-6


async def test_only_a_valid_token_for_this_purpose_opens_anything(film: Film) -> None:
    good = film.base()
    assert await film.status(f"{good}/master.m3u8") == (200, "")
    assert await film.status(f"{good[:-2]}xx/master.m3u8") == (403, "FORBIDDEN")
    assert await film.status(f"{film.base(purpose=MediaPurpose.DIRECT)}/v0c/0.m4s") == (403, "FORBIDDEN")
    assert await film.status(f"{film.base(lifetime_s=-1)}/v0c/0.m4s") == (403, "FORBIDDEN")
    assert await film.status(f"{film.base(subject=99)}/master.m3u8") == (404, "NOT_FOUND")
    assert await film.status(f"{film.base(b'nonsense')}/master.m3u8") == (422, "VALIDATION_FAILED")


async def test_a_library_that_was_closed_to_a_viewer_ends_the_stream(film: Film) -> None:
    base = film.base()
    assert (await film.status(f"{base}/v0c/0.m4s"))[0] == 200
    accounts = film.server.core.accounts
    local, user = (
        accounts.local_principal(),
        await accounts.users.get(accounts.local_principal(), film.principal.user_id),
    )
    await accounts.users.update(local, user.id, expected_version=user.version, all_libraries=False, libraries=())
    assert (await film.status(f"{base}/v0c/1.m4s"))[0] == 404


async def test_a_file_that_is_gone_is_a_clear_answer(film: Film) -> None:
    database = film.server.core.database
    await database.execute("UPDATE media_file SET state = 'missing' WHERE id = ?", (film.file_id,))
    assert await film.status(f"{film.base()}/master.m3u8") == (503, "UNAVAILABLE")
