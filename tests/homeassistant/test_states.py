"""Entity states as Core's ``subscribe_entities`` tells them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from foyer.homeassistant.screens.model import Entity, Feature, ScreenState, read_screen, screen_row
from foyer.homeassistant.screens.states import EntityStates

SOFA = "media_player.sofa"


def test_changes_are_laid_over_what_was_known() -> None:
    states = EntityStates()
    assert states.take({"a": {SOFA: {"s": "idle", "a": {"volume_level": 0.5, "source": "TV"}, "c": "x", "lc": 1}}}) == [
        SOFA
    ]
    assert states.take(
        {"c": {SOFA: {"+": {"s": "playing", "a": {"media_title": "Heat"}}, "-": {"a": ["source"]}}}}
    ) == [SOFA]
    found = states.get(SOFA)
    assert found is not None
    assert (found.state, found.attributes) == ("playing", {"volume_level": 0.5, "media_title": "Heat"})
    assert states.take({"r": [SOFA]}) == [SOFA]
    assert states.get(SOFA) is None


@pytest.mark.parametrize(
    "message", [{}, {"a": None}, {"a": {SOFA: None}}, {"c": {SOFA: {"+": {"s": "on"}}}}, {"r": ["light.x"]}, {"z": 1}]
)
def test_what_is_not_understood_changes_nothing(message: dict[str, object]) -> None:
    states = EntityStates()
    assert states.take(message) == []
    assert list(states) == []


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("off", ScreenState.OFF),
        ("standby", ScreenState.OFF),
        ("on", ScreenState.IDLE),
        ("idle", ScreenState.IDLE),
        ("unknown", ScreenState.IDLE),
        ("buffering", ScreenState.BUFFERING),
        ("unavailable", ScreenState.UNAVAILABLE),
    ],
)
def test_states_have_a_meaning(state: str, meaning: ScreenState) -> None:
    assert read_screen(SOFA, state, {}, Entity()).state is meaning


def test_attributes_that_are_not_what_they_should_be_count_as_missing() -> None:
    odd = {
        "supported_features": "many", "friendly_name": 7, "media_position": float("nan"), "media_duration": -1,
        "media_position_updated_at": "yesterday", "media_content_id": 41,
    }  # fmt: skip
    screen = read_screen(SOFA, "playing", odd, Entity())
    assert (screen.name, screen.features, screen.position_ms, screen.duration_ms) == ("sofa", Feature(0), None, None)
    assert (screen.position_at, screen.content_id) == (None, None)


def test_a_position_goes_on_with_the_clock_while_it_plays_and_never_past_the_end() -> None:
    moment = datetime(2026, 5, 1, 20, tzinfo=UTC)
    told = {"media_position": 50, "media_duration": 60, "media_position_updated_at": moment.isoformat()}
    playing = read_screen(SOFA, "playing", told, Entity())
    assert playing.position_now(moment + timedelta(seconds=4)) == 54_000
    assert playing.position_now(moment + timedelta(seconds=40)) == 60_000
    assert playing.position_now(moment - timedelta(seconds=40)) == 50_000
    assert read_screen(SOFA, "paused", told, Entity()).position_now(moment + timedelta(seconds=4)) == 50_000


def test_the_number_of_a_screen_stays_the_same() -> None:
    assert screen_row(SOFA) == screen_row(SOFA) != screen_row("media_player.bed")
    assert 0 < screen_row(SOFA) < 2**63


def test_a_clock_that_disagrees_with_home_assistants_misplaces_nothing() -> None:
    here = datetime(2026, 5, 1, 20, tzinfo=UTC)
    there = here - timedelta(minutes=10)

    def told(position: float, stamp: datetime) -> dict[str, object]:
        return {"media_position": position, "media_position_updated_at": stamp.isoformat()}

    first = read_screen(SOFA, "playing", told(50, there), Entity())
    second = read_screen(SOFA, "playing", told(70, there + timedelta(seconds=20)), Entity()).after(first, here)
    assert second.position_now(here + timedelta(seconds=3)) == 73_000
    # Something else about it changes a little later: the position is no newer for that.
    third = read_screen(SOFA, "playing", told(70, there + timedelta(seconds=20)), Entity())
    third = third.after(second, here + timedelta(seconds=5))
    assert third.position_now(here + timedelta(seconds=6)) == 76_000
    assert read_screen(SOFA, "idle", {}, Entity()).after(third, here).position_at is None
