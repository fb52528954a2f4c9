"""In Home Assistant's frame: its theme, language, width, sidebar, address and history."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Frame, FrameLocator, Page, Route, expect

from tests.web.canned import Canned
from tests.web.rows import job

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def home_assistant(page: Page, server: Canned) -> Page:
    """Home Assistant's page, not opened yet."""
    server.answers.server["ingress"] = True
    return page


def foyer(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def inside(page: Page) -> Frame:
    return page.frames[1]


def see(page: Page, heading: str) -> None:
    expect(foyer(page).get_by_role("heading", name=heading).first).to_be_visible()


def test_it_takes_home_assistants_colours_and_language_and_follows_them(home_assistant: Page, server: Canned) -> None:
    page = home_assistant
    page.goto(f"{server.base}app/foyer/item/film-1")
    see(page, "Harbour Ember")
    expect(foyer(page).get_by_role("link", name="Abspielen", exact=True).first).to_be_visible()
    child = inside(page)
    background = "getComputedStyle(document.documentElement).backgroundColor"
    assert child.evaluate(background) == "rgb(253, 246, 227)"
    page.evaluate("document.documentElement.style.setProperty('--primary-background-color', 'hsl(210 20% 8%)')")
    child.wait_for_function(f"() => {background} === 'rgb(16, 20, 24)'")
    assert child.evaluate("document.documentElement.style.colorScheme") == "dark"
    page.evaluate("document.documentElement.style.setProperty('--primary-background-color', '#fafafa')")
    child.wait_for_function("() => document.documentElement.style.colorScheme === 'light'")


def test_nothing_is_painted_in_the_wrong_theme(home_assistant: Page, server: Canned) -> None:
    page = home_assistant
    page.add_init_script("""if (location.pathname.startsWith("/api/")) {
        window.grounds = [];
        const look = () => { window.grounds.push(getComputedStyle(document.documentElement).backgroundColor); };
        const paint = () => { look(); requestAnimationFrame(paint); };
        requestAnimationFrame(paint);
    }""")

    def slowly(route: Route) -> None:
        page.wait_for_timeout(300)
        route.continue_()

    page.route(re.compile(r"/assets/index-.*\.js"), slowly)
    page.goto(f"{server.base}app/foyer")
    see(page, "Weiterschauen")
    assert set(inside(page).evaluate("window.grounds")) == {"rgb(253, 246, 227)"}


def test_a_wide_window_with_its_sidebar_needs_no_menu_button(home_assistant: Page, server: Canned) -> None:
    page = home_assistant
    page.goto(f"{server.base}app/foyer")
    see(page, "Weiterschauen")
    menu = foyer(page).get_by_role("button", name="Home-Assistant-Menü")
    expect(menu).to_have_count(0)
    page.evaluate("document.body.classList.add('hidden')")
    expect(menu).to_be_visible()
    page.evaluate("document.body.classList.remove('hidden')")
    expect(menu).to_have_count(0)


def test_on_a_phone_the_menu_button_opens_the_sidebar_and_the_edges_stay_clear(
    home_assistant: Page, server: Canned
) -> None:
    page = home_assistant
    page.goto(f"{server.base}app/foyer")
    see(page, "Weiterschauen")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    foyer(page).get_by_role("button", name="Home-Assistant-Menü").click()
    page.wait_for_function("() => window.received.includes('home-assistant/toggle-menu')")
    assert foyer(page).locator("header").first.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 76}
    assert inside(page).evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    foyer(page).get_by_role("button", name="Menü von Ada").click()
    expect(foyer(page).get_by_role("menuitem", name="Profil")).to_be_visible()
    expect(foyer(page).get_by_role("menuitem", name="Abmelden")).to_have_count(0)


def test_a_reload_of_home_assistant_returns_to_the_same_page(home_assistant: Page, server: Canned) -> None:
    page = home_assistant
    page.goto(f"{server.base}app/foyer")
    see(page, "Weiterschauen")
    inside(page).evaluate("location.hash = '#/library/library-films?state=unwatched'")
    expect(page).to_have_url(f"{server.base}app/foyer#/library/library-films?state=unwatched")
    page.reload()
    expect(foyer(page).get_by_role("button", name="Gesehen-Stand: Nicht gesehen")).to_be_visible()
    foyer(page).get_by_role("link", name="Foyer, Startseite").click()
    see(page, "Weiterschauen")
    expect(page).to_have_url(f"{server.base}app/foyer")


def test_a_link_opens_its_page_also_while_the_panel_is_open(home_assistant: Page, server: Canned) -> None:
    page = home_assistant
    page.goto(f"{server.base}app/foyer/item/film-1")
    see(page, "Harbour Ember")
    expect(page).to_have_url(f"{server.base}app/foyer/item/film-1")
    page.evaluate("navigate('/app/foyer/item/series-0')")
    see(page, "The Lantern Keepers")
    page.evaluate("navigate('/app/foyer#/item/film-1')")
    see(page, "Harbour Ember")
    page.go_back()
    see(page, "The Lantern Keepers")


def test_going_back_walks_through_foyer_and_then_leaves_it(home_assistant: Page, server: Canned) -> None:
    page = home_assistant
    page.goto("about:blank")
    page.goto(f"{server.base}app/foyer")
    see(page, "Weiterschauen")
    inside(page).evaluate("location.hash = '#/item/series-0'")
    see(page, "The Lantern Keepers")
    inside(page).evaluate("location.hash = '#/item/film-1'")
    see(page, "Harbour Ember")
    page.go_back()
    see(page, "The Lantern Keepers")
    expect(page).to_have_url(f"{server.base}app/foyer#/item/series-0")
    page.go_back()
    see(page, "Weiterschauen")
    page.go_back()
    expect(page).to_have_url("about:blank")


def test_a_scan_shows_its_progress_through_the_frame(home_assistant: Page, server: Canned) -> None:
    page = home_assistant
    page.goto(f"{server.base}app/foyer/admin/libraries")
    see(page, "Mediatheken")
    foyer(page).get_by_role("button", name="Films nach Änderungen durchsuchen").click()
    bar = foyer(page).get_by_role("progressbar", name="Scan Films")
    expect(bar).to_have_attribute("aria-valuenow", "31")
    progress = {**job("Films", "RUNNING")["progress"], "fraction": 0.75}
    server.publish("jobEvents", {"cursor": "2", "kind": "PROGRESS", "job": job("Films", "RUNNING", progress=progress)})
    expect(bar).to_have_attribute("aria-valuenow", "75")


def test_the_address_follows_to_the_next_episode(home_assistant: Page, server: Canned) -> None:
    page = home_assistant
    page.goto(f"{server.base}app/foyer#/play/episode-0-1-3?t=0")
    expect(foyer(page).locator("foyer-player h1 + p")).to_contain_text("S1 E3")
    foyer(page).get_by_role("button", name="Nächstes", exact=True).click()
    expect(foyer(page).locator("foyer-player h1 + p")).to_contain_text("S1 E4")
    expect(page).to_have_url(f"{server.base}app/foyer#/play/episode-0-1-4?t=0")


def test_in_a_dashboard_the_address_is_left_alone(home_assistant: Page, server: Canned) -> None:
    page = home_assistant
    page.goto(f"{server.base}lovelace/films#popup")
    see(page, "Weiterschauen")
    inside(page).evaluate("location.hash = '#/item/film-1'")
    see(page, "Harbour Ember")
    assert re.search(r"/lovelace/films#popup$", page.url)
