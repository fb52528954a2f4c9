"""The ways in: first run, login, a renewed login, and Home Assistant's frame."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.canned import Canned

pytestmark = pytest.mark.browser


def log_in(page: Page, password: str) -> None:
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_a_wrong_password_is_said_and_the_right_one_opens_the_house(page: Page, server: Canned) -> None:
    server.token = "access"
    page.goto(server.base)
    log_in(page, "wrong horse")
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    log_in(page, "correct horse")
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()


def test_a_reload_stays_logged_in_and_a_log_out_does_not(page: Page, server: Canned) -> None:
    server.token = "access"
    page.goto(server.base)
    log_in(page, "correct horse")
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()
    assert len(server.asked("refreshTokens")) == 1
    page.get_by_role("button", name="Menu of Ada").click()
    page.get_by_role("menuitem", name="Log out").click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()


def test_the_first_run_makes_the_administrator_and_goes_on_to_the_first_library(page: Page, server: Canned) -> None:
    server.token = "access"
    server.answers.server["setupRequired"] = True
    page.goto(server.base)
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("short")
    page.get_by_label("Setup code").fill("ABCD-1234")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Use at least 8 characters.")).to_be_visible()
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("dialog", name="Add library")).to_be_visible()
    assert server.asked("completeSetup")[-1]["input"]["setupToken"] == "ABCD-1234"


def test_a_server_that_is_away_is_waited_for(page: Page, server: Canned) -> None:
    page.route("**/graphql", lambda route: route.abort())
    page.goto(server.base)
    expect(page.get_by_role("heading", name="Foyer does not answer")).to_be_visible()
    page.unroute("**/graphql")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()


def test_in_the_frame_it_takes_home_assistants_colours_language_and_link(page: Page, server: Canned) -> None:
    server.answers.server["ingress"] = True
    page.goto(f"{server.base}lovelace")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Harbour Ember")).to_be_visible()
    expect(frame.get_by_role("link", name="Abspielen", exact=True).first).to_be_visible()
    child = page.frames[1]
    assert child.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(253, 246, 227)"
    page.evaluate("document.documentElement.style.setProperty('--primary-background-color', '#101010')")
    child.wait_for_function("() => getComputedStyle(document.documentElement).backgroundColor === 'rgb(16, 16, 16)'")
    assert child.evaluate("document.documentElement.style.colorScheme") == "dark"


def test_in_the_frame_the_menu_button_opens_home_assistants_sidebar(page: Page, server: Canned) -> None:
    server.answers.server["ingress"] = True
    page.goto(f"{server.base}lovelace")
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Home-Assistant-Menü").click()
    page.wait_for_function("() => window.received.includes('home-assistant/toggle-menu')")
    frame.get_by_role("button", name="Menü von Ada").click()
    expect(frame.get_by_role("menuitem", name="Profil")).to_be_visible()
    expect(frame.get_by_role("menuitem", name="Abmelden")).to_have_count(0)
