"""Media to play, a server to play it, and a browser to watch it in."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.e2e.chromium import launch
from tests.e2e.server import Server

FILM_SECONDS = 36


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True, timeout=120)


def _film(path: Path, *codecs: str, seconds: int = FILM_SECONDS, size: str = "640x360") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=24:duration={seconds}"),
        *("-f", "lavfi", "-i", f"sine=frequency=440:beep_factor=4:sample_rate=48000:duration={seconds}"),
        *("-ac", "2", *codecs, str(path)),
    )


H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "48", "-pix_fmt", "yuv420p", "-c:a", "aac")


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Four films, each in another form: MP4, Matroska, MPEG-2 in AVI, and 10-bit HEVC."""
    root = tmp_path_factory.mktemp("media") / f"films-{worker_id}"
    _film(root / "The Direct Film (2019)" / "The Direct Film (2019).mp4", *H264, "-movflags", "+faststart")
    _film(root / "The Wrapped Film (2020).mkv", *H264)
    _film(root / "The Old Film (1999).avi", "-c:v", "mpeg2video", "-q:v", "6", "-c:a", "mp3", seconds=16)
    _film(
        root / "The Deep Film (2021).mkv",
        *("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p10le"),
        *("-c:a", "aac"),
        seconds=12,
    )
    return root


@pytest.fixture(scope="session")
def shows(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A series of two seasons with two episodes each."""
    root = tmp_path_factory.getbasetemp() / f"shows-{worker_id}"
    first = root / "The Show" / "Season 01" / "The Show - S01E01 - Pilot.mkv"
    _film(first, *H264, seconds=12)
    for season, number in ((1, 2), (2, 1), (2, 2)):
        other = root / "The Show" / f"Season 0{season}" / f"The Show - S0{season}E0{number}.mkv"
        other.parent.mkdir(exist_ok=True)
        shutil.copy(first, other)
        with other.open("ab") as file:
            file.write(b"\xec\x84void")  # an EBML void element, so that no two episodes are the same bytes
    return root


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A fresh server without an account."""
    async with Server(tmp_path / "data") as started:
        yield started


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium that may play sound without being clicked first."""
    async with async_playwright() as playwright:
        launched = await launch(playwright)
        yield launched
        await launched.close()
