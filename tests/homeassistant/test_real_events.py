"""What Foyer does, on the bus of a real Home Assistant Core, and automations that act on it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.e2e.server import Server
from tests.homeassistant.harness.films import LONG, make_clip
from tests.homeassistant.harness.home import Home
from tests.homeassistant.harness.marks import REAL
from tests.homeassistant.harness.panel import Panel
from tests.homeassistant.harness.viewer import Viewing, add_library, find

pytestmark = REAL

SCAN = "mutation($input: ScanLibraryInput!) { scanLibrary(input: $input) { __typename } }"
REMOVE = "mutation($input: DeleteLibraryInput!) { deleteLibrary(input: $input) { __typename } }"


async def test_an_automation_hears_of_a_film_in_order(home: Home, panel: Panel) -> None:
    said = "{{ trigger.event.data.type }} {{ trigger.event.data.title }} {{ trigger.event.data.replayed }}"
    await home.core.automate(
        "echo",
        {
            "trigger": [{"platform": "event", "event_type": "foyer_playback"}],
            "action": [{"event": "echoed", "event_data": {"said": said}}],
        },
    )
    async with home.core.connection() as owner:
        echoed = await owner.events("echoed")
        viewing = await Viewing.start(panel, await find(panel, LONG))
        for state, position in (("PAUSED", 2), ("PLAYING", 2), ("PLAYING", 50), ("PAUSED", 51)):
            await viewing.beat(state, position)
        await viewing.stop(52)
        heard: list[str] = []
        async with asyncio.timeout(20):
            while not heard or not heard[-1].startswith("stopped"):
                heard.append((await echoed.get())["data"]["said"])
    await home.core.request("DELETE", "config/automation/config/echo")
    assert [line.split()[0] for line in heard if "progress" not in line] == [
        *("started", "paused", "resumed", "seeked", "paused", "stopped")
    ]
    assert {line.split(maxsplit=1)[1] for line in heard} == {f"{LONG} False"}


async def test_lights_go_out_when_a_film_starts(home: Home, panel: Panel) -> None:
    await home.core.call("input_boolean", "turn_on", entity_id="input_boolean.lights")
    started = {"platform": "event", "event_type": "foyer_playback", "event_data": {"type": "started"}}
    out = {"service": "input_boolean.turn_off", "target": {"entity_id": "input_boolean.lights"}}
    await home.core.automate("lights", {"trigger": [started], "action": [out]})
    viewing = await Viewing.start(panel, await find(panel, LONG))
    await home.core.wait_state("input_boolean.lights", "off")
    await viewing.stop()
    await home.core.request("DELETE", "config/automation/config/lights")


async def test_a_scan_and_what_it_found_are_told(home: Home, foyer: Server, panel: Panel, tmp_path: Path) -> None:
    library = await add_library(panel, "Small", "MOVIES", tmp_path)
    async with home.core.connection() as owner:
        told = await owner.events("foyer_library")
        make_clip(tmp_path / "A Small Film (2024).mp4")
        await panel.ask(SCAN, input={"library": library})
        events: list[dict[str, Any]] = []
        async with asyncio.timeout(20):
            while not events or events[-1]["type"] != "scan_finished":
                event = (await told.get())["data"]
                if event["library"] == "Small":
                    events.append(event)
    await panel.ask(REMOVE, input={"library": library})
    assert [event["type"] for event in events if event["type"] != "item_updated"] == [
        *("scan_started", "item_added", "scan_finished")
    ]
    added = next(event for event in events if event["type"] == "item_added")
    assert (added["title"], added["year"], added["item_kind"]) == ("A Small Film", 2024, "movie")
    assert events[-1]["added"] == 1
