"""``foyer schema``: the GraphQL contract."""

from __future__ import annotations

import argparse


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("schema", help="print the GraphQL schema")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser("export", help="print the schema in its definition language")
    export.set_defaults(run=_export)


def _export(_: argparse.Namespace) -> int:
    from foyer.api.schema.schema import build_schema  # noqa: PLC0415 - see foyer.cli.main

    print(build_schema().as_str().rstrip())
    return 0
