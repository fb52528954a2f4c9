"""Open a data folder from the command line, whether a server runs on it or not."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from foyer import logs
from foyer.cli.options import from_arguments
from foyer.core import Core, open_core
from foyer.instance import is_served


@asynccontextmanager
async def open_runtime(arguments: argparse.Namespace) -> AsyncIterator[Core]:
    """The store and the services above it, for the length of a command.

    SQLite's own locks let a command write while a server runs; what it writes the server sees within seconds.
    """
    logs.configure("warning")
    async with open_core(from_arguments(arguments)) as core:
        yield core


def server_runs(arguments: argparse.Namespace) -> bool:
    """Whether a server runs on the data folder now, and will do what is put into its queue."""
    return is_served(from_arguments(arguments).data)
