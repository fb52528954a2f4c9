"""The web UI's files over HTTP, from a folder with everything that may lie in one."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.servers import INGRESS, Server, running

SCRIPT = b"export const answer = 42;\n" * 200
PAGE = b'<!doctype html><html><head><base href="./"><title>Foyer</title></head><body></body></html>'


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(PAGE)
    (folder / "assets" / "app-Ab3dEf9_.js").write_bytes(SCRIPT)
    (folder / "assets" / "packed-Ab3dEf9_.css").write_bytes(b"a{}" * 1000)
    (folder / "assets" / "packed-Ab3dEf9_.css.gz").write_bytes(gzip.compress(b"a{}" * 1000))
    (folder / "icon.svg").write_bytes(b"<svg/>")
    (folder / ".secret").write_bytes(b"secret")
    (tmp_path / "outside.txt").write_bytes(b"outside")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "linked").symlink_to(tmp_path)
    monkeypatch.setattr("foyer.transports.default_folder", lambda: folder)
    return folder


@pytest.fixture
async def server(tmp_path: Path, dist: Path) -> AsyncIterator[Server]:
    async with running(tmp_path) as started:
        yield started


async def test_the_page_knows_where_it_lives(server: Server) -> None:
    async with server.client.get(f"{server.url}/") as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-cache"
        assert '<base href="/">' in await response.text()
    async with server.client.get(f"{server.ingress_url}/", headers=INGRESS) as response:
        assert '<base href="/api/hassio_ingress/abcDEF123/">' in await response.text()


async def test_the_page_is_sent_again_only_when_it_changed(server: Server, dist: Path) -> None:
    async with server.client.get(f"{server.url}/") as response:
        tag = response.headers["ETag"]
    async with server.client.get(f"{server.url}/", headers={"If-None-Match": tag}) as response:
        assert (response.status, await response.read()) == (304, b"")
        assert "Content-Security-Policy" in response.headers
    (dist / "new.html").write_bytes(PAGE.replace(b"Foyer", b"Foyer 2"))
    (dist / "new.html").replace(dist / "index.html")
    async with server.client.get(f"{server.url}/", headers={"If-None-Match": tag}) as response:
        assert response.status == 200
        assert "Foyer 2" in await response.text()


async def test_a_tag_of_one_prefix_is_not_that_of_another(server: Server) -> None:
    async with server.client.get(f"{server.url}/") as response:
        tag = response.headers["ETag"]
    headers = {**INGRESS, "If-None-Match": tag}
    async with server.client.get(f"{server.ingress_url}/", headers=headers) as response:
        assert response.status == 200


async def test_a_hashed_file_may_be_kept_for_ever(server: Server) -> None:
    headers = {"Accept-Encoding": "identity"}
    async with server.client.get(f"{server.url}/assets/app-Ab3dEf9_.js", headers=headers) as response:
        assert await response.read() == SCRIPT
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert response.headers["Vary"] == "Accept-Encoding"
        assert "Content-Encoding" not in response.headers
    async with server.client.get(f"{server.url}/icon.svg") as response:
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize(("name", "content"), [("app-Ab3dEf9_.js", SCRIPT), ("packed-Ab3dEf9_.css", b"a{}" * 1000)])
async def test_text_is_sent_compressed_where_it_may(server: Server, name: str, content: bytes) -> None:
    head = f"GET /assets/{name} HTTP/1.1\r\nHost: nas\r\nAccept-Encoding: gzip, br\r\nConnection: close\r\n\r\n"
    answer = await server.raw(head.encode())
    fields, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in fields.lower()
    assert b'-gz"' in fields
    assert gzip.decompress(body) == content
    assert len(body) < len(content) / 4


async def test_head_has_the_length_and_no_body(server: Server) -> None:
    async with server.client.head(f"{server.url}/icon.svg") as response:
        assert response.status == 200
        assert response.headers["Content-Length"] == "6"
        assert await response.read() == b""


@pytest.mark.parametrize(
    "path",
    [
        "/link.txt",
        "/linked/outside.txt",
        "/.secret",
        "/index.html",
        "/assets",
        "/assets/",
        "/assets/../icon.svg",
        "/assets/%2e%2e/icon.svg",
        "/assets/..%2f..%2foutside.txt",
        "/assets//app-Ab3dEf9_.js",
        "/ICON.SVG",
        "/icon.svg/",
        "/library/5",
    ],
)
async def test_only_what_was_listed_is_there(server: Server, path: str) -> None:
    answer = await server.raw(f"GET {path} HTTP/1.1\r\nHost: nas\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"outside" not in answer
    assert b"secret" not in answer


async def test_without_a_build_there_is_a_page_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foyer.transports.default_folder", lambda: tmp_path / "nowhere")
    async with running(tmp_path) as server, server.client.get(f"{server.ingress_url}/", headers=INGRESS) as response:
        text = await response.text()
    assert response.status == 200
    assert "has not been built" in text
    assert '<base href="/api/hassio_ingress/abcDEF123/">' in text


async def test_a_removed_build_is_noticed(server: Server, dist: Path) -> None:
    async with server.client.get(f"{server.url}/icon.svg") as response:
        assert response.status == 200
    (dist / "index.html").unlink()
    async with server.client.get(f"{server.url}/icon.svg") as response:
        assert response.status == 404
