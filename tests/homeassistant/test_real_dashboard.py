"""The integration from a player outside, from an automation, through an outage, and on a dashboard in the frontend."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urljoin

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.e2e.server import Server
from tests.homeassistant.harness.browser import DESK, PHONE, frontend, shot
from tests.homeassistant.harness.films import LONG
from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.integration import integration, player_of
from tests.homeassistant.harness.marks import REAL
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.viewer import Viewing, find
from tests.homeassistant.harness.waiting import until

pytestmark = REAL

BEDROOM = "media_player.bedroom_tv"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def entry(home: Home, foyer: Server) -> AsyncIterator[str]:
    """The id of the integration's entry."""
    async with integration(home) as entry_id:
        yield entry_id


async def test_a_direct_film_is_sent_by_range_to_a_player_that_is_not_signed_in(
    home: Home, panel: Panel, entry: str
) -> None:
    async with home.core.connection() as core:
        where = f"media-source://foyer/{entry}/{await find(panel, LONG)}"
        found = await core.command("media_source/resolve_media", media_content_id=where)
    assert found["mime_type"] == "video/mp4"
    address = urljoin(home.core.url, found["url"]).partition("?")[0]
    async with home.core.http.get(address, headers={"Range": "bytes=1000-1999"}) as answer:
        assert (answer.status, len(await answer.read())) == (206, 1000)
    async with home.core.http.head(address) as answer:
        assert (answer.status, answer.headers["Accept-Ranges"]) == (200, "bytes")
        assert int(answer.headers["Content-Length"]) > 1_000_000
    async with home.core.http.get(address.replace("/media/direct/", "/media/download/")) as answer:
        assert answer.status == 404


async def test_an_action_plays_the_next_episode_on_a_television(home: Home, panel: Panel, entry: str) -> None:
    async with home.core.connection() as core:
        given = {"title": "The Show", "entity_id": BEDROOM}
        answer = await core.command(
            "call_service", domain="foyer", service="play_item", service_data=given, return_response=True
        )
    assert answer["response"]["title"].startswith("The Show 1x01")
    await home.core.wait_state(BEDROOM, "playing")
    await home.core.call("media_player", "media_stop", entity_id=BEDROOM)


async def resumes_from(panel: Panel, seconds: int) -> None:
    """Set how long a film must be to be gone on with; those of tests are short."""
    change = "mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) { __typename } }"
    values = [{"key": "playback.resume_min_duration", "value": str(seconds)}]
    done = await panel.ask(change, input={"values": values})
    assert done["updateSettings"]["__typename"] == "UpdateSettingsPayload"


async def test_what_somebody_watches_is_theirs_to_continue_on_their_dashboard(
    home: Home, panel: Panel, entry: str
) -> None:
    await resumes_from(panel, 60)
    viewing = await Viewing.start(panel, await find(panel, LONG), device="Stool")
    await viewing.beat("PLAYING", 70)
    await viewing.stop(70)
    async with home.core.connection() as owner, home.core.connection(home.core.guest) as guest:
        mine = await owner.command("foyer/continue_watching")
        theirs = await guest.command("foyer/continue_watching")
    [film] = [one for one in mine["items"] if one["title"] == LONG]
    assert film["position"] == 70
    await resumes_from(panel, 300)
    assert LONG not in [one["title"] for one in theirs["items"]]
    async with home.core.http.get(urljoin(home.core.url, film["image"])) as picture:
        assert (picture.status, picture.content_type) == (200, "image/webp")


async def test_a_server_that_dies_makes_entities_unavailable_until_it_is_back(
    home: Home, foyer: Server, panel: Panel, entry: str
) -> None:
    async with home.core.connection() as core:
        known = await core.command("config/entity_registry/list")
    [event] = [one["entity_id"] for one in known if (one["platform"], one["translation_key"]) == ("foyer", "playback")]
    await foyer.kill()
    await home.core.wait_state(event, "unavailable")
    await foyer.restart()

    async def is_back() -> bool:
        state = await home.core.state(event)
        return state is not None and state["state"] != "unavailable"

    await until(is_back, within_s=60)
    viewing = await Viewing.start(panel, await find(panel, LONG), device="Hammock")
    await home.core.wait_state(await player_of(home, viewing), "playing")
    await viewing.stop()


VIEW = {
    "views": [
        {
            "title": "Cinema",
            "path": "cinema",
            "cards": [{"type": "custom:foyer-card"}, {"type": "custom:foyer-continue-card", "list": "latest"}],
        }
    ]
}


@pytest_asyncio.fixture(loop_scope="session")
async def dashboard(home: Home, entry: str) -> str:
    """A dashboard with both cards."""
    async with home.core.connection() as core:
        known = {one["url_path"] for one in await core.command("lovelace/dashboards/list")}
        if "foyer-cinema" not in known:
            await core.command(
                "lovelace/dashboards/create",
                url_path="foyer-cinema",
                title="Cinema",
                mode="storage",
                require_admin=False,
            )
        await core.command("lovelace/config/save", url_path="foyer-cinema", config=VIEW)
    return f"{home.core.url}/foyer-cinema/cinema"


@pytest.mark.browser
@pytest.mark.parametrize(("size", "name", "scheme"), [(DESK, "desk", "light"), (PHONE, "phone", "dark")])
async def test_the_cards_on_a_dashboard(
    home: Home, panel: Panel, dashboard: str, chromium: Browser, size: Any, name: str, scheme: Any
) -> None:
    viewing = await Viewing.start(panel, await find(panel, LONG), device=f"Cushion {name}")
    await viewing.beat("PLAYING", 30)
    player = await player_of(home, viewing)
    async with frontend(chromium, home.core, home.core.owner, size=size, color_scheme=scheme) as page:
        errors = _errors(page)
        await page.goto(dashboard)
        now = page.locator("foyer-card")
        await expect(now.get_by_role("heading", name="Now playing")).to_be_visible(timeout=60_000)
        await expect(now.get_by_text(LONG)).to_be_visible()
        await expect(now.get_by_text("Olivia Owner")).to_be_visible()
        shelf = page.locator("foyer-continue-card")
        await expect(shelf.get_by_role("button")).not_to_have_count(0)
        await expect(shelf.locator("img").first).to_have_js_property("complete", value=True)
        assert await shelf.locator("img").first.evaluate("image => image.naturalWidth") > 0
        await shot(page, f"cards-{name}")
        wide = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert wide, "the page scrolls sideways"

        await now.get_by_role("button", name="Pause").click()
        async with asyncio.timeout(10):
            while not (commands := await viewing.beat("PLAYING", 31)):
                await asyncio.sleep(0.1)
        assert commands[0]["kind"] == "PAUSE"
        await viewing.beat("PAUSED", 31)
        await expect(now.get_by_role("button", name="Play", exact=True)).to_be_visible()

        await shelf.get_by_role("button", name=re.compile(LONG)).click()
        choice, begin = shelf.get_by_label("Play on"), shelf.get_by_role("button", name="Play", exact=True)
        await expect(choice).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(choice).to_have_count(0)
        await expect(shelf.get_by_role("button", name=re.compile(LONG))).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(begin).to_be_disabled()
        await choice.select_option(BEDROOM)
        assert (await home.core.state(BEDROOM) or {})["state"] != "playing", "choosing alone begins nothing"
        await begin.click()
        await home.core.wait_state(BEDROOM, "playing")
        await viewing.stop()
        await home.core.wait_state(player, "idle")
        await expect(now.get_by_text(LONG)).to_have_count(0)
        assert errors == []
    await home.core.call("media_player", "media_stop", entity_id=BEDROOM)


def _errors(page: Page) -> list[str]:
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)) if "foyer" in json.dumps(str(error)).lower() else None)
    return found
