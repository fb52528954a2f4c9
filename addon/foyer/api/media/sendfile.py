"""Send parts of files to sockets without copying them through Python.

A stream holds a thread only while bytes flow: the thread sends until the socket's buffer stays full for a moment, then
the event loop waits for the peer. So neither a slow disk blocks the loop, nor a paused player a thread.
"""

from __future__ import annotations

import asyncio
import os
import select
import time
from asyncio import StreamWriter
from concurrent.futures import ThreadPoolExecutor

STEP = 1 << 20
PATIENCE_MS = 20
"""How long a thread waits for room in a socket's buffer before it gives the stream back to the loop."""
TURN_S = 0.25
"""How long a stream keeps a thread while others may wait for one."""


class FilePump:
    """The threads that send files. They start when they are needed."""

    def __init__(self, threads: int = 32) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="send")
        self.sent_bytes = 0
        """Bytes sent since the start."""
        self.active = 0
        """Files being sent now."""

    async def send(self, writer: StreamWriter, descriptor: int, offset: int, count: int) -> bool:
        """Send ``count`` bytes from ``offset``; false when the peer went away or the file ended or failed first."""
        self.active += 1
        try:
            return await self._send(writer, descriptor, offset, count)
        except OSError:
            return False  # a reset connection, or a disk that is gone: the caller breaks the connection
        finally:
            self.active -= 1

    def close(self) -> None:
        """Wait for the threads to end their turns."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _send(self, writer: StreamWriter, descriptor: int, offset: int, count: int) -> bool:
        await _drain_completely(writer)
        if writer.transport.is_closing():
            return False
        # A descriptor of our own: the transport's may be closed, and given to another, while a thread uses it.
        target = os.dup(writer.get_extra_info("socket").fileno())
        try:
            source = os.dup(descriptor)
            try:
                return await self._run(target, source, offset, offset + count)
            finally:
                os.close(source)
        finally:
            os.close(target)

    async def _run(self, target: int, source: int, position: int, end: int) -> bool:
        loop = asyncio.get_running_loop()
        while True:
            turn = self._pool.submit(_send_a_while, target, source, position, end)
            outcome = asyncio.wrap_future(turn)
            try:
                reached, is_open = await asyncio.shield(outcome)
            except asyncio.CancelledError:
                if not turn.cancel():
                    await asyncio.wait({outcome})  # at most a turn, for which the descriptors stay open
                raise
            self.sent_bytes += reached - position
            position = reached
            if position >= end or not is_open:
                return position >= end
            await _writable(loop, target)


def _send_a_while(target: int, source: int, position: int, end: int) -> tuple[int, bool]:
    """Send until the buffer stays full or the turn is over; returns where it stands and whether it may go on."""
    deadline = time.monotonic() + TURN_S
    room = select.poll()
    room.register(target, select.POLLOUT)
    while position < end and time.monotonic() < deadline:
        try:
            sent = os.sendfile(target, source, position, min(STEP, end - position))
        except BlockingIOError:
            if not room.poll(PATIENCE_MS):
                break
            continue
        if not sent:
            return position, False  # the file became shorter than promised
        position += sent
    return position, True


async def _writable(loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
    ready = loop.create_future()
    loop.add_writer(descriptor, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_writer(descriptor)


async def _drain_completely(writer: StreamWriter) -> None:
    """Wait until the transport holds nothing back, so that what follows cannot overtake it."""
    transport = writer.transport
    low, high = transport.get_write_buffer_limits()
    transport.set_write_buffer_limits(high=0)
    try:
        await writer.drain()
    finally:
        transport.set_write_buffer_limits(high=high, low=low)
