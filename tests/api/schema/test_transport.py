"""The three ways in, over real sockets: requests, event streams, WebSockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
import pytest
from quart import Quart

from foyer.api.http.listener import Listener, ListenerKind
from foyer.api.media.sendfile import FilePump
from foyer.api.schema import following, places, websocket
from foyer.api.schema.event_stream import CursorStream
from foyer.api.schema.limits import MAX_BYTES
from foyer.api.schema.persisted import MAX_REGISTERED, PersistedOperations, hash_of, shipped_operations
from foyer.api.schema.view import mount
from foyer.errors import NotFoundError, ValidationError
from foyer.library.service import SCAN
from tests.api.schema.conftest import House

JOBS = "subscription($after:EventCursor){jobEvents(after:$after){cursor kind job{id title state}}}"
PROTOCOL = "graphql-transport-ws"
STREAM = {"Accept": "text/event-stream"}


@dataclass(slots=True)
class Client:
    http: aiohttp.ClientSession
    url: str
    house: House
    listener: Listener
    pump: FilePump

    def headers(self, who: str | None) -> dict[str, str]:
        return {} if who is None else {"Authorization": f"Bearer {self.house.tokens[who]}"}

    async def post(self, who: str | None, body: Any, **more: Any) -> tuple[int, Any]:
        async with self.http.post(self.url, json=body, headers=self.headers(who) | more.pop("headers", {})) as answer:
            return answer.status, await answer.json()

    @asynccontextmanager
    async def socket(self, who: str | None, **payload: Any) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with self.http.ws_connect(self.url, protocols=[PROTOCOL]) as ws:
            if who is not None:
                payload["authorization"] = f"Bearer {self.house.tokens[who]}"
            await ws.send_json({"type": "connection_init", "payload": payload})
            yield ws


async def _ready(ws: aiohttp.ClientWebSocketResponse) -> None:
    assert (await ws.receive_json())["type"] == "connection_ack"


async def _subscribe(ws: aiohttp.ClientWebSocketResponse, query: str, identity: str = "1", **variables: Any) -> None:
    payload = {"query": query, "variables": variables}
    await ws.send_json({"id": identity, "type": "subscribe", "payload": payload})


async def _next(ws: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    message = await ws.receive_json(timeout=5)
    assert message["type"] == "next", message
    data: dict[str, dict[str, Any]] = message["payload"]["data"]
    return next(iter(data.values()))


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    pump = FilePump()
    listener = Listener(house.app, pump, kind=ListenerKind.PUBLIC, host="127.0.0.1", port=0)
    await listener.start()
    async with aiohttp.ClientSession() as http:
        yield Client(http, f"http://127.0.0.1:{listener.port}/graphql", house, listener, pump)
    await listener.stop(0.2)
    pump.close()


async def _job(house: House, title: str = "Scan", **more: Any) -> Any:
    return await house.services.jobs.enqueue(SCAN, title=title, **more)


# ---------------------------------------------------------------- requests


async def test_a_request_is_answered_as_json(client: Client) -> None:
    async with client.http.post(client.url, json={"query": "{server{name}}"}) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert await answer.json() == {"data": {"server": {"name": "Foyer"}}}


async def test_a_spent_token_is_named_where_somebody_is_needed_and_lets_others_pass(client: Client) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    _, answer = await client.post(None, {"query": "{server{viewer{name}}}"}, headers=headers)
    assert answer["data"]["server"]["viewer"] is None
    _, answer = await client.post(None, {"query": "{libraries{nodes{id}}}"}, headers=headers)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"x", {}, 400),
        (b'"x"', {}, 400),
        (b"[]", {}, 400),
        (b"{}", {}, 400),
        (b'{"query":5}', {}, 400),
        (b'{"query":"{server{name}}","variables":[]}', {}, 400),
        (b'{"query":"{server{name}}","operationName":"No"}', {}, 400),
        (b'{"query":"query A{server{name}} query B{server{name}}"}', {}, 200),
        (b'[{"query":"{server{name}}"}, 5]', {}, 400),
        (b'{"query":"{server{name}}"}', {"Content-Type": "text/plain"}, 415),
        (b"query=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"x", {"Content-Type": "multipart/form-data; boundary=x"}, 415),
        (b"x", {"Content-Encoding": "gzip"}, 415),
        (b"[" + b",".join([b'{"query":"{server{name}}"}'] * 11) + b"]", {}, 400),
        (b'{"query":"' + b" " * MAX_BYTES + b'"}', {}, 413),
    ],
)
async def test_what_is_no_request_is_refused_in_words(
    client: Client, body: bytes, headers: dict[str, str], status: int
) -> None:
    headers = {"Content-Type": "application/json", **headers}
    async with client.http.post(
        client.url, data=body, headers=headers, skip_auto_headers=["Accept-Encoding"]
    ) as answer:
        assert answer.status == status
        said = await answer.json()
    if status != 200:
        assert said["errors"][0]["extensions"]["code"] in ("VALIDATION_FAILED", "LIMIT_EXCEEDED")
        assert "Traceback" not in str(said)


async def test_a_large_body_without_a_length_is_refused_too(client: Client) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b" " * 65_536

    headers = {"Content-Type": "application/json"}
    async with client.http.post(client.url, data=body(), headers=headers) as answer:
        assert answer.status == 413


async def test_nothing_is_answered_to_get(client: Client) -> None:
    async with client.http.get(client.url, params={"query": "{server{name}}"}) as answer:
        assert answer.status in (404, 405)


async def test_a_shipped_operation_runs_by_its_hash(client: Client) -> None:
    name = next(key for key, text in shipped_operations().items() if text.startswith("query Server"))
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": name}}
    _, answer = await client.post("user", {"extensions": extensions})
    assert answer["data"]["server"]["viewer"]["name"] == "user"


async def test_others_are_registered_by_those_who_are_logged_in(client: Client) -> None:
    text = "{server{version}}"
    asked = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}}
    _, answer = await client.post("user", asked)
    assert answer["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    _, answer = await client.post(None, {**asked, "query": text})
    assert answer["data"]["server"]["version"]
    _, answer = await client.post("user", asked)
    assert answer["errors"]  # nobody may fill the store without logging in
    await client.post("user", {**asked, "query": text})
    _, answer = await client.post(None, asked)
    assert answer["data"]["server"]["version"]
    _, answer = await client.post("user", {**asked, "query": "{server{name}}"})
    assert answer["errors"][0]["extensions"]["code"] == "VALIDATION_FAILED"


def test_the_store_of_registered_operations_is_bounded() -> None:
    store = PersistedOperations()
    texts = [f"{{server{{name}} # {number}\n}}" for number in range(MAX_REGISTERED + 1)]
    for text in texts:
        store.resolve(text, {"persistedQuery": {"sha256Hash": hash_of(text)}}, may_register=True)
    with pytest.raises(NotFoundError):
        store.resolve(None, {"persistedQuery": {"sha256Hash": hash_of(texts[0])}}, may_register=True)
    assert store.resolve(None, {"persistedQuery": {"sha256Hash": hash_of(texts[-1])}}, may_register=True) == texts[-1]
    with pytest.raises(ValidationError):
        store.resolve(None, {"persistedQuery": {}}, may_register=True)


# ---------------------------------------------------------------- event streams


async def _events(answer: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.content:
        if line.startswith(b"data: ") and len(line) > 10:
            yield orjson.loads(line[6:])


async def test_an_event_stream_starts_with_a_snapshot_and_follows(client: Client) -> None:
    await _job(client.house, "First")
    headers = client.headers("admin") | {"Accept": "text/event-stream"}
    async with client.http.post(client.url, json={"query": JOBS}, headers=headers) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store, no-transform"
        assert answer.headers["X-Accel-Buffering"] == "no"
        stream = _events(answer)
        first = (await anext(stream))["data"]["jobEvents"]
        assert (first["kind"], first["job"]["title"]) == ("SNAPSHOT", "First")
        await _job(client.house, "Second")
        second = (await anext(stream))["data"]["jobEvents"]
        assert (second["kind"], second["job"]["title"]) == ("CREATED", "Second")
        assert int(second["cursor"]) > int(first["cursor"])
    await _nobody_follows(client.house)


async def test_an_event_stream_says_what_it_refuses(client: Client) -> None:
    headers = {"Accept": "text/event-stream"}
    async with client.http.post(client.url, json={"query": JOBS}, headers=headers) as answer:
        said = await anext(_events(answer))
    assert said["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def _lines(answer: aiohttp.ClientResponse) -> list[str]:
    """Everything an event stream says until it ends, without its comments."""
    return [line for line in (await answer.text()).split("\r\n") if line and not line.startswith(":")]


@pytest.mark.parametrize("query", ["{server{name}}", "mutation{logout(input:{}){__typename}}"])
async def test_what_answers_once_is_one_event_and_the_end(client: Client, query: str) -> None:
    async with client.http.post(client.url, json={"query": query}, headers=STREAM) as answer:
        lines = await _lines(answer)
    assert [line for line in lines if not line.startswith("data:")] == ["event: next", "event: complete"]
    assert "data" in orjson.loads(lines[1].removeprefix("data: "))
    assert lines[-1].strip() == "data:"


@pytest.mark.parametrize(
    "text",
    [
        *("{nothing}", "{", "", "{a:server{name}}query B{server{name}}"),
        "query{" + "libraries{nodes{" * 9 + "id" + "}}" * 9 + "}",
    ],
)
async def test_a_stream_is_held_to_the_same_limits(client: Client, text: str) -> None:
    _, plain = await client.post("admin", {"query": text})
    async with client.http.post(client.url, json={"query": text}, headers=client.headers("admin") | STREAM) as answer:
        said = await anext(_events(answer))
    assert [one["extensions"]["code"] for one in said["errors"]] == [
        one["extensions"]["code"] for one in plain["errors"]
    ]


async def test_a_stream_knows_operations_by_their_hash(client: Client) -> None:
    name = next(key for key, text in shipped_operations().items() if text.startswith("query Server"))
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": name}}
    headers = client.headers("user") | STREAM
    async with client.http.post(client.url, json={"extensions": extensions}, headers=headers) as answer:
        assert (await anext(_events(answer)))["data"]["server"]["viewer"]["name"] == "user"
    asked = {"extensions": orjson.dumps(extensions).decode()}
    async with client.http.get(client.url, params=asked, headers=headers) as answer:
        assert (await anext(_events(answer)))["data"]["server"]["viewer"]["name"] == "user"
    asked = {"extensions": orjson.dumps({"persistedQuery": {"sha256Hash": "0"}}).decode()}
    async with client.http.get(client.url, params=asked, headers=headers) as answer:
        assert (await answer.json())["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_browser_goes_on_behind_the_last_event_it_saw(client: Client) -> None:
    await _job(client.house, "First")
    headers = client.headers("admin") | STREAM
    async with client.http.get(client.url, params={"query": JOBS}, headers=headers) as answer:
        lines = []
        async for line in answer.content:
            lines.append(line.decode().strip())
            if lines[-1].startswith("data: {"):
                break
    assert lines[0].startswith(":")  # something for every proxy to pass on at once
    cursor = next(line.removeprefix("id: ") for line in lines if line.startswith("id: "))
    assert orjson.loads(lines[-1][6:])["data"]["jobEvents"]["cursor"] == cursor
    await _job(client.house, "Second")
    headers["Last-Event-ID"] = cursor
    async with client.http.get(client.url, params={"query": JOBS}, headers=headers) as answer:
        event = (await anext(_events(answer)))["data"]["jobEvents"]
    assert (event["kind"], event["job"]["title"]) == ("CREATED", "Second")
    headers["Last-Event-ID"] = "nonsense"
    async with client.http.get(client.url, params={"query": JOBS}, headers=headers) as answer:
        assert "cursor" in (await anext(_events(answer)))["errors"][0]["message"]


@pytest.mark.parametrize(
    ("params", "headers", "status"),
    [
        ({"query": "{server{name}}"}, {}, 200),
        ({"query": "{server{name}}", "variables": "{}"}, {"Sec-Fetch-Site": "same-origin"}, 200),
        ({"query": "{server{name}}"}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({"query": "{server{name}}"}, {"Sec-Fetch-Site": "same-site"}, 403),
        ({"query": "{server{name}}"}, {"Accept": "*/*"}, 405),
        ({"query": "{server{name}}"}, {"Accept": "application/json"}, 405),
        ({"query": "{server{name}}", "variables": "nonsense"}, {}, 400),
        ({"query": "{server{name}}", "variables": "[]"}, {}, 400),
        ({"query": "{server{name}}", "extensions": "5"}, {}, 400),
        ({}, {}, 400),
    ],
)
async def test_a_stream_may_be_asked_for_with_get(
    client: Client, params: dict[str, str], headers: dict[str, str], status: int
) -> None:
    async with client.http.get(client.url, params=params, headers=STREAM | headers) as answer:
        if status == 200 or answer.status == 200:
            event = await anext(_events(answer))
            assert ("data" in event and not event.get("errors")) is (status == 200)
        else:
            assert answer.status == status
            assert (await answer.json())["errors"][0]["extensions"]["code"] == "VALIDATION_FAILED"


async def test_nothing_is_changed_by_get(client: Client) -> None:
    query = 'mutation{setWatched(input:{item:"x",watched:true}){__typename}}'
    async with client.http.get(client.url, params={"query": query}, headers=client.headers("user") | STREAM) as answer:
        said = await answer.text()
    assert "SetWatchedPayload" not in said
    assert "NotFound" not in said
    assert "VALIDATION_FAILED" in said
    assert "has to be sent with POST" in said


async def test_one_may_follow_only_so_much_at_once_whatever_the_way(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MAX_FOLLOWED", 2)
    await _job(client.house)
    headers = client.headers("admin") | STREAM
    async with client.socket("admin") as ws:
        await _ready(ws)
        await _subscribe(ws, JOBS)
        await _next(ws)
        async with client.http.post(client.url, json={"query": JOBS}, headers=headers) as second:
            await anext(_events(second))
            async with client.http.post(client.url, json={"query": JOBS}, headers=headers) as third:
                said = await anext(_events(third))
                assert said["errors"][0]["extensions"]["code"] == "CAPACITY_EXCEEDED"
            await _subscribe(ws, JOBS, "2")
            assert "CAPACITY_EXCEEDED" in str(await ws.receive_json(timeout=5))
            headers = client.headers("manager") | STREAM
            async with client.http.post(client.url, json={"query": JOBS}, headers=headers) as other:
                assert "errors" not in await anext(_events(other))
    await _nobody_follows(client.house)
    headers = client.headers("admin") | STREAM
    async with client.http.post(client.url, json={"query": JOBS}, headers=headers) as again:
        assert "errors" not in await anext(_events(again))


async def test_a_stream_whose_reader_leaves_ends_at_once(client: Client) -> None:
    await _job(client.house)
    headers = client.headers("admin") | STREAM

    async def follow() -> None:
        async with client.http.post(client.url, json={"query": JOBS}, headers=headers) as answer:
            await anext(_events(answer))
            answer.close()

    for _ in range(4):
        await asyncio.gather(*(follow() for _ in range(25)))
    async with asyncio.timeout(1):
        while client.house.services.bus.follower_count:
            await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        while left := [repr(one) for one in asyncio.all_tasks() if "streaming.py" in repr(one)]:
            await asyncio.sleep(0.01)
    assert not left


async def test_a_silent_stream_says_that_it_lives(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CursorStream().heartbeat_interval == 15
    monkeypatch.setattr(CursorStream, "__init__", lambda self: setattr(self, "heartbeat_interval", 0.02))
    app = Quart(__name__)
    app.config["RESPONSE_TIMEOUT"] = None
    mount(app, client.house.services, caller_of=lambda _: client.house.caller(client.house.tokens["admin"]))
    listener = Listener(app, client.pump, kind=ListenerKind.PUBLIC, host="127.0.0.1", port=0)
    await listener.start()
    url = f"http://127.0.0.1:{listener.port}/graphql"
    async with client.http.post(url, json={"query": JOBS}, headers=STREAM) as answer:
        heard = [(await answer.content.readuntil(b"\r\n\r\n")) for _ in range(4)]
    assert heard == [b": ping\r\n\r\n"] * 4
    await listener.stop(0.2)


async def _nobody_follows(house: House) -> None:
    async with asyncio.timeout(5):
        while house.services.bus.follower_count:
            await asyncio.sleep(0.01)


# ---------------------------------------------------------------- WebSockets


async def test_a_socket_carries_queries_and_subscriptions(client: Client) -> None:
    async with client.socket("admin") as ws:
        await _ready(ws)
        await _subscribe(ws, "{server{viewer{name}}}", "q")
        assert (await _next(ws))["viewer"]["name"] == "admin"
        assert (await ws.receive_json())["type"] == "complete"
        await _job(client.house, "Before")
        await _subscribe(ws, JOBS, "s")
        assert (await _next(ws))["kind"] == "SNAPSHOT"
        job = await _job(client.house, "Live")
        assert (await _next(ws))["job"]["title"] == "Live"
        await client.house.services.jobs.cancel(job.id)
        assert (await _next(ws))["kind"] == "FINISHED"
        await ws.send_json({"id": "s", "type": "complete"})
        await _nobody_follows(client.house)


async def test_each_operation_over_a_socket_reads_anew(client: Client) -> None:
    async with client.socket("admin") as ws:
        await _ready(ws)
        counts = []
        for number in range(2):
            await _subscribe(ws, "{jobs{totalCount}}", str(number))
            counts.append((await _next(ws))["totalCount"])
            await ws.receive_json()
            await _job(client.house, dedupe_key=f"k{number}")
    assert counts == [0, 1]


async def test_a_refused_token_closes_the_socket_at_once(client: Client) -> None:
    client.house.tokens["forged"] = "forged"
    async with client.socket("forged") as ws:
        message = await ws.receive()
        assert (message.type, ws.close_code) == (aiohttp.WSMsgType.CLOSE, 4401)


async def test_nothing_runs_before_the_introduction(client: Client) -> None:
    async with client.http.ws_connect(client.url, protocols=[PROTOCOL]) as ws:
        await _subscribe(ws, "{server{name}}")
        await ws.receive()
        assert ws.close_code == 4401


@pytest.mark.parametrize(
    "message",
    [
        "no json", "5", "[]", "{}", '{"type":5}', '{"type":"subscribe"}', '{"type":"subscribe","id":5,"payload":{}}',
        '{"type":"subscribe","id":"","payload":{"query":"{a}"}}', '{"type":"subscribe","id":"1","payload":5}',
        '{"type":"subscribe","id":"1","payload":{"query":5}}', '{"type":"complete","id":[]}', '{"type":"what"}',
    ],
)  # fmt: skip
async def test_malformed_messages_close_the_socket_and_harm_nobody(client: Client, message: str) -> None:
    async with client.socket("user") as ws:
        await _ready(ws)
        await ws.send_str(message)
        await ws.receive()
        assert ws.close_code == 4400
    assert (await client.post("user", {"query": "{server{name}}"}))[0] == 200


async def test_a_page_of_another_site_cannot_open_a_socket(client: Client) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.http.ws_connect(client.url, protocols=[PROTOCOL], origin="https://evil.example")
    assert refused.value.status == 403
    own = client.url.removesuffix("/graphql")
    async with client.http.ws_connect(client.url, protocols=[PROTOCOL], origin=own) as ws:
        assert not ws.closed


async def test_the_old_protocol_is_not_spoken(client: Client) -> None:
    async with client.http.ws_connect(client.url, protocols=["graphql-ws"]) as ws:
        await ws.receive()
        assert ws.close_code == 4406


async def test_a_shipped_operation_runs_by_its_hash_over_a_socket(client: Client) -> None:
    name = next(key for key, text in shipped_operations().items() if text.startswith("query Server"))
    async with client.socket("user") as ws:
        await _ready(ws)
        extensions = {"persistedQuery": {"sha256Hash": name}}
        await ws.send_json({"id": "1", "type": "subscribe", "payload": {"extensions": extensions}})
        assert (await _next(ws))["viewer"]["name"] == "user"
        await ws.receive_json()
        await ws.send_json(
            {"id": "2", "type": "subscribe", "payload": {"extensions": {"persistedQuery": {"sha256Hash": "0"}}}}
        )
        assert (await ws.receive_json())["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_socket_ends_with_the_account_it_was_opened_with(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "CHECK_INTERVAL", 0.05)
    async with client.socket("user") as ws:
        await _ready(ws)
        await _subscribe(ws, JOBS)
        await asyncio.sleep(0.05)
        await client.house.services.accounts.sessions.revoke_all(client.house.principals["user"].user_id)
        message = await ws.receive(timeout=5)
        assert (message.type, ws.close_code) == (aiohttp.WSMsgType.CLOSE, 4403)
    await _nobody_follows(client.house)


async def test_an_event_stream_ends_with_the_account_it_was_opened_with(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "CHECK_INTERVAL", 0.05)
    await _job(client.house, user_id=client.house.principals["user"].user_id)
    headers = client.headers("user") | {"Accept": "text/event-stream"}
    async with client.http.post(client.url, json={"query": JOBS}, headers=headers) as answer:
        stream = _events(answer)
        assert (await anext(stream))["data"]["jobEvents"]["kind"] == "SNAPSHOT"
        await client.house.services.accounts.sessions.revoke_all(client.house.principals["user"].user_id)
        async with asyncio.timeout(5):
            last = await anext(stream)
    assert last["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    await _nobody_follows(client.house)


async def test_what_happened_while_away_is_caught_up_in_order(client: Client) -> None:
    await _job(client.house, "zero")
    async with client.socket("admin") as ws:
        await _ready(ws)
        await _subscribe(ws, JOBS)
        assert (await _next(ws))["kind"] == "SNAPSHOT"
        await _job(client.house, "one", dedupe_key="1")
        cursor = (await _next(ws))["cursor"]
        ws._response.connection.transport.abort()  # type: ignore[union-attr]
    await _nobody_follows(client.house)
    for title in ("two", "three", "four"):
        await _job(client.house, title, dedupe_key=title)
    async with client.socket("admin") as ws:
        await _ready(ws)
        await _subscribe(ws, JOBS, after=cursor)
        await asyncio.sleep(0.05)
        await _job(client.house, "five", dedupe_key="five")
        titles = [(await _next(ws))["job"]["title"] for _ in range(4)]
    assert titles == ["two", "three", "four", "five"]


async def test_a_cursor_the_journal_no_longer_reaches_brings_a_snapshot(client: Client) -> None:
    await _job(client.house, "still there")
    database = client.house.services.database
    await database.execute("INSERT INTO setting (key, value, updated_at) VALUES ('events.trimmed_to', '1000', 0)")
    async with client.socket("admin") as ws:
        await _ready(ws)
        await _subscribe(ws, JOBS, after="5")
        event = await _next(ws)
        assert (event["kind"], event["job"]["title"]) == ("SNAPSHOT", "still there")
        await _subscribe(ws, JOBS, "2", after="nonsense")
        refused = await ws.receive_json()
        assert "cursor" in str(refused["payload"])


async def _follow(client: Client) -> str:
    async with client.socket("admin") as ws:
        await _ready(ws)
        await _subscribe(ws, JOBS)
        return str((await _next(ws))["job"]["title"])


async def test_a_hundred_follow_at_once(client: Client) -> None:
    house = client.house
    followers = [asyncio.create_task(_follow(client)) for _ in range(100)]
    async with asyncio.timeout(30):
        while house.services.bus.follower_count < 100:
            await asyncio.sleep(0.02)
    await _job(house, "for all")
    assert await asyncio.gather(*followers) == ["for all"] * 100
    await _nobody_follows(house)


async def test_those_who_come_and_go_leave_nothing_behind(client: Client) -> None:
    await _job(client.house)
    for _ in range(4):
        await asyncio.gather(*(_follow(client) for _ in range(50)))
    await _nobody_follows(client.house)
    await asyncio.sleep(0.1)
    left = [repr(task.get_coro()) for task in asyncio.all_tasks()]
    assert not [one for one in left if "run_operation" in one or "_keep_watch" in one or "init_timeout" in one]


async def test_a_thousand_subscriptions_opened_and_dropped_leave_nothing_behind(house: House) -> None:
    await _job(house)
    for number in range(1000):
        stream = await house.schema.subscribe(JOBS, context_value=await house.context("admin"))
        if number % 2:
            assert (await anext(stream)).data
        await stream.aclose()
    assert house.services.bus.follower_count == 0
