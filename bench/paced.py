"""A hundred players that take their bytes at the rate of a film: ``python -m bench.paced URL CLIENTS MBIT SECONDS``.

Prints one JSON line: how many clients stalled (fell a second behind what was due), and how many bytes came.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

TICK_S = 0.1
STALL_S = 1.0


async def watch(url: str, rate: float, seconds: float, offset: float) -> tuple[int, float]:
    """Read at ``rate`` bytes a second; returns the bytes read and the longest time behind."""
    await asyncio.sleep(offset)
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 19)
    writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.hostname}\r\nConnection: close\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    began = time.monotonic()
    got, behind = 0, 0.0
    while (elapsed := time.monotonic() - began) < seconds:
        due = int(rate * elapsed)
        while got < due:
            chunk = await reader.read(min(1 << 18, due - got))
            if not chunk:
                raise ConnectionError("the film ended too early")
            got += len(chunk)
        behind = max(behind, time.monotonic() - began - got / rate)
        await asyncio.sleep(TICK_S)
    writer.transport.abort()
    return got, behind


async def main(url: str, clients: int, mbit: float, seconds: float) -> None:
    """Start everybody within a second and wait for all."""
    outcomes = await asyncio.gather(
        *(watch(url, mbit * 125_000, seconds, number / clients) for number in range(clients)), return_exceptions=True
    )
    watched = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
    stalled = clients - sum(behind < STALL_S for _, behind in watched)
    print(json.dumps({"stalled": stalled, "bytes": sum(got for got, _ in watched)}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])))
