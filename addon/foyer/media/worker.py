"""A media worker: the process in which libav meets untrusted bytes. ``python -m foyer.media.worker``.

Reads tasks from standard input and answers on standard output, one after the other, in order. It may neither write
files nor grow past its limits; when a file kills it, the server starts another. It imports as little as it can.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from foyer.errors import MediaError
from foyer.media.frames import PREFIX, Reply, decode, encode

_CPU_SLACK_S = 2
_PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Serve tasks until standard input ends."""
    tasks, answers = _take_over_pipes()
    _set_limits(memory_bytes=int(sys.argv[1]))
    _greet(answers)
    while (prefix := tasks.read(PREFIX.size)) and len(prefix) == PREFIX.size:
        head, body = PREFIX.unpack(prefix)
        request, _ = decode(tasks.read(head), tasks.read(body))
        header, parts = _answer(request)
        answers.write(encode(header | {"id": request["id"], "rss": _resident_bytes()}, parts))
        answers.flush()


def _take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for ourselves: what a library prints goes to standard error, what it reads is empty."""
    tasks, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    return tasks, answers


def _set_limits(*, memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _greet(answers: BinaryIO) -> None:
    import av  # noqa: PLC0415 - after the limits, and only here

    av.logging.set_level(None)
    answers.write(encode({"ready": True, "pid": os.getpid(), "library": av.ffmpeg_version_info}))
    answers.flush()


def _answer(request: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Run one task. Only what a task may foresee is caught; anything else is a defect and ends the process."""
    _allow_cpu(request["cpu_s"])
    module, _, name = request["entry"].partition(":")
    try:
        reply: Reply = getattr(importlib.import_module(module), name)(**request["arguments"])
    except MediaError as error:
        return _error(error.message, **error.details), ()
    except RecursionError:
        return _error("This file is nested too deeply.", reason="unreadable"), ()
    except MemoryError:
        pass  # the hoard hangs on the exception: leave the block first, then allocate an answer
    else:
        return {"ok": True, "value": reply.value}, reply.parts
    return _error("Reading this file takes more memory than it may.", reason="memory"), ()


def _error(message: str, **details: object) -> dict[str, Any]:
    return {"ok": False, "message": message, "details": {key: _plain(value) for key, value in details.items()}}


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _allow_cpu(seconds: float) -> None:
    """Give this task its own processor time; SIGXCPU ends a worker that takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + _CPU_SLACK_S
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


def _resident_bytes() -> int:
    with contextlib.suppress(OSError, ValueError), open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - hot path
        return int(statm.read().split()[1]) * _PAGE
    return 0


if __name__ == "__main__":
    main()
