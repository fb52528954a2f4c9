"""The ``foyer`` command: finds the command that was asked for and runs it.

Each command is a module with ``add_parser(commands)``, which sets ``run`` to a function of the parsed arguments that
returns an exit status, or a coroutine of one. Their heavy imports happen inside that function, so that ``foyer --help``
and ``foyer identify`` are quick.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from foyer import __version__
from foyer.errors import FoyerError

COMMANDS = ("serve", "user", "token", "library", "scan", "identify", "schema", "backup", "doctor")
USAGE_ERROR = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; what the user can put right is told without a traceback."""
    parser = build_parser()
    parsed = parser.parse_args(arguments)
    try:
        outcome = parsed.run(parsed)
        if inspect.iscoroutine(outcome):
            outcome = asyncio.run(outcome)
        status = int(outcome or 0)
        sys.stdout.flush()
    except FoyerError as error:
        print(f"foyer: {error.message}", file=sys.stderr)
        for field, problem in _fields(error):
            print(f"  {field}: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (``| head``) has seen enough; Python would complain again when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def build_parser() -> argparse.ArgumentParser:
    """Every command with its arguments."""
    parser = argparse.ArgumentParser(prog="foyer", description="The media server that lives in your Home Assistant.")
    parser.add_argument("--version", action="version", version=f"foyer {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"foyer.cli.{name}").add_parser(commands)
    return parser


def _fields(error: FoyerError) -> list[tuple[str, str]]:
    fields = error.details.get("fields")
    return [(str(name), str(problem)) for name, problem in fields.items()] if isinstance(fields, dict) else []
