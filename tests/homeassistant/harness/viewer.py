"""Somebody who watches: a player that tells Foyer what it does, through the panel of a Home Assistant user."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from tests.e2e.server import PASSWORD, Server
from tests.homeassistant.harness.panel import Panel

CREATE = (
    "mutation($input: CreateLibraryInput!) { createLibrary(input: $input) { __typename "
    "... on CreateLibraryPayload { library { id } job { id } } ... on UserError { message } } }"
)
INFO = (
    "query($input: PlaybackInfoInput!) { playbackInfo(input: $input) { durationSeconds file { id } "
    "candidates { method url mimeType } } }"
)
START = (
    "mutation($input: StartPlaybackInput!) { startPlayback(input: $input) { "
    "... on StartPlaybackPayload { session { id } } ... on UserError { message } } }"
)
BEAT = (
    "mutation($input: HeartbeatInput!) { heartbeat(input: $input) { "
    "... on HeartbeatPayload { session { state } commands { kind positionSeconds text } } "
    "... on UserError { message } } }"
)
CREATE_USER = (
    "mutation($input: CreateUserInput!) { createUser(input: $input) { __typename ... on UserError { message } } }"
)
STOP = (
    "mutation($input: StopPlaybackInput!) { stopPlayback(input: $input) { __typename ... on UserError { message } } }"
)
BROWSER = {
    "name": "Test browser",
    "directContainers": ["mp4"],
    "hlsVideo": [{"codec": "h264"}],
    "hlsAudio": [{"codec": "aac"}],
}
"""A device profile: H.264 and AAC, in MP4 or HLS."""


async def add_library(panel: Panel, name: str, kind: str, folder: Any) -> str:
    """Create a library and wait until it is scanned; returns its id."""
    created = (await panel.ask(CREATE, input={"name": name, "kind": kind, "folders": [str(folder)]}))["createLibrary"]
    assert created["__typename"] == "CreateLibraryPayload", created
    async with asyncio.timeout(60):
        while True:
            job = (await panel.ask("query($id: ID!) { job(id: $id) { state } }", id=created["job"]["id"]))["job"]
            if job["state"] == "SUCCEEDED":
                return str(created["library"]["id"])
            assert job["state"] in {"QUEUED", "RUNNING"}, job
            await asyncio.sleep(0.1)


async def find(panel: Way, title: str) -> str:
    """The id of the item that is called so."""
    page = await panel.ask("{ items(first: 100) { nodes { id title } } }")
    return next(str(node["id"]) for node in page["items"]["nodes"] if node["title"] == title)


async def stop_everything(panel: Panel) -> None:
    """End every session, also those whose players have left without a word."""
    found = await panel.ask("{ playbackSessions(first: 50) { nodes { id } } }")
    for session in found["playbackSessions"]["nodes"]:
        await panel.ask(
            "mutation($input: SendCommandInput!) { sendCommand(input: $input) { __typename } }",
            input={"session": session["id"], "kind": "STOP"},
        )


class Way(Protocol):
    """A way to Foyer: the panel, or the public port."""

    async def ask(self, query: str, **variables: Any) -> Any: ...

    def request(self, method: str, path: str, **extra: Any) -> AbstractAsyncContextManager[aiohttp.ClientResponse]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Television:
    """A device on the public port with an account of its own, which needs no Home Assistant to play."""

    foyer: Server
    token: str

    @classmethod
    async def sign_in(cls, foyer: Server, panel: Panel, name: str) -> Television:
        """Have the owner make an account, and sign in with it."""
        made = await panel.ask(
            CREATE_USER,
            input={"name": name, "password": PASSWORD, "role": "USER"},
        )
        assert made["createUser"]["__typename"] == "CreateUserPayload", made
        return cls(foyer=foyer, token=await foyer.log_in(name))

    async def ask(self, query: str, **variables: Any) -> Any:
        return await self.foyer.ask(query, variables, self.token)

    def request(self, method: str, path: str, **extra: Any) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self.foyer.http.request(method, f"{self.foyer.url}{path}", **extra)


@dataclass(kw_only=True)
class Viewing:
    """One session of playback."""

    way: Way
    session: str
    url: str
    """Relative to the way."""
    method: str
    position: float = 0

    @classmethod
    async def start(
        cls, way: Way, item: str, *, device: str = "Sofa", profile: dict[str, Any] | None = None
    ) -> Viewing:
        """Ask how to play an item and begin, the best way there is."""
        info = (await way.ask(INFO, input={"item": item, "profile": profile or BROWSER}))["playbackInfo"]
        best = info["candidates"][0]
        started = await way.ask(
            START,
            input={
                "item": item,
                "method": best["method"],
                "client": "Test",
                "device": device,
                "file": info["file"]["id"],
                "url": best["url"],
            },
        )
        session = started["startPlayback"]
        assert "session" in session, session
        return cls(way=way, session=session["session"]["id"], url=best["url"], method=best["method"])

    async def beat(self, state: str = "PLAYING", position: float | None = None) -> list[dict[str, Any]]:
        """Say what the player does; returns what is asked of it."""
        self.position = self.position if position is None else position
        told = await self.way.ask(
            BEAT, input={"session": self.session, "state": state, "positionSeconds": self.position}
        )
        assert "commands" in told["heartbeat"], told
        return list(told["heartbeat"]["commands"])

    async def stop(self, position: float | None = None) -> None:
        """Close the player."""
        told = await self.way.ask(STOP, input={"session": self.session, "positionSeconds": position})
        assert told["stopPlayback"]["__typename"] == "StopPlaybackPayload", told
