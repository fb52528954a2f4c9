"""The ways in: first run, login and a renewed login."""

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
