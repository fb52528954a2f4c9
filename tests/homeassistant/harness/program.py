"""A program in a process of its own, and what can befall it."""

from __future__ import annotations

import signal
import subprocess


class Program:
    """What a test does to a program that its subclass starts as ``_process``."""

    _process: subprocess.Popen[bytes] | None = None

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
        self._process = None

    def freeze(self) -> None:
        """Let it take no step: connections stay open, nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
