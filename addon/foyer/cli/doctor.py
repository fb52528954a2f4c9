"""``foyer doctor``: whether this machine and data folder are fit to run a server."""

from __future__ import annotations

import argparse
import sys

from foyer.cli.options import add_data


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("doctor", help="check the machine and the data folder")
    add_data(parser)
    parser.add_argument("--port", type=int, default=8096, help="public port to look at")
    parser.add_argument("--ingress-port", type=int, default=8099, help="ingress port to look at")
    parser.set_defaults(run=_run)


async def _run(arguments: argparse.Namespace) -> int:
    from foyer.cli.checkup import Grade, examine  # noqa: PLC0415 - see foyer.cli.main
    from foyer.cli.options import from_arguments  # noqa: PLC0415

    findings = await examine(from_arguments(arguments), ports=(arguments.port, arguments.ingress_port))
    for finding in findings:
        print(f"{finding.grade.value:<5} {finding.what}: {finding.message}")
    bad = sum(finding.grade is Grade.BAD for finding in findings)
    if bad:
        print(f"{bad} of {len(findings)} checks failed.", file=sys.stderr)
    return 1 if bad else 0
