from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.accounts.roles import Role
from foyer.db.database import Database
from foyer.errors import ForbiddenError, NotFoundError, ValidationError
from foyer.playback.progress import Outcome, ProgressService, ResumeRules, judge
from tests.playback.conftest import HOUR_MS, Household

RULES = ResumeRules(watched_percent=90, resume_min_percent=5, resume_min_ms=300_000)


@pytest.mark.parametrize(
    ("position", "duration", "outcome"),
    [
        (HOUR_MS // 2, HOUR_MS, Outcome(position_ms=HOUR_MS // 2, watched=False)),
        (HOUR_MS // 100, HOUR_MS, Outcome(position_ms=0, watched=False)),
        (HOUR_MS * 9 // 10, HOUR_MS, Outcome(position_ms=0, watched=True)),
        (HOUR_MS * 3, HOUR_MS, Outcome(position_ms=0, watched=True)),
        (100_000, 200_000, Outcome(position_ms=0, watched=False)),
        (-5, HOUR_MS, Outcome(position_ms=0, watched=False)),
        (70_000, None, Outcome(position_ms=70_000, watched=False)),
    ],
)
def test_a_position_is_judged_by_the_rules(position: int, duration: int | None, outcome: Outcome) -> None:
    assert judge(position, duration, RULES) == outcome


@given(position=st.integers(-(10**9), 10**12), duration=st.none() | st.integers(-5, 10**9))
def test_a_kept_position_lies_inside_the_title(position: int, duration: int | None) -> None:
    outcome = judge(position, duration, RULES)
    assert outcome.position_ms >= 0
    if duration and duration > 0:
        assert outcome.position_ms < duration


async def state(database: Database, user: int, item: int) -> dict[str, object]:
    row = await database.reader.first("SELECT * FROM play_state WHERE user_id = ? AND item_id = ?", (user, item))
    assert row is not None
    return dict(row)


async def test_a_sitting_counts_once_and_states_are_each_users_own(
    household: Household, progress: ProgressService
) -> None:
    ada, bob = await household.person("ada"), await household.person("bob")
    await progress.record(ada.user_id, household.film, HOUR_MS // 2, HOUR_MS, was_watched=False)
    assert await progress.resume_position(ada.user_id, household.film) == HOUR_MS // 2
    assert await progress.resume_position(bob.user_id, household.film) == 0
    await progress.record(ada.user_id, household.film, HOUR_MS, HOUR_MS, was_watched=False)
    await progress.record(ada.user_id, household.film, HOUR_MS, HOUR_MS, was_watched=True)
    kept = await state(household.database, ada.user_id, household.film)
    assert (kept["watched"], kept["play_count"], kept["position_ms"]) == (1, 1, 0)


async def test_watching_again_keeps_it_watched(household: Household, progress: ProgressService) -> None:
    ada = await household.person("ada")
    await progress.set_watched(ada, household.film, watched=True)
    await progress.record(ada.user_id, household.film, HOUR_MS // 2, HOUR_MS, was_watched=False)
    kept = await state(household.database, ada.user_id, household.film)
    assert (kept["watched"], kept["position_ms"]) == (1, HOUR_MS // 2)


async def test_marking_a_series_marks_every_episode_and_back(household: Household, progress: ProgressService) -> None:
    ada = await household.person("ada")
    await progress.set_watched(ada, household.series, watched=True)
    watched = "SELECT count(*) FROM play_state WHERE user_id = ? AND watched = 1"
    assert await household.database.reader.value(watched, (ada.user_id,)) == len(household.episodes)
    await progress.set_watched(ada, household.series, watched=False)
    assert await household.database.reader.value(watched, (ada.user_id,)) == 0


async def test_a_viewer_keeps_no_state_and_strangers_see_nothing(
    household: Household, progress: ProgressService
) -> None:
    viewer = await household.person("guest", Role.VIEWER)
    with pytest.raises(ForbiddenError):
        await progress.set_watched(viewer, household.film, watched=True)
    stranger = await household.person("stranger", libraries=frozenset({99}))
    with pytest.raises(NotFoundError):
        await progress.set_favourite(stranger, household.film, favourite=True)


async def test_a_rating_has_ten_steps(household: Household, progress: ProgressService) -> None:
    ada = await household.person("ada")
    await progress.set_rating(ada, household.film, 10)
    for wrong in (0, 11, -1):
        with pytest.raises(ValidationError):
            await progress.set_rating(ada, household.film, wrong)
    assert (await state(household.database, ada.user_id, household.film))["rating"] == 10
    await progress.set_rating(ada, household.film, None)
    assert (await state(household.database, ada.user_id, household.film))["rating"] is None
