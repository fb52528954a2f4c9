"""Arguments that several commands share, and the options they stand for."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from foyer.settings.options import Options

Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_data(parser: argparse.ArgumentParser) -> None:
    """``--data`` and ``--cache``, with defaults from ``FOYER_DATA`` and ``FOYER_CACHE``."""
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("FOYER_DATA", "data")),
        metavar="DIR",
        help="where the database and artwork are kept (FOYER_DATA, else ./data)",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(os.environ["FOYER_CACHE"]) if "FOYER_CACHE" in os.environ else None,
        metavar="DIR",
        help="where converted video and small pictures are kept (FOYER_CACHE, else DATA/cache)",
    )


def from_arguments(arguments: argparse.Namespace) -> Options:
    """The options of a command that only opens the data folder."""
    data = arguments.data.expanduser().absolute()
    return Options(data=data, cache=(arguments.cache or data / "cache").expanduser().absolute())
