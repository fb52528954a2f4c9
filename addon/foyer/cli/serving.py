"""The process of a server: its event loop, its signals and its exit status."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable

from foyer.app import App
from foyer.errors import FoyerError
from foyer.settings.options import Options

log = logging.getLogger(__name__)


def serve(options: Options) -> int:
    """Run a server until it is told to stop; 0 after an orderly end."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_main(options))


async def _main(options: Options) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await App(options).run(stop)
    except* FoyerError as group:
        raise _first(group) from group
    return 0


def _first(group: BaseExceptionGroup[FoyerError]) -> FoyerError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, FoyerError)  # noqa: S101 - except* selected nothing else
    return error


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - optional: there is no build for every machine
    except ImportError:
        return None
    return uvloop.new_event_loop
