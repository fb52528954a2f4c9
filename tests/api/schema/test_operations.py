"""Every operation that is shipped runs against a populated database, within its budget of SQL statements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import OperationDefinitionNode, OperationType, parse

from foyer.api.schema.limits import MAX_COST, MAX_DEPTH, Meter
from foyer.api.schema.persisted import shipped_operations
from foyer.api.schema.schema import FoyerSchema
from foyer.db.reader import statement_log
from foyer.ids import ItemId, NodeKind, decode, encode
from foyer.library.service import SCAN
from foyer.playback.reasons import PlayMethod
from foyer.playback.sessions import Opening, PlaybackState
from tests.api.schema.conftest import PASSWORD, House

BUDGETS = Path(__file__).with_name("budgets.json")
"""For each operation its cost, depth and aliases, and of queries how many SQL statements they may read with."""

PROFILE = {
    "name": "Test",
    "directContainers": ["mp4"],
    "hlsVideo": [{"codec": "h264"}],
    "hlsAudio": [{"codec": "aac"}],
}


def _operations() -> dict[str, str]:
    found = {}
    for text in shipped_operations().values():
        node = next(n for n in parse(text).definitions if isinstance(n, OperationDefinitionNode))
        assert node.name
        found[node.name.value] = text
    return found


def _kind(text: str) -> OperationType:
    return next(n for n in parse(text).definitions if isinstance(n, OperationDefinitionNode)).operation


OPERATIONS = _operations()


async def _first(house: House, kind: str) -> str:
    data = await house.ask("admin", "query($k:[ItemKind!]){items(first:1,filter:{kinds:$k}){nodes{id}}}", k=[kind])
    return str(data["items"]["nodes"][0]["id"])


async def _watch(house: House) -> None:
    """Leave one episode half seen and the next one waiting."""
    progress, sessions = house.services.progress, house.services.sessions
    admin = house.principals["admin"]
    data = await house.ask("admin", "{items(first:9,filter:{kinds:[EPISODE]},orderBy:[{field:NUMBER}]){nodes{id}}}")
    seen, begun = (ItemId(decode(data["items"]["nodes"][place]["id"])[1]) for place in (0, 5))
    await progress.set_watched(admin, seen, watched=True)
    session = await sessions.start(
        admin, Opening(item_id=begun, file_id=None, duration_ms=1_800_000, method=PlayMethod.DIRECT_PLAY)
    )
    await sessions.heartbeat(admin, session.id, PlaybackState.PLAYING, 900_000)


async def _variables(house: House, name: str) -> dict[str, Any]:
    """What an operation is asked with."""
    library = encode(NodeKind.LIBRARY, 1)
    movie = await _first(house, "MOVIE")
    fixed: dict[str, dict[str, Any]] = {
        "Hero": {"id": movie},
        "ItemPage": {"id": movie},
        "SeasonEpisodes": {"season": await _first(house, "SEASON")},
        "LibraryHead": {"id": library},
        "LibraryItems": {"library": library, "filter": {"watched": False}},
        "BrokenFiles": {"library": library},
        "Duplicates": {"library": library},
        "Search": {"text": "nigth"},
        "PlaybackInfo": {"input": {"item": movie, "profile": PROFILE}},
        "PlayDecision": {"input": {"item": movie, "profile": PROFILE}},
    }
    if name in ("Home", "PlaybackSessions"):
        await _watch(house)
    if name == "JobLog":
        job = await house.services.jobs.enqueue(SCAN, title="Scan")
        return {"id": encode(NodeKind.JOB, job.id)}
    return fixed.get(name, {})


def test_every_operation_is_shipped_and_has_a_budget() -> None:
    budgets = orjson.loads(BUDGETS.read_bytes())
    assert sorted(budgets) == sorted(OPERATIONS)


@pytest.mark.parametrize("name", [name for name, text in OPERATIONS.items() if _kind(text) is OperationType.QUERY])
async def test_a_query_runs_within_its_budget(house: House, name: str) -> None:
    variables = await _variables(house, name)
    await house.ask("admin", OPERATIONS[name], **variables)  # what is cached for good is read now
    with statement_log() as log:
        answer = await house.ask("admin", OPERATIONS[name], **variables)
    assert answer
    budget = orjson.loads(BUDGETS.read_bytes())[name]["sql"]
    assert len(log) <= budget, "\n".join(log.statements)


@pytest.mark.parametrize("kind", ["SERIES", "SEASON", "EPISODE", "MUSIC_VIDEO", "ARTIST", "HOME_VIDEO"])
async def test_the_page_of_every_kind_of_item_runs_within_its_budget(house: House, kind: str) -> None:
    item = await _first(house, kind)
    with statement_log() as log:
        answer = await house.ask("admin", OPERATIONS["ItemPage"], id=item)
    assert answer["item"]["kind"] == kind
    assert len(log) <= orjson.loads(BUDGETS.read_bytes())["ItemPage"]["sql"], "\n".join(log.statements)


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_an_operation_is_as_deep_and_costly_as_recorded(schema: FoyerSchema, name: str) -> None:
    document = parse(OPERATIONS[name])
    meter = Meter(schema._schema, document)
    operation = next(n for n in document.definitions if isinstance(n, OperationDefinitionNode))
    cost = meter.cost(operation, {"first": 100})
    shape = meter.measure(operation)
    recorded = orjson.loads(BUDGETS.read_bytes())[name]
    assert (cost, shape.depth, shape.aliases) == (recorded["cost"], recorded["depth"], recorded["aliases"])
    assert shape.depth <= MAX_DEPTH
    assert cost <= MAX_COST


async def test_ten_times_the_rows_cost_no_more_statements(house: House) -> None:
    query = (
        "query($n:Int!){items(first:$n,filter:{kinds:[MOVIE]}){nodes{title library{name state folders{path}}"
        " poster{url} genres{name itemCount}"
        " userState{watched} ...on Movie{files{fileName videoStreams{codec} subtitleStreams{codec}} people{role}}"
        "}}}"
    )
    counts = []
    for size in (4, 40):
        with statement_log() as log:
            await house.ask("admin", query, n=size)
        counts.append(len(log))
    assert counts[1] == counts[0]


async def test_the_life_of_an_account(house: House) -> None:
    made = await house.ask(
        "admin",
        OPERATIONS["CreateUser"],
        input={
            "name": "nina",
            "displayName": "Nina",
            "password": PASSWORD,
            "role": "USER",
            "allLibraries": False,
            "libraries": [encode(NodeKind.LIBRARY, 1)],
        },
    )
    user = made["createUser"]["user"]
    assert user["libraries"] == [{"id": encode(NodeKind.LIBRARY, 1), "name": "Films"}]
    changed = await house.ask(
        "admin",
        OPERATIONS["UpdateUser"],
        input={"user": user["id"], "role": "EDITOR", "expectedVersion": user["version"]},
    )
    assert changed["updateUser"]["user"]["role"] == "EDITOR"
    stale = await house.ask(
        "admin",
        OPERATIONS["UpdateUser"],
        input={"user": user["id"], "role": "USER", "expectedVersion": user["version"]},
    )
    assert stale["updateUser"]["__typename"] == "Conflict"
    login = await house.ask(None, OPERATIONS["Login"], input={"name": "nina", "password": PASSWORD})
    tokens = login["login"]["tokens"]
    house.tokens["nina"] = tokens["accessToken"]
    renewed = await house.ask(None, OPERATIONS["RefreshTokens"], input={"refreshToken": tokens["refreshToken"]})
    assert renewed["refreshTokens"]["tokens"]["user"]["name"] == "nina"
    key = await house.ask("nina", OPERATIONS["CreateApiKey"], input={"name": "script", "scopes": ["READ"]})
    secret = key["createApiKey"]["secret"]
    house.tokens["key"] = secret
    assert (await house.ask("key", "{server{viewer{name permissions}}}"))["server"]["viewer"] == {
        "name": "nina",
        "permissions": ["SEARCH"],
    }
    gone = await house.ask("nina", OPERATIONS["RevokeApiKey"], input={"apiKey": key["createApiKey"]["apiKey"]["id"]})
    assert gone["revokeApiKey"]["revokedId"]
    password = await house.ask(
        "nina", OPERATIONS["ChangePassword"], input={"currentPassword": "wrong", "newPassword": "another battery"}
    )
    assert password["changePassword"]["__typename"] == "ValidationFailed"
    out = await house.ask(
        None, OPERATIONS["Logout"], input={"refreshToken": renewed["refreshTokens"]["tokens"]["refreshToken"]}
    )
    assert out["logout"]["ok"] is True
    deleted = await house.ask("admin", OPERATIONS["DeleteUser"], input={"user": user["id"]})
    assert deleted["deleteUser"]["deletedId"] == user["id"]


async def test_the_life_of_a_library(house: House, house_options: Any) -> None:
    films = str(house_options.media[0] / "films")
    create = {"name": "More films", "kind": "MOVIES", "folders": [films], "idempotencyKey": "k1"}
    made = (await house.ask("admin", OPERATIONS["CreateLibrary"], input=create))["createLibrary"]
    again = (await house.ask("admin", OPERATIONS["CreateLibrary"], input=create))["createLibrary"]
    assert made["library"]["id"] == again["library"]["id"]
    assert made["job"]["state"] == "QUEUED"
    assert made["library"]["folders"][0]["path"] == films
    renamed = await house.ask(
        "admin", OPERATIONS["UpdateLibrary"], input={"library": made["library"]["id"], "name": "Films, more of them"}
    )
    assert renamed["updateLibrary"]["library"]["name"] == "Films, more of them"
    assert renamed["updateLibrary"]["library"]["state"] == "SCANNING"
    scan = await house.ask("admin", OPERATIONS["ScanLibrary"], input={"library": made["library"]["id"], "full": True})
    job = scan["scanLibrary"]["job"]["id"]
    assert job == made["job"]["id"]  # one scan at a time
    cancelled = await house.ask("admin", OPERATIONS["CancelJob"], input={"job": job})
    assert cancelled["cancelJob"]["job"]["state"] == "CANCELLED"
    retried = await house.ask("admin", OPERATIONS["RetryJob"], input={"job": job})
    assert retried["retryJob"]["job"]["state"] == "QUEUED"
    refused = await house.ask(
        "admin", OPERATIONS["CreateLibrary"], input={**create, "folders": ["/nowhere"], "idempotencyKey": None}
    )
    assert refused["createLibrary"]["__typename"] == "ValidationFailed"
    assert refused["createLibrary"]["fields"][0]["field"] == "folders"
    gone = await house.ask("admin", OPERATIONS["DeleteLibrary"], input={"library": made["library"]["id"]})
    assert gone["deleteLibrary"]["deletedId"] == made["library"]["id"]


async def test_a_sitting_from_start_to_end(house: House) -> None:
    episode = (
        await house.ask("user", "query{items(first:1,filter:{kinds:[EPISODE]},orderBy:[{field:NUMBER}]){nodes{id}}}")
    )["items"]["nodes"][0]["id"]
    started = await house.ask(
        "user",
        OPERATIONS["StartPlayback"],
        input={"item": episode, "method": "DIRECT_PLAY", "client": "Test", "device": "Here", "positionSeconds": 10},
    )
    session = started["startPlayback"]["session"]["id"]
    seen = await house.ask("manager", OPERATIONS["PlaybackSessions"])
    line = seen["playbackSessions"]["nodes"][0]
    assert (line["user"]["name"], line["item"]["id"], line["durationSeconds"]) == ("user", episode, 5400.0)
    sent = await house.ask(
        "manager", OPERATIONS["SendCommand"], input={"session": session, "kind": "MESSAGE", "text": "Dinner!"}
    )
    assert sent["sendCommand"]["session"]["id"] == session
    beat = await house.ask(
        "user", OPERATIONS["Heartbeat"], input={"session": session, "state": "PLAYING", "positionSeconds": 900}
    )
    assert [one["text"] for one in beat["heartbeat"]["commands"]] == ["Dinner!"]
    home = await house.ask("user", OPERATIONS["Home"])
    assert [one["id"] for one in home["continueWatching"]["nodes"]] == [episode]
    stopped = await house.ask("user", OPERATIONS["StopPlayback"], input={"session": session, "positionSeconds": 5300})
    assert stopped["stopPlayback"]["userState"]["watched"] is True
    assert stopped["stopPlayback"]["next"]["__typename"] == "Episode"
    home = await house.ask("user", OPERATIONS["Home"])
    assert home["continueWatching"]["nodes"] == []
    assert len(home["nextUp"]["nodes"]) == 1
    forged = await house.ask(
        "user", OPERATIONS["Heartbeat"], input={"session": session, "state": "PLAYING", "positionSeconds": -1}
    )
    assert forged["heartbeat"]["__typename"] == "ValidationFailed"


async def test_marks_count_for_a_whole_series(house: House) -> None:
    series = await _first(house, "SERIES")
    done = await house.ask("user", OPERATIONS["SetWatched"], input={"item": series, "watched": True})
    assert done["setWatched"]["item"]["userState"]["watched"] is True
    assert done["setWatched"]["item"]["unwatchedCount"] == 0
    movie = await _first(house, "MOVIE")
    liked = await house.ask("user", OPERATIONS["SetFavourite"], input={"item": movie, "favourite": True})
    assert liked["setFavourite"]["item"]["userState"]["favourite"] is True
    rated = await house.ask("user", OPERATIONS["SetRating"], input={"item": movie, "rating": 11})
    assert rated["setRating"]["fields"] == [{"field": "rating", "message": "Use a number from 1 to 10."}]


async def test_settings_change_together_or_not_at_all(house: House) -> None:
    values = [{"key": "server.name", "value": '"Den"'}, {"key": "jobs.keep_days", "value": "0"}]
    refused = await house.ask("admin", OPERATIONS["UpdateSettings"], input={"values": values})
    assert refused["updateSettings"]["fields"] == [{"field": "jobs.keep_days", "message": "Use at least 1."}]
    assert (await house.ask("admin", OPERATIONS["Server"]))["server"]["name"] == "Foyer"
    done = await house.ask("admin", OPERATIONS["UpdateSettings"], input={"values": values[:1]})
    assert done["updateSettings"]["settings"][0]["value"] == '"Den"'


async def test_the_first_administrator_is_made_once(house: House) -> None:
    refused = await house.ask(
        None, OPERATIONS["CompleteSetup"], input={"name": "me", "password": PASSWORD, "setupToken": "AAAA"}
    )
    assert refused["completeSetup"]["__typename"] == "Conflict"


async def test_background_work_is_switched_by_those_who_manage_jobs(house: House) -> None:
    assert (await house.ask("manager", OPERATIONS["BackgroundWork"]))["health"]["backgroundWork"] is True
    off = await house.ask("manager", OPERATIONS["SetBackgroundWork"], input={"enabled": False})
    assert off["setBackgroundWork"]["backgroundWork"] is False
    assert (await house.ask("manager", OPERATIONS["BackgroundWork"]))["health"]["backgroundWork"] is False
    refused = await house.ask("user", OPERATIONS["SetBackgroundWork"], input={"enabled": True})
    assert refused["setBackgroundWork"]["__typename"] == "Forbidden"
    again = await house.ask("manager", OPERATIONS["SetBackgroundWork"], input={"enabled": True})
    assert again["setBackgroundWork"]["backgroundWork"] is True
