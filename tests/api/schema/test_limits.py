"""What is too large is refused with the number, before anything runs."""

from __future__ import annotations

import time
from typing import Any

import pytest

from foyer.api.schema import guard
from foyer.api.schema.limits import MAX_ALIASES, MAX_COST, MAX_DEPTH, MAX_TOKENS
from foyer.db.reader import statement_log
from tests.api.schema.conftest import House


async def _refusal(house: House, query: str, **variables: Any) -> dict[str, Any]:
    with statement_log() as log:
        answer = await house.run("user", query, **variables)
    assert answer["data"] is None
    assert not [one for one in log.statements if "item" in one]
    extensions: dict[str, Any] = answer["errors"][0]["extensions"]
    assert extensions["code"] == "LIMIT_EXCEEDED"
    assert extensions["requestId"] == "r1"
    return extensions


async def test_depth(house: House) -> None:
    query = "{items{nodes{...on Episode{" + "next{" * 12 + "id" + "}" * 12 + "}}}}"
    assert await _refusal(house, query) == {
        "code": "LIMIT_EXCEEDED", "limit": "depth", "maximum": MAX_DEPTH, "actual": 15, "requestId": "r1",
    }  # fmt: skip


async def test_depth_through_fragments(house: House) -> None:
    chain = " ".join(f"fragment F{n} on Episode{{next{{...F{n + 1}}}}}" for n in range(14))
    found = await _refusal(house, f"{{items{{nodes{{...F0}}}}}} {chain} fragment F14 on Episode{{id}}")
    assert found["limit"] == "depth"


async def test_nesting_beyond_all_measure(house: House) -> None:
    for query in ("{a" * 600 + "}" * 600, "{items(filter:" + "{not:" * 500 + "{}" + "}" * 500 + "){totalCount}}"):
        answer = await house.run("user", query)
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"]["code"] in ("LIMIT_EXCEEDED", "VALIDATION_FAILED")
        assert "recursion" not in answer["errors"][0]["message"].lower()


async def test_aliases(house: House) -> None:
    query = "{" + " ".join(f"a{n}:server{{name}}" for n in range(MAX_ALIASES + 1)) + "}"
    found = await _refusal(house, query)
    assert (found["limit"], found["actual"]) == ("aliases", MAX_ALIASES + 1)


async def test_aliases_hidden_in_fragments(house: House) -> None:
    fragment = "fragment F on Query{" + " ".join(f"a{n}:server{{name}}" for n in range(8)) + "}"
    query = "{" + "...G " * 4 + "} fragment G on Query{...F} " + fragment
    assert (await _refusal(house, query))["limit"] == "aliases"


async def test_fragments_that_nest_to_explode_are_measured_at_once(house: House) -> None:
    levels = " ".join(f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(60))
    started = time.perf_counter()
    answer = await house.run("user", f"{{...F0}} {levels} fragment F60 on Query{{a:server{{name}}}}")
    assert answer["errors"][0]["extensions"]["limit"] == "aliases"
    assert answer["errors"][0]["extensions"]["actual"] == 2**60
    assert time.perf_counter() - started < 5  # 2^60 steps would never end


async def test_cost_multiplies_pages(house: House) -> None:
    query = (
        "query($n:Int!){libraries(first:$n){nodes{items(first:$n){nodes{...on Series{seasons(first:$n){nodes{id}}}}}}}}"
    )
    found = await _refusal(house, query, n=100)
    assert found["limit"] == "cost"
    assert found["actual"] > MAX_COST
    assert (await house.run("user", query, n=2))["errors"] == []


async def test_the_cost_of_a_batch_adds_up(house: House) -> None:
    one = {"query": "{items(first:100){nodes{genres{name} ...on Movie{files{videoStreams{codec}}}}}}"}
    status, answers = await house.post("user", [one] * 3)
    assert status == 200
    assert [bool(answer.get("errors")) for answer in answers].count(True) >= 1


async def test_tokens(house: House) -> None:
    found = await _refusal(house, "{" + "server{name} " * MAX_TOKENS + "}")
    assert (found["limit"], found["maximum"]) == ("tokens", MAX_TOKENS)


async def test_pages_are_bounded(house: House) -> None:
    for first in (0, -1, 101, 2**31 - 1):
        answer = await house.run("user", "query($n:Int!){items(first:$n){totalCount}}", n=first)
        assert answer["errors"][0]["extensions"]["fields"][0]["field"] == "first"


@pytest.mark.parametrize(
    "cursor", ["x", "", "W10", "bnVsbA", "e30", "WzFd", "WyJhIl0", "WzksOV0", "////", "😀", "A" * 5000]
)
async def test_a_cursor_of_something_else_is_refused_or_empty(house: House, cursor: str) -> None:
    query = (
        "query($a:String){libraries(after:$a){nodes{id}} items(after:$a){nodes{id}} jobs(after:$a){nodes{id}} "
        'genres(after:$a){nodes{id}} nextUp(after:$a){nodes{id}} search(text:"night"){items(after:$a){nodes{id}}}}'
    )
    answer = await house.run("admin", query, a=cursor)
    for error in answer["errors"]:
        assert error["extensions"]["code"] == "VALIDATION_FAILED", error


async def test_what_takes_too_long_is_stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "TIMEOUT_SECONDS", 0.0)
    answer = await house.run("user", "{items{nodes{title}}}")
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["limit"] == "time"


async def test_a_bug_is_masked_and_logged_once(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(type(house.services.libraries), "active_scans", explode)
    answer = await house.run("admin", "{libraries{nodes{name activeScan{id}}}}")
    error = answer["errors"][0]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "r1"}
    assert "secret" not in str(answer)
    assert len(answer["errors"]) == 4  # one for each library, all of one cause
    assert caplog.text.count("GraphQL request r1 failed") == 1
    assert "secret detail" in caplog.text


async def test_logging_in_happens_once_in_a_request(house: House) -> None:
    login = 'login(input:{name:"admin",password:"x"}){...on UserError{code}}'
    aliased = {"query": f"mutation{{{' '.join(f'a{n}:{login}' for n in range(20))}}}"}
    _, answer = await house.post(None, aliased)
    codes = [one["code"] for one in answer["data"].values()]
    assert codes == ["UNAUTHENTICATED"] + ["RATE_LIMITED"] * 19
    _, answers = await house.post(None, [{"query": f"mutation{{{login}}}"}] * 5)
    codes = sorted(one["data"]["login"]["code"] for one in answers)
    assert codes.count("UNAUTHENTICATED") <= 1
    assert codes.count("RATE_LIMITED") >= 4
