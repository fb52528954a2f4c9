"""A real Mosquitto in a process of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Self

import pytest

from tests.homeassistant.harness.program import Program
from tests.servers import free_port


class Mosquitto(Program):
    """A broker on a free port. Use as an async context manager."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.password: str | None = None
        """With one, only the user ``foyer`` with this password gets in, from the next start on."""
        self.certificate: Path | None = None
        """With one, and its key beside it as ``.key``, only TLS is spoken, from the next start on."""
        self._folder = folder

    async def __aenter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()

    async def start(self) -> None:
        """Start, on the same port as before, with what it retained if it was stopped rather than killed."""
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            if os.environ.get("FOYER_TEST_ALLOW_MISSING"):
                pytest.skip("no mosquitto")
            pytest.fail("mosquitto is missing; script/test says how to get it")
        settings = self._folder / "mosquitto.conf"
        settings.write_text(
            f"listener {self.port} 127.0.0.1\n{self._access()}\n{self._tls()}\n"
            f"persistence true\npersistence_location {self._folder}/\nuser root\n"
        )
        with (self._folder / "mosquitto.log").open("ab") as output:
            self._process = subprocess.Popen([program, "-c", settings], stdout=output, stderr=output)  # noqa: ASYNC220
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    await writer.wait_closed()
                    return

    def _access(self) -> str:
        if self.password is None:
            return "allow_anonymous true"
        passwords = self._folder / "passwords"
        subprocess.run(["mosquitto_passwd", "-c", "-b", passwords, "foyer", self.password], check=True)
        return f"allow_anonymous false\npassword_file {passwords}"

    def _tls(self) -> str:
        if self.certificate is None:
            return ""
        return f"certfile {self.certificate}\nkeyfile {self.certificate.with_suffix('.key')}"

    async def stop(self) -> None:
        """End it in order; retained messages are kept for the next start."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self._process.wait, 10)
        self._process = None
