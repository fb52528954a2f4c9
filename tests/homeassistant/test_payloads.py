"""The contract with automations: every event's data, made by what really happens, has exactly the documented keys."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from foyer.accounts.roles import Role
from foyer.accounts.service import Accounts
from foyer.db.database import Database
from foyer.events.bus import Event, EventBus, Subscription
from foyer.events.topics import SystemEventKind, Topic, TranscodeEventKind
from foyer.homeassistant import payloads
from foyer.homeassistant.payloads import Facts, event_type, is_for_home_assistant
from foyer.ids import ItemId
from foyer.playback.commands import CommandKind
from foyer.playback.progress import ProgressService
from foyer.playback.reasons import PlayMethod
from foyer.playback.sessions import Opening, PlaybackSessions, PlaybackState
from foyer.settings.store import Settings
from tests.library.conftest import House, Put, clip, put  # noqa: F401 - fixtures
from tests.library.conftest import house as library_house  # noqa: F401 - a fixture
from tests.playback.conftest import HOUR_MS, Household
from tests.playback.conftest import household as household  # noqa: PLC0414 - a fixture
from tests.playback.conftest import progress as progress  # noqa: PLC0414 - a fixture

ALL = tuple(payloads.TOPICS)


def check(data: Mapping[str, Any], shape: type) -> None:
    """The data has every required key of a TypedDict, no other than its keys, and values of their types."""
    assert is_typeddict(shape)
    hints = get_type_hints(shape, include_extras=True)
    required = {key for key, hint in hints.items() if get_origin(hint) is not NotRequired}
    assert required <= data.keys() <= hints.keys(), shape.__name__
    for key, hint in get_type_hints(shape).items():
        if key in data:
            kinds = get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)
            plain = tuple(get_origin(kind) or kind for kind in kinds)
            assert isinstance(data[key], plain), (key, data[key])


async def made(database: Database, events: Subscription) -> list[dict[str, Any]]:
    """What Home Assistant would hear of what was published, each with its bus type."""
    found: list[Event] = []
    while (event := events.take()) is not None:
        found.append(event)
    facts = await Facts(database.reader, "srv").of(found)
    return [{"event_type": event_type(event), **fact} for event, fact in zip(found, facts, strict=True)]


def of_type(facts: list[dict[str, Any]], bus_type: str, kind: str) -> dict[str, Any]:
    """The one event of a type, without the name of the bus type."""
    (found,) = [fact for fact in facts if fact["event_type"] == bus_type and fact["type"] == kind]
    return {key: value for key, value in found.items() if key != "event_type"}


class Nobody:
    def seen(self, viewer: str, position_ms: int | None = None) -> None: ...

    def stop_viewer(self, viewer: str) -> None: ...


async def test_playback(household: Household, database: Database, bus: EventBus, progress: ProgressService) -> None:
    ada = await household.person("ada")
    sessions = PlaybackSessions(database, bus, progress, Nobody())
    episode = household.episodes[1]
    with bus.subscribe(*ALL, accept=is_for_home_assistant) as events:
        session = await sessions.start(
            ada,
            Opening(
                item_id=episode, file_id=None, duration_ms=HOUR_MS, method=PlayMethod.REMUX, client="Foyer Web",
                device="Sofa", entity_id="media_player.sofa",
            ),
        )  # fmt: skip
        await sessions.heartbeat(ada, session.id, PlaybackState.PAUSED, 0)
        await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, 1_000)
        await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, 2_000)
        await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, HOUR_MS // 4)
        await sessions.command(ada, session.id, CommandKind.PAUSE)
        await progress.set_favourite(ada, ItemId(episode), favourite=True)
        await sessions.stop(ada, session.id, HOUR_MS)
        other = await sessions.start(
            ada, Opening(item_id=household.film, file_id=None, duration_ms=None, method=PlayMethod.DIRECT_PLAY)
        )
        await sessions.stop(ada, other.id, 5_000)
        facts = await made(database, events)
    assert [fact["type"] for fact in facts] == [
        "started", "paused", "resumed", "seeked", "progress", "finished", "started", "stopped",
    ]  # fmt: skip
    for fact in facts:
        check({key: value for key, value in fact.items() if key != "event_type"}, payloads.PlaybackFact)
    seeked = of_type(facts, "foyer_playback", "seeked")
    assert seeked | {"seq": 0, "at": ""} == {
        "type": "seeked",
        "seq": 0,
        "at": "",
        "replayed": False,
        "server_id": "srv",
        "session_id": seeked["session_id"],
        "user": "ada",
        "user_id": seeked["user_id"],
        "item_id": seeked["item_id"],
        "title": "Episode 1x1",
        "item_kind": "episode",
        "series": "The Series",
        "series_id": seeked["series_id"],
        "season": 1,
        "episode": 1,
        "year": None,
        "library": "All",
        "library_id": seeked["library_id"],
        "device": "Sofa",
        "client": "Foyer Web",
        "entity_id": "media_player.sofa",
        "method": "remux",
        "state": "playing",
        "position": 900.0,
        "duration": 3600.0,
        "progress": 25.0,
    }
    stopped = of_type(facts, "foyer_playback", "stopped")
    assert (stopped["series"], stopped["duration"], stopped["progress"]) == (None, None, None)
    assert "entity_id" not in stopped


async def test_library(library_house: House, put: Put) -> None:  # noqa: F811 - the fixture
    house = library_house
    heat = put("films/Heat (1995).mp4")
    with house.bus.subscribe(*ALL, accept=is_for_home_assistant) as events:
        library = await house.library("films")
        heat.unlink()
        put("films/Ran (1985).mp4")
        await house.rescan(library)
        await house.rescan(library, full=True)
        facts = await made(house.database, events)
    by_type: dict[str, list[dict[str, Any]]] = {}
    for fact in facts:
        fact.pop("event_type")
        by_type.setdefault(fact["type"], []).append(fact)
        check(fact, payloads.ItemFact if fact["type"].startswith("item_") else payloads.ScanFact)
    assert set(by_type) == {"scan_started", "scan_finished", "item_added", "item_removed", "item_updated"}
    (added,), (removed,) = by_type["item_added"], by_type["item_removed"]
    assert (added["title"], added["year"], added["item_kind"], added["library"]) == ("Ran", 1985, "movie", "films")
    assert (removed["title"], removed["year"], removed["item_kind"]) == ("Heat", 1995, "movie")
    assert [scan["added"] for scan in by_type["scan_finished"]] == [1, 1, 0]
    first, later, last = by_type["scan_finished"]
    assert first["items"] == last["items"] == by_type["scan_started"][0]["items"] == []
    assert later["items"] == [{key: added[key] for key in get_type_hints(payloads.NewItem)}]


async def test_what_is_gone_by_the_time_of_telling_is_told_as_far_as_it_is_known(
    household: Household, database: Database, bus: EventBus, progress: ProgressService
) -> None:
    ada = await household.person("ada")
    sessions = PlaybackSessions(database, bus, progress, Nobody())
    with bus.subscribe(*ALL, accept=is_for_home_assistant) as events:
        await sessions.start(
            ada, Opening(item_id=household.film, file_id=None, duration_ms=HOUR_MS, method=PlayMethod.REMUX)
        )
        await database.execute("DELETE FROM user WHERE id = ?", (ada.user_id,))
        await database.execute("DELETE FROM item WHERE id = ?", (household.film,))
        (fact,) = await made(database, events)
    fact.pop("event_type")
    check(fact, payloads.PlaybackFact)
    assert (fact["title"], fact["user"], fact["library"], fact["state"]) == (None, None, "All", "playing")


@pytest.mark.parametrize("kind", list(TranscodeEventKind))
async def test_conversions(household: Household, database: Database, bus: EventBus, kind: TranscodeEventKind) -> None:
    file = await database.reader.value("SELECT file_id FROM item_file WHERE item_id = ?", (household.film,))
    tell = partial(bus.publish, Topic.TRANSCODE)
    with bus.subscribe(*ALL, accept=is_for_home_assistant) as events:
        tell(kind, {"file_id": int(str(file)), "media": "video", "height": 720, "encoder": "libx264 (CPU)"})
        tell(kind, {"file_id": 4711, "media": "audio", "height": None, "encoder": "", "reason": "timeout"})
        facts = await made(database, events)
    for fact in facts:
        assert fact.pop("event_type") == "foyer_transcode"
        check(fact, payloads.TranscodeFact)
    assert [(fact["title"], fact["height"], fact["reason"]) for fact in facts] == [
        ("The Film", 720, None),
        (None, None, "timeout"),
    ]


async def test_accounts_and_the_server(database: Database, bus: EventBus, settings: Settings, tmp_path: Path) -> None:
    accounts = Accounts(database, tmp_path, bus)
    admin = accounts.local_principal()
    try:
        with bus.subscribe(*ALL, accept=is_for_home_assistant) as events:
            anna = await accounts.users.create(admin, name="Anna", password="correct horse", role=Role.ADMIN)
            await accounts.sessions.login("Anna", "correct horse", device="Phone", address=None)
            await accounts.users.create(admin, name="Ben", password=None, role=Role.ADMIN)
            await accounts.users.delete(admin, anna.id)
            await settings.update({"server.name": "Den"})
            bus.publish(Topic.SYSTEM, SystemEventKind.STARTED, {"message": "Foyer 1 started.", "version": "1"})
            facts = await made(database, events)
    finally:
        accounts.close()
    for fact in facts:
        check(fact_without(fact), payloads.UserFact if fact["event_type"] == "foyer_user" else payloads.SystemFact)
    assert [(fact["event_type"], fact["type"]) for fact in facts] == [
        ("foyer_user", "created"),
        ("foyer_user", "signed_in"),
        ("foyer_user", "created"),
        ("foyer_user", "deleted"),
        ("foyer_system", "settings_changed"),
        ("foyer_system", "started"),
    ]
    assert facts[3]["user"] == "Anna"
    assert facts[4]["settings"] == ["server.name"]


def fact_without(fact: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fact.items() if key != "event_type"}


async def test_only_every_tenth_of_progress_is_for_home_assistant(
    household: Household, database: Database, bus: EventBus, progress: ProgressService
) -> None:
    ada = await household.person("ada")
    sessions = PlaybackSessions(database, bus, progress, Nobody())
    with bus.subscribe(*ALL, accept=is_for_home_assistant) as events:
        session = await sessions.start(
            ada, Opening(item_id=household.film, file_id=None, duration_ms=100_000, method=PlayMethod.REMUX)
        )
        for position in range(1_000, 31_000, 1_000):
            await sessions.heartbeat(ada, session.id, PlaybackState.PLAYING, position)
            await asyncio.sleep(0)
        facts = await made(database, events)
    assert [fact["position"] for fact in facts if fact["type"] == "progress"] == [10.0, 20.0, 30.0]


async def test_where_a_title_goes_on_is_no_progress(
    household: Household, database: Database, bus: EventBus, progress: ProgressService
) -> None:
    ada = await household.person("ada")
    opening = Opening(
        item_id=household.film, file_id=None, duration_ms=100_000, method=PlayMethod.REMUX, position_ms=50_000
    )
    with bus.subscribe(*ALL, accept=is_for_home_assistant) as events:
        before = PlaybackSessions(database, bus, progress, Nobody())
        session = await before.start(ada, opening)
        await before.heartbeat(ada, session.id, PlaybackState.PLAYING, 51_000)
        after = PlaybackSessions(database, bus, progress, Nobody())  # the server was restarted
        await after.heartbeat(ada, session.id, PlaybackState.PLAYING, 52_000)
        facts = await made(database, events)
    assert [fact["type"] for fact in facts] == ["started"]
