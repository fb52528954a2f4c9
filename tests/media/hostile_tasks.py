"""Tasks that behave as a file which has taken over its reader would. They run inside worker processes."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from pathlib import Path

from foyer.errors import MediaError
from foyer.media.frames import Reply


def echo(**arguments: object) -> Reply:
    return Reply({"pid": os.getpid(), **arguments})


def sleep(seconds: float) -> Reply:
    time.sleep(seconds)
    return Reply(os.getpid())


def spin() -> Reply:
    while True:
        pass


def die(number: int) -> Reply:
    os.kill(os.getpid(), number)
    time.sleep(60)
    return Reply(None)


def exhaust_memory() -> Reply:
    hoard = []
    while True:
        hoard.append(bytearray(16 << 20))


def grow(mebibytes: int) -> Reply:
    globals()["kept"] = bytearray(b"x" * (mebibytes << 20))
    return Reply(os.getpid())


def write_garbage(data: str) -> Reply:
    descriptor = next(fd for fd in range(3, 20) if _is_output_pipe(fd))
    os.write(descriptor, data.encode("latin-1"))
    time.sleep(60)
    return Reply(None)


def print_noise() -> Reply:
    sys.stdout.write("libav would print this\n")
    sys.stdout.flush()
    os.write(1, b"and this\n")
    return Reply(sys.stdin.read())


def write_file(path: str) -> Reply:
    try:
        Path(path).write_bytes(b"planted")
    except OSError as error:
        raise MediaError("could not write", errno=error.errno) from error
    return Reply(None)


def fail_by_defect() -> Reply:
    raise ZeroDivisionError


def secrets() -> Reply:
    return Reply(sorted(os.environ))


def _is_output_pipe(descriptor: int) -> bool:
    try:
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        kind = str(Path(f"/proc/self/fd/{descriptor}").readlink())
    except OSError:
        return False
    return kind.startswith(("pipe", "socket")) and flags & 3 == os.O_WRONLY
