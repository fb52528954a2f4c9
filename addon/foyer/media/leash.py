"""Run as a script: dies with its parent, then becomes the program it was given.

``python -I -S leash.py PARENT_PID PROGRAM [ARGUMENT …]``. The runner uses it where util-linux's ``setpriv`` is missing.
It does between fork and exec what ``preexec_fn`` would, without running Python in a forked copy of a threaded process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""prctl(2)."""


def die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the thread that started this process ends; leave now if it has ended already."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - argv comes from the runner, there is no shell
