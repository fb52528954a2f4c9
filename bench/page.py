"""A page of 100 items with 15 fields, genres and files over HTTP, beside a request that does nothing and bare SQL."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bench import Figure

ITEMS = 100_000
ROUNDS = 400
QUERY = """query Page($after: String) { items(first: 100, after: $after, filter: {kinds: [MOVIE]}) { nodes { __typename
id kind title sortTitle year overview addedAt updatedAt durationSeconds ... on Movie { originalTitle premiered tagline
communityRating contentRating files { id container sizeBytes state } } genres { id name } }
pageInfo { endCursor hasNextPage } } }"""


@asynccontextmanager
async def server(items: int) -> AsyncIterator[tuple[str, str]]:
    """A server with so many items; its URL and an administrator's token."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.api_server", folder, str(items)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout
        assert process.stdin
        try:
            said = json.loads(await process.stdout.readline())
            yield f"http://127.0.0.1:{said['port']}", said["token"]
        finally:
            process.stdin.close()
            await process.wait()


def percentiles(samples: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile, in milliseconds."""
    cuts = statistics.quantiles(samples, n=100)
    return statistics.median(samples) * 1000, cuts[98] * 1000


async def _time(session: aiohttp.ClientSession, path: str, body: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    async with session.post(path, json=body) as answer:
        read = await answer.read()
    return time.perf_counter() - started, json.loads(read)


async def run() -> list[Figure]:
    """Pages all through 100,000 items, one request after the other, in turn with the peers; then eight at once."""
    async with (
        server(ITEMS) as (url, token),
        aiohttp.ClientSession(base_url=url, headers={"Authorization": f"Bearer {token}"}) as session,
    ):
        samples: dict[str, list[float]] = {"page": [], "empty": [], "sql": []}
        after: str | None = None
        for number in range(ROUNDS + 20):
            taken, answer = await _time(session, "/graphql", {"query": QUERY, "variables": {"after": after}})
            page = answer["data"]["items"]
            assert len(page["nodes"]) == 100
            after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
            empty, _ = await _time(session, "/empty", {})
            sql, rows = await _time(session, "/sql", {})
            assert len(rows["data"]["items"]["nodes"]) == 100
            if number >= 20:
                for name, value in (("page", taken), ("empty", empty), ("sql", sql)):
                    samples[name].append(value)
        rate = await _throughput(session)
    (p50, p99), (sql50, sql99), (empty50, _) = (percentiles(samples[name]) for name in ("page", "sql", "empty"))
    note = f"an empty request takes {empty50:.2f} ms"
    return [
        Figure(
            name="page of 100 items, 15 fields, genres, files: p50",
            value=p50,
            unit="ms",
            peer="SQL builds the JSON",
            peer_value=sql50,
            target="< 10 ms at 100,000 items",
            met=p50 < 10,
            note=note,
        ),
        Figure(
            name="page of 100 items, 15 fields, genres, files: p99",
            value=p99,
            unit="ms",
            peer="SQL builds the JSON",
            peer_value=sql99,
            target="< 50 ms at 100,000 items",
            met=p99 < 50,
        ),
        Figure(name="the same page, eight clients", value=rate, unit="requests/s"),
    ]


async def _throughput(session: aiohttp.ClientSession) -> float:
    async def ask() -> None:
        for _ in range(40):
            await _time(session, "/graphql", {"query": QUERY, "variables": {"after": None}})

    started = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(8)))
    return 320 / (time.perf_counter() - started)
