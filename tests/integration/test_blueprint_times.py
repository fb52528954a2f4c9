"""What blueprints do at a time of day, after a while or in one instant, which a running house lets nobody choose."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.foyer.const import MANUFACTURER
from custom_components.foyer.models import Player

BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / "foyer"
EVENING = datetime(2026, 1, 5, 19, 40, tzinfo=UTC)
"""A Monday."""

Automate = Callable[..., Awaitable[None]]


@pytest.fixture
async def automate(hass: HomeAssistant, tmp_path: Path, freezer: FrozenDateTimeFactory) -> AsyncIterator[Automate]:
    """Make an automation of a blueprint; it is off again in the end. The clock stands at the evening."""
    hass.config.config_dir = str(tmp_path)
    await hass.config.async_update(time_zone="UTC")
    shutil.copytree(BLUEPRINTS, tmp_path / "blueprints" / "automation" / "foyer")
    freezer.move_to(EVENING)
    assert await async_setup_component(hass, "homeassistant", {})

    async def automated(name: str, **inputs: Any) -> None:
        blueprint = {"path": f"foyer/{name}.yaml", "input": inputs}
        config = {"automation": {"alias": "It", "use_blueprint": blueprint}}
        assert await async_setup_component(hass, "automation", config)
        await hass.async_block_till_done()
        state = hass.states.get("automation.it")
        assert state is not None
        assert state.state == "on"

    yield automated
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.it"}, blocking=True)


@pytest.fixture
def clock(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Callable[[str], Awaitable[None]]:
    """Move to a time of the evening or, before noon, of the next morning."""

    async def move(time: str) -> None:
        hour, minute, second = map(int, time.split(":"))
        day = EVENING.day + (hour < 12)
        freezer.move_to(EVENING.replace(day=day, hour=hour, minute=minute, second=second))
        async_fire_time_changed(hass)
        await settle()

    return move


async def settle() -> None:
    """Let everything run that can; time stands still, so nothing can be waited for."""
    for _ in range(200):
        await asyncio.sleep(0)


async def play(hass: HomeAssistant, kind: str, session: str, user: str = "Anna") -> None:
    hass.bus.async_fire("foyer_playback", {"type": kind, "session_id": session, "user": user, "replayed": False})
    await settle()


def commands(calls: list[Any]) -> list[tuple[str, str]]:
    return [(call.data["session_id"], call.data["command"]) for call in calls]


async def test_a_film_that_runs_into_bedtime_is_warned_of_it_and_ended(
    hass: HomeAssistant, automate: Automate, clock: Callable[[str], Awaitable[None]]
) -> None:
    calls = async_mock_service(hass, "foyer", "send_command")
    await automate("bedtime", users=["Anna"], bedtime="20:00:00", warning=10)
    await play(hass, "started", "s1")
    await play(hass, "started", "s2", user="Father")
    await play(hass, "started", "s3")
    await play(hass, "stopped", "s3")
    await clock("19:49:00")
    assert commands(calls) == []
    await clock("19:50:01")
    assert commands(calls) == [("s1", "message")]
    await clock("20:00:02")
    assert commands(calls) == [("s1", "message"), ("s1", "stop")]


async def test_a_screen_that_shows_no_messages_is_ended_all_the_same(
    hass: HomeAssistant, automate: Automate, clock: Callable[[str], Awaitable[None]]
) -> None:
    calls: list[ServiceCall] = []

    async def obey(call: ServiceCall) -> None:
        if call.data["command"] == "message":
            raise ServiceValidationError("The television cannot do that.")
        calls.append(call)

    hass.services.async_register("foyer", "send_command", obey)
    await automate("bedtime", users=["Anna"], bedtime="19:30:00")
    await play(hass, "started", "s")
    await clock("19:40:06")
    assert commands(calls) == [("s", "stop")]


async def test_nothing_begins_before_the_morning(
    hass: HomeAssistant, automate: Automate, clock: Callable[[str], Awaitable[None]]
) -> None:
    calls = async_mock_service(hass, "foyer", "send_command")
    await automate("bedtime", users=["Anna"], bedtime="20:00:00", morning="06:00:00", days=["mon"])
    for time, after, session in (("20:30:00", "20:30:06", "a"), ("05:59:00", "05:59:06", "b")):
        await clock(time)
        await play(hass, "started", session)
        await clock(after)
    assert commands(calls) == [("a", "message"), ("a", "stop"), ("b", "message"), ("b", "stop")]
    await clock("06:01:00")
    await play(hass, "started", "c")
    assert len(calls) == 4


async def test_a_film_may_be_no_longer_than_the_longest(
    hass: HomeAssistant, automate: Automate, clock: Callable[[str], Awaitable[None]]
) -> None:
    calls = async_mock_service(hass, "foyer", "send_command")
    await automate("bedtime", users=["Anna"], days=["sun"], longest=30, warning=5)
    await play(hass, "started", "s")
    await clock("20:05:01")
    assert commands(calls) == [("s", "message")]
    await clock("20:10:02")
    assert commands(calls) == [("s", "message"), ("s", "stop")]


async def test_heavy_work_runs_at_the_low_tariff_and_not_for_a_gap_between_clouds(
    hass: HomeAssistant, automate: Automate, clock: Callable[[str], Awaitable[None]]
) -> None:
    calls = async_mock_service(hass, "foyer", "set_background_work")
    hass.states.async_set("sensor.surplus", "100")
    await automate("encode_on_surplus", surplus="sensor.surplus", threshold=500, minutes=5, is_tariff=True)

    def asked() -> list[bool]:
        return [call.data["enabled"] for call in calls]

    async def measure(watts: int) -> None:
        hass.states.async_set("sensor.surplus", str(watts))
        await settle()

    await measure(800)
    await clock("19:44:00")
    await measure(300)
    await clock("19:50:00")
    assert True not in asked()
    await measure(800)
    await clock("19:55:01")
    assert asked()[-1] is True
    await measure(20)
    await clock("20:01:00")
    assert asked()[-1] is False
    await clock("22:00:00")
    assert asked()[-1] is True
    await clock("06:00:00")
    assert asked()[-1] is False


async def test_the_doorbell_without_an_answer_pauses_for_some_minutes(
    hass: HomeAssistant, automate: Automate, clock: Callable[[str], Awaitable[None]]
) -> None:
    pause = async_mock_service(hass, "media_player", "media_pause")
    go_on = async_mock_service(hass, "media_player", "media_play")
    hass.states.async_set("event.bell", "unknown")
    for name, state in (("one", "playing"), ("two", "idle"), ("three", "playing")):
        hass.states.async_set(f"media_player.{name}", state)
    players = ["media_player.one", "media_player.two", "media_player.three"]
    await automate("pause_on_doorbell", bell=["event.bell"], players=players, resume_after=3)
    hass.states.async_set("event.bell", "2026-01-05T19:40:00.000+00:00")
    await settle()
    assert [sorted(call.data["entity_id"]) for call in pause] == [["media_player.one", "media_player.three"]]
    hass.states.async_set("media_player.one", "paused")
    hass.states.async_set("media_player.three", "off")
    await clock("19:42:59")
    assert go_on == []
    await clock("19:43:01")
    assert [call.data["entity_id"] for call in go_on] == [["media_player.one"]]


class Lamp:
    """A lamp that does at once what it is told."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        hass.services.async_register("light", "turn_on", self._turn_on)
        self._show(200)

    @property
    def brightness(self) -> int:
        lamp = self._hass.states.get("light.lamp")
        assert lamp is not None
        return int(lamp.attributes["brightness"])

    async def _turn_on(self, call: ServiceCall) -> None:
        self._show(call.data.get("brightness", call.data.get("brightness_pct")))

    def _show(self, brightness: int) -> None:
        self._hass.states.async_set("light.lamp", "on", {"brightness": brightness})


async def tell(hass: HomeAssistant, *kinds: str, device: str = "Sofa") -> None:
    for kind in kinds:
        fact = {"session_id": "s", "user": "Anna", "device": device, "item_kind": "movie", "replayed": False}
        hass.bus.async_fire("foyer_playback", {"type": kind, **fact})
    await settle()


async def test_a_film_that_follows_another_at_once_leaves_the_lights_as_before_in_the_end(
    hass: HomeAssistant, automate: Automate
) -> None:
    lamp = Lamp(hass)
    assert await async_setup_component(hass, "scene", {})
    await automate("film_lights", lights=["light.lamp"], playing_brightness=5)
    for kinds, lit in (
        (["started", "stopped"], 200),
        (["started"], 5),
        (["finished", "started"], 5),
        (["stopped"], 200),
    ):
        await tell(hass, *kinds)
        assert lamp.brightness == lit, kinds


async def test_lights_follow_a_player_that_the_integration_has_made(hass: HomeAssistant, automate: Automate) -> None:
    entry = MockConfigEntry(domain="foyer", title="Living room")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={("foyer", "p")},
        manufacturer=MANUFACTURER,
        name=Player(key="p", device="Chrome on Linux", client="Foyer Web", user="Anna").name,
    )
    player = er.async_get(hass).async_get_or_create(
        "media_player", "foyer", "p", config_entry=entry, device_id=device.id
    )
    lamp = Lamp(hass)
    assert await async_setup_component(hass, "scene", {})
    await automate("film_lights", lights=["light.lamp"], playing_brightness=5, screens=[player.entity_id])
    await tell(hass, "started", device="Chrome on Windows")
    assert lamp.brightness == 200
    await tell(hass, "started", device="Chrome on Linux")
    assert lamp.brightness == 5
    await tell(hass, "stopped", device="Chrome on Linux")
    assert lamp.brightness == 200
