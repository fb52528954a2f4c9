"""Event streams, and files sent in pieces, through the ingress of a real Home Assistant Core."""

from __future__ import annotations

import asyncio
import io
import random
from pathlib import Path

import orjson

from tests.homeassistant.harness.marks import REAL
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.viewer import CREATE

pytestmark = REAL

PIECE_BYTES = 8 * 1024 * 1024
BEGIN = (
    "mutation($input: CreateUploadInput!) { createUpload(input: $input) { __typename "
    "... on CreateUploadPayload { upload { url chunkBytes } } ... on UserError { message } } }"
)
REMOVE = "mutation($input: DeleteLibraryInput!) { deleteLibrary(input: $input) { __typename } }"
FOLLOW = "subscription($after: EventCursor) { libraryEvents(after: $after) { cursor kind library { name } } }"


async def _library(panel: Panel, name: str, folder: Path) -> str:
    made = await panel.ask(CREATE, input={"name": name, "kind": "MOVIES", "folders": [str(folder)]})
    assert made["createLibrary"]["__typename"] == "CreateLibraryPayload", made
    return str(made["createLibrary"]["library"]["id"])


async def test_pieces_of_eight_mebibytes_pass(panel: Panel, tmp_path: Path) -> None:
    library = await _library(panel, "Sent", tmp_path)
    data = random.Random(3).randbytes(PIECE_BYTES + 1000)
    asked = {"library": library, "filename": "Heat (1995).mkv", "directory": "Heat (1995)", "sizeBytes": len(data)}
    begun = (await panel.ask(BEGIN, input=asked))["createUpload"]
    assert begun["__typename"] == "CreateUploadPayload", begun
    url = begun["upload"]["url"]
    assert begun["upload"]["chunkBytes"] == PIECE_BYTES
    kind = {"Content-Type": "application/offset+octet-stream"}
    async with panel.request("PATCH", url, data=io.BytesIO(b"x"), headers=kind | {"Upload-Offset": "5"}) as answer:
        assert (answer.status, answer.headers["Upload-Offset"]) == (409, "0")
    for start in range(0, len(data), PIECE_BYTES):
        piece = io.BytesIO(data[start : start + PIECE_BYTES])
        async with panel.request("GET", url) as answer:
            assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(start))
        async with panel.request("PATCH", url, data=piece, headers=kind | {"Upload-Offset": str(start)}) as answer:
            assert answer.status == 204, await answer.text()
    assert (tmp_path / "Heat (1995)" / "Heat (1995).mkv").read_bytes() == data
    asked["filename"] = "Other.mkv"
    url = (await panel.ask(BEGIN, input=asked))["createUpload"]["upload"]["url"]
    async with panel.request("DELETE", url) as answer:
        assert answer.status == 204
    assert [one.name for one in (tmp_path / "Heat (1995)").iterdir()] == ["Heat (1995).mkv"]
    await panel.ask(REMOVE, input={"library": library})


async def test_an_event_stream_passes_live_and_resumes(panel: Panel, tmp_path: Path) -> None:
    # Core 2024 compresses event streams for those who allow it, and holds them back with that.
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    libraries = []
    async with panel.request("POST", "graphql", json={"query": FOLLOW}, headers=headers) as answer:
        assert answer.content_type == "text/event-stream"
        libraries.append(await _library(panel, "Live", first))
        cursor = None
        async with asyncio.timeout(10):
            async for line in answer.content:
                if line.startswith(b"id: "):
                    cursor = line[4:].decode().strip()
                if b'"Live"' in line:  # new, or of the snapshot when the stream began a moment later
                    break
    assert cursor is not None
    libraries.append(await _library(panel, "Missed", second))
    headers["Last-Event-ID"] = cursor
    async with (
        panel.request("GET", "graphql", params={"query": FOLLOW}, headers=headers) as answer,
        asyncio.timeout(10),
    ):
        async for line in answer.content:
            if line.startswith(b"data: {"):
                event = orjson.loads(line[6:])["data"]["libraryEvents"]
                assert event["kind"] != "SNAPSHOT"
                if event["kind"] == "LIBRARY_CREATED":
                    assert event["library"] == {"name": "Missed"}
                    break
    for library in libraries:
        await panel.ask(REMOVE, input={"library": library})
