"""From a pause in a player to an automation's action in a real Home Assistant Core, beside an event of Core's own.

Both ways are taken in turn and end with the same automation, which fires an event that is waited for on a connection to
Core. Needs ``script/homeassistant`` and Mosquitto.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from bench import Figure
from bench.page import percentiles
from bench.process import workplace
from tests.homeassistant.harness.films import LONG, make_films
from tests.homeassistant.harness.home import foyer, home
from tests.homeassistant.harness.viewer import Television, Viewing, add_library, find

ROUNDS = 60
AUTOMATION: dict[str, Any] = {
    "trigger": [
        {"platform": "event", "event_type": "foyer_playback", "event_data": {"type": "paused"}},
        {"platform": "event", "event_type": "bench_own"},
    ],
    "action": [{"event": "bench_acted"}],
}


async def run() -> list[Figure]:
    """Pause and resume; a pause starts the automation."""
    with workplace() as folder:
        films = make_films(folder / "films")
        async with home(folder / "home") as house, foyer(house, folder / "data") as server:
            panel = await house.panel()
            await add_library(panel, "Films", "MOVIES", films)
            television = await Television.sign_in(server, panel, "television")
            viewing = await Viewing.start(television, await find(television, LONG))
            await house.core.automate("bench", AUTOMATION)
            async with house.core.connection() as connection:
                acted = await connection.events("bench_acted")
                ours: list[float] = []
                own: list[float] = []
                for number in range(ROUNDS + 5):
                    began = time.perf_counter()
                    pausing = asyncio.create_task(viewing.beat("PAUSED", number / 10))
                    await acted.get()
                    ours.append(time.perf_counter() - began)
                    await pausing
                    await viewing.beat("PLAYING")
                    began = time.perf_counter()
                    firing = asyncio.create_task(connection.command("fire_event", event_type="bench_own"))
                    await acted.get()
                    own.append(time.perf_counter() - began)
                    await firing
    # The first rounds pay for what is compiled and connected once.
    (p50, p99), (peer, _) = percentiles(ours[5:]), percentiles(own[5:])
    return [
        Figure(
            name="a player's pause until the automation acts: p50",
            value=p50,
            unit="ms",
            peer="an event that Core's own client fires, to the same automation",
            peer_value=peer,
        ),
        Figure(
            name="a player's pause until the automation acts: p99",
            value=p99,
            unit="ms",
            target="< 250 ms",
            met=p99 < 250,
            note=f"{ROUNDS} times, request to Foyer and WebSocket through a stand-in Supervisor included",
        ),
    ]
