"""``foyer scan``: look for new, changed and vanished files, through the server when one runs."""

from __future__ import annotations

import argparse

from foyer.cli.options import add_data


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("scan", help="scan libraries")
    parser.add_argument("names", nargs="*", metavar="NAME", help="all of them when none is named")
    parser.add_argument("--wait", action="store_true", help="wait for the end; without a server, scan right here")
    parser.add_argument("--full", action="store_true", help="read unchanged files again too")
    parser.set_defaults(run=_scan)
    add_data(parser)


async def _scan(arguments: argparse.Namespace) -> int:
    from foyer.cli.librarian import open_librarian  # noqa: PLC0415 - see foyer.cli.main

    async with open_librarian(arguments) as librarian:
        if arguments.names:
            chosen = [await librarian.by_name(name) for name in arguments.names]
        else:
            chosen = await librarian.libraries.all()
        jobs = [await librarian.libraries.scan(library.id, full=arguments.full) for library in chosen]
        if arguments.wait:
            return await librarian.follow(jobs)
    print("Queued." if librarian.has_server else "Queued; the server scans when it starts.")
    return 0
