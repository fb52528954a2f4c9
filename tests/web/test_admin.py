"""What an administrator sees and does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.canned import Canned
from tests.web.rows import job

pytestmark = pytest.mark.browser


def test_a_library_is_added_by_walking_to_its_folder(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/admin/libraries")
    page.get_by_role("button", name="Add library").click()
    page.get_by_role("radio", name="Series").click()
    page.get_by_role("button", name="Add folder").click()
    expect(page.get_by_role("button", name="family 12 files")).to_be_disabled()
    page.get_by_role("button", name="films 12 files").click()
    page.get_by_role("button", name="2024 12 files").click()
    expect(page.get_by_text("/media/films/2024", exact=True)).to_be_visible()
    page.get_by_role("button", name="Use this folder").click()
    expect(page.get_by_label("Name")).to_have_value("2024")
    page.get_by_role("button", name="Add and scan").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    made = server.asked("createLibrary")[-1]["input"]
    assert (made["name"], made["kind"], made["folders"]) == ("2024", "SERIES", ["/media/films/2024"])
    assert made["idempotencyKey"]


def test_where_media_may_lie_in_several_places_the_picker_begins_with_the_list_of_them(
    page: Page, server: Canned
) -> None:
    server.answers.tops = ("/media", "/share")
    page.goto(f"{server.base}#/admin/libraries")
    page.get_by_role("button", name="Add library").click()
    page.get_by_role("button", name="Add folder").click()
    expect(page.get_by_role("button", name="/media")).to_be_visible()
    expect(page.get_by_role("button", name="Use this folder")).to_be_disabled()
    expect(page.get_by_role("button", name="One folder up")).to_be_disabled()
    page.get_by_role("button", name="/share").click()
    expect(page.get_by_role("button", name="Use this folder")).to_be_enabled()
    page.get_by_role("button", name="films 12 files").click()
    page.get_by_role("button", name="One folder up").click()
    page.get_by_role("button", name="One folder up").click()
    expect(page.get_by_role("button", name="/media")).to_be_visible()


def test_a_scan_shows_its_progress_as_it_happens(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/admin/libraries")
    page.get_by_role("button", name="Scan Films for changes").click()
    expect(page.get_by_role("progressbar", name="Scan Films")).to_have_attribute("aria-valuenow", "31")
    progress = {**job("Films", "RUNNING")["progress"], "fraction": 0.75}
    server.publish("jobEvents", {"cursor": "2", "kind": "PROGRESS", "job": job("Films", "RUNNING", progress=progress)})
    expect(page.get_by_role("progressbar", name="Scan Films")).to_have_attribute("aria-valuenow", "75")
    server.publish("jobEvents", {"cursor": "3", "kind": "FINISHED", "job": job("Films", "SUCCEEDED")})
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_a_failed_job_says_why_and_opens_its_log(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/admin/jobs")
    expect(page.get_by_text("The disk of /media/home is not mounted.")).to_be_visible()
    expect(page.get_by_role("button", name="Run Scan Family again")).to_be_visible()
    page.get_by_role("button", name="Log of Scan Films").click()
    expect(page.get_by_text("Cut Off.mkv ends early")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_background_work_is_switched_off_where_jobs_are(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/admin/jobs")
    switch = page.get_by_role("switch", name="Background work")
    expect(switch).to_be_checked()
    with page.expect_response(lambda answer: "setBackgroundWork" in (answer.request.post_data or "")):
        switch.click()
    expect(switch).not_to_be_checked()
    assert server.asked("setBackgroundWork")[-1]["input"] == {"enabled": False}
    page.reload()
    expect(switch).not_to_be_checked()


def test_a_session_can_be_paused_and_talked_to(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/admin/sessions")
    expect(page.get_by_text("The device cannot decode HEVC.")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Send a message").click()
    page.get_by_label("Message", exact=True).fill("Dinner!")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="The message was sent")).to_be_visible()
    assert [one["input"]["kind"] for one in server.asked("sendCommand")] == ["PAUSE", "MESSAGE"]


def test_a_refused_setting_is_marked_where_it_stands(page: Page, server: Canned) -> None:
    refusal = {
        "__typename": "ValidationFailed",
        "code": "VALIDATION_FAILED",
        "message": "Check the fields.",
        "fields": [{"field": "scan.interval_hours", "message": "At most 720."}],
    }
    server.answers.replaced["updateSettings"] = lambda _info, **_: refusal
    page.goto(f"{server.base}#/admin/settings")
    page.get_by_label("Scan every").fill("9999")
    page.get_by_label("Scan every").blur()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_have_text("At most 720.")
    assert server.asked("updateSettings")[-1] == {
        "input": {"values": [{"key": "scan.interval_hours", "value": "9999"}]}
    }


def test_a_number_of_bytes_is_said_as_people_say_it(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/admin/settings")
    expect(page.get_by_role("heading", name="Home Assistant")).to_be_visible()
    expect(page.get_by_text("How much goes at once. Now 8 MiB.")).to_be_visible()
    page.get_by_label("Largest piece").fill(str(3 << 30))
    page.get_by_label("Largest piece").blur()
    expect(page.get_by_text("How much goes at once. Now 3 GiB.")).to_be_visible()


def test_who_may_not_manage_sees_no_way_there(page: Page, server: Canned) -> None:
    assert server.answers.viewer
    server.answers.viewer["permissions"] = ["PLAY", "SEARCH"]
    page.goto(f"{server.base}#/admin/users")
    expect(page.get_by_role("heading", name="Not for you")).to_be_visible()
    page.get_by_role("button", name="Menu of Ada").click()
    expect(page.get_by_role("menuitem", name="Profile")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Manage")).to_have_count(0)


def test_deleting_asks_first(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/admin/libraries")
    page.get_by_role("button", name="More for Films").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_role("dialog", name="Delete Films?")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    assert server.asked("deleteLibrary") == []
