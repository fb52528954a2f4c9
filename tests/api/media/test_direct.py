"""Direct play over real sockets, with files that change, vanish and lie."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role
from foyer.api.media.direct import DirectPlay
from foyer.logs import PlainFormatter
from tests.servers import Server

OPEN = Path("/proc/self/fd")
SIZE = 3_000_001


def open_files() -> int:
    return len(list(OPEN.iterdir()))


@dataclass(kw_only=True)
class Film:
    """A file in a library, as a viewer sees it."""

    server: Server
    principal: Principal
    path: Path
    content: bytes
    file_id: int
    library_id: int

    def url(self, purpose: MediaPurpose = MediaPurpose.DIRECT, lifetime_s: int = 600) -> str:
        token = self.server.core.accounts.media_tokens.issue(
            purpose, user_id=self.principal.user_id, subject=self.file_id, session=7, lifetime_s=lifetime_s
        )
        word = "download" if purpose is MediaPurpose.DOWNLOAD else "direct"
        return f"{self.server.url}/media/{word}/{token}/file.mp4"


async def add_film(server: Server, folder: Path, principal: Principal, *, size: int = SIZE) -> Film:
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - a test has the loop to itself
    content = random.Random(1).randbytes(size)
    path = folder / "A film — with “quotes” (2001).mp4"
    path.write_bytes(content)
    writer = server.core.database.writer
    library = await writer.execute_insert(
        "INSERT INTO library (name, kind, created_at) VALUES (?, 'movies', 0)", [folder.name]
    )
    root = await writer.execute_insert(
        "INSERT INTO library_folder (library_id, path) VALUES (?, ?)", [library, os.fsencode(folder)]
    )
    file = await writer.execute_insert(
        "INSERT INTO media_file (library_id, folder_id, path, size, mtime_ns, state, container, added_at) "
        "VALUES (?, ?, ?, ?, 0, 'ok', 'mp4', 0)",
        [library, root, os.fsencode(path), size],
    )
    return Film(
        server=server, principal=principal, path=path, content=content, file_id=int(file), library_id=int(library)
    )


@pytest.fixture
async def film(server: Server, tmp_path: Path) -> Film:
    principal, _ = await server.sign_in("Bert", Role.USER)
    return await add_film(server, tmp_path / "films", principal)


async def get(film: Film, **headers: str) -> tuple[int, dict[str, str], bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with film.server.client.get(film.url(), headers=named) as response:
        return response.status, {k.lower(): v for k, v in response.headers.items()}, await response.read()


async def test_the_whole_file_arrives(film: Film) -> None:
    status, headers, body = await get(film)
    assert (status, body) == (200, film.content)
    assert headers["content-type"] == "video/mp4"
    assert headers["content-length"] == str(SIZE)
    assert headers["accept-ranges"] == "bytes"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert "content-disposition" not in headers


async def test_head_says_the_same_without_the_bytes(film: Film) -> None:
    _, full, _ = await get(film)
    async with film.server.client.head(film.url(), headers={"Range": "bytes=0-9"}) as response:
        assert response.status == 200
        assert await response.read() == b""
        for name in ("content-length", "etag", "last-modified", "content-type", "accept-ranges"):
            assert response.headers[name] == full[name]


@pytest.mark.parametrize(
    ("field", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=2999990-", 2_999_990, SIZE),
        ("bytes=-11", SIZE - 11, SIZE),
    ],
)
async def test_a_range_is_exactly_what_was_asked(film: Film, field: str, start: int, end: int) -> None:
    status, headers, body = await get(film, Range=field)
    assert (status, body) == (206, film.content[start:end])
    assert headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert headers["content-length"] == str(end - start)


async def test_twenty_random_ranges_on_one_connection(film: Film) -> None:
    chooser = random.Random(2)
    for _ in range(20):
        start = chooser.randrange(SIZE)
        end = chooser.randrange(start, SIZE)
        status, _, body = await get(film, Range=f"bytes={start}-{end}")
        assert (status, body) == (206, film.content[start : end + 1])
    assert film.server.app.public is not None
    assert film.server.app.public.connection_count == 1


async def test_several_ranges_come_as_parts(film: Film) -> None:
    status, headers, body = await get(film, Range="bytes=0-9,1000000-1000019,-5")
    assert status == 206
    match = re.fullmatch(r"multipart/byteranges; boundary=(\w+)", headers["content-type"])
    assert match is not None
    assert int(headers["content-length"]) == len(body)
    parts = body.split(f"\r\n--{match[1]}".encode())[1:-1]
    contents = [part.partition(b"\r\n\r\n")[2] for part in parts]
    assert contents == [film.content[:10], film.content[1_000_000:1_000_020], film.content[-5:]]
    assert all(b"content-type: video/mp4" in part for part in parts)


@pytest.mark.parametrize("field", ["bytes=3000001-", "bytes=-0", "bytes=9999999-99999999"])
async def test_a_range_behind_the_end_is_not_satisfiable(film: Film, field: str) -> None:
    status, headers, body = await get(film, Range=field)
    assert status == 416
    assert headers["content-range"] == f"bytes */{SIZE}"
    assert b"Range" in body


@pytest.mark.parametrize("field", ["bytes=5-4", "chapters=1-2", "bytes=x", "bytes=" + "0-0,2-2," * 200])
async def test_a_range_that_makes_no_sense_gets_everything(film: Film, field: str) -> None:
    status, _, body = await get(film, Range=field)
    assert (status, len(body)) == (200, SIZE)


async def test_what_is_known_is_not_sent_again(film: Film) -> None:
    _, headers, _ = await get(film, Range="bytes=0-0")
    for condition in ({"If_None_Match": headers["etag"]}, {"If_Modified_Since": headers["last-modified"]}):
        status, _, body = await get(film, **condition)
        assert (status, body) == (304, b"")
    assert (await get(film, If_Match='"other"'))[0] == 412


async def test_a_replaced_file_is_not_mixed_with_the_old_one(film: Film) -> None:
    _, headers, _ = await get(film, Range="bytes=0-0")
    assert (await get(film, Range="bytes=0-9", If_Range=headers["etag"]))[0] == 206
    replacement = film.path.with_suffix(".new")
    replacement.write_bytes(b"n" * 500)
    replacement.replace(film.path)
    status, _, body = await get(film, Range="bytes=0-9", If_Range=headers["etag"])
    assert (status, body) == (200, b"n" * 500)


async def test_a_download_has_its_name(film: Film) -> None:
    async with film.server.client.get(film.url(MediaPurpose.DOWNLOAD)) as response:
        assert response.status == 200
        assert response.headers["Content-Disposition"] == (
            "attachment; filename*=UTF-8''A%20film%20%E2%80%94%20with%20%E2%80%9Cquotes%E2%80%9D%20%282001%29.mp4"
        )


async def test_a_token_opens_one_thing_for_a_while(film: Film) -> None:
    good = film.url()
    token = good.split("/")[-2]
    tampered = good.replace(token, token[:-1] + ("A" if token[-1] != "A" else "B"))
    wrong = [
        (tampered, 403),
        (good.replace("/direct/", "/download/"), 403),
        (film.url(lifetime_s=-1), 403),
        (good.replace("file.mp4", ""), 404),
        (good.replace("file.mp4", "../../etc/passwd"), 404),
        (good.replace("file.mp4", "file"), 404),
        (good.replace(token, ""), 404),
        (good.replace(token, "A" * 5000), 403),
        (good.replace(token, "%00"), 400),
    ]
    for url, expected in wrong:
        async with film.server.client.get(url) as response:
            assert response.status == expected, url
            assert response.content_type == "application/problem+json"


async def test_an_odd_method_is_not_allowed(film: Film) -> None:
    async with film.server.client.delete(film.url()) as response:
        assert response.status == 405
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    async with film.server.client.options(film.url()) as response:
        assert response.status == 204
        assert "range" in response.headers["Access-Control-Allow-Headers"]


async def test_losing_the_library_or_the_account_ends_access_at_once(film: Film) -> None:
    accounts = film.server.core.accounts
    local = accounts.local_principal()
    url = film.url()
    user = await accounts.users.get(local, film.principal.user_id)
    user = await accounts.users.update(local, user.id, expected_version=user.version, all_libraries=False, libraries=[])
    async with film.server.client.get(url) as response:
        assert response.status == 404
    user = await accounts.users.update(local, user.id, expected_version=user.version, libraries=[film.library_id])
    async with film.server.client.get(url) as response:
        assert response.status == 200
    await accounts.users.update(local, user.id, expected_version=user.version, disabled=True)
    async with film.server.client.get(url) as response:
        assert response.status == 403


async def test_a_file_that_is_gone_is_named_so(film: Film) -> None:
    film.path.unlink()
    status, _, body = await get(film)
    assert status == 503
    assert b"disk" in body


async def test_a_link_put_in_a_file_s_place_leads_nowhere(film: Film, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    film.path.unlink()
    film.path.symlink_to(tmp_path / "secret")
    status, _, body = await get(film)
    assert status == 404
    assert b"secret" not in body


async def test_an_empty_file_is_empty(film: Film) -> None:
    film.path.write_bytes(b"")
    assert (await get(film))[::2] == (200, b"")
    assert (await get(film, Range="bytes=0-"))[0] == 416


async def test_a_file_cut_short_while_it_is_sent_breaks_the_connection(server: Server, tmp_path: Path) -> None:
    principal, _ = await server.sign_in("Bert", Role.USER)
    film = await add_film(server, tmp_path / "films", principal, size=64_000_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 16)
    writer.write(f"GET {film.url().removeprefix(server.url)} HTTP/1.1\r\nHost: nas\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    os.truncate(film.path, 1000)
    received = 0
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        async with asyncio.timeout(10):
            while received < 64_000_000:
                received += len(await reader.readexactly(1 << 16))
    assert received < 64_000_000
    writer.close()
    async with server.client.get(f"{server.url}/health/live") as response:
        assert response.status == 200


async def test_a_viewer_who_leaves_or_pauses_holds_nothing_up(server: Server, tmp_path: Path) -> None:
    principal, _ = await server.sign_in("Bert", Role.USER)
    film = await add_film(server, tmp_path / "films", principal, size=40_000_000)
    request = f"GET {film.url().removeprefix(server.url)} HTTP/1.1\r\nHost: nas\r\n\r\n".encode()
    paused = [await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 14) for _ in range(60)]
    for _, writer in paused:
        writer.write(request)
    await asyncio.sleep(0.5)
    began = time.monotonic()
    async with server.client.get(film.url()) as response:
        digest = hashlib.sha256()
        async for chunk in response.content.iter_chunked(1 << 20):
            digest.update(chunk)
    assert digest.digest() == hashlib.sha256(film.content).digest()
    assert time.monotonic() - began < 20
    for _, writer in paused:
        writer.transport.abort()
    assert server.app.public is not None
    async with asyncio.timeout(10):
        while server.app.public.connection_count > 1:
            await asyncio.sleep(0.05)


async def test_a_paused_viewer_goes_on_where_it_stood(server: Server, tmp_path: Path) -> None:
    principal, _ = await server.sign_in("Bert", Role.USER)
    film = await add_film(server, tmp_path / "films", principal, size=30_000_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 14)
    writer.write(f"GET {film.url().removeprefix(server.url)} HTTP/1.1\r\nHost: nas\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(0.5)
    assert await reader.readexactly(30_000_000) == film.content
    writer.close()


async def test_a_thousand_interrupted_requests_leave_no_descriptor_behind(film: Film) -> None:
    before = open_files()
    url = film.url().removeprefix(film.server.url)

    async def interrupted(number: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", film.server.port)
        writer.write(f"GET {url} HTTP/1.1\r\nHost: nas\r\n\r\n".encode())
        await asyncio.sleep(0.001 * (number % 10))
        writer.transport.abort()

    for _ in range(20):
        await asyncio.gather(*(interrupted(number) for number in range(50)))
    assert film.server.app.public is not None
    async with asyncio.timeout(15):
        while film.server.app.public.connection_count > 0:
            await asyncio.sleep(0.05)
    assert open_files() <= before + 2


async def test_pipelined_requests_are_answered_in_order(film: Film) -> None:
    path = film.url().removeprefix(film.server.url)
    one = f"GET {path} HTTP/1.1\r\nHost: nas\r\nRange: bytes=0-9\r\n\r\n"
    two = f"GET {path} HTTP/1.1\r\nHost: nas\r\nRange: bytes=10-19\r\nConnection: close\r\n\r\n"
    answer = await film.server.raw((one + two).encode())
    bodies = [part.partition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 206")[1:]]
    assert bodies == [film.content[:10], film.content[10:20]]


async def test_an_old_client_gets_its_bytes_too(film: Film) -> None:
    path = film.url().removeprefix(film.server.url)
    answer = await film.server.raw(f"GET {path} HTTP/1.0\r\nHost: nas\r\n\r\n".encode())
    assert answer.partition(b"\r\n\r\n")[2] == film.content


async def test_without_zero_copy_the_bytes_are_the_same(film: Film) -> None:
    """As behind TLS, where the kernel cannot encrypt them."""
    handler = DirectPlay(film.server.core.database, film.server.core.accounts)
    sent: list[bytes] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(bytes(message.get("body", b"")))  # type: ignore[call-overload]

    path = film.url().removeprefix(film.server.url)
    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"range", b"bytes=5-2000004")]}
    await handler(scope, None, send)
    assert b"".join(sent) == film.content[5:2_000_005]


async def test_a_stop_does_not_wait_for_the_end_of_a_film(film: Film) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", film.server.port, limit=1 << 14)
    writer.write(f"GET {film.url().removeprefix(film.server.url)} HTTP/1.1\r\nHost: nas\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(0.1)
    assert film.server.app.public is not None
    began = time.monotonic()
    await film.server.app.public.stop()
    assert time.monotonic() - began < 2
    writer.close()


async def test_the_log_keeps_no_token(film: Film, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="foyer.access"):
        await get(film, Range="bytes=0-0")
        async with asyncio.timeout(5):
            while not caplog.records:  # the line is written after the last byte
                await asyncio.sleep(0.01)
    token = film.url().split("/")[-2]
    lines = [PlainFormatter().format(record) for record in caplog.records]
    assert any("/media/direct/…/file.mp4" in line for line in lines)
    assert not any(token[:20] in line for line in lines)
