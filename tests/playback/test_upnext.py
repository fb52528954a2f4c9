from __future__ import annotations

from foyer.db.reader import statement_log
from foyer.playback.progress import ProgressService
from foyer.playback.upnext import UpNext
from tests.playback.conftest import HOUR_MS, Household


async def test_titles_begun_come_newest_first_in_pages(household: Household, progress: ProgressService) -> None:
    ada = await household.person("ada")
    upnext = UpNext(household.database)
    for item in (household.film, household.episodes[1]):
        await progress.record(ada.user_id, item, HOUR_MS // 2, HOUR_MS, was_watched=False)
    with statement_log() as log:
        page = await upnext.continue_watching(ada, first=1)
    assert [each.item for each in page] == [household.episodes[1]]
    assert len(log) == 1
    assert [each.item for each in await upnext.continue_watching(ada, first=5, after=page[-1])] == [household.film]


async def test_next_up_follows_the_episode_watched_last(household: Household, progress: ProgressService) -> None:
    ada = await household.person("ada")
    upnext = UpNext(household.database)
    _, first, second, third = household.episodes
    assert await upnext.next_up(ada, first=5) == []
    await progress.set_watched(ada, first, watched=True)
    assert [each.item for each in await upnext.next_up(ada, first=5)] == [second]
    await progress.set_watched(ada, second, watched=True)
    assert [each.item for each in await upnext.next_up(ada, first=5)] == [third]
    await progress.record(ada.user_id, third, HOUR_MS // 2, HOUR_MS, was_watched=False)
    assert await upnext.next_up(ada, first=5) == []


async def test_next_up_knows_only_what_a_user_may_see(household: Household, progress: ProgressService) -> None:
    bob = await household.person("bob", libraries=frozenset({99}))
    await progress.record(bob.user_id, household.episodes[1], HOUR_MS, HOUR_MS, was_watched=False)
    assert await UpNext(household.database).next_up(bob, first=5) == []


async def test_play_on_a_series_takes_begun_then_next_then_first(
    household: Household, progress: ProgressService
) -> None:
    ada = await household.person("ada")
    upnext = UpNext(household.database)
    special, first, second, third = household.episodes
    assert await upnext.next_in_series(ada, household.series) == first
    await progress.set_watched(ada, second, watched=True)
    assert await upnext.next_in_series(ada, household.series) == third
    await progress.record(ada.user_id, first, HOUR_MS // 2, HOUR_MS, was_watched=False)
    assert await upnext.next_in_series(ada, household.series) == first
    await progress.set_watched(ada, household.series, watched=True)
    assert await upnext.next_in_series(ada, household.series) == first
    assert await upnext.next_in_series(ada, household.film) is None
    assert special


async def test_following_crosses_seasons_and_ends(household: Household) -> None:
    upnext = UpNext(household.database)
    special, first, second, third = household.episodes
    assert await upnext.following(first) == second
    assert await upnext.following(second) == third
    assert await upnext.following(third) is None
    assert await upnext.following(special) is None
    assert await upnext.following(household.film) is None


async def test_the_episode_before_one_is_the_one_it_follows(household: Household) -> None:
    upnext = UpNext(household.database)
    special, first, second, third = household.episodes
    assert await upnext.preceding(third) == second
    assert await upnext.preceding(second) == first
    assert await upnext.preceding(first) is None
    assert await upnext.preceding(special) is None
    assert await upnext.preceding(household.film) is None
