"""The main job, as a person does it: from a folder of films to one playing, and resumed elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Frame, Page, Position, ViewportSize, expect

from tests.e2e.ingress import ingress
from tests.e2e.server import PASSWORD, Server

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}
CORNER: Position = {"x": 12, "y": 12}
"""Of a poster: its middle is the play button."""
SHOTS = Path(os.environ["FOYER_SCREENSHOTS"]) if "FOYER_SCREENSHOTS" in os.environ else None
VIDEO = """() => {
  const find = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.tagName === "VIDEO") return element;
      const inside = element.shadowRoot && find(element.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  const video = find(document);
  return video && { time: video.currentTime, width: video.videoWidth, error: video.error && video.error.message };
}"""


pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def shot(page: Page, name: str) -> None:
    if SHOTS is not None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SHOTS / f"{name}.png")


def strict(page: Page) -> list[str]:
    """Everything that went wrong behind the page's back."""
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    page.on("console", lambda message: troubles.append(message.text) if "Content Security" in message.text else None)
    page.on(
        "response", lambda answer: troubles.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
    )
    return troubles


async def reach(page: Page | Frame, seconds: float) -> float:
    """Wait until the film has really played that far."""
    await page.wait_for_function(f"() => ({VIDEO})()?.time >= {seconds}", timeout=60_000)
    video = await page.evaluate(VIDEO)
    assert video["error"] is None
    assert video["width"] > 0
    return float(video["time"])


async def create_admin(page: Page, server: Server) -> None:
    assert server.setup_code is not None
    await page.get_by_label("User name").fill("ada")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Setup code").fill(server.setup_code)
    await page.get_by_role("button", name="Create account").click()


async def add_first_library(page: Page, folder: Path) -> None:
    """Through the dialog and the folder picker, to a finished scan."""
    await page.get_by_role("button", name="Add folder").click()
    await page.get_by_role("button", name=folder.name).click()
    await expect(page.get_by_role("status").filter(has_text=folder.name)).to_be_visible()
    await page.get_by_role("button", name="Use this folder").click()
    await page.get_by_role("button", name="Add and scan").click()
    await expect(page.get_by_text("4 items").first).to_be_visible(timeout=60_000)
    await shot(page, "libraries")


async def watch(page: Page, home: str, title: str) -> float:
    """Open a film from the home page and watch some of it, then leave; returns where."""
    await page.goto(f"{home}#/")
    await page.get_by_role("link", name=title).first.click(position=CORNER)
    await shot(page, "item")
    await page.get_by_role("link", name="Play", exact=True).first.click()
    await reach(page, 6)
    await shot(page, "player")
    await page.keyboard.press("ArrowRight")
    position = await reach(page, 14)
    await page.goto(f"{home}#/")
    await expect(page.get_by_text("Continue watching").first).to_be_visible(timeout=60_000)
    return position


async def resume(page: Page, home: str, title: str, earliest: float) -> None:
    """Go on where somebody stopped on another device."""
    await page.goto(f"{home}#/")
    await page.get_by_role("link", name=title).first.click(position=CORNER)
    await page.get_by_role("link", name="Resume at").first.click()
    await page.wait_for_function(f"() => ({VIDEO})()?.time > 0", timeout=60_000)
    assert await reach(page, earliest) >= earliest


async def short_films_resume(server: Server) -> None:
    """Our films last seconds; let the server take them as seriously as real ones."""
    token = await server.log_in()
    answer = await server.ask(
        "mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) { __typename } }",
        {"input": {"values": [{"key": "playback.resume_min_duration", "value": "0"}]}},
        token,
    )
    assert answer["updateSettings"]["__typename"] == "UpdateSettingsPayload"


async def test_a_stranger_sets_up_watches_and_resumes_on_a_phone(tmp_path: Path, browser: Browser, films: Path) -> None:
    async with Server(tmp_path / "data", "--media", str(films.parent)) as server:
        desk = await browser.new_context(viewport=DESK, color_scheme="light", locale="en-GB")
        page = await desk.new_page()
        troubles = strict(page)
        await page.goto(server.url)
        await create_admin(page, server)
        await add_first_library(page, films)
        await short_films_resume(server)
        position = await watch(page, server.url, "The Wrapped Film")
        assert server.encoders() == []
        assert troubles == []
        await desk.close()

        phone = await browser.new_context(viewport=PHONE, color_scheme="dark", locale="en-GB", has_touch=True)
        page = await phone.new_page()
        troubles = strict(page)
        await page.goto(server.url)
        await page.get_by_label("User name").fill("ada")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_text("Continue watching").first).to_be_visible(timeout=60_000)
        await shot(page, "home-phone-dark")
        await resume(page, server.url, "The Wrapped Film", position - 3)
        assert troubles == []
        await phone.close()


async def test_the_panel_in_home_assistant_needs_no_login(tmp_path: Path, browser: Browser, films: Path) -> None:
    async with Server(tmp_path / "data", "--media", str(films.parent)) as server, ingress(server.ingress_port) as panel:
        context = await browser.new_context(viewport=DESK, color_scheme="dark", locale="en-GB")
        page = await context.new_page()
        troubles = strict(page)
        await page.goto(panel)
        await (
            page.get_by_role("button", name="Add your first library")
            .or_(page.get_by_role("link", name="Add your first library"))
            .first.click()
        )
        await add_first_library(page, films)
        await page.goto(f"{panel}#/")
        await page.get_by_role("link", name="The Old Film").first.click(position=CORNER)
        await page.get_by_role("link", name="Play", exact=True).first.click()
        await reach(page, 4)
        assert any("libx264" in command for command in server.encoders()) or server.log
        await page.reload()
        await reach(page, 1)
        assert troubles == []
        await context.close()
