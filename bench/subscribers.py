"""How long an event takes to a hundred subscribers over WebSockets."""

from __future__ import annotations

import asyncio
import json
import time

import aiohttp

from bench import Figure
from bench.page import percentiles, server

SUBSCRIBERS = 100
EVENTS = 60
RATE = 10
QUERY = 'subscription { jobEvents(kinds: ["bench.ticks"]) { cursor kind job { id title state progress { done } } } }'


async def run() -> list[Figure]:
    """Ten jobs a second are created; every subscriber notes when it hears of each. The cursor says when it happened."""
    connector = aiohttp.TCPConnector(limit=0)
    async with server(1000) as (url, token), aiohttp.ClientSession(base_url=url, connector=connector) as session:
        headers = {"Authorization": f"Bearer {token}"}
        delays: list[float] = []
        ready = asyncio.Semaphore(0)

        async def follow() -> None:
            async with session.ws_connect("/graphql", protocols=["graphql-transport-ws"]) as ws:
                await ws.send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
                await ws.receive()
                await ws.send_json({"id": "1", "type": "subscribe", "payload": {"query": QUERY}})
                ready.release()
                for _ in range(EVENTS):
                    event = json.loads((await ws.receive()).data)["payload"]["data"]["jobEvents"]
                    delays.append(time.time() - int(event["cursor"]) / 1_000_000)

        followers = [asyncio.create_task(follow()) for _ in range(SUBSCRIBERS)]
        for _ in range(SUBSCRIBERS):
            await ready.acquire()
        await asyncio.sleep(1)
        for _ in range(EVENTS):
            async with session.post("/job", headers=headers, json={}):
                pass
            await asyncio.sleep(1 / RATE)
        await asyncio.gather(*followers)
    p50, p99 = percentiles(delays)
    return [
        Figure(name="event to 100 subscribers: p50", value=p50, unit="ms"),
        Figure(
            name="event to 100 subscribers: p99",
            value=p99,
            unit="ms",
            target="< 100 ms",
            met=p99 < 100,
            note=f"{RATE} events a second, each read from the database once; the clients share the machine",
        ),
    ]
