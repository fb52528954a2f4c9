"""The bytes of uploads over real sockets: from the mutation to the file in its folder, through breaks and kills."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import io
import random
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.accounts.media_tokens import MediaPurpose
from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role
from foyer.api.media.upload import Body, read_piece
from foyer.errors import FoyerError
from foyer.library.uploads.model import Piece
from tests.servers import INGRESS, Server, process

PIECE = "application/offset+octet-stream"
CHUNK = 8 * 1024 * 1024
CREATE = (
    "mutation($input: CreateUploadInput!) { createUpload(input: $input) { __typename "
    "... on CreateUploadPayload { upload { id url offsetBytes sizeBytes chunkBytes state filename directory problem "
    "library { name } expiresAt } } "
    "... on UserError { code message } ... on ValidationFailed { fields { field } } } }"
)
LIBRARY = (
    "mutation($input: CreateLibraryInput!) { createLibrary(input: $input) { "
    "... on CreateLibraryPayload { library { id } job { id } } ... on UserError { message } } }"
)
OPEN = "{ uploads { nodes { id url filename offsetBytes sizeBytes state problem } totalCount } }"
CANCEL = (
    "mutation($input: CancelUploadInput!) { cancelUpload(input: $input) { __typename "
    "... on CancelUploadPayload { cancelledId } ... on UserError { code } } }"
)


@dataclass(kw_only=True)
class Sender:
    """Somebody who may manage a library, and the library's folder."""

    server: Server
    principal: Principal
    headers: dict[str, str]
    library: str
    root: Path

    async def create(self, filename: str = "film.mkv", size: float = 10, **more: Any) -> dict[str, Any]:
        """What ``createUpload`` answers."""
        given = {"library": self.library, "filename": filename, "sizeBytes": size, **more}
        answer = await self.server.graphql(CREATE, self.headers, input=given)
        assert "errors" not in answer, answer
        found: dict[str, Any] = answer["data"]["createUpload"]
        return found

    async def begin(self, name: str = "film.mkv", size: int = 10, **more: Any) -> str:
        """The URL of a new upload."""
        found = await self.create(name, size, **more)
        return f"{self.server.url}/{found['upload']['url']}"

    async def patch(self, url: str, data: Any, offset: object = 0, **headers: str) -> aiohttp.ClientResponse:
        given = {"Content-Type": PIECE, "Upload-Offset": str(offset), **headers}
        body = io.BytesIO(data) if isinstance(data, bytes) else data
        async with self.server.client.patch(url, data=body, headers=given) as answer:
            await answer.read()
            return answer

    async def head(self, url: str) -> aiohttp.ClientResponse:
        async with self.server.client.head(url) as answer:
            return answer

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
async def sender(server: Server, tmp_path: Path) -> Sender:
    root = tmp_path / "films"
    root.mkdir()
    principal, headers = await server.sign_in("Mona", Role.MANAGER)
    given = {"name": "Films", "kind": "MOVIES", "folders": [str(root)], "scan": False}
    answer = await server.graphql(LIBRARY, headers, input=given)
    library = answer["data"]["createLibrary"]["library"]["id"]
    return Sender(server=server, principal=principal, headers=headers, library=library, root=root)


# ---------------------------------------------------------------- the way of a file


async def test_a_large_file_arrives_in_pieces_of_eight_mebibytes(sender: Sender) -> None:
    data = random.Random(1).randbytes(2 * CHUNK + 12_345)
    made = (await sender.create("Heat (1995).mkv", len(data), directory="Heat (1995)"))["upload"]
    assert made["chunkBytes"] == CHUNK
    assert (made["state"], made["offsetBytes"], made["sizeBytes"]) == ("RECEIVING", 0, len(data))
    url, offset = f"{sender.server.url}/{made['url']}", 0
    while offset < len(data):
        answer = await sender.patch(url, data[offset : offset + CHUNK], offset)
        assert answer.status == 204
        assert answer.headers["Tus-Resumable"] == "1.0.0"
        offset = int(answer.headers["Upload-Offset"])
    assert (sender.root / "Heat (1995)" / "Heat (1995).mkv").read_bytes() == data
    assert len(sender.files()) == 1
    head = await sender.head(url)
    told = (head.status, head.headers["Upload-Offset"], head.headers["Upload-Length"])
    assert told == (204, str(len(data)), str(len(data)))
    assert head.headers["Cache-Control"] == "no-store"


async def test_pieces_without_a_length_go_through_too(sender: Sender) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b"x" * 65_536

    url = await sender.begin(size=80 * 65_536)  # as Home Assistant's ingress sends what is larger than 4 MB
    assert (await sender.patch(url, body())).status == 204
    assert sender.files()["film.mkv"] == b"x" * 80 * 65_536


async def test_only_this_route_takes_more_and_it_takes_no_more_than_that(sender: Sender) -> None:
    url = await sender.begin(size=3 * CHUNK)
    own = url.removeprefix(sender.server.url)
    cases = [("PATCH", path) for path in ("/graphql", "/media/upload", "/media/direct/x", "/media/uploads/x", "/")]
    for method, path, length in (
        *((*case, 300_000) for case in cases),
        ("POST", own, 300_000),
        ("PATCH", own, CHUNK + 1),
    ):
        request = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        )
        assert (await sender.server.raw(request.encode())).startswith(b"HTTP/1.1 413"), path
    assert (await sender.head(url)).headers["Upload-Offset"] == "0"

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 65_536

    with contextlib.suppress(aiohttp.ClientError):  # the answer may come while it is still sent
        assert (await sender.patch(url, endless())).status == 413
    assert int((await sender.head(url)).headers["Upload-Offset"]) <= CHUNK + 65_536


async def test_what_is_open_can_be_found_and_gone_on_with(sender: Sender) -> None:
    url = await sender.begin("a.mkv")
    await sender.patch(url, b"01234")
    await sender.begin("b.mkv")
    listed = (await sender.server.graphql(OPEN, sender.headers))["data"]["uploads"]
    assert [(one["filename"], one["offsetBytes"]) for one in listed["nodes"]] == [("a.mkv", 5), ("b.mkv", 0)]
    again = f"{sender.server.url}/{listed['nodes'][0]['url']}"
    assert (await sender.patch(again, b"56789", 5)).status == 204
    listed = (await sender.server.graphql(OPEN, sender.headers))["data"]["uploads"]
    assert [one["filename"] for one in listed["nodes"]] == ["b.mkv"]
    node = listed["nodes"][0]["id"]
    found = await sender.server.graphql(
        "query($id: ID!) { node(id: $id) { ... on Upload { filename } } }", sender.headers, id=node
    )
    assert found["data"]["node"] == {"filename": "b.mkv"}


async def test_asking_twice_with_one_key_begins_one(sender: Sender) -> None:
    first, second = await sender.create(idempotencyKey="k"), await sender.create(idempotencyKey="k")
    assert first["upload"]["id"] == second["upload"]["id"]


async def test_get_tells_the_same_as_head(sender: Sender) -> None:
    url = await sender.begin()
    await sender.patch(url, b"01234")
    async with sender.server.client.get(url) as answer:
        told = (answer.status, answer.headers["Upload-Offset"], answer.headers["Upload-Length"], await answer.read())
    assert told == (204, "5", "10", b"")


async def test_giving_up_leaves_nothing(sender: Sender) -> None:
    url = await sender.begin("a.mkv")
    await sender.patch(url, b"01234")
    async with sender.server.client.delete(url) as answer:
        assert answer.status == 204
    assert sender.files() == {}
    assert (await sender.head(url)).status == 404
    made = (await sender.create("b.mkv"))["upload"]
    given = {"upload": made["id"]}
    assert (await sender.server.graphql(CANCEL, sender.headers, input=given))["data"]["cancelUpload"] == {
        "__typename": "CancelUploadPayload",
        "cancelledId": made["id"],
    }
    assert sender.files() == {}


async def test_a_checksum_is_kept_to(sender: Sender) -> None:
    url = await sender.begin()
    good = base64.b64encode(hashlib.sha256(b"01234").digest()).decode()
    answer = await sender.patch(url, b"01239", **{"Upload-Checksum": f"sha256 {good}"})
    assert answer.status == 460
    assert (await sender.head(url)).headers["Upload-Offset"] == "0"
    answer = await sender.patch(url, b"01234", **{"Upload-Checksum": f"sha256 {good}"})
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, "5")


async def test_the_abilities_are_told(sender: Sender) -> None:
    async with sender.server.client.options(await sender.begin()) as answer:
        assert answer.status == 204
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert "Access-Control-Allow-Methods" not in answer.headers  # no other site's page sends files here


# ---------------------------------------------------------------- what is refused


async def test_a_wrong_offset_is_answered_with_the_true_one_whatever_the_size(sender: Sender) -> None:
    url = await sender.begin(size=2 * CHUNK)
    for offset, data in ((1, b"x"), (7, b"x" * CHUNK)):
        answer = await sender.patch(url, data, offset)
        assert (answer.status, answer.headers["Upload-Offset"]) == (409, "0")
        assert answer.content_type == "application/problem+json"
    assert (await sender.patch(url, b"x" * 5)).status == 204
    assert (await sender.patch(url, b"x" * 5)).headers["Upload-Offset"] == "5"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Offset": "-1"}, 400),
        ({"Upload-Offset": "1.5"}, 400),
        ({"Upload-Offset": "٣"}, 400),
        ({"Upload-Offset": ""}, 400),
        ({"Upload-Offset": "9" * 400}, 400),
        ({"Upload-Offset": "0x0"}, 400),
        ({"Content-Type": "application/octet-stream"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Checksum": "md5 AAAA"}, 400),
        ({"Upload-Checksum": "sha256 not base64"}, 400),
        ({"Upload-Checksum": "sha256 AAAA"}, 400),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_what_is_no_piece_is_refused_in_words(sender: Sender, headers: dict[str, str], status: int) -> None:
    url = await sender.begin()
    raw = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    head = {"Content-Type": PIECE, "Upload-Offset": "0", **raw}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    path = url.removeprefix(sender.server.url)
    request = f"PATCH {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 2\r\n{lines}\r\nxx"
    answer = await sender.server.raw(request.encode("latin-1"))
    assert int(answer.split()[1]) == status, answer
    assert b'"detail"' in answer
    assert (await sender.head(url)).headers["Upload-Offset"] == "0"


async def test_two_offsets_are_none(sender: Sender) -> None:
    path = (await sender.begin()).removeprefix(sender.server.url)
    request = (
        f"PATCH {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 2\r\n"
        f"Content-Type: {PIECE}\r\nUpload-Offset: 0\r\nupload-offset: 5\r\n\r\nxx"
    )
    assert (await sender.server.raw(request.encode())).startswith(b"HTTP/1.1 400")


async def test_other_methods_are_not_taken(sender: Sender) -> None:
    url = await sender.begin()
    for method in ("POST", "PUT"):
        async with sender.server.client.request(method, url) as answer:
            assert answer.status == 405
            assert "PATCH" in answer.headers["Allow"]


async def test_links_are_for_one_upload_one_person_and_a_while(sender: Sender) -> None:
    url = await sender.begin()
    token = url.rpartition("/")[2]
    tokens = sender.server.core.accounts.media_tokens
    grant = tokens.read(token, MediaPurpose.UPLOAD)

    def link(**changed: Any) -> str:
        purpose = changed.pop("purpose", MediaPurpose.UPLOAD)
        given = {"user_id": grant.user_id, "subject": grant.subject, **changed}
        return f"{sender.server.url}/media/upload/{tokens.issue(purpose, **given)}"

    other, _ = await sender.server.sign_in("Olaf", Role.MANAGER)
    viewer, _ = await sender.server.sign_in("Vera", Role.USER)
    cases = {
        f"{url[:-2]}AA": 403,
        f"{url}/x": 404,
        link(purpose=MediaPurpose.DIRECT): 403,
        link(lifetime_s=-5): 403,
        link(subject=grant.subject + 1): 404,
        link(user_id=other.user_id): 404,
        link(user_id=viewer.user_id): 403,
        link(user_id=9999): 403,
    }
    for address, status in cases.items():
        assert (await sender.patch(address, b"0123456789")).status == status, address
        assert (await sender.head(address)).status == status
    assert (await sender.head(url)).headers["Upload-Offset"] == "0"
    await sender.server.core.database.execute("UPDATE user SET disabled = 1 WHERE id = ?", (grant.user_id,))
    sender.server.core.accounts.directory.forget()
    assert (await sender.patch(url, b"0123456789")).status == 403
    assert "film.mkv" not in sender.files()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"filename": "../../etc/cron.d/x.mkv"}, "filename"),
        ({"filename": "a.sh"}, "filename"),
        ({"directory": "../up"}, "directory"),
        ({"directory": "/abs"}, "directory"),
        ({"sizeBytes": 1.5}, "sizeBytes"),
        ({"sizeBytes": -1}, "sizeBytes"),
        ({"sizeBytes": 1e300}, "sizeBytes"),
        ({"sizeBytes": 1e15}, "sizeBytes"),
    ],
)
async def test_a_bad_beginning_is_refused_by_field(sender: Sender, given: dict[str, Any], field: str) -> None:
    found = await sender.create(**given)
    assert found["__typename"] == "ValidationFailed", found
    assert found["fields"] == [{"field": field}]
    assert sender.files() == {}


async def test_one_who_may_not_manage_the_library_begins_nothing(sender: Sender) -> None:
    for role in (Role.VIEWER, Role.USER, Role.EDITOR):
        _, headers = await sender.server.sign_in(role.value, role)
        given = {"library": sender.library, "filename": "a.mkv", "sizeBytes": 1}
        answer = await sender.server.graphql(CREATE, headers, input=given)
        assert answer["data"]["createUpload"]["code"] == "FORBIDDEN"
    _, headers = await sender.server.sign_in("Olaf", Role.MANAGER)
    made = (await sender.create())["upload"]["id"]
    answer = await sender.server.graphql(CANCEL, headers, input={"upload": made})
    assert answer["data"]["cancelUpload"]["code"] == "NOT_FOUND"
    assert (await sender.server.graphql(OPEN, headers))["data"]["uploads"]["totalCount"] == 0


async def test_a_taken_name_is_a_conflict_at_both_ends(sender: Sender) -> None:
    url = await sender.begin()
    (sender.root / "film.mkv").write_bytes(b"precious")
    assert (await sender.create())["code"] == "CONFLICT"
    answer = await sender.patch(url, b"0123456789")
    assert answer.status == 409
    assert "Upload-Offset" not in answer.headers
    head = await sender.head(url)
    assert (head.status, head.headers["Upload-Offset"]) == (409, "10")  # not whole, although every byte is there
    listed = (await sender.server.graphql(OPEN, sender.headers))["data"]["uploads"]["nodes"]
    assert "film.mkv" in listed[0]["problem"]
    assert sender.files()["film.mkv"] == b"precious"
    (sender.root / "film.mkv").unlink()
    assert (await sender.head(url)).status == 204
    assert sender.files() == {"film.mkv": b"0123456789"}


# ---------------------------------------------------------------- several at once, and breaks


async def test_of_many_at_once_one_wins(sender: Sender) -> None:
    size = CHUNK
    url = await sender.begin(size=size)
    bodies = [bytes([letter]) * size for letter in b"abcdefgh"]
    answers = await asyncio.gather(*(sender.patch(url, body) for body in bodies))
    assert sorted({answer.status for answer in answers}) in ([204, 409], [204, 423], [204, 409, 423])
    assert [answer.status for answer in answers].count(204) == 1
    assert sender.files()["film.mkv"] in bodies


async def test_a_line_that_breaks_costs_only_what_was_not_sent(sender: Sender) -> None:
    url = await sender.begin(size=300_000)
    path = url.removeprefix(sender.server.url)
    reader, writer = await asyncio.open_connection("127.0.0.1", sender.server.port)
    writer.write(
        f"PATCH {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 300000\r\nContent-Type: {PIECE}\r\n"
        "Upload-Offset: 0\r\n\r\n".encode()
        + b"x" * 200_000
    )
    await writer.drain()
    writer.close()
    await reader.read()
    async with asyncio.timeout(10):
        while (offset := int((await sender.head(url)).headers["Upload-Offset"])) == 0:
            await asyncio.sleep(0.02)
    assert 0 < offset <= 200_000
    async with asyncio.timeout(10):
        while (answer := await sender.patch(url, b"x" * (300_000 - offset), offset)).status in {409, 423}:
            offset = int((await sender.head(url)).headers["Upload-Offset"])
    assert answer.status == 204
    assert sender.files() == {"film.mkv": b"x" * 300_000}


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A file system of 4 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


async def test_a_full_disk_keeps_what_it_has_and_goes_on_when_there_is_room(sender: Sender, small_disk: Path) -> None:
    given = {"name": "Small", "kind": "MOVIES", "folders": [str(small_disk)], "scan": False}
    made = await sender.server.graphql(LIBRARY, sender.headers, input=given)
    sender.library = made["data"]["createLibrary"]["library"]["id"]
    assert (await sender.create(size=8 * 2**20))["code"] == "CAPACITY_EXCEEDED"
    url = await sender.begin(size=3 * 2**20)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"b" * (2 * 2**20))
    answer = await sender.patch(url, b"x" * (3 * 2**20))
    assert answer.status == 507
    offset = int(answer.headers["Upload-Offset"])
    assert 0 < offset < 3 * 2**20
    assert (await sender.head(url)).headers["Upload-Offset"] == str(offset)
    ballast.unlink()
    assert (await sender.patch(url, b"x" * (3 * 2**20 - offset), offset)).status == 204
    assert (small_disk / "film.mkv").read_bytes() == b"x" * (3 * 2**20)


# ---------------------------------------------------------------- through Home Assistant


async def test_it_works_through_ingress(sender: Sender) -> None:
    accounts, server = sender.server.core.accounts, sender.server
    asked = {"query": CREATE, "variables": {"input": {"library": sender.library, "filename": "a.mkv", "sizeBytes": 10}}}
    await server.client.post(f"{server.ingress_url}/graphql", json=asked, headers=INGRESS)
    await server.core.database.execute("UPDATE user SET role = 'manager', all_libraries = 1 WHERE name = 'paula'")
    accounts.directory.forget()
    async with server.client.post(f"{server.ingress_url}/graphql", json=asked, headers=INGRESS) as answer:
        made = (await answer.json())["data"]["createUpload"]
    url = f"{server.ingress_url}/{made['upload']['url']}"
    assert not made["upload"]["url"].startswith("/")  # relative, so that it stays below Home Assistant's prefix
    assert (await sender.patch(url, b"0123456789", **INGRESS)).status == 204
    assert sender.files() == {"a.mkv": b"0123456789"}


# ---------------------------------------------------------------- kill -9


async def test_a_kill_in_the_middle_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    root = tmp_path / "films"
    root.mkdir()
    data = random.Random(2).randbytes(6 * 2**20)
    async with process(tmp_path) as server, aiohttp.ClientSession() as client:
        owner = {**INGRESS, "Content-Type": "application/json"}

        async def ask(query: str, given: dict[str, Any]) -> dict[str, Any]:
            body = {"query": query, "variables": {"input": given}}
            async with client.post(f"{server.ingress_url}/graphql", json=body, headers=owner) as answer:
                found: dict[str, Any] = next(iter((await answer.json())["data"].values()))
                return found

        library = (await ask(LIBRARY, {"name": "Films", "kind": "MOVIES", "folders": [str(root)]}))["library"]["id"]
        made = await ask(CREATE, {"library": library, "filename": "film.mkv", "sizeBytes": len(data)})
        path = made["upload"]["url"]
        given = {"Content-Type": PIECE, "Upload-Offset": "0"}
        async with client.patch(f"{server.url}/{path}", data=io.BytesIO(data[: 2**20]), headers=given) as answer:
            assert answer.status == 204
        is_on_its_way = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            for start in range(2**20, 5 * 2**20, 65_536):
                yield data[start : start + 65_536]
            is_on_its_way.set()
            await asyncio.sleep(60)

        given = {"Content-Type": PIECE, "Upload-Offset": str(2**20)}
        sending = asyncio.create_task(client.patch(f"{server.url}/{path}", data=endless(), headers=given))
        await is_on_its_way.wait()
        await asyncio.sleep(0.2)
        server.kill()
        await asyncio.gather(sending, return_exceptions=True)
    assert [found.name.startswith(".foyer-upload-") for found in root.iterdir()] == [True]
    async with process(tmp_path) as server, aiohttp.ClientSession() as client:
        async with client.head(f"{server.url}/{path}") as answer:
            assert answer.status == 204
            offset = int(answer.headers["Upload-Offset"])
        assert 2**20 < offset <= 5 * 2**20
        given = {"Content-Type": PIECE, "Upload-Offset": str(offset)}
        async with client.patch(f"{server.url}/{path}", data=io.BytesIO(data[offset:]), headers=given) as answer:
            assert answer.status == 204
    assert {found.name: found.read_bytes() == data for found in root.iterdir()} == {"film.mkv": True}


# ---------------------------------------------------------------- anything at all

_VALUES = st.text(st.characters(max_codepoint=0xFF), max_size=30)
_NUMBERS = st.integers(-3, 2**70).map(str) | st.sampled_from(("0", "00", "+0", " 0 ", "0,0", "1e3", "²"))
_NAMES = st.sampled_from(("Upload-Offset", "upload-offset", "Upload-Checksum", "Content-Type", "Tus-Resumable"))
_SUMS = st.binary(min_size=31, max_size=33).map(lambda raw: f"sha256 {base64.b64encode(raw).decode()}")
_HEADERS = st.lists(st.tuples(_NAMES, _NUMBERS | _VALUES | _SUMS | st.just(PIECE)), max_size=6)


@given(_HEADERS, st.booleans())
def test_headers_are_a_piece_or_are_refused_in_words(headers: list[tuple[str, str]], is_typed: bool) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    if is_typed:
        raw.append((b"content-type", PIECE.encode()))

    async def receive() -> dict[str, Any]:
        raise AssertionError("nothing is read before the headers are understood")

    found: Piece | FoyerError
    try:
        found = read_piece({"headers": raw}, Body(receive))
    except FoyerError as error:
        found = error
    if isinstance(found, FoyerError):
        assert 400 <= found.status < 500
        assert found.message.endswith(".")
    else:
        assert 0 <= found.offset < 10**18
        assert found.sha256 is None or len(found.sha256) == 32
