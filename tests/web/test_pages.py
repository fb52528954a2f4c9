"""What a viewer sees and does on the pages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Position, expect

from tests.web.canned import Canned
from tests.web.demo import House

pytestmark = pytest.mark.browser
CORNER: Position = {"x": 8, "y": 8}  # in the middle of a card is its button to play


def test_the_home_page_offers_to_go_on_and_shows_what_is_new(page: Page, server: Canned) -> None:
    page.goto(server.base)
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()
    expect(page.get_by_role("heading", name="Next up")).to_be_visible()
    expect(page.get_by_role("link", name="New in Films")).to_be_visible()
    expect(page.get_by_role("link", name="Resume at 40:00")).to_be_visible()


def test_a_server_without_libraries_leads_to_adding_the_first(page: Page, server: Canned) -> None:
    server.answers.house.libraries.clear()
    page.goto(server.base)
    page.get_by_role("link", name="Add your first library").click()
    expect(page.get_by_role("dialog", name="Add library")).to_be_visible()


def test_a_failure_is_said_in_words_and_can_be_tried_again(page: Page, server: Canned) -> None:
    server.failing.add("continueWatching")
    page.goto(server.base)
    expect(page.get_by_role("alert")).to_have_text("The disk is gone.")
    server.failing.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()


def test_a_library_of_ten_thousand_keeps_few_cards_in_the_page(page: Page, server: Canned) -> None:
    server.answers.house = House(films=10_000)
    page.goto(f"{server.base}#/library/library-films")
    expect(page.get_by_text("10,000 items")).to_be_visible()
    cards = page.locator("foyer-grid foyer-card")
    expect(cards.first).to_be_visible()
    assert cards.count() < 100
    page.evaluate("scrollTo(0, 6000)")
    expect(page.locator("foyer-grid li[aria-posinset='115'] a.cover")).to_be_visible()
    assert cards.count() < 100


def test_the_end_of_a_library_is_reached_in_one_jump(page: Page, server: Canned) -> None:
    server.answers.house = House(films=1_234)
    page.goto(f"{server.base}#/library/library-films")
    expect(page.get_by_text("1,234 items")).to_be_visible()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator("foyer-grid li[aria-posinset='1234'] a.cover")).to_be_visible(timeout=30_000)


def test_going_back_to_a_library_finds_the_place_that_was_left(page: Page, server: Canned) -> None:
    server.answers.house = House(films=400)
    page.goto(f"{server.base}#/library/library-films")
    expect(page.get_by_text("400 items")).to_be_visible()
    page.evaluate("scrollTo(0, 2500)")
    page.wait_for_function("() => scrollY > 2400")
    before = page.evaluate("scrollY")
    page.locator("foyer-grid li[aria-posinset='50'] a.cover").click(position=CORNER)
    expect(page.get_by_role("heading", name="File")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("400 items")).to_be_visible()
    page.wait_for_function(f"() => scrollY === {before}")


def test_filters_live_in_the_address_and_reach_the_server(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/library/library-films")
    page.get_by_role("button", name="Watched state").click()
    page.get_by_role("menuitemradio", name="Not watched").click()
    page.get_by_role("button", name="M", exact=True).click()
    expect(page).to_have_url(re.compile("state=unwatched&letter=M"))
    expect(page.get_by_role("button", name="Clear filters")).to_be_visible()
    page.wait_for_timeout(300)
    asked = server.asked("library")[-1]["filter"]
    assert asked == {"kinds": ["MOVIE"], "watched": False, "title": {"startsWith": "M"}}


def test_search_answers_while_typing_and_narrows_by_kind(page: Page, server: Canned) -> None:
    page.goto(server.base)
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("winter", delay=20)
    expect(page.get_by_role("heading", name=re.compile("results for “winter”"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Movies")).click()
    expect(page).to_have_url(re.compile("kind=MOVIE"))
    assert len(server.asked("search")) < len("winter") + 2


def test_search_that_finds_nothing_suggests_another_spelling(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/search?q=wintre")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="winter").click()
    expect(page.get_by_role("heading", name=re.compile("for “winter”"))).to_be_visible()


def test_marking_as_watched_shows_everywhere_at_once(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/library/library-films")
    first = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=re.compile("^Silent River,"))).first
    expect(first.get_by_role("img", name="Watched")).to_have_count(0)
    first.get_by_role("link", name=re.compile("^Silent River,")).click(position=CORNER)
    page.get_by_role("button", name="Watched", exact=True).click()
    expect(page.get_by_role("button", name="Watched", exact=True)).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(first.get_by_role("img", name="Watched")).to_be_visible()


def test_a_series_opens_at_the_season_to_watch_and_changes_by_arrow_keys(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/item/series-0")
    tab = page.get_by_role("tab", name="Season 1")
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("heading", level=3)).to_have_count(6)
    tab.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Season 2")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("link", name="Play S1 E3")).to_be_visible()


def test_the_item_page_explains_how_it_would_play(page: Page, server: Canned) -> None:
    candidate = server.answers.candidate(
        "TRANSCODE", "media/clip.m3u8", "application/vnd.apple.mpegurl", "The device cannot decode HEVC."
    )
    server.answers.video = {"candidates": [candidate]}
    page.goto(f"{server.base}#/item/film-1")
    page.get_by_role("button", name="How would this device play it?").click()
    expect(page.get_by_text("The device cannot decode HEVC.")).to_be_visible()
    profile = server.asked("playbackInfo")[-1]["input"]["profile"]
    assert "h264" in [one["codec"] for one in profile["hlsVideo"]]
    assert "hevc" not in [one["codec"] for one in profile["directVideo"]]


def test_an_item_that_is_gone_says_so(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/item/nothing")
    expect(page.get_by_role("heading", name="This is no longer here")).to_be_visible()


def test_an_unknown_page_leads_home(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/nowhere")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()


def test_arrow_keys_walk_through_the_cards_as_a_remote_control_does(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/library/library-films")
    page.get_by_role("link", name=re.compile("^Silent River, 1990")).focus()
    page.keyboard.press("ArrowRight")
    focused = """() => {
        let deepest = document.activeElement;
        while (deepest.shadowRoot?.activeElement) deepest = deepest.shadowRoot.activeElement;
        return deepest.ariaLabel;
    }"""
    for _ in range(2):
        if "Harbour Ember" in str(page.evaluate(focused)):
            break
        page.keyboard.press("ArrowRight")
    assert "Harbour Ember" in str(page.evaluate(focused))


def test_the_browser_language_is_spoken(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/profile")
    page.get_by_label("Language").select_option("de")
    expect(page.get_by_role("heading", name="Angemeldete Geräte")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de"
