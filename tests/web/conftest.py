"""The built UI before a canned server, and a browser to look at it with."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.web.canned import Canned
from tests.web.demo import House

ROOT = Path(__file__).parents[2]
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
SUBTITLES = "WEBVTT\n\n00:00.000 --> 00:38.000\nHello from the <i>lighthouse</i>\n"


def _ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, timeout=60)


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 40 seconds as MP4 and HLS, one whose picture Chromium cannot decode, subtitles and previews."""
    folder = tmp_path_factory.mktemp("media")
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=12:d=40", "-f", "lavfi", "-i", "sine=440:d=40"]
    quick = ["-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "24", "-c:a", "aac"]
    _ffmpeg(*source, "-c:v", "libx264", *quick, "-movflags", "+faststart", folder / "clip.mp4")
    _ffmpeg(
        *source,
        "-t",
        "8",
        "-c:v",
        "libx265",
        "-x265-params",
        "log-level=none",
        *quick,
        "-tag:v",
        "hvc1",
        folder / "hevc.mp4",
    )
    _ffmpeg(
        "-i",
        folder / "clip.mp4",
        "-c",
        "copy",
        "-f",
        "hls",
        "-hls_time",
        "4",
        "-hls_playlist_type",
        "vod",
        "-hls_segment_type",
        "fmp4",
        "-hls_segment_filename",
        folder / "seg%d.m4s",
        folder / "clip.m3u8",
    )
    _ffmpeg("-i", folder / "clip.mp4", "-vf", "fps=1/5,scale=160:90,tile=5x2", "-frames:v", "1", folder / "sheet0.jpg")
    (folder / "subtitles.vtt").write_text(SUBTITLES)
    return folder


@pytest.fixture(scope="session")
def dist() -> Path:
    folder = ROOT / "web" / "dist"
    if not (folder / "index.html").is_file():
        pytest.fail("The web UI is not built: run script/setup, or `npm ci && npm run build` in web/.")
    return folder


@pytest.fixture
def server(media: Path, dist: Path) -> Iterator[Canned]:
    with Canned(schema=ROOT / "graphql" / "schema.graphql", dist=dist, media=media, house=House()) as canned:
        yield canned


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"],
        )
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, server: Canned) -> Iterator[BrowserContext]:
    """Closed before the server is, so that no request is under way when that ends."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when a script fails or the content policy is broken."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    page.on("console", note)
    yield page
    assert wrong == []
