"""Which ffmpeg there is, and what it can do. Foyer needs only ``ffmpeg``; nothing anywhere runs ``ffprobe``."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import logging
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from foyer.errors import MediaError, UnavailableError
from foyer.media.runner import ProcessFailedError, Runner

_log = logging.getLogger(__name__)

VARIABLE = "FOYER_FFMPEG"
"""Environment variable that names the program to use and no other."""
_CHECK_S = 10.0
_VERSION = re.compile(r"ffmpeg version (\S+)")
_NUMBER = re.compile(r"n?(\d+)\.(\d+)")
_MISSING = (
    "ffmpeg was not found. Install the system's ffmpeg package or the Python package imageio-ffmpeg, or set "
    f"{VARIABLE} to the program's path. Direct play and remuxing work without it; transcoding does not."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ffmpeg:
    """A working ffmpeg."""

    path: Path
    version: str
    """As it names itself: ``5.1.9-0+deb12u1``, ``n9.0.2-…``, ``N-119874-g…``."""
    number: tuple[int, int]
    """Major and minor version; ``(0, 0)`` for a build that names only a commit."""
    build_id: str
    """Changes with the version, the configuration and the libraries: part of the key of what was learned about it."""
    encoders: frozenset[str]
    decoders: frozenset[str]
    filters: frozenset[str]
    hwaccels: frozenset[str]


class FfmpegFinder:
    """Finds ffmpeg once and remembers it: the configured one, the system's, then the one imageio-ffmpeg brings."""

    def __init__(self, runner: Runner, configured: str | None = None) -> None:
        """``configured`` comes from the add-on's options; the environment variable is used when it is empty."""
        self._runner = runner
        self._configured = configured or os.environ.get(VARIABLE) or None
        self._lock = asyncio.Lock()
        self._found: Ffmpeg | None = None

    async def get(self) -> Ffmpeg:
        """The ffmpeg to use.

        :raises UnavailableError: none works; the sentence says what to do. It is looked for again at the next call.
        """
        async with self._lock:
            if self._found is None or not self._found.path.exists():
                self._found = await self._find()
            return self._found

    @property
    def known(self) -> Ffmpeg | None:
        """What was found, if anybody has asked yet."""
        return self._found

    async def _find(self) -> Ffmpeg:
        if self._configured is not None:  # somebody chose it: another one would surprise them
            return await inspect_ffmpeg(self._runner, self._configured)
        failures = []
        for candidate in _candidates():
            try:
                return await inspect_ffmpeg(self._runner, candidate)
            except UnavailableError as error:
                _log.warning("%s", error)
                failures.append(error.message)
        raise UnavailableError(" ".join([*failures, _MISSING]))


def _candidates() -> Iterator[str]:
    if system := shutil.which("ffmpeg"):
        yield system
    if bundled := _bundled():
        yield str(bundled)


def _bundled() -> Path | None:
    """imageio-ffmpeg's binary, found without importing the package."""
    spec = importlib.util.find_spec("imageio_ffmpeg")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for program in sorted(Path(folder, "binaries").glob("ffmpeg-*")):
            if os.access(program, os.X_OK):
                return program
    return None


async def inspect_ffmpeg(runner: Runner, program: str) -> Ffmpeg:
    """Ask a program what it is and what it can do; ``UnavailableError`` when it is no working ffmpeg."""
    texts = []
    try:
        for question in ("-version", "-encoders", "-decoders", "-filters", "-hwaccels"):
            finished = await runner.run([program, "-hide_banner", question], timeout_s=_CHECK_S, max_bytes=1 << 20)
            texts.append(finished.stdout.decode("utf-8", "replace"))
    except ProcessFailedError as error:
        how = f"did not answer within {_CHECK_S:g} seconds" if error.finished.returncode == -9 else "does not run"
        raise UnavailableError(f"The ffmpeg at {program} {how}.", stderr=error.finished.stderr.last_line()) from error
    except MediaError as error:
        raise UnavailableError(f"The program at {program} is not ffmpeg.") from error
    about, encoders, decoders, filters, hwaccels = texts
    named = _VERSION.match(about)
    if named is None:
        raise UnavailableError(f"The program at {program} is not ffmpeg.")
    number = _NUMBER.match(named[1])
    return Ffmpeg(
        path=Path(shutil.which(program) or program),
        version=named[1],
        number=(int(number[1]), int(number[2])) if number else (0, 0),
        build_id=hashlib.sha256(about.encode()).hexdigest()[:16],
        encoders=_second_words(encoders),
        decoders=_second_words(decoders),
        filters=_second_words(filters),
        hwaccels=frozenset(line.strip() for line in hwaccels.splitlines()[1:] if line.strip()),
    )


def _second_words(table: str) -> frozenset[str]:
    """Names in a table of flags, name and description, below its legend (whose second word is ``=``)."""
    rows = (line.split(maxsplit=2) for line in table.splitlines() if line.startswith(" "))
    return frozenset(row[1] for row in rows if len(row) > 1 and row[1] != "=")
