"""Play on a screen of Home Assistant, its remote control, and going on elsewhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.canned import Canned
from tests.web.rows import user
from tests.web.test_accessibility import violations
from tests.web.test_player import open_player, video, wait_until

pytestmark = pytest.mark.browser


def remote(page: Page) -> Locator:
    return page.get_by_role("region", name="Playing on Television")


def play_on_television(page: Page, server: Canned, item: str = "film-1") -> None:
    page.goto(f"{server.base}#/item/{item}")
    page.get_by_role("button", name="Play on").click()
    page.get_by_role("button", name="Television").click()
    expect(remote(page)).to_be_visible()


def test_a_film_is_played_on_a_screen(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/item/film-1")
    page.get_by_role("button", name="Play on").click()
    expect(page.get_by_role("dialog", name="Play on")).to_be_visible()
    expect(page.locator("foyer-chooser li")).to_have_text(
        [
            "This device",
            "Bedroom tvBedroom · Off",
            "DisplayKitchen · In use",
            "TelevisionLiving room · Ready",
            "ProjectorAttic · Not reachable",
        ]
    )
    expect(page.get_by_role("button", name="Projector")).to_be_disabled()
    page.get_by_role("button", name="Television").click()
    expect(page.get_by_role("status").filter(has_text="Plays on Television")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(remote(page).get_by_role("link", name="Harbour Ember")).to_be_visible()
    asked = server.asked("playOn")[-1]["input"]
    assert (asked["screenId"], asked["itemId"], asked.get("positionSeconds")) == ("screen-television", "film-1", None)
    assert asked["idempotencyKey"]


def test_screens_change_while_one_chooses_and_arrow_keys_walk_through_them(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/item/film-1")
    page.get_by_role("button", name="Play on").click()
    expect(page.get_by_role("button", name="This device", exact=True)).to_be_focused()
    projector = server.answers.screens[0] | {"state": "IDLE"}
    server.publish("screenEvents", server.answers.screen_event(projector, "CHANGED"))
    expect(page.get_by_role("button", name="Projector")).to_contain_text("Ready")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Projector")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_screen_that_refuses_says_why_and_leaves_the_choice(page: Page, server: Canned) -> None:
    refusal = {"__typename": "Unavailable", "code": "UNAVAILABLE", "message": "The television cannot be woken."}
    server.answers.replaced["playOn"] = lambda _info, **_: refusal
    page.goto(f"{server.base}#/item/film-1")
    page.get_by_role("button", name="Play on").click()
    page.get_by_role("button", name="Television").click()
    expect(page.get_by_role("alert")).to_have_text("The television cannot be woken.")
    page.get_by_role("button", name="This device", exact=True).click()
    wait_until(page, "video.currentTime > 0.2")


def test_without_screens_it_says_how_to_get_some(page: Page, server: Canned) -> None:
    server.answers.screens.clear()
    page.goto(f"{server.base}#/item/film-1")
    page.get_by_role("button", name="Play on").click()
    expect(page.get_by_text("Home Assistant knows no media player")).to_be_visible()
    page.keyboard.press("Escape")
    server.answers.screens_problem = "Foyer is not connected to a Home Assistant."
    page.get_by_role("button", name="Play on").click()
    expect(page.get_by_text("Foyer is not connected to a Home Assistant.")).to_be_visible()
    page.goto(f"{server.base}#/")
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_remote_control_pauses_seeks_sets_the_volume_and_stops(page: Page, server: Canned) -> None:
    play_on_television(page, server)
    bar = remote(page)
    position = bar.get_by_role("slider", name="Position")
    expect(position).to_have_attribute("aria-valuetext", re.compile(r"^0:0[2-9] of 1:30:00"))  # it counts by itself
    bar.get_by_role("button", name="Pause").click()
    expect(bar.get_by_role("button", name="Play", exact=True)).to_be_visible()
    position.focus()
    page.keyboard.press("End")
    expect(position).to_have_attribute("aria-valuetext", "1:29:59 of 1:30:00")
    bar.get_by_role("slider", name="Volume").focus()
    page.keyboard.press("Home")
    bar.get_by_role("button", name="Stop").click()
    expect(bar).to_have_count(0)
    sent = [one["input"] for one in server.asked("sendCommand")]
    assert [one["kind"] for one in sent] == ["PAUSE", "SEEK", "SET_VOLUME", "STOP"]
    assert {one["session"] for one in sent} == {"session-screen-television"}
    assert (sent[1]["positionSeconds"], sent[2]["volume"]) == (5399, 0)


def test_a_command_that_fails_is_taken_back(page: Page, server: Canned) -> None:
    play_on_television(page, server)
    server.failing.add("sendCommand")
    remote(page).get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status").filter(has_text="The disk is gone.")).to_be_visible()
    expect(remote(page).get_by_role("button", name="Pause")).to_be_visible()


def test_a_session_that_ended_unheard_leaves_with_the_first_command(page: Page, server: Canned) -> None:
    play_on_television(page, server)
    gone = {"__typename": "NotFound", "code": "NOT_FOUND", "message": "This playback session has ended."}
    server.answers.replaced["sendCommand"] = lambda _info, **_: gone
    remote(page).get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status").filter(has_text="This playback session has ended.")).to_be_visible()
    expect(remote(page)).to_have_count(0)


def test_what_a_screen_cannot_do_is_not_offered(page: Page, server: Canned) -> None:
    server.answers.screens[1] |= {"canSeek": False, "canSetVolume": False}
    play_on_television(page, server)
    expect(remote(page).get_by_role("slider", name="Position")).to_be_disabled()
    expect(remote(page).get_by_role("button", name="Forward 10 seconds")).to_be_disabled()
    expect(remote(page).get_by_role("slider", name="Volume")).to_have_count(0)


def test_watching_goes_on_here_where_the_screen_was(page: Page, server: Canned) -> None:
    play_on_television(page, server)
    remote(page).get_by_role("button", name="Watch here").click()
    wait_until(page, "video.currentTime > 8 && video.currentTime < 15")
    assert server.asked("transferPlayback")[-1]["input"]["screenId"] is None
    page.get_by_role("button", name="Close the player").click()
    expect(page.get_by_role("heading", name="Harbour Ember")).to_be_visible()
    expect(remote(page)).to_have_count(0)


def test_from_one_screen_to_another(page: Page, server: Canned) -> None:
    play_on_television(page, server)
    remote(page).get_by_role("button", name="Play elsewhere").click()
    expect(page.get_by_role("button", name="Television")).to_be_disabled()
    page.get_by_role("button", name="Bedroom tv").click()
    expect(page.get_by_role("region", name="Playing on Bedroom tv")).to_be_visible()


def test_the_player_hands_over_to_a_screen_and_closes(page: Page, server: Canned) -> None:
    open_player(page, server)
    page.mouse.move(400, 400)
    page.get_by_role("button", name="Play on").click()
    expect(page.get_by_role("button", name="This device", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Television").click()
    expect(page.locator("foyer-player")).to_have_count(0)
    expect(page.get_by_role("heading", name="Harbour Ember")).to_be_visible()
    expect(remote(page).get_by_role("slider", name="Position")).to_have_attribute("aria-valuetext", re.compile("^0:2"))
    assert server.asked("transferPlayback")[-1]["input"]["sessionId"] == "session-test"


def test_on_a_phone_the_remote_control_opens_as_a_sheet(page: Page, server: Canned) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    play_on_television(page, server, "series-0")
    expect(remote(page).get_by_role("slider")).to_have_count(0)
    remote(page).get_by_role("button", name="Remote control").click()
    expect(page.get_by_role("dialog", name="Television")).to_be_visible()
    sheet = page.locator("foyer-remote-bar .sheet")
    sheet.get_by_role("button", name="Forward 10 seconds").click()
    expect(sheet.get_by_role("slider", name="Position")).to_have_attribute("aria-valuetext", re.compile("^0:1"))
    # axe measures the distance to the bottom bar too, which the modal sheet covers.
    assert [one for one in violations(page) if not one.startswith("target-size")] == []
    sheet.get_by_role("button", name="Stop").click()
    expect(remote(page)).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_choosing_and_the_remote_control_break_no_guideline(page: Page, server: Canned, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    play_on_television(page, server)
    assert violations(page) == []
    remote(page).get_by_role("button", name="Play elsewhere").click()
    expect(page.get_by_role("dialog", name="Play on")).to_be_visible()
    assert violations(page) == []


def test_what_others_play_is_not_shown(page: Page, server: Canned) -> None:
    session = server.answers.session("film-2", "Television", "REMUX") | {"user": user("milo", "USER")}
    server.answers.elsewhere = [session]
    page.goto(server.base)
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()
    server.publish("playbackEvents", {"cursor": "2", "kind": "PROGRESS", "session": session})
    page.wait_for_timeout(300)
    expect(page.locator("foyer-remote-bar")).to_have_count(0)


def test_another_device_changes_what_plays_and_how_loud(page: Page, server: Canned) -> None:
    open_player(page, server, "episode-0-1-3")
    session = server.answers.session("episode-0-1-3", "test", "DIRECT_PLAY")

    def send(number: int, kind: str, **more: object) -> None:
        command = {"id": f"c{number}", "kind": kind, **more}
        event = {"cursor": str(number), "kind": "COMMAND", "session": session, "command": command}
        server.publish("playbackEvents", event)

    page.wait_for_timeout(400)
    send(1, "SET_VOLUME", volume=0.25)
    wait_until(page, "video.volume === 0.25")
    words = page.locator("foyer-player h1 + p")
    send(2, "NEXT")
    expect(words).to_contain_text("S1 E4")
    wait_until(page, "video.currentTime > 0.2")
    page.wait_for_timeout(400)
    send(3, "PREVIOUS")
    expect(words).to_contain_text("S1 E3")
    wait_until(page, "video.currentTime > 0.2")
    page.wait_for_timeout(400)
    send(4, "SEEK", positionSeconds=25.0)
    wait_until(page, "video.currentTime >= 25")
    send(5, "PREVIOUS")
    wait_until(page, "video.currentTime < 5")
    expect(words).to_contain_text("S1 E3")
    send(6, "PLAY_ITEM", itemId="film-2", positionSeconds=None)
    expect(page.locator("foyer-player h1")).to_have_text("Glass Machine")
    wait_until(page, "video.currentTime >= 12")
    assert video(page, "video.volume") == 0.25
