"""The integration's dashboard cards alone, with a Home Assistant made of the few things they ask of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.test_accessibility import violations

pytestmark = pytest.mark.browser

CARDS = Path(__file__).parents[2] / "custom_components" / "foyer" / "www" / "foyer-cards.js"
FILM = "media_player.sofa"
TELEVISION, CINEMA = "media_player.television", "media_player.cinema"
HOUSE = """
customElements.define("home-assistant", class extends HTMLElement {});
// It draws a moment after it is there, as Home Assistant's does: until then what is in it cannot have the focus.
customElements.define("ha-card", class extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    Promise.resolve().then(() => root.append(document.createElement("slot")));
  }
});
const items = Array.from({ length: 12 }, (_, at) => ({
  item_id: `i${at}`, media_content_id: `media-source://foyer/e/i${at}`, title: `Film ${at}`, subtitle: null,
  year: 2000 + at, progress: at ? 0 : 0.4, image: null,
}));
window.house = {
  called: [],
  hass: {
    language: "en",
    states: {},
    entities: { "media_player.sofa": { platform: "foyer" } },
    callWS: async () => ({ items }),
    callService: async (domain, service, data) => void house.called.push([`${domain}.${service}`, data]),
  },
  set(entity_id, state, attributes) {
    const states = { ...this.hass.states, [entity_id]: { entity_id, state, attributes } };
    this.hass = { ...this.hass, states };
    for (const card of document.querySelectorAll("main > *")) card.hass = this.hass;
  },
  add(name, config) {
    const card = document.createElement(name);
    card.setConfig(config);
    card.hass = this.hass;
    document.querySelector("main").append(card);
  },
};
"""


def said(name: str) -> dict[str, Any]:
    return {"friendly_name": name, "supported_features": 512}


def put(page: Page, entity_id: str, state: str, **attributes: Any) -> None:
    page.evaluate("given => house.set(...given)", [entity_id, state, attributes])


def called(page: Page) -> list[list[Any]]:
    found: list[list[Any]] = page.evaluate("house.called")
    return found


@pytest.fixture
def house(page: Page) -> Page:
    page.set_content("<!doctype html><html lang=en><title>House</title><main style='width: 400px'></main>")
    page.add_script_tag(content=HOUSE)
    page.add_script_tag(path=CARDS, type="module")
    page.wait_for_function("Boolean(customElements.get('foyer-card'))")
    put(page, TELEVISION, "idle", **said("Television"))
    put(page, CINEMA, "idle", **said("Cinema"))
    return page


@pytest.fixture
def shelf(house: Page) -> Locator:
    house.evaluate("house.add('foyer-continue-card', {})")
    card = house.locator("foyer-continue-card")
    expect(card.get_by_role("button")).to_have_count(12)
    return card


def test_a_film_is_chosen_and_begun_with_the_keyboard(house: Page, shelf: Locator) -> None:
    film = shelf.get_by_role("button", name="Play Film 1 2001")
    film.focus()
    house.keyboard.press("Enter")
    choice, begin = shelf.get_by_role("combobox", name="Play on"), shelf.get_by_role("button", name="Play", exact=True)
    expect(choice).to_be_focused()
    expect(begin).to_be_disabled()
    choice.select_option("Television")
    assert called(house) == []
    put(house, "media_player.radio", "idle", **said("Radio"))
    expect(choice).to_have_value(TELEVISION)
    begin.click()
    assert called(house) == [
        ["foyer.play_item", {"item_id": "media-source://foyer/e/i1", "entity_id": TELEVISION}],
    ]
    expect(choice).to_have_count(0)
    expect(film).to_be_focused()


@pytest.mark.parametrize("way", ["Escape", "Cancel"])
def test_one_may_think_better_of_it(house: Page, shelf: Locator, way: str) -> None:
    film = shelf.get_by_role("button", name="Play Film 1 2001")
    film.click()
    if way == "Escape":
        house.keyboard.press(way)
    else:
        shelf.get_by_role("button", name=way).click()
    expect(shelf.get_by_role("combobox")).to_have_count(0)
    expect(film).to_be_focused()
    assert called(house) == []


def test_without_a_player_it_says_so(house: Page, shelf: Locator) -> None:
    for player in (TELEVISION, CINEMA):
        put(house, player, "unavailable", **said("Away"))
    shelf.get_by_role("button", name="Play Film 1 2001").click()
    expect(shelf.get_by_role("status")).to_have_text("No media player here can play this.")
    expect(shelf.get_by_role("button", name="Cancel")).to_be_focused()


def test_the_shelf_stays_where_it_was_pushed(house: Page, shelf: Locator) -> None:
    row = shelf.locator(".shelf")
    row.evaluate("shelf => (shelf.scrollLeft = 900)")
    place = row.evaluate("shelf => shelf.scrollLeft")
    assert place > 500
    shelf.get_by_role("button", name="Play Film 8 2008").click()
    assert abs(row.evaluate("shelf => shelf.scrollLeft") - place) < 200


def playing(page: Page, position: int) -> None:
    told = {"media_title": "Heat", "media_position": position, "media_duration": 7200, "friendly_name": "Sofa"}
    put(page, FILM, "paused", **told)


def test_a_slider_that_is_held_is_not_taken_away(house: Page) -> None:
    house.evaluate("house.add('foyer-card', {})")
    playing(house, 60)
    slider = house.get_by_role("slider", name="Position")
    expect(slider).to_have_attribute("aria-valuetext", "1:00")
    box = slider.bounding_box()
    assert box is not None
    house.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    house.mouse.down()
    playing(house, 70)
    house.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    house.mouse.up()
    [[service, data]] = called(house)
    assert service == "media_player.media_seek"
    assert abs(data["seek_position"] - 3600) < 120
    playing(house, 3600)
    expect(slider).to_have_attribute("aria-valuetext", "1:00:00")
    expect(slider).to_have_value("3600")


def test_the_cards_break_no_guideline(house: Page, shelf: Locator) -> None:
    house.evaluate("house.add('foyer-card', {})")
    playing(house, 60)
    shelf.get_by_role("button", name="Play Film 1 2001").click()
    expect(shelf.get_by_role("combobox")).to_be_visible()
    assert violations(house) == []
