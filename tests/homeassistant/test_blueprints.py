"""Each blueprint in a real Home Assistant: saved as its import does, made an automation, and driven by a real Foyer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from tests.e2e.server import Server
from tests.homeassistant.harness.films import LONG
from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.integration import integration, player_of
from tests.homeassistant.harness.marks import REAL
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.places import ROOT
from tests.homeassistant.harness.viewer import Viewing, find
from tests.homeassistant.harness.waiting import until

pytestmark = REAL

FOLDER = ROOT / "blueprints" / "automation" / "foyer"
LAMP, TELEVISION = "light.lamp", "media_player.bedroom_tv"
SCAN = "mutation($input: ScanLibraryInput!) { scanLibrary(input: $input) { __typename ... on UserError { message } } }"


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="blueprints")
async def saved_blueprints(home: Home) -> None:
    """All of them, as Home Assistant's import dialog saves them."""
    async with home.core.connection() as core:
        for path in FOLDER.glob("*.yaml"):
            text = path.read_text("utf-8")
            await core.command("blueprint/save", domain="automation", path=f"foyer/{path.name}", yaml=text)
        known = await core.command("blueprint/list", domain="automation")
    assert {f"foyer/{path.name}" for path in FOLDER.glob("*.yaml")} <= known.keys()
    assert not [path for path, blueprint in known.items() if "error" in blueprint]


@pytest_asyncio.fixture(scope="module", loop_scope="session", name="integration")
async def installed_integration(home: Home, foyer: Server) -> AsyncIterator[None]:
    """Foyer's integration, confirmed where Home Assistant offers it; offered again in the end."""
    async with integration(home):
        yield


@asynccontextmanager
async def automation(home: Home, blueprint: str, **inputs: Any) -> AsyncIterator[None]:
    """An automation made of a blueprint, for as long as the block."""
    made = {"alias": blueprint, "use_blueprint": {"path": f"foyer/{blueprint}.yaml", "input": inputs}}
    await home.core.post(f"config/automation/config/{blueprint}", made)
    await home.core.wait_state(f"automation.{blueprint}", "on")
    try:
        yield
    finally:
        await home.core.request("DELETE", f"config/automation/config/{blueprint}")
    trouble = [line for line in home.core.log.read_text().splitlines() if f"automation.{blueprint}" in line]
    assert not [line for line in trouble if " ERROR " in line or " WARNING " in line]


async def brightness(home: Home) -> int:
    """Of the lamp, in percent."""
    lamp = await home.core.state(LAMP)
    assert lamp is not None
    return round((lamp["attributes"].get("brightness") or 0) / 2.55)


async def becomes(home: Home, percent: int) -> None:
    async def is_so() -> bool:
        return await brightness(home) == percent

    await until(is_so)


async def asked(viewing: Viewing, *, within_s: float = 20) -> dict[str, Any]:
    """The next thing that is asked of the player of a session."""
    async with asyncio.timeout(within_s):
        while not (commands := await viewing.beat()):
            await asyncio.sleep(0.1)
    return commands[0]


async def test_lights_follow_a_film_and_are_as_before_at_its_end(
    home: Home, panel: Panel, foyer: Server, blueprints: None
) -> None:
    film = await find(panel, LONG)
    inputs = {"lights": [LAMP], "transition": 0, "devices": ["Sofa"], "users": ["olivia"]}
    await home.core.call("light", "turn_on", entity_id=LAMP, brightness_pct=80)
    await becomes(home, 80)

    async def is_forgotten() -> bool:
        return await home.core.entities("scene.foyer_film_lights") == {}

    async with automation(home, "film_lights", **inputs):
        elsewhere = await Viewing.start(panel, film, device="Kitchen")
        await elsewhere.beat("PAUSED", 1)
        viewing = await Viewing.start(panel, film, device="Sofa")
        await viewing.beat("PLAYING", 0)
        await becomes(home, 5)
        await viewing.beat("PAUSED", 3)
        await becomes(home, 40)
        await viewing.beat("PLAYING", 3)
        await becomes(home, 5)
        await elsewhere.stop(2)
        assert await brightness(home) == 5
        await viewing.stop(4)
        await becomes(home, 80)
        await until(is_forgotten)
        again = await Viewing.start(panel, film, device="Sofa")
        await becomes(home, 5)
        await again.stop(5)
        await becomes(home, 80)


async def test_lights_come_up_at_the_credits_and_stay_as_they_are_then(home: Home, blueprints: None) -> None:
    """The film of the tests has no credits, so events are fired by hand here; and so is one that comes late."""
    fact = {"session_id": "s", "user": "olivia", "item_kind": "movie", "device": "Sofa", "replayed": False}
    async with automation(home, "film_lights", lights=[LAMP], transition=0):
        await home.core.post("events/foyer_playback", fact | {"type": "started", "replayed": True})
        await home.core.post("events/foyer_playback", fact | {"type": "started", "item_kind": "music_video"})
        await home.core.post("events/foyer_playback", fact | {"type": "started"})
        await becomes(home, 5)
        await home.core.post("events/foyer_playback", fact | {"type": "credits"})
        await becomes(home, 80)
        await home.core.call("light", "turn_on", entity_id=LAMP, brightness_pct=60)
        await home.core.post("events/foyer_playback", fact | {"type": "finished"})
        await home.core.post("events/foyer_playback", fact | {"type": "paused"})
        await asyncio.sleep(0.5)
        assert await brightness(home) == 60


async def test_the_doorbell_pauses_and_the_closed_door_resumes(
    home: Home, panel: Panel, foyer: Server, blueprints: None, integration: None
) -> None:
    viewing = await Viewing.start(panel, await find(panel, LONG), device="Doorbell sofa")
    await viewing.beat("PLAYING", 5)
    player = await player_of(home, viewing)
    inputs = {
        "bell": ["input_boolean.doorbell"],
        "players": [player, TELEVISION],
        "answered": ["input_boolean.front_door"],
    }
    async with automation(home, "pause_on_doorbell", **inputs):
        await home.core.call("input_boolean", "turn_on", entity_id="input_boolean.doorbell")
        assert (await asked(viewing))["kind"] == "PAUSE"
        await viewing.beat("PAUSED", 6)
        await home.core.wait_state(player, "paused")
        await home.core.call("input_boolean", "turn_on", entity_id="input_boolean.front_door")
        await home.core.call("input_boolean", "turn_off", entity_id="input_boolean.front_door")
        async with asyncio.timeout(20):
            while not (commands := await viewing.beat("PAUSED", 6)):
                await asyncio.sleep(0.1)
        assert commands[0]["kind"] == "PLAY"
    await viewing.stop(6)
    await home.core.call("input_boolean", "turn_off", entity_id="input_boolean.doorbell")


async def test_a_film_comes_along_into_another_room(
    home: Home, panel: Panel, foyer: Server, blueprints: None, integration: None
) -> None:
    viewing = await Viewing.start(panel, await find(panel, LONG), device="Living room")
    await viewing.beat("PLAYING", 30)
    player = await player_of(home, viewing)
    inputs = {"presence": ["input_boolean.bedroom_occupied"], "here": TELEVISION, "elsewhere": [player], "stayed": 0}
    async with automation(home, "follow_me", **inputs):
        await home.core.call("input_boolean", "turn_on", entity_id="input_boolean.bedroom_occupied")
        await home.core.wait_state(TELEVISION, "playing")

        async def plays_there() -> bool:
            sessions = (await panel.ask("{ playbackSessions(first: 20) { nodes { device positionSeconds } } }"))[
                "playbackSessions"
            ]
            return any(one["device"] == "Bedroom TV" and one["positionSeconds"] >= 29 for one in sessions["nodes"])

        await until(plays_there)
    await home.core.call("media_player", "media_stop", entity_id=TELEVISION)
    await home.core.call("input_boolean", "turn_off", entity_id="input_boolean.bedroom_occupied")


async def test_at_bedtime_a_message_comes_and_then_the_end(
    home: Home, panel: Panel, foyer: Server, blueprints: None, integration: None
) -> None:
    now = datetime.now(UTC)
    night = {"bedtime": f"{now - timedelta(minutes=5):%H:%M:%S}", "morning": f"{now + timedelta(hours=2):%H:%M:%S}"}
    async with automation(home, "bedtime", users=["olivia"], message="Good night.", **night):
        viewing = await Viewing.start(panel, await find(panel, LONG), device="Bed")
        message = await asked(viewing)
        assert (message["kind"], message["text"]) == ("MESSAGE", "Good night.")

        async def is_over() -> bool:
            sessions = (await panel.ask("{ playbackSessions(first: 20) { nodes { id } } }"))["playbackSessions"][
                "nodes"
            ]
            return viewing.session not in {one["id"] for one in sessions}

        await until(is_over)


async def test_one_message_names_all_new_episodes(home: Home, panel: Panel, foyer: Server, blueprints: None) -> None:
    shows = await shows_of(panel)
    season = Path(shows["folders"][0]["path"]) / "The Show" / "Season 01"
    message = {
        "service": "input_text.set_value",
        "target": {"entity_id": "input_text.last_title"},
        "data": {"value": "{{ title }}: {{ message }}"},
    }
    new = [season / f"The Show - S01E0{number}.mp4" for number in (7, 8)]
    async with automation(home, "new_episodes", send=[message], title="New", libraries=["Shows"]):
        for number, path in enumerate(new):
            # An empty box more, so that no two episodes are the same bytes.
            film = next(season.glob("*S01E01*.mp4")).read_bytes() + bytes([0, 0, 0, 9]) + b"free" + bytes([number])
            path.with_suffix(".part").write_bytes(film)
        for path in new:
            path.with_suffix(".part").rename(path)
        await panel.ask(SCAN, input={"library": shows["id"]})
        await home.core.wait_state("input_text.last_title", "New: The Show: S01E07, S01E08", within_s=40)
    for path in new:
        path.unlink()
    await panel.ask(SCAN, input={"library": shows["id"]})

    async def is_as_before() -> bool:
        return bool((await shows_of(panel))["itemCount"] == shows["itemCount"])

    await until(is_as_before)


async def shows_of(panel: Panel) -> dict[str, Any]:
    """The library with the series."""
    libraries = await panel.ask("{ libraries(first: 10) { nodes { id name itemCount folders { path } } } }")
    return next(dict(library) for library in libraries["libraries"]["nodes"] if library["name"] == "Shows")


async def test_heavy_work_waits_for_the_sun(
    home: Home, panel: Panel, foyer: Server, blueprints: None, integration: None
) -> None:
    async def works() -> bool:
        return bool((await panel.ask("{ health { backgroundWork } }"))["health"]["backgroundWork"])

    async def rests() -> bool:
        return not await works()

    async with automation(home, "encode_on_surplus", surplus="input_number.surplus", threshold=500, minutes=0):
        await home.core.call("input_number", "set_value", entity_id="input_number.surplus", value=900)
        await until(works)
        await home.core.call("input_number", "set_value", entity_id="input_number.surplus", value=100)
        await until(rests)
        await home.core.call("input_number", "set_value", entity_id="input_number.surplus", value=900)
        await until(works)
