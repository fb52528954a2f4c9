"""The player with real clips in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.canned import Canned

pytestmark = pytest.mark.browser

HLS = "application/vnd.apple.mpegurl"


def video(page: Page, expression: str) -> Any:
    return page.locator("foyer-player video").evaluate(f"(video) => {expression}")


def wait_until(page: Page, expression: str) -> None:
    """Wait for a truth about the video element; an arrow function, because the content policy forbids eval."""
    path = "foyer-app", "foyer-shell", "foyer-player"
    inner = "document" + "".join(f".querySelector('{name}')?.shadowRoot?" for name in path)
    page.wait_for_function(f"() => {{ const video = {inner}.querySelector('video'); return video && ({expression}); }}")


def last_asked(page: Page, server: Canned, field: str) -> dict[str, Any]:
    """The input of the last mutation with this field, which may be on its way yet."""
    for _ in range(50):
        if server.asked(field):
            break
        page.wait_for_timeout(100)
    found: dict[str, Any] = server.asked(field)[-1]["input"]
    return found


def open_player(page: Page, server: Canned, item: str = "film-1") -> None:
    page.goto(f"{server.base}#/item/{item}")
    page.get_by_role("link", name="Play", exact=True).first.click()
    wait_until(page, "video.currentTime > 0.3 && video.videoWidth > 0")


def test_a_file_plays_directly_and_the_server_is_told(page: Page, server: Canned) -> None:
    open_player(page, server)
    wait_until(page, "!video.paused && video.currentTime > 1")
    started = server.asked("startPlayback")[-1]["input"]
    assert started["item"] == "film-1"
    assert started["method"] == "DIRECT_PLAY"
    page.get_by_role("button", name="Close the player").click()
    expect(page.get_by_role("heading", name="Harbour Ember")).to_be_visible()
    stopped = last_asked(page, server, "stopPlayback")
    assert stopped["positionSeconds"] > 1
    states = [one["input"]["state"] for one in server.asked("heartbeat")]
    assert "PLAYING" in states


def test_hls_plays_and_seeks(page: Page, server: Canned) -> None:
    server.answers.video = {"candidates": [server.answers.candidate("REMUX", "media/clip.m3u8", HLS)]}
    open_player(page, server)
    page.keyboard.press("5")
    wait_until(page, "video.currentTime > 20 && video.readyState > 2 && !video.seeking")


def test_a_picture_that_cannot_be_decoded_falls_to_the_next_candidate(page: Page, server: Canned) -> None:
    answers = server.answers
    answers.video = {
        "candidates": [
            answers.candidate("DIRECT_PLAY", "media/hevc.mp4", "video/mp4"),
            answers.candidate("TRANSCODE", "media/clip.m3u8", HLS),
        ]
    }
    open_player(page, server)
    assert video(page, "video.videoWidth") == 320
    page.wait_for_timeout(300)
    assert [one["input"]["method"] for one in server.asked("startPlayback")][-1] == "TRANSCODE"


def test_when_nothing_plays_it_says_so_and_tries_again(page: Page, server: Canned) -> None:
    working = server.answers.video
    server.answers.video = {"candidates": [server.answers.candidate("DIRECT_PLAY", "media/subtitles.vtt", "video/mp4")]}
    page.goto(f"{server.base}#/play/film-1?t=0")
    expect(page.get_by_role("alert")).to_contain_text("could not decode")
    server.answers.video = working
    page.get_by_role("button", name="Try again").click()
    wait_until(page, "video.currentTime > 0.2")


def test_it_asks_whether_to_resume(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/play/film-2")
    expect(page.get_by_role("button", name="Resume at 0:12")).to_be_focused()
    page.keyboard.press("Enter")
    wait_until(page, "video.currentTime > 12")
    assert video(page, "video.currentTime") < 20


def test_starting_over_begins_at_the_beginning(page: Page, server: Canned) -> None:
    page.goto(f"{server.base}#/play/film-2")
    page.get_by_role("button", name="Start over").click()
    wait_until(page, "video.currentTime > 0.1")
    assert video(page, "video.currentTime") < 8


def test_the_keyboard_rules_it(page: Page, server: Canned) -> None:
    open_player(page, server)
    page.keyboard.press("k")
    wait_until(page, "video.paused")
    page.keyboard.press("l")
    wait_until(page, "video.currentTime > 10")
    page.keyboard.press("j")
    wait_until(page, "video.currentTime < 10")
    page.keyboard.press("m")
    assert video(page, "video.muted") is True
    page.keyboard.press(">")
    assert video(page, "video.playbackRate") == 1.25
    page.keyboard.press("Space")
    wait_until(page, "!video.paused")
    page.keyboard.press("Escape")
    expect(page.locator("foyer-player")).to_have_count(0)


def test_subtitles_are_drawn_and_remembered(page: Page, server: Canned) -> None:
    open_player(page, server)
    page.mouse.move(400, 400)
    page.get_by_role("button", name="Subtitles").click()
    page.get_by_role("menuitemradio", name="German").click()
    expect(page.locator(".cue")).to_have_text("Hello from the lighthouse")
    assert page.locator(".cue i").text_content() == "lighthouse"
    page.goto(f"{server.base}#/")
    open_player(page, server, "film-6")
    expect(page.locator(".cue")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator(".cue")).to_have_count(0)


def test_another_quality_is_asked_for_and_goes_on_where_it_was(page: Page, server: Canned) -> None:
    open_player(page, server)
    page.keyboard.press("5")
    wait_until(page, "video.currentTime >= 20 && !video.seeking")
    page.mouse.move(400, 400)
    page.get_by_role("button", name="Quality").click()
    page.get_by_role("menuitemradio", name="480p").click()
    wait_until(page, "video.currentTime >= 20 && !video.paused")
    asked = server.asked("playbackInfo")[-1]["input"]
    assert (asked["maxHeight"], asked["maxBitRate"]) == (480, 1_200_000)


def test_another_device_can_pause_seek_talk_and_stop(page: Page, server: Canned) -> None:
    open_player(page, server)
    session = server.answers.session("film-1", "test", "DIRECT_PLAY")

    def send(number: int, kind: str, **more: object) -> None:
        command = {"id": f"c{number}", "kind": kind, **more}
        server.publish(
            "playbackEvents", {"cursor": str(number), "kind": "COMMAND", "session": session, "command": command}
        )

    page.wait_for_timeout(400)
    send(1, "PAUSE")
    wait_until(page, "video.paused")
    send(2, "SEEK", positionSeconds=25.0)
    wait_until(page, "video.currentTime >= 25")
    send(3, "MESSAGE", text="Dinner!")
    expect(page.get_by_role("alert")).to_have_text("Dinner!")
    send(4, "STOP")
    expect(page.locator("foyer-player")).to_have_count(0)


def test_near_the_end_the_next_episode_is_offered_and_then_plays(page: Page, server: Canned) -> None:
    server.answers.video = {**server.answers.video, "durationSeconds": 400.0, "qualities": []}
    open_player(page, server, "episode-0-1-3")
    expect(page.get_by_label("Up next")).to_have_count(0)
    page.keyboard.press("8")
    card = page.get_by_label("Up next")
    expect(card).to_contain_text("S1 E4")
    card.get_by_role("button", name="Play now").click()
    expect(page.locator("foyer-player h1 + p")).to_contain_text("S1 E4")
    wait_until(page, "video.currentTime > 0.2 && video.currentTime < 10")
    assert server.asked("stopPlayback")[-1]["input"]["positionSeconds"] > 30


def test_the_home_page_looks_again_when_the_server_heard_of_the_end_later(page: Page, server: Canned) -> None:
    """Both are told at once, by two requests that may pass each other."""
    held: list[Route] = []
    open_player(page, server)
    page.route(
        "**/graphql",
        lambda route: held.append(route) if "stopPlayback" in route.request.post_data else route.continue_(),
    )
    page.goto(f"{server.base}#/")
    expect(page.get_by_role("heading", name="Continue watching")).to_be_visible()
    assert not server.asked("stopPlayback")
    with page.expect_response(lambda answer: "continueWatching" in (answer.request.post_data or "")):
        held.pop().continue_()
    assert server.asked("stopPlayback")


def test_what_says_resume_on_the_home_page_resumes_without_asking_again(page: Page, server: Canned) -> None:
    for row in server.answers.house.items.values():
        row["userState"] |= {"positionSeconds": min(row["userState"]["positionSeconds"], 12)}
    page.goto(f"{server.base}#/")
    page.get_by_role("link", name="Resume at 0:12").first.click()
    wait_until(page, "video.currentTime > 12.2 && !video.paused")
    expect(page.get_by_role("dialog", name="Continue where you stopped?")).to_have_count(0)


def test_the_seek_bar_previews_and_names_the_chapter(page: Page, server: Canned) -> None:
    open_player(page, server)
    page.mouse.move(400, 400)
    box = page.get_by_role("slider", name="Position").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    expect(page.locator(".peek")).to_contain_text("Low tide")
    assert "sheet0.jpg" in page.locator(".peek .tile").evaluate("(tile) => tile.style.backgroundImage")


def test_leaving_the_page_still_tells_where_it_stopped(page: Page, server: Canned) -> None:
    open_player(page, server)
    page.goto("about:blank")
    assert last_asked(page, server, "stopPlayback")["positionSeconds"] > 0.2
