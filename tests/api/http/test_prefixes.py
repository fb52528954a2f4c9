"""Everything below a prefix: Home Assistant decides what stands before the path, and it may be anything it allows."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from foyer.accounts.media_tokens import MediaPurpose
from tests.servers import INGRESS, Server

PREFIXES = (
    "/api/hassio_ingress/abcDEF123",
    "/api/hassio_ingress/Xk3v9TqLrB2w_-0",
    "/api/hassio_ingress/" + "z" * 128,
    "/x",
    "/a/b/c/d/e/f",
)
VIEWER = "{ server { ingress viewer { name } } }"
PAULA = {"ingress": True, "viewer": {"name": "paula"}}
UPLOAD = (
    "mutation($input: CreateUploadInput!) { createUpload(input: $input) { "
    "... on CreateUploadPayload { upload { url } } ... on UserError { message } } }"
)
LIBRARY = (
    "mutation($input: CreateLibraryInput!) { createLibrary(input: $input) { "
    "... on CreateLibraryPayload { library { id } } ... on UserError { message } } }"
)


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return [value] if isinstance(value, str) else []


@pytest.fixture(params=PREFIXES, ids=lambda prefix: prefix[:24])
def headers(request: pytest.FixtureRequest) -> dict[str, str]:
    return {**INGRESS, "X-Ingress-Path": request.param}


async def test_the_page_is_the_same_again_after_a_reload(server: Server, headers: dict[str, str]) -> None:
    pages = []
    for slash in ("", "/"):
        asked = {**headers, "X-Ingress-Path": headers["X-Ingress-Path"] + slash}
        for query in ("", "?home=1"):
            async with server.client.get(f"{server.ingress_url}/{query}", headers=asked) as answer:
                assert answer.status == 200
                assert "Set-Cookie" not in answer.headers  # its Path would be wrong below a prefix
                pages.append(await answer.text())
    assert len(set(pages)) == 1
    assert f'<base href="{headers["X-Ingress-Path"]}/">' in pages[0]
    for link in re.findall(r'(?:src|href)="([^"#]+)"', pages[0].replace("<base", "", 1))[1:]:
        assert not link.startswith(("/", "http")), link


async def test_it_is_asked_by_post_stream_and_web_socket(server: Server, headers: dict[str, str]) -> None:
    url = f"{server.ingress_url}/graphql"
    async with server.client.post(url, json={"query": VIEWER}, headers=headers) as answer:
        assert (await answer.json())["data"]["server"] == PAULA
    stream = headers | {"Accept": "text/event-stream"}
    async with server.client.get(url, params={"query": VIEWER}, headers=stream) as answer:
        lines = (await answer.text()).split("\r\n")
    assert orjson.loads(next(line[6:] for line in lines if line.startswith("data: {")))["data"]["server"] == PAULA
    # The browser's page is of another host than the one the Supervisor asks for.
    across = headers | {"Host": "172.30.33.5:8099"}
    async with server.client.ws_connect(url, headers=across, protocols=["graphql-transport-ws"]) as ws:
        await ws.send_json({"type": "connection_init"})
        assert (await ws.receive_json())["type"] == "connection_ack"
        await ws.send_json({"id": "1", "type": "subscribe", "payload": {"query": VIEWER}})
        assert (await ws.receive_json())["payload"]["data"]["server"] == PAULA


async def test_a_film_is_sent_by_range_and_a_file_is_taken_in_pieces(
    server: Server, headers: dict[str, str], tmp_path: Path
) -> None:
    films = tmp_path / "films"
    films.mkdir()

    async def ask(query: str, given: dict[str, Any]) -> Any:
        body = {"query": query, "variables": {"input": given}}
        async with server.client.post(f"{server.ingress_url}/graphql", json=body, headers=headers) as answer:
            found = await answer.json()
        assert "errors" not in found, found
        assert not [text for text in _strings(found) if text.startswith(("/", "http"))]
        return next(iter(found["data"].values()))

    library = (await ask(LIBRARY, {"name": "F", "kind": "MOVIES", "folders": [str(films)], "scan": False}))["library"]
    data = random.Random(4).randbytes(200_000)
    given = {"library": library["id"], "filename": "film.mp4", "sizeBytes": len(data)}
    url = f"{server.ingress_url}/{(await ask(UPLOAD, given))['upload']['url']}"
    piece = headers | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    async with server.client.patch(url, data=data, headers=piece) as answer:
        assert answer.status == 204
        assert "Location" not in answer.headers
    assert (films / "film.mp4").read_bytes() == data
    row = await server.core.database.reader.first("SELECT library_id, id FROM library_folder")
    assert row is not None
    file = await server.core.database.writer.execute_insert(
        "INSERT INTO media_file (library_id, folder_id, path, size, mtime_ns, state, container, added_at) "
        "VALUES (?, ?, ?, ?, 0, 'ok', 'mp4', 0)",
        [row["library_id"], row["id"], str(films / "film.mp4").encode(), len(data)],
    )
    user = await server.core.database.reader.value("SELECT id FROM user")
    assert isinstance(user, int)
    token = server.core.accounts.media_tokens.issue(MediaPurpose.DIRECT, user_id=user, subject=int(file))
    film = f"{server.ingress_url}/media/direct/{token}/file.mp4"
    for first, last in ((0, 0), (100_000, 199_999), (199_990, 199_999)):
        asked = headers | {"Range": f"bytes={first}-{last}"}
        async with server.client.get(film, headers=asked) as answer:
            assert (answer.status, answer.headers["Content-Range"]) == (206, f"bytes {first}-{last}/{len(data)}")
            assert await answer.read() == data[first : last + 1]


@pytest.mark.parametrize("path", ["/graphql/", "/media", "/assets", "/health/", "/media/upload", "/%2e%2e/"])
async def test_nothing_is_redirected(server: Server, headers: dict[str, str], path: str) -> None:
    async with server.client.get(f"{server.ingress_url}{path}", headers=headers, allow_redirects=False) as answer:
        assert not 300 <= answer.status < 400  # a Location would lead out of the prefix
        assert "Location" not in answer.headers


async def test_prefixes_of_two_at_once_do_not_mix(server: Server) -> None:
    async def page(prefix: str) -> str:
        async with aiohttp.ClientSession() as one:
            asked = {**INGRESS, "X-Ingress-Path": prefix}
            async with one.get(f"{server.ingress_url}/", headers=asked) as answer:
                return await answer.text()

    for prefix in PREFIXES * 3:
        assert f'<base href="{prefix}/">' in await page(prefix)
