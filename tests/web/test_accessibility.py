"""Every page by axe-core, in light and dark, on a desk and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.web.canned import Canned

pytestmark = pytest.mark.browser

PAGES = {
    "#/": "Continue watching",
    "#/library/library-films": "Films",
    "#/libraries": "Libraries",
    "#/item/film-1": "Harbour Ember",
    "#/item/series-0": "Episodes",
    "#/search?q=winter": "results for",
    "#/profile": "API keys",
    "#/admin/libraries": "Libraries",
    "#/admin/jobs": "Jobs",
    "#/admin/sessions": "Now playing",
    "#/admin/users": "Users",
    "#/admin/settings": "Settings",
    "#/admin/about": "Health",
}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"][:3]]


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_no_page_breaks_the_guidelines(browser: Browser, server: Canned, scheme: str, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
        reduced_motion="reduce",
    )
    page = context.new_page()
    wrong: dict[str, list[str]] = {}
    for address, heading in PAGES.items():
        page.goto(server.base + address)
        expect(page.get_by_role("heading", name=heading).first).to_be_visible()
        page.wait_for_timeout(150)
        if found := violations(page):
            wrong[address] = found
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{address} is wider than the screen"
    context.close()
    assert wrong == {}


def test_the_player_breaks_no_guideline(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/play/film-1?t=0")
    expect(page.get_by_role("slider", name="Position")).to_be_visible()
    page.mouse.move(300, 300)
    assert violations(page) == []


def test_every_control_of_the_header_is_reached_by_tab_and_visibly_focused(page: Page, server: Canned) -> None:
    page.goto(server.base)
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    seen = []
    deepest = """() => {
        let deepest = document.activeElement;
        while (deepest.shadowRoot?.activeElement) deepest = deepest.shadowRoot.activeElement;
        const name = deepest.ariaLabel ?? deepest.textContent.trim();
        return [name, getComputedStyle(deepest).outlineStyle];
    }"""
    for _ in range(9):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(deepest)
        seen.append(name)
        assert outline != "none", name
    assert "Skip to content" in seen
    assert "Search titles, people, plots" in seen
