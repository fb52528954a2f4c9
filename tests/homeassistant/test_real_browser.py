"""The panel in Home Assistant's own frontend, in a real Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.e2e.server import Server
from tests.e2e.test_evening import CORNER, reach
from tests.homeassistant.harness.browser import PHONE, frontend, panel_frame, shot
from tests.homeassistant.harness.films import DEEP, LONG, make_clip
from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.marks import REAL
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.viewer import add_library, find

pytestmark = [*REAL, pytest.mark.browser]

PANEL = "/local_foyer"
BACKGROUND = "getComputedStyle(document.documentElement).backgroundColor"


SEEK = """
const find = (root) => {
  for (const element of root.querySelectorAll("*")) {
    if (element.tagName === "VIDEO") return element;
    const inside = element.shadowRoot && find(element.shadowRoot);
    if (inside) return inside;
  }
  return null;
};
find(document).currentTime = 90;
"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(home: Home, panel: Panel, chromium: Browser) -> AsyncIterator[Page]:
    """The owner's browser."""
    async with frontend(chromium, home.core, home.core.owner) as opened:
        yield opened


async def test_a_click_in_the_sidebar_leads_to_a_film_that_plays(home: Home, page: Page) -> None:
    await page.goto(home.core.url)
    await page.get_by_role("option", name="Foyer").or_(page.get_by_text("Foyer", exact=True)).first.click()
    frame = await panel_frame(page)
    await expect(frame.get_by_role("heading", name="New in Films")).to_be_visible(timeout=60_000)
    await expect(frame.get_by_label("Password")).to_have_count(0)
    await shot(page, "panel")
    await frame.get_by_role("link", name=LONG).first.click(position=CORNER)
    await frame.get_by_role("link", name="Play", exact=True).first.click()
    await reach(frame, 2)
    await shot(page, "playing")
    await page.keyboard.press("ArrowRight")
    await frame.evaluate(f"() => {{ {SEEK} }}")
    assert await reach(frame, 92) < 110


async def test_a_film_that_has_to_be_converted_plays_too(home: Home, panel: Panel, page: Page) -> None:
    await page.goto(f"{home.core.url}{PANEL}#/play/{await find(panel, DEEP)}")
    await reach(await panel_frame(page), 3)


async def test_a_scan_is_followed_live(home: Home, panel: Panel, page: Page, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4").read_bytes()
    folder = tmp_path / "reels"
    folder.mkdir()
    library = await add_library(panel, "Reels", "MOVIES", folder)
    await page.goto(f"{home.core.url}{PANEL}#/admin/libraries")
    frame = await panel_frame(page)
    scan = frame.get_by_role("button", name="Scan Reels")
    await expect(scan).to_be_visible(timeout=60_000)
    for number in range(900):
        film = folder / f"Reel {number:03} ({1950 + number % 70}).mp4"
        film.write_bytes(clip + b"\0\0\0\x10free" + number.to_bytes(8, "big"))
    await frame.evaluate(f"() => {{ {NOTE_PROGRESS} }}")
    await scan.click()
    await frame.wait_for_function("() => window.seenProgress.length > 0", timeout=30_000)
    await shot(page, "scanning")
    await expect(frame.get_by_text("900 items")).to_be_visible(timeout=90_000)
    seen = await frame.evaluate("window.seenProgress")
    remove = "mutation($input: DeleteLibraryInput!) { deleteLibrary(input: $input) { __typename } }"
    await panel.ask(remove, input={"library": library})
    assert len(seen) >= 3
    assert seen == sorted(seen), seen


NOTE_PROGRESS = """
const bars = (root) => [...root.querySelectorAll("*")].flatMap((element) => [
  ...(element.getAttribute("role") === "progressbar" && element.hasAttribute("aria-valuenow") ? [element] : []),
  ...(element.shadowRoot ? bars(element.shadowRoot) : []),
]);
window.seenProgress = [];
setInterval(() => {
  for (const bar of bars(document)) {
    if (bar.getRootNode().host?.localName !== "foyer-admin-libraries") continue;
    const now = Number(bar.getAttribute("aria-valuenow"));
    if (window.seenProgress.at(-1) !== now) window.seenProgress.push(now);
  }
}, 30);
"""


async def test_home_assistants_theme_is_followed_live(home: Home, page: Page) -> None:
    await page.goto(f"{home.core.url}{PANEL}")
    frame = await panel_frame(page)
    await expect(frame.get_by_text("Films").first).to_be_visible(timeout=60_000)
    before = await frame.evaluate(BACKGROUND)
    await home.core.call("frontend", "set_theme", name="Night Cinema")
    try:
        await frame.wait_for_function(f"() => {BACKGROUND} === 'rgb(16, 19, 26)'", timeout=20_000)
        assert await frame.evaluate("document.documentElement.style.colorScheme") == "dark"
        await shot(page, "night-cinema")
    finally:
        await home.core.call("frontend", "set_theme", name="default")
    await frame.wait_for_function(f"() => {BACKGROUND} === '{before}'", timeout=20_000)


async def test_it_fits_a_phone(home: Home, foyer: Server, chromium: Browser) -> None:
    async with frontend(chromium, home.core, home.core.owner, size=PHONE, has_touch=True, color_scheme="dark") as page:
        await page.goto(f"{home.core.url}{PANEL}")
        frame = await panel_frame(page)
        await expect(frame.get_by_role("heading", name="New in Films")).to_be_visible(timeout=60_000)
        width = await frame.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width == [PHONE["width"], PHONE["width"]]
        await shot(page, "phone")


async def test_a_link_leads_to_an_item_and_a_reload_stays_there(home: Home, panel: Panel, page: Page) -> None:
    item = await find(panel, LONG)
    await page.goto(f"{home.core.url}{PANEL}/item/{item}")
    frame = await panel_frame(page)
    await expect(frame.get_by_role("heading", name=LONG).first).to_be_visible(timeout=60_000)
    await frame.get_by_role("link", name="Home").first.click()
    await expect(frame.get_by_role("heading", name="New in Films").first).to_be_visible()
    await frame.evaluate("location.hash = '#/search'")
    await expect(frame.get_by_role("searchbox").first).to_be_visible()
    await page.reload()
    frame = await panel_frame(page)
    await expect(frame.get_by_role("searchbox").first).to_be_visible(timeout=60_000)
    assert page.url.endswith("#/search")
