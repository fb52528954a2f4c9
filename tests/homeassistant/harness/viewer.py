"""Somebody who watches: a player that tells Foyer what it does, through the panel of a Home Assistant user."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

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


async def find(panel: Panel, title: str) -> str:
    """The id of the item that is called so."""
    page = await panel.ask("{ items(first: 100) { nodes { id title } } }")
    return next(str(node["id"]) for node in page["items"]["nodes"] if node["title"] == title)


@dataclass(kw_only=True)
class Viewing:
    """One session of playback."""

    panel: Panel
    session: str
    url: str
    """Relative to the panel."""
    method: str
    position: float = 0

    @classmethod
    async def start(
        cls, panel: Panel, item: str, *, device: str = "Sofa", profile: dict[str, Any] | None = None
    ) -> Viewing:
        """Ask how to play an item and begin, the best way there is."""
        info = (await panel.ask(INFO, input={"item": item, "profile": profile or BROWSER}))["playbackInfo"]
        best = info["candidates"][0]
        started = await panel.ask(
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
        return cls(panel=panel, session=session["session"]["id"], url=best["url"], method=best["method"])

    async def beat(self, state: str = "PLAYING", position: float | None = None) -> list[dict[str, Any]]:
        """Say what the player does; returns what is asked of it."""
        self.position = self.position if position is None else position
        told = await self.panel.ask(
            BEAT, input={"session": self.session, "state": state, "positionSeconds": self.position}
        )
        assert "commands" in told["heartbeat"], told
        return list(told["heartbeat"]["commands"])

    async def stop(self, position: float | None = None) -> None:
        """Close the player."""
        told = await self.panel.ask(STOP, input={"session": self.session, "positionSeconds": position})
        assert told["stopPlayback"]["__typename"] == "StopPlaybackPayload", told
